// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is shown of objects beside BPF_OBJ_GET_INFO_BY_FD's fields, and what a task may. */
#include "prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ref_set_caps(struct engine *e, enum engine_caps caps)
{
	to_ref(e)->caps = caps;
	return 0;
}

int ref_kernel_btf(struct engine *e)
{
	return fd_install_btf(to_ref(e), true);
}

/* kernel/bpf/syscall.c bpf_map_show_fdinfo: whose array it is stands there once it is somebody's.
 */
static void show_map(FILE *out, const struct map *map)
{
	fprintf(out,
		"map_type:\t%u\nkey_size:\t%u\nvalue_size:\t%u\nmax_entries:\t%u\n"
		"map_flags:\t%#x\nfrozen:\t%d\n",
		map->type, map->key_size, map->value_size, map->max_entries, map->flags,
		map->frozen);
	if (map->owner.set)
		fprintf(out, "owner_prog_type:\t%u\nowner_jited:\t%d\n", map->owner.type,
			!map->owner.interpreted);
}

int ref_fdinfo(struct engine *e, int fd, char *text, size_t size)
{
	const struct ref *ref = to_ref(e);
	struct prog *prog;
	struct map *map;
	FILE *out;

	if (!fd_file(ref, fd))
		return -EBADF;
	out = fmemopen(text, size, "w");
	if (!out)
		return -ENOMEM;
	if (!fd_map(ref, fd, &map, NULL))
		show_map(out, map);
	else if (!fd_prog(ref, fd, &prog))
		fprintf(out, "prog_type:\t%u\n", prog->is_ext ? BPF_PROG_TYPE_EXT : prog->type);
	fclose(out);
	return 0;
}

/* kernel/bpf/inode.c bpffs_map_seq_show, arraymap.c prog_array_map_seq_show_elem */
int ref_pin_read(struct engine *e, const char *path, char *text, size_t size)
{
	struct ref *ref = to_ref(e);
	const struct pin *pin = pin_find(ref, path);
	const struct map *map;
	FILE *out;

	if (!pin)
		return -ENOENT;
	map = pin->obj->kind == OBJ_MAP ? to_map(pin->obj) : NULL;
	if (!map || !map->btf_value_type_id)
		return -EIO;
	if (!map->progs)
		return ref_why(ref, ENGINE_UNSUPPORTED, "pins of other maps are not modelled");
	out = fmemopen(text, size, "w");
	if (!out)
		return -ENOMEM;
	for (uint32_t i = 0; i < map->max_entries; i++) {
		/* prog_array_map_seq_show_elem() looks where a lookup does. */
		uint32_t slot = fd_array_slot(ref, map, i);

		if (slot < map->max_entries && map->progs[slot])
			fprintf(out, "%u: %u\n", i, map->progs[slot]->obj.id);
	}
	fclose(out);
	return 0;
}

/* kernel/bpf/syscall.c bpf_insn_prepare_dump: tail calls are calls again, whatever they became. */
int ref_prog_insns(struct engine *e, int fd, struct bpf_insn *insns, uint32_t *n)
{
	struct prog *prog;
	int err = fd_prog(to_ref(e), fd, &prog);

	if (err)
		return err;
	memcpy(insns, prog->insns, (*n < prog->n_insns ? *n : prog->n_insns) * sizeof(*insns));
	*n = prog->n_insns;
	return 0;
}
