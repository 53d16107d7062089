// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The commands on what is there, as C. */
#include "internal.h"

#include <inttypes.h>
#include <string.h>

/* update, delete, lookup, lookup-and-delete, next */
int write_element(struct repro *r)
{
	static const struct {
		enum step_op op;
		const char *part, *call;
	} calls[] = {
		{ STEP_UPDATE, "elem", "elem(BPF_MAP_UPDATE_ELEM, " },
		{ STEP_DELETE, "elem", "elem(BPF_MAP_DELETE_ELEM, " },
		{ STEP_LOOKUP, "lookup", "lookup(BPF_MAP_LOOKUP_ELEM, " },
		{ STEP_LOOKUP_AND_DELETE, "lookup", "lookup(BPF_MAP_LOOKUP_AND_DELETE_ELEM, " },
		{ STEP_NEXT, "next", "next_key(" },
	};
	const struct step *s = r->s, *map = object_of_step(r, &s->fd);
	const char *unknown = first_option_but(s, s->op == STEP_NEXT ? 0 : OPT(FLAGS));
	uint32_t value_size = map_number(map, OPT_VALUE, 4);
	size_t i = 0;

	if (unknown || is_per_cpu(map))
		return cannot(r, unknown ? unknown : "values for every processor");
	while (calls[i].op != s->op)
		i++;
	need(r, calls[i].part);
	if (strcmp(calls[i].part, "elem") != 0)
		need(r, "saw");
	fprintf(r->out, "\t%s", calls[i].call);
	put_fd(r, &s->fd);
	fputs(", ", r->out);
	put_bytes(r, &s->key, map_number(map, OPT_KEY, 4));
	if (strcmp(calls[i].part, "elem") == 0) {
		fputs(", ", r->out);
		if (s->op == STEP_UPDATE)
			put_bytes(r, &s->value, value_size);
		else
			fputs("NULL", r->out);
	}
	if (s->op != STEP_NEXT)
		fprintf(r->out, ", %" PRIu64, s->opt_num[OPT_FLAGS]);
	if (strcmp(calls[i].part, "lookup") == 0) {
		need(r, "find");
		need(r, "value");
		fprintf(r->out, ", %u, %d", value_size,
			map && map->op == STEP_MAP && map->type == BPF_MAP_TYPE_PROG_ARRAY);
	}
	fputs(");\n", r->out);
	return 0;
}

int write_batch(struct repro *r)
{
	static const char *const commands[] = {
		[STEP_BATCH_LOOKUP] = "BPF_MAP_LOOKUP_BATCH",
		[STEP_BATCH_LOOKUP_AND_DELETE] = "BPF_MAP_LOOKUP_AND_DELETE_BATCH",
		[STEP_BATCH_UPDATE] = "BPF_MAP_UPDATE_BATCH",
		[STEP_BATCH_DELETE] = "BPF_MAP_DELETE_BATCH",
	};
	const struct step *s = r->s;
	const char *unknown = first_option_but(s, OPT(FLAGS) | OPT(ELEM_FLAGS));
	const struct step *map = object_of_step(r, &s->fd);

	if (unknown)
		return cannot(r, unknown);
	if (s->count > 1 << 13 || map_number(map, OPT_VALUE, 4) > 32 || is_per_cpu(map))
		return cannot(r, "so large a batch");
	need(r, "saw");
	need(r, "batch");
	fprintf(r->out, "\tbatch(%s, ", commands[s->op]);
	put_fd(r, &s->fd);
	fprintf(r->out, ", %u, %" PRIu64 ", %" PRIu64 ");\n", s->count, s->opt_num[OPT_FLAGS],
		s->opt_num[OPT_ELEM_FLAGS]);
	return 0;
}

/* freeze, mmap, bind, unpin, dup, close */
int write_simple(struct repro *r)
{
	const struct step *s = r->s;
	const char *unknown = first_option_but(s, s->op == STEP_BIND ? OPT(FLAGS) : 0);

	if (unknown)
		return cannot(r, unknown);
	switch (s->op) {
	case STEP_FREEZE:
		fputs("\tstatus(sys_bpf(BPF_MAP_FREEZE, &(union bpf_attr){ .map_fd = ", r->out);
		put_fd(r, &s->fd);
		fputs(" }));\n", r->out);
		break;
	case STEP_MMAP:
		need(r, "mmap");
		fputs("\tmap_memory(", r->out);
		put_fd(r, &s->fd);
		fputs(");\n", r->out);
		break;
	case STEP_BIND:
		fputs("\tstatus(sys_bpf(BPF_PROG_BIND_MAP, &(union bpf_attr){ .prog_bind_map = {\n"
		      "\t\t.prog_fd = ",
		      r->out);
		put_fd(r, &s->fd);
		fputs(", .map_fd = ", r->out);
		put_fd(r, &s->fd2);
		fprintf(r->out, ", .flags = %" PRIu64 " } }));\n", s->opt_num[OPT_FLAGS]);
		break;
	case STEP_UNPIN:
		need(r, "pin");
		fprintf(r->out, "\tstatus(unlink(FOLDER \"/%s\") ? -errno : 0);\n", s->path);
		break;
	case STEP_DUP:
		fprintf(r->out, "\t%s_fd = dup(", s->makes);
		put_fd(r, &s->fd);
		fprintf(r->out, ");\n\tstatus(%s_fd < 0 ? -errno : 0);\n", s->makes);
		break;
	default: /* close */
		fputs("\tstatus(close(", r->out);
		put_fd(r, &s->fd);
		fputs(") ? -errno : 0);\n", r->out);
		if (s->fd.kind == FD_HANDLE)
			fprintf(r->out, "\t%s_fd = -1;\n", s->fd.handle);
	}
	return 0;
}

/* pin, get, map-by-id, prog-by-id, prog-in-slot: what makes descriptors of what is there */
int write_reopen(struct repro *r)
{
	const struct step *s = r->s;
	const char *unknown = first_option_but(s, OPT(FLAGS));

	if (s->path && *s->path == '/')
		unknown = "a name outside of the BPF file system";
	if (unknown)
		return cannot(r, unknown);
	if (s->op != STEP_PIN)
		fprintf(r->out, "\t%s_fd = ", s->makes);
	switch (s->op) {
	case STEP_PIN:
		need(r, "pin");
		fputs("\tstatus(pin(BPF_OBJ_PIN, ", r->out);
		put_fd(r, &s->fd);
		fprintf(r->out, ", FOLDER \"/%s\", %" PRIu64 "));\n", s->path,
			s->opt_num[OPT_FLAGS]);
		break;
	case STEP_GET:
		need(r, "pin");
		fprintf(r->out, "status(pin(BPF_OBJ_GET, 0, FOLDER \"/%s\", %" PRIu64 "));\n",
			s->path, s->opt_num[OPT_FLAGS]);
		break;
	case STEP_PROG_IN_SLOT:
		need(r, "slot");
		fputs("status(prog_in_slot(", r->out);
		put_fd(r, &s->fd);
		fputs(", ", r->out);
		put_bytes(r, &s->key, 4);
		fputs("));\n", r->out);
		break;
	default: /* of an object whose descriptor may be closed by now */
		need(r, "by-id");
		need(r, "id-named");
		fprintf(r->out, "status(by_id(%s, id_named(\"%s\"), %" PRIu64 "));\n",
			s->op == STEP_MAP_BY_ID ? "BPF_MAP_GET_FD_BY_ID" : "BPF_PROG_GET_FD_BY_ID",
			maker_of(r, s->fd.handle) ? maker_of(r, s->fd.handle)->makes : "",
			s->opt_num[OPT_FLAGS]);
	}
	return 0;
}

int write_info(struct repro *r)
{
	static const struct {
		const char *field, *of_map, *of_prog;
	} fields[] = {
		{ "type", "type", "type" },
		{ "key_size", "key_size", NULL },
		{ "value_size", "value_size", NULL },
		{ "max_entries", "max_entries", NULL },
		{ "map_flags", "map_flags", NULL },
		{ "map_extra", "map_extra", NULL },
		{ "ifindex", "ifindex", NULL },
		{ "nr_map_ids", NULL, "nr_map_ids" },
		{ "jited", NULL, "jited_prog_len != 0" },
	};
	const struct step *s = r->s, *object = object_of_step(r, &s->fd);
	bool is_prog = object && object->op == STEP_PROG;
	const char *unknown = first_option_but(s, 0), *expression = NULL;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].field, s->field) == 0)
			expression = is_prog ? fields[i].of_prog : fields[i].of_map;
	if (unknown || !expression)
		return cannot(r, unknown ? unknown : s->field);
	need(r, "saw");
	need(r, is_prog ? "prog-info" : "map-info");
	fprintf(r->out, "\t{\n\t\tlong ret;\n\t\tstruct bpf_%s_info info = %s_info(",
		is_prog ? "prog" : "map", is_prog ? "prog" : "map");
	put_fd(r, &s->fd);
	fprintf(r->out,
		", &ret);\n\n\t\tif (status(ret) >= 0) {\n\t\t\tseen[0] = '\\0';\n"
		"\t\t\tsaw(info.%s);\n\t\t}\n\t}\n",
		expression);
	return 0;
}

int write_same(struct repro *r)
{
	const struct step *s = r->s, *object = object_of_step(r, &s->fd);
	bool is_prog = object && object->op == STEP_PROG;

	fputs("\tstrcpy(seen, id_of(", r->out);
	put_fd(r, &s->fd);
	fprintf(r->out, ", %d) && id_of(", is_prog);
	put_fd(r, &s->fd);
	fprintf(r->out, ", %d) == id_of(", is_prog);
	put_fd(r, &s->fd2);
	fprintf(r->out, ", %d) ? \"1\" : \"0\");\n", is_prog);
	return 0;
}
