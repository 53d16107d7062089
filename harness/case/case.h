/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cases in memory, and text to cases and back. The format is described in cases/README.md; the
 * tables behind it (verbs, options, fields, flags) are in words.c.
 */
#ifndef TAILCHECK_CASE_H
#define TAILCHECK_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/diag.h"
#include "asm.h"

enum level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY };

enum step_op {
	STEP_MAP,
	STEP_PROG,
	STEP_UPDATE,
	STEP_LOOKUP,
	STEP_DELETE,
	STEP_NEXT,
	STEP_LOOKUP_AND_DELETE,
	STEP_BATCH_LOOKUP,
	STEP_BATCH_LOOKUP_AND_DELETE,
	STEP_BATCH_UPDATE,
	STEP_BATCH_DELETE,
	STEP_FREEZE,
	STEP_MMAP,
	STEP_RUN,
	STEP_BIND,
	STEP_PIN,
	STEP_UNPIN,
	STEP_GET,
	STEP_MAP_BY_ID,
	STEP_PROG_BY_ID,
	STEP_PROG_IN_SLOT,
	STEP_INFO,
	STEP_SAME,
	STEP_RACE,
	STEP_DUP,
	STEP_CLOSE,
	STEP_BTF,
	STEP_ATTACH,
	STEP_FDINFO,
	STEP_CAT,
	STEP_KERNEL_BTF,
	STEP_TOKEN,
};

/* Where a step wants a file descriptor. */
struct fd_arg {
	enum { FD_HANDLE, FD_CLOSED, FD_FILE, FD_NUMBER } kind;
	char *handle;
	uint32_t made; /* which of the case's handles it is, in the order in which they are made */
	int number;
};

/* Where a step wants memory: a key or a value. */
struct bytes_arg {
	enum { BYTES_NUMBER, BYTES_HEX, BYTES_NULL, BYTES_BAD, BYTES_FD } kind;
	uint64_t number;
	struct fd_arg fd;
	uint8_t *hex;
	size_t hex_len;
};

enum opt {
	OPT_KEY,
	OPT_VALUE,
	OPT_ENTRIES,
	OPT_FLAGS,
	OPT_NUMA,
	OPT_NAME,
	OPT_INNER,
	OPT_EXTRA,
	OPT_IFINDEX,
	OPT_BTF,
	OPT_BTF_KEY,
	OPT_BTF_VALUE,
	OPT_BTF_VMLINUX,
	OPT_BTF_OBJ,
	OPT_TOKEN,
	OPT_STRAY,
	OPT_SPIN_LOCK,
	OPT_TIMER,
	OPT_ATTACH,
	OPT_LICENSE,
	OPT_NO_BTF,
	OPT_OTHER_JIT,
	OPT_GLOBAL,
	OPT_VOID_FUNCS,
	OPT_EXCEPTION_CALLBACK,
	OPT_ATTACH_FUNC,
	OPT_TARGET,
	OPT_ELEM_FLAGS,
	OPT_DATA,
	OPT_FILL,
	OPT_BYTES,
	OPT_REPEAT,
	OPT_WINNERS,
	OPT_EXACT,
	OPT_RAW_NAME,
	OPT_EXCL_HASH,
	OPT_EXCL_SIZE,
	OPT_SIZE,
	OPT_OUT,
	OPT_LEN,
	OPT_CAPS,
	OPT_BAD_ATTR,
	OPT_MEMLOCK,
	OPT_ITER_MAP,
	OPT_DURING,
	OPT_NO_JIT_MEMORY,
	OPT_ON_DEVICE,
	OPT_GRANTS,
	OPT_COUNT
};

_Static_assert(OPT_COUNT <= 64, "a set of options is a uint64_t");

/* A context field given on a `run` line. */
struct field_value {
	const struct ctx_field *field;
	uint64_t value;
};

struct step {
	enum step_op op;
	unsigned int line;
	bool eventually;
	unsigned int lane;	/* of the race above it, 1 and up; 0: none */
	char *makes;		/* the handle that it makes, or NULL */
	uint32_t type;		/* of map or program */
	struct fd_arg fd, fd2;	/* what it acts on; the second where there are two */
	struct bytes_arg key;	/* of an element */
	struct bytes_arg value; /* of an update */
	char *path;
	char *field; /* of info */
	uint32_t count;
	uint64_t opt_set; /* bit per enum opt */
	uint64_t opt_num[OPT_COUNT];
	char *opt_text[OPT_COUNT];
	struct field_value *fields;
	size_t n_fields;
	struct asm_prog *prog;
	char *expect; /* canonical: compared as text with what the executor observed; in a lane
		       * several of them, joined by | */
	char *log;    /* a regular expression for the log of a refused load (empty: it gives
		       * no reason), or NULL */
	char *notes;  /* comment and blank lines before it, each ending in a newline, or NULL */
	char *tail;   /* comment at the end of its line, or NULL */
};

/* What a case has to do with a claim (cases/claims), when every step gives what is expected. */
enum claim_relation { CLAIM_CONFIRMS, CLAIM_CONTRADICTS, CLAIM_QUALIFIES, N_CLAIM_RELATIONS };

/* The words for it in the head of a case. */
extern const char *const claim_relation_words[N_CLAIM_RELATIONS];

struct claim_ref {
	char *id;
	enum claim_relation relation;
	unsigned int line;
	const char *at; /* the id in the file's text */
};

struct test_case {
	char *name;
	char *file;
	unsigned int line;
	char **about; /* lines */
	size_t n_about;
	struct claim_ref *claims; /* by relation */
	size_t n_claims;
	char **sources;
	size_t n_sources;
	enum level level;
	char *needs; /* a condition, or NULL */
	struct step *steps;
	size_t n_steps;
	char *notes;
	/* The text that it was parsed from, in the file's text: for sending it on as it is. */
	const char *text;
	size_t text_len;
};

struct case_file {
	struct test_case *cases;
	size_t n_cases;
	char *notes; /* behind the last line */
	char *text;
};

#define MAX_RAW_NAME  16	  /* bytes: BPF_OBJ_NAME_LEN */
#define MAX_RUN_DATA  65536	  /* bytes of packet that a run may be given */
#define CASE_FILE_MAX (64U << 20) /* bytes */

/*
 * Expressions for logs: POSIX extended, line by line: `.` is no newline, ^ and $ are those of a
 * line. Parser and executor must mean the same.
 */
#define LOG_REGEX (REG_EXTENDED | REG_NOSUB | REG_NEWLINE)

/* Read and parse a file. 0, or -1 with @d filled in; release after success only. */
int case_file_read(struct case_file *f, const char *path, struct diag *d);
/* Parse @len bytes; @file is what messages call it. Takes a copy of the text. */
int case_file_parse(struct case_file *f, const char *text, size_t len, const char *file,
		    struct diag *d);
void case_file_release(struct case_file *f);

/* The canonical form. case_file_parse() of what case_file_print() wrote gives the same cases. */
void case_file_print(FILE *out, const struct case_file *f);
void case_print(FILE *out, const struct test_case *c);
/* For reading: instructions have their numbers. */
void case_print_numbered(FILE *out, const struct test_case *c);
/* A step without its expectation, program and comments, as one line without a newline. */
void step_print(FILE *out, const struct step *s);

#endif
