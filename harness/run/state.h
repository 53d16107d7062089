/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The executor's insides: what a running case has made so far. */
#ifndef TAILCHECK_STATE_H
#define TAILCHECK_STATE_H

#include <stdio.h>

#include "execute.h"

/* What stands behind a handle. Handles made by dup, get or by id share all but the descriptor. */
struct object {
	const char *handle;
	int fd; /* negative where it could not be made or is closed */
	bool is_prog;
	bool made; /* by `map` or `prog`; false: another descriptor for what was there */
	uint32_t type;
	uint32_t key_size, value_size, max_entries;
	uint32_t id; /* 0: not asked for yet */
};

struct pin {
	const char *path;
	size_t object; /* index */
};

struct run_state {
	struct engine *e;
	struct arena *memory;	/* until the case ends */
	struct object *objects; /* room for all that the case makes */
	size_t n_objects;
	struct pin *pins;
	size_t n_pins;
	struct text *seen; /* the observation of the current step is what is behind @from */
	size_t from;
	char *log; /* of a program load that failed and was not meant to; "" for none */
};

struct object *find_object(struct run_state *r, const char *handle);
/* The same for an argument of a step; NULL where it is no handle. */
struct object *object_of(struct run_state *r, const struct fd_arg *arg);
/*
 * The descriptor that an argument stands for; -1 for a handle that could not be made. The engine
 * must have odd_fd() where the argument is an odd one.
 */
int resolve_fd(struct run_state *r, const struct fd_arg *arg);
/* An option that is a descriptor: a number (0 where it is not given), a handle, or fd:... */
uint32_t opt_fd(struct run_state *r, const struct step *s, enum opt opt);
/* Write 0 or the errno's name as the observation. */
void observe_status(struct run_state *r, int status);

/*
 * Carry out one step and write what was observed to r->seen. 0, or ENGINE_UNSUPPORTED or
 * ENGINE_FAULT; an errno is an observation like any other.
 */
int run_step(struct run_state *r, const struct step *s);

/* run_step(), with its observation behind r->from in r->seen. */
int try_step(struct run_state *r, const struct step *s);

/* The steps that need more than a screen, in step_prog.c. Same result as run_step(). */
int step_load(struct run_state *r, const struct step *s);
int step_run(struct run_state *r, const struct step *s);

/* Register a new object under the handle that the step makes. */
struct object *add_object(struct run_state *r, const struct step *s, int fd);
/* Its id, asked for once; 0 where it cannot be had. */
uint32_t object_id(struct run_state *r, struct object *o);
/* ENGINE_UNSUPPORTED: the engine has not what object_id() asks. */
int no_ids(struct run_state *r);

/* leak.c: note what is still there of what the case made; it has let go of everything. */
struct leak_watch;
void leak_note(struct leak_watch *w, const struct run_state *r, unsigned int tag, size_t n_steps);

/* Write ` log` where the refusal's log says what is expected, otherwise what it says: the last
 * line. */
void observe_log(struct run_state *r, const char *expression);

/* Write the handle of the program with this id as the observation. */
void observe_prog_id(struct run_state *r, uint32_t id);

/* Ask for the ids of all objects while they can be asked. */
void learn_ids(struct run_state *r);

/* The steps about handles, in step_handle.c. Likewise. */
int step_pin(struct run_state *r, const struct step *s);
int step_unpin(struct run_state *r, const struct step *s);
int step_get(struct run_state *r, const struct step *s);
int step_by_id(struct run_state *r, const struct step *s);
int step_prog_in_slot(struct run_state *r, const struct step *s);
int step_info(struct run_state *r, const struct step *s);
int step_same(struct run_state *r, const struct step *s);
int step_dup(struct run_state *r, const struct step *s);
int step_close(struct run_state *r, const struct step *s);

/* What else is shown of objects, in step_show.c. Likewise. */
int step_fdinfo(struct run_state *r, const struct step *s);
int step_cat(struct run_state *r, const struct step *s);
int info_tail_calls(struct run_state *r, int fd);

/* What is taken for the map behind a descriptor that no handle of a map stands for. */
extern const struct object no_map;
const struct object *map_of(struct run_state *r, const struct fd_arg *fd);
/* Room for any key that a number can be written to. */
#define MIN_BUFFER ((size_t)64)

/*
 * number.c: the number that @size bytes of memory hold, and the way back; of more than 8 bytes the
 * first 8. Keys, values and arguments are in the order of the engine (r->e->big_endian), structures
 * of the user API in this machine's.
 */
#define THIS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
uint64_t load_number(bool big_endian, const void *p, size_t size);
void store_number(bool big_endian, void *p, uint64_t n, size_t size);
/* Memory for a key or value of @size bytes that says what @b says. */
void *make_bytes(struct run_state *r, const struct bytes_arg *b, size_t size);

/* Values of per-CPU maps, in per_cpu.c. Is it one? */
bool per_cpu(const struct object *map);
/* How much memory bpf(2) reads or writes for a value of the map. */
size_t value_bytes(const struct run_state *r, const struct object *map);
/* As make_bytes(): a per-CPU map's first processor gets the value, the others zero. */
void *make_value(struct run_state *r, const struct bytes_arg *b, const struct object *map);
/* Add the other processors' values to the first one's. */
void sum_values(const struct run_state *r, const struct object *map, void *value);

/* Call an operation, or say that the engine has none. */
#define CALL(r, op, ...) \
	((r)->e->ops->op ? (r)->e->ops->op((r)->e, ##__VA_ARGS__) : ENGINE_UNSUPPORTED)

static inline bool engine_gave_up(int status)
{
	return status == ENGINE_UNSUPPORTED || status == ENGINE_FAULT;
}

static inline int observed(struct run_state *r, int status)
{
	if (engine_gave_up(status))
		return status;
	observe_status(r, status);
	return 0;
}

#endif
