// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_CREATE, with all that cases ask of it. */
#include "internal.h"

#include <linux/btf.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#define MAX_BYTES (1ULL << 30) /* that a case may be given */

/*
 * Fields of BPF_MAP_CREATE that came after Linux 6.1, whose header Debian 12 has: offsets in union
 * bpf_attr, of include/uapi/linux/bpf.h in Linux 6.9.
 */
#define MAP_CREATE_VALUE_TYPE_BTF_OBJ_FD 72
#define MAP_CREATE_TOKEN_FD		 76
#define MAP_CREATE_EXCL_PROG_HASH	 80 /* of 6.18 */
#define MAP_CREATE_EXCL_PROG_HASH_SIZE	 88

size_t kernel_attr_stray(union kernel_attr *attr, uint32_t stray)
{
	size_t size = sizeof(attr->a);

	if (!stray || stray >= sizeof(attr->raw))
		return size;
	attr->raw[stray] = 1;
	return size <= stray ? stray + 1 : size;
}

/*
 * Cases ask for more than there is, to be refused. A guest has little memory; a large machine would
 * give it, and miss it elsewhere.
 */
static bool would_get_gigabytes(struct engine *e, const struct engine_map_create *m)
{
	bool slots = m->value_size < 8 || m->type == BPF_MAP_TYPE_PROG_ARRAY;
	uint64_t bytes = (uint64_t)m->max_entries * (slots ? 8 : m->value_size);
	struct sysinfo machine;

	if (bytes <= MAX_BYTES || sysinfo(&machine) ||
	    bytes > (uint64_t)machine.totalram * machine.mem_unit)
		return false;
	snprintf(e->why, sizeof(e->why), "a map of %llu GiB might be had on this machine",
		 (unsigned long long)(bytes >> 30));
	return true;
}

static void attr_of_map(union kernel_attr *attr, const struct engine_map_create *m)
{
	uint64_t excl = kernel_ptr(m->excl_prog_hash);

	memset(attr, 0, sizeof(*attr));
	attr->a.map_type = m->type;
	attr->a.key_size = m->key_size;
	attr->a.value_size = m->value_size;
	attr->a.max_entries = m->max_entries;
	attr->a.map_flags = m->flags;
	attr->a.inner_map_fd = m->inner_map_fd;
	attr->a.numa_node = m->numa_node;
	memcpy(attr->a.map_name, m->name, sizeof(attr->a.map_name));
	attr->a.map_ifindex = m->ifindex;
	attr->a.btf_fd = m->btf_fd;
	attr->a.btf_key_type_id = m->btf_key_type_id;
	attr->a.btf_value_type_id = m->btf_value_type_id;
	attr->a.btf_vmlinux_value_type_id = m->btf_vmlinux_value_type_id;
	attr->a.map_extra = m->map_extra;
	attr->words[MAP_CREATE_VALUE_TYPE_BTF_OBJ_FD / 4] = (uint32_t)m->value_type_btf_obj_fd;
	attr->words[MAP_CREATE_TOKEN_FD / 4] = (uint32_t)m->map_token_fd;
	memcpy(attr->raw + MAP_CREATE_EXCL_PROG_HASH, &excl, sizeof(excl));
	attr->words[MAP_CREATE_EXCL_PROG_HASH_SIZE / 4] = m->excl_prog_hash_size;
}

/* Attributes of a size that a case asks for: a page of them is the most, beyond it nothing is read.
 */
static int create_of_size(const union kernel_attr *attr, uint32_t size)
{
	union {
		union kernel_attr attr;
		unsigned char page[65536]; /* a larger size is refused without a look */
	} large;

	memset(&large, 0, sizeof(large));
	memcpy(&large, attr, sizeof(*attr));
	return kernel_bpf(BPF_MAP_CREATE, &large.attr, size);
}

/* Is something @asked for that only kernels with this struct have? One without BTF does not say. */
static bool lacks(struct engine *e, bool asked, const char *name)
{
	if (!asked || kernel_find_btf(name, BTF_KIND_STRUCT) >= 0)
		return false;
	snprintf(e->why, sizeof(e->why), "this kernel's BTF has no struct %s", name);
	return true;
}

void kernel_limit_memlock(bool limited, uint32_t bytes)
{
	struct rlimit limit = { limited ? bytes : RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &limit);
}

/* include/uapi/linux/bpf.h of 7.x: attributes that all commands share, behind their own */
#define COMMON_ATTRS (1U << 16) /* in the number of the command */
struct common_attr {
	uint64_t log_buf;
	uint32_t log_size;
	uint32_t log_level;
	uint32_t log_true_size;
	uint32_t unused;
};

static int create_with_log(const struct engine_map_create *m, union kernel_attr *attr, size_t size)
{
	struct common_attr common = {
		.log_buf = kernel_ptr(m->log),
		.log_size = m->log_size,
		.log_level = 1,
	};
	long ret = syscall(SYS_bpf, BPF_MAP_CREATE | COMMON_ATTRS, attr, size, &common,
			   sizeof(common));

	m->log[m->log_size - 1] = '\0';
	return ret < 0 ? -errno : (int)ret;
}

static int create(const struct engine_map_create *m, union kernel_attr *attr)
{
	size_t size = kernel_attr_stray(attr, m->stray_byte);
	int fd;

	if (m->bad_attr)
		return kernel_bpf(BPF_MAP_CREATE, ENGINE_BAD_PTR,
				  m->has_attr_size ? m->attr_size : size);
	if (m->log)
		return create_with_log(m, attr, size);
	if (m->has_memlock)
		kernel_limit_memlock(true, m->memlock);
	fd = m->has_attr_size ? create_of_size(attr, m->attr_size)
			      : kernel_bpf(BPF_MAP_CREATE, attr, size);
	if (m->has_memlock)
		kernel_limit_memlock(false, 0);
	return fd;
}

int kernel_map_create(struct engine *e, const struct engine_map_create *m)
{
	union kernel_attr attr;
	int value_btf = -1, fd;

	if (would_get_gigabytes(e, m) || lacks(e, m->timer, "bpf_timer") ||
	    lacks(e, m->log, "bpf_common_attr"))
		return ENGINE_UNSUPPORTED;
	attr_of_map(&attr, m);
	if (m->spin_lock || m->timer) {
		value_btf = kernel_load_value_btf(m, &attr.a.btf_key_type_id,
						  &attr.a.btf_value_type_id);
		if (value_btf < 0) {
			snprintf(e->why, sizeof(e->why), "BPF_BTF_LOAD: %s", strerror(-value_btf));
			return ENGINE_FAULT;
		}
		attr.a.btf_fd = (uint32_t)value_btf;
	}
	fd = create(m, &attr);
	if (value_btf >= 0)
		close(value_btf);
	return kernel_keep_fd(e, fd);
}
