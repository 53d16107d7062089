// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is shown of objects in other ways than BPF_OBJ_GET_INFO_BY_FD's fields. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

#define TEXT_SIZE 16384 /* bytes: a pinned array of some hundred slots */
#define MAX_INSNS 65536

/* The line that begins with @field and a colon; what stands behind it, until the line ends. */
static const char *line_of(const char *text, const char *field, size_t *len)
{
	size_t n = strlen(field);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, field, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " \t");
		*len = strcspn(line, "\n");
		return line;
	}
	return NULL;
}

/* Numbers are decimal whatever the kernel writes; a line that is not there is "absent". */
int step_fdinfo(struct run_state *r, const struct step *s)
{
	char *text = arena_zalloc(r->memory, 1, TEXT_SIZE), *end;
	int status = CALL(r, fdinfo, resolve_fd(r, &s->fd), text, TEXT_SIZE);
	const char *value;
	uint64_t number;
	size_t len;

	if (status)
		return observed(r, status);
	value = line_of(text, s->field, &len);
	if (!value) {
		text_add(r->seen, "absent");
		return 0;
	}
	number = strtoull(value, &end, 0);
	if (end == value + len && len)
		text_number(r->seen, number);
	else
		text_add(r->seen, "no-number");
	return 0;
}

/* Slots that are shown, INDEX:HANDLE with commas between: "nothing" is an array of empty ones. */
static void observe_slots(struct run_state *r, char *text)
{
	const char *between = "";
	char *rest;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned int index, id;

		if (*line == '#') /* the format is for debugging, it says */
			continue;
		if (sscanf(line, "%u: %u", &index, &id) != 2) {
			text_add(r->seen, "unknown-line");
			return;
		}
		text_printf(r->seen, "%s%u:", between, index);
		observe_prog_id(r, id);
		between = ",";
	}
	if (!*between)
		text_add(r->seen, "nothing");
}

int step_cat(struct run_state *r, const struct step *s)
{
	char *text = arena_zalloc(r->memory, 1, TEXT_SIZE);
	int status = CALL(r, pin_read, s->path, text, TEXT_SIZE);

	if (status)
		return observed(r, status);
	if (!r->e->ops->prog_info)
		return no_ids(r);
	observe_slots(r, text);
	return 0;
}

/* How many calls of bpf_tail_call the program has as it is shown, whatever became of them. */
int info_tail_calls(struct run_state *r, int fd)
{
	struct bpf_insn *insns = arena_zalloc(r->memory, MAX_INSNS, sizeof(*insns));
	uint32_t n = MAX_INSNS, calls = 0;
	int status = CALL(r, prog_insns, fd, insns, &n);

	if (status)
		return observed(r, status);
	for (uint32_t i = 0; i < n && i < MAX_INSNS; i++)
		calls += insns[i].code == (BPF_JMP | BPF_CALL) && !insns[i].src_reg &&
			 insns[i].imm == BPF_FUNC_tail_call;
	text_number(r->seen, calls);
	return 0;
}
