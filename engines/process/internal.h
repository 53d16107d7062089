/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the process engine share. */
#ifndef TAILCHECK_PROCESS_INTERNAL_H
#define TAILCHECK_PROCESS_INTERNAL_H

#include "../../harness/base/text.h"
#include "child.h"
#include "message.h"
#include "process.h"

struct hello {
	char name[32];
	char version[64];
	bool big_endian;
	unsigned int n_cpus;
	size_t max_line;
	uint64_t caps; /* bit per enum protocol_cap */
};

struct process_engine {
	struct engine engine;
	struct engine_ops ops; /* its own: what it lacks is NULL */
	struct process_config config;
	char *command;
	struct child *child;
	enum process_trouble trouble;
	char trouble_why[200];
	struct hello hello;
	double case_end;    /* clock_seconds(); 0: no case runs */
	uint64_t last_id;   /* of requests */
	unsigned int n_ids; /* of objects, that next_id gave in this case */
	const char *asked;  /* the command of the request */
	struct text request;
	struct message reply; /* points into the child's buffer */
	uint8_t *open;	      /* a bit a descriptor: handed out and not closed */
};

static inline struct process_engine *to_process(struct engine *e)
{
	return (struct process_engine *)e;
}

/* request.c: make a request, send it, and look at the answer. */

void request_begin(struct process_engine *p, const char *command);
void request_number(struct process_engine *p, const char *key, uint64_t n);
/* Not there where it is 0. */
void request_option(struct process_engine *p, const char *key, uint64_t n);
/* A descriptor as bpf(2) sees it, 32 bits that may be -1. */
void request_fd_field(struct process_engine *p, const char *key, int fd);
/* Memory: hexadecimal digits, `null` or `bad`. */
void request_bytes(struct process_engine *p, const char *key, const void *bytes, size_t n);

/* Send it: a result of engine.h, with p->reply. Its fields must be of @keys, in blanks, if any. */
int request_send(struct process_engine *p, const char *keys);
/* The same where success is 0 and nothing else, or a new descriptor. */
int request_status(struct process_engine *p, const char *keys);
int request_fd(struct process_engine *p, const char *keys);

/* A field of the reply; false where it is not there or wrong, and then that is the trouble. */
bool reply_number(struct process_engine *p, const char *key, uint64_t max, uint64_t *n);
bool reply_u32(struct process_engine *p, const char *key, uint32_t *n);
bool reply_bytes(struct process_engine *p, const char *key, void *to, size_t size);
/* At most @room bytes, which may be none; how many into *n. */
bool reply_some(struct process_engine *p, const char *key, void *to, size_t room, size_t *n);
/* A field that stays as it is where the reply does not have it; a name is under "name". */
bool reply_maybe_u32(struct process_engine *p, const char *key, uint32_t *n);
bool reply_maybe_name(struct process_engine *p, char name[16]);

/* What the protocol has no words for: ENGINE_UNSUPPORTED. */
int process_wordless(struct engine *e, const char *what);
/* The adapter is of no use any more. ENGINE_FAULT. */
int process_trouble(struct process_engine *p, enum process_trouble trouble, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

bool process_fd_open(const struct process_engine *p, int fd);
void process_fd_set(struct process_engine *p, int fd, bool open);

/* hello.c: start the child and ask who it is. 0 or -1. */
int process_greet(struct process_engine *p, struct hello *h, char *why, size_t why_size);

/* Operations, all that there are: those on maps, on descriptors, ids and names, on programs. */
void process_map_ops(struct engine_ops *o);
void process_object_ops(struct engine_ops *o);
int process_prog_load(struct engine *e, const struct engine_prog_load *attr);
int process_prog_run(struct engine *e, struct engine_run *run);

#endif
