// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "../../engines/engine.h"

#define BIT(n) (1ULL << (n))

/* include/uapi/linux/bpf.h of Linux 7.2, also where the header that we build with is older. */
static const struct flag_name map_flags[] = {
	{ "NO_PREALLOC", 0x1 },
	{ "NO_COMMON_LRU", 0x2 },
	{ "NUMA_NODE", 0x4 },
	{ "RDONLY", 0x8 },
	{ "WRONLY", 0x10 },
	{ "STACK_BUILD_ID", 0x20 },
	{ "ZERO_SEED", 0x40 },
	{ "RDONLY_PROG", 0x80 },
	{ "WRONLY_PROG", 0x100 },
	{ "CLONE", 0x200 },
	{ "MMAPABLE", 0x400 },
	{ "PRESERVE_ELEMS", 0x800 },
	{ "INNER_MAP", 0x1000 },
	{ "LINK", 0x2000 },
	{ "PATH_FD", 0x4000 },
	{ "VTYPE_BTF_OBJ_FD", 0x8000 },
	{ "TOKEN_FD", 0x10000 },
	{ "SEGV_ON_FAULT", 0x20000 },
	{ "NO_USER_CONV", 0x40000 },
	{ "RB_OVERWRITE", 0x80000 },
	{ NULL, 0 },
};

static const struct flag_name elem_flags[] = {
	{ "NOEXIST", 1 }, { "EXIST", 2 },     { "LOCK", 4 },
	{ "CPU", 8 },	  { "ALL_CPUS", 16 }, { NULL, 0 },
};

static const struct flag_name prog_flags[] = {
	{ "STRICT_ALIGNMENT", 0x1 },	{ "ANY_ALIGNMENT", 0x2 },
	{ "TEST_RND_HI32", 0x4 },	{ "TEST_STATE_FREQ", 0x8 },
	{ "SLEEPABLE", 0x10 },		{ "XDP_HAS_FRAGS", 0x20 },
	{ "XDP_DEV_BOUND_ONLY", 0x40 }, { NULL, 0 },
};

/* What a token may grant: types of maps by their number, commands of bpf(2) above these. */
static const struct flag_name grants[] = {
	{ "hash", BIT(1) },
	{ "array", BIT(2) },
	{ "prog_array", BIT(3) },
	{ "array_of_maps", BIT(12) },
	{ "map_create", BIT(GRANT_COMMANDS + 0) },
	{ "prog_load", BIT(GRANT_COMMANDS + 5) },
	{ NULL, 0 },
};

#define CAPS BIT(OPT_CAPS)
#define OPTS_MAP                                                                             \
	(BIT(OPT_KEY) | BIT(OPT_VALUE) | BIT(OPT_ENTRIES) | BIT(OPT_FLAGS) | BIT(OPT_NUMA) | \
	 BIT(OPT_NAME) | BIT(OPT_INNER) | BIT(OPT_EXTRA) | BIT(OPT_IFINDEX) | BIT(OPT_BTF) | \
	 BIT(OPT_BTF_KEY) | BIT(OPT_BTF_VALUE) | BIT(OPT_BTF_VMLINUX) | BIT(OPT_BTF_OBJ) |   \
	 BIT(OPT_TOKEN) | BIT(OPT_STRAY) | BIT(OPT_RAW_NAME) | BIT(OPT_EXCL_HASH) |          \
	 BIT(OPT_EXCL_SIZE) | BIT(OPT_SIZE) | BIT(OPT_SPIN_LOCK) | BIT(OPT_TIMER) |          \
	 BIT(OPT_CAPS) | BIT(OPT_BAD_ATTR) | BIT(OPT_MEMLOCK))
#define OPTS_PROG                                                                                \
	(BIT(OPT_ATTACH) | BIT(OPT_FLAGS) | BIT(OPT_NAME) | BIT(OPT_LICENSE) | BIT(OPT_NO_BTF) | \
	 BIT(OPT_OTHER_JIT) | BIT(OPT_GLOBAL) | BIT(OPT_VOID_FUNCS) |                            \
	 BIT(OPT_EXCEPTION_CALLBACK) | BIT(OPT_ATTACH_FUNC) | BIT(OPT_TARGET) |                  \
	 BIT(OPT_NO_JIT_MEMORY) | BIT(OPT_ON_DEVICE) | CAPS)
#define OPTS_RUN \
	(BIT(OPT_DATA) | BIT(OPT_FILL) | BIT(OPT_BYTES) | BIT(OPT_REPEAT) | BIT(OPT_FLAGS) | CAPS)
#define OPTS_BATCH (BIT(OPT_FLAGS) | BIT(OPT_ELEM_FLAGS) | BIT(OPT_STRAY) | CAPS)
#define OPTS_ELEM  (BIT(OPT_FLAGS) | BIT(OPT_STRAY) | BIT(OPT_BAD_ATTR) | CAPS)
#define OPTS_OUT   (OPTS_ELEM | BIT(OPT_OUT))
#define FLAGS	   BIT(OPT_FLAGS)

const struct verb verbs[] = {
	[STEP_MAP] = { "map", STEP_MAP, "NT", OPTS_MAP, RESULT_STATUS, map_flags, true },
	[STEP_PROG] = { "prog", STEP_PROG, "NP", OPTS_PROG, RESULT_STATUS, prog_flags, true },
	[STEP_UPDATE] = { "update", STEP_UPDATE, "FKV", OPTS_ELEM, RESULT_STATUS, elem_flags,
			  false },
	[STEP_LOOKUP] = { "lookup", STEP_LOOKUP, "FK", OPTS_OUT, RESULT_VALUE, elem_flags, false },
	[STEP_DELETE] = { "delete", STEP_DELETE, "FK", OPTS_OUT, RESULT_STATUS, elem_flags, false },
	[STEP_NEXT] = { "next", STEP_NEXT, "FK", OPTS_OUT, RESULT_NUMBER, elem_flags, false },
	[STEP_LOOKUP_AND_DELETE] = { "lookup-and-delete", STEP_LOOKUP_AND_DELETE, "FK", OPTS_OUT,
				     RESULT_VALUE, elem_flags, false },
	[STEP_BATCH_LOOKUP] = { "batch-lookup", STEP_BATCH_LOOKUP, "FC", OPTS_BATCH, RESULT_NUMBER,
				elem_flags, false },
	[STEP_BATCH_LOOKUP_AND_DELETE] = { "batch-lookup-and-delete", STEP_BATCH_LOOKUP_AND_DELETE,
					   "FC", OPTS_BATCH, RESULT_NUMBER, elem_flags, false },
	[STEP_BATCH_UPDATE] = { "batch-update", STEP_BATCH_UPDATE, "FC", OPTS_BATCH, RESULT_NUMBER,
				elem_flags, false },
	[STEP_BATCH_DELETE] = { "batch-delete", STEP_BATCH_DELETE, "FC", OPTS_BATCH, RESULT_NUMBER,
				elem_flags, false },
	[STEP_FREEZE] = { "freeze", STEP_FREEZE, "F", BIT(OPT_DURING) | CAPS, RESULT_STATUS, NULL,
			  false },
	[STEP_MMAP] = { "mmap", STEP_MMAP, "F", 0, RESULT_STATUS, NULL, false },
	[STEP_RUN] = { "run", STEP_RUN, "F", OPTS_RUN, RESULT_RUN, NULL, false },
	[STEP_BIND] = { "bind", STEP_BIND, "FF", FLAGS | CAPS, RESULT_STATUS, NULL, false },
	[STEP_PIN] = { "pin", STEP_PIN, "FS", FLAGS | CAPS, RESULT_STATUS, map_flags, false },
	[STEP_UNPIN] = { "unpin", STEP_UNPIN, "S", 0, RESULT_STATUS, NULL, false },
	[STEP_GET] = { "get", STEP_GET, "NS", FLAGS | CAPS, RESULT_STATUS, map_flags, true },
	[STEP_MAP_BY_ID] = { "map-by-id", STEP_MAP_BY_ID, "NF", FLAGS | CAPS, RESULT_STATUS,
			     map_flags, true },
	[STEP_PROG_BY_ID] = { "prog-by-id", STEP_PROG_BY_ID, "NF", FLAGS | CAPS, RESULT_STATUS,
			      map_flags, true },
	[STEP_PROG_IN_SLOT] = { "prog-in-slot", STEP_PROG_IN_SLOT, "NFK", 0, RESULT_STATUS, NULL,
				true },
	[STEP_INFO] = { "info", STEP_INFO, "FI",
			BIT(OPT_LEN) | BIT(OPT_FILL) | BIT(OPT_STRAY) | CAPS, RESULT_TEXT, NULL,
			false },
	[STEP_SAME] = { "same", STEP_SAME, "FF", 0, RESULT_NUMBER, NULL, false },
	[STEP_RACE] = { "race", STEP_RACE, "C", BIT(OPT_WINNERS) | BIT(OPT_EXACT), RESULT_STATUS,
			NULL, true },
	[STEP_DUP] = { "dup", STEP_DUP, "NF", 0, RESULT_STATUS, NULL, true },
	[STEP_CLOSE] = { "close", STEP_CLOSE, "F", 0, RESULT_STATUS, NULL, true },
	[STEP_BTF] = { "btf", STEP_BTF, "N", 0, RESULT_STATUS, NULL, true },
	[STEP_ATTACH] = { "attach", STEP_ATTACH, "NF", BIT(OPT_ITER_MAP), RESULT_STATUS, NULL,
			  true },
	[STEP_FDINFO] = { "fdinfo", STEP_FDINFO, "FD", 0, RESULT_TEXT, NULL, false },
	[STEP_CAT] = { "cat", STEP_CAT, "S", 0, RESULT_TEXT, NULL, false },
	[STEP_KERNEL_BTF] = { "kernel-btf", STEP_KERNEL_BTF, "N", 0, RESULT_STATUS, NULL, true },
	[STEP_TOKEN] = { "token", STEP_TOKEN, "N", BIT(OPT_GRANTS), RESULT_STATUS, grants, true },
};

const size_t n_verbs = sizeof(verbs) / sizeof(verbs[0]);

const struct opt_name opt_names[OPT_COUNT] = {
	[OPT_KEY] = { "key", KIND_NUMBER },
	[OPT_VALUE] = { "value", KIND_NUMBER },
	[OPT_ENTRIES] = { "entries", KIND_NUMBER },
	[OPT_FLAGS] = { "flags", KIND_FLAGS },
	[OPT_NUMA] = { "numa", KIND_NUMBER },
	[OPT_NAME] = { "name", KIND_TEXT },
	[OPT_INNER] = { "inner", KIND_FD },
	[OPT_EXTRA] = { "extra", KIND_NUMBER },
	[OPT_IFINDEX] = { "ifindex", KIND_NUMBER },
	[OPT_BTF] = { "btf", KIND_FD },
	[OPT_BTF_KEY] = { "btf-key", KIND_NUMBER },
	[OPT_BTF_VALUE] = { "btf-value", KIND_NUMBER },
	[OPT_BTF_VMLINUX] = { "btf-vmlinux", KIND_NUMBER },
	[OPT_BTF_OBJ] = { "btf-obj", KIND_FD },
	[OPT_TOKEN] = { "token", KIND_FD },
	[OPT_STRAY] = { "stray", KIND_NUMBER },
	[OPT_SPIN_LOCK] = { "spin-lock", KIND_BARE },
	[OPT_TIMER] = { "timer", KIND_BARE },
	[OPT_ATTACH] = { "attach", KIND_ATTACH },
	[OPT_LICENSE] = { "license", KIND_TEXT },
	[OPT_NO_BTF] = { "no-btf", KIND_BARE },
	[OPT_OTHER_JIT] = { "other-jit", KIND_BARE },
	[OPT_GLOBAL] = { "global", KIND_BARE },
	[OPT_VOID_FUNCS] = { "void-funcs", KIND_BARE },
	[OPT_EXCEPTION_CALLBACK] = { "exception-callback", KIND_TEXT },
	[OPT_ATTACH_FUNC] = { "attach-func", KIND_TEXT },
	[OPT_TARGET] = { "target", KIND_FD },
	[OPT_ELEM_FLAGS] = { "elem-flags", KIND_FLAGS },
	[OPT_DATA] = { "data", KIND_NUMBER },
	[OPT_FILL] = { "fill", KIND_NUMBER },
	[OPT_BYTES] = { "bytes", KIND_HEX },
	[OPT_REPEAT] = { "repeat", KIND_NUMBER },
	[OPT_WINNERS] = { "winners", KIND_NUMBER },
	[OPT_EXACT] = { "exact", KIND_BARE },
	[OPT_RAW_NAME] = { "raw-name", KIND_HEX },
	[OPT_EXCL_HASH] = { "excl-hash", KIND_BYTES },
	[OPT_EXCL_SIZE] = { "excl-size", KIND_NUMBER },
	[OPT_SIZE] = { "attr-size", KIND_NUMBER },
	[OPT_OUT] = { "out", KIND_POINTER },
	[OPT_LEN] = { "len", KIND_NUMBER },
	[OPT_CAPS] = { "caps", KIND_CAPS },
	[OPT_BAD_ATTR] = { "bad-attr", KIND_BARE },
	[OPT_MEMLOCK] = { "memlock", KIND_NUMBER },
	[OPT_ITER_MAP] = { "map", KIND_FD },
	[OPT_DURING] = { "during", KIND_ELEM },
	[OPT_NO_JIT_MEMORY] = { "no-jit-memory", KIND_BARE },
	[OPT_ON_DEVICE] = { "on-device", KIND_BARE },
	[OPT_GRANTS] = { "grants", KIND_FLAGS },
};

/* What BPF_PROG_TEST_RUN takes in and gives back (net/bpf/test_run.c, convert___skb_to_skb). */
#define SKB(f)	   #f, CTX_SKB, offsetof(struct __sk_buff, f), sizeof(((struct __sk_buff *)0)->f)
#define SKB_CB(n)  "cb" #n, CTX_SKB, offsetof(struct __sk_buff, cb[n]), 4
#define XDP(f)	   #f, CTX_XDP, offsetof(struct xdp_md, f), sizeof(((struct xdp_md *)0)->f)
#define LOOKUP(f)  #f, CTX_LOOKUP, offsetof(struct bpf_sk_lookup, f), 4
#define RAW_ARG(n) "arg" #n, CTX_ARGS, (n)*8, 8

const struct ctx_field ctx_fields[] = {
	{ SKB(mark) },
	{ SKB(priority) },
	{ SKB_CB(0) },
	{ SKB_CB(1) },
	{ SKB_CB(2) },
	{ SKB_CB(3) },
	{ SKB_CB(4) },
	{ SKB(tstamp) },
	{ XDP(data_meta) },
	{ XDP(data_end) },
	{ LOOKUP(family) },
	{ LOOKUP(protocol) },
	{ LOOKUP(local_port) },
	{ "flow_flags", CTX_FLOW, offsetof(struct bpf_flow_keys, flags), 4 },
	{ "flow_label", CTX_FLOW, offsetof(struct bpf_flow_keys, flow_label), 4 },
	{ RAW_ARG(0) },
	{ RAW_ARG(1) },
	{ RAW_ARG(2) },
	{ RAW_ARG(3) },
	{ RAW_ARG(4) },
	{ RAW_ARG(5) },
	{ NULL, CTX_NONE, 0, 0 },
};

enum ctx_kind ctx_kind_of(uint32_t prog_type)
{
	switch (prog_type) {
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL:
		return CTX_SKB;
	case BPF_PROG_TYPE_XDP:
		return CTX_XDP;
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_STRUCT_OPS:
		return CTX_ARGS;
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
		return CTX_FLOW;
	case BPF_PROG_TYPE_SK_LOOKUP:
		return CTX_LOOKUP;
	default:
		return CTX_NONE;
	}
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return name && strlen(name) == len && memcmp(word, name, len) == 0;
}

const struct ctx_field *ctx_field_find(const char *word, size_t len)
{
	for (const struct ctx_field *f = ctx_fields; f->name; f++)
		if (word_is(word, len, f->name))
			return f;
	return NULL;
}

const struct verb *verb_find(const char *word, size_t len)
{
	for (size_t i = 0; i < n_verbs; i++)
		if (word_is(word, len, verbs[i].name))
			return &verbs[i];
	return NULL;
}

int opt_find(const char *word, size_t len)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (word_is(word, len, opt_names[i].name))
			return i;
	return -1;
}

/* The last but one of MIPS; on most machines EHWPOISON. */
#define LAST_ERRNO 168

const char *errno_name(int number)
{
	if (number == ENGINE_ENOTSUPP)
		return "ENOTSUPP";
	/* glibc calls it ENOTSUP, too easily read as the kernel's ENOTSUPP. */
	if (number == EOPNOTSUPP)
		return "EOPNOTSUPP";
	return number > 0 && number <= LAST_ERRNO ? strerrorname_np(number) : NULL;
}

int errno_find(const char *word, size_t len)
{
	if (len < 3 || word[0] != 'E')
		return 0;
	for (int i = 1; i <= LAST_ERRNO; i++)
		if (word_is(word, len, errno_name(i)))
			return i;
	return word_is(word, len, "ENOTSUPP") ? ENGINE_ENOTSUPP : 0;
}

void flags_print(FILE *out, const struct flag_name *table, uint64_t bits)
{
	const char *between = "";

	for (; table && table->name; table++) {
		if (bits & table->bit) {
			fprintf(out, "%s%s", between, table->name);
			between = "|";
			bits &= ~table->bit;
		}
	}
	if (bits)
		fprintf(out, "%s0x%llx", between, (unsigned long long)bits);
	else if (!*between)
		fputc('0', out);
}

static bool is_one_of(const char *word, size_t len, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_is(word, len, names[i]))
			return true;
	return false;
}

bool info_field_known(const char *word, size_t len)
{
	static const char *const fields[] = { "type",	   "key_size",	"value_size", "max_entries",
					      "map_flags", "name",	"ifindex",    "map_extra",
					      "btf_id",	   "btf_key",	"btf_value",  "nr_map_ids",
					      "jited",	   "tail_calls" };

	return is_one_of(word, len, fields, sizeof(fields) / sizeof(fields[0]));
}

bool fdinfo_field_known(const char *word, size_t len)
{
	static const char *const fields[] = { "map_type",  "key_size",	      "value_size",
					      "map_flags", "max_entries",     "frozen",
					      "prog_type", "owner_prog_type", "owner_jited" };

	return is_one_of(word, len, fields, sizeof(fields) / sizeof(fields[0]));
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

bool handle_name_ok(const char *word, size_t len)
{
	if (len == 0 || len > 64 || !(isalpha((unsigned char)word[0]) || word[0] == '_'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)word[i]) && word[i] != '_')
			return false;
	/* Words that an argument or an expectation may be instead of a handle. */
	return !errno_find(word, len) && !word_is(word, len, "null") &&
	       !word_is(word, len, "bad") && !word_is(word, len, "zero");
}

bool case_name_ok(const char *word, size_t len)
{
	bool part = false; /* the part that we are in has a character */

	if (len > 128)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '.') {
			if (!part)
				return false;
			part = false;
		} else if (name_char(word[i])) {
			part = true;
		} else {
			return false;
		}
	}
	return part;
}
