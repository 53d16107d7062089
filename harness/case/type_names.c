// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names of map, program and attach types by number, as libbpf and bpftool spell them: the
 * enumerations of include/uapi/linux/bpf.h in Linux 7.2. The guest's agent is built for eight
 * architectures, and libc is all that every cross compiler brings along; words_test.c holds these
 * tables against libbpf's.
 */
#include <string.h>

#include "words.h"

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

static const char *const map_types[] = {
	"unspec",
	"hash",
	"array",
	"prog_array",
	"perf_event_array",
	"percpu_hash",
	"percpu_array",
	"stack_trace",
	"cgroup_array",
	"lru_hash",
	"lru_percpu_hash",
	"lpm_trie",
	"array_of_maps",
	"hash_of_maps",
	"devmap",
	"sockmap",
	"cpumap",
	"xskmap",
	"sockhash",
	"cgroup_storage",
	"reuseport_sockarray",
	"percpu_cgroup_storage",
	"queue",
	"stack",
	"sk_storage",
	"devmap_hash",
	"struct_ops",
	"ringbuf",
	"inode_storage",
	"task_storage",
	"bloom_filter",
	"user_ringbuf",
	"cgrp_storage",
	"arena",
	"insn_array",
};

static const char *const prog_types[] = {
	"unspec",
	"socket_filter",
	"kprobe",
	"sched_cls",
	"sched_act",
	"tracepoint",
	"xdp",
	"perf_event",
	"cgroup_skb",
	"cgroup_sock",
	"lwt_in",
	"lwt_out",
	"lwt_xmit",
	"sock_ops",
	"sk_skb",
	"cgroup_device",
	"sk_msg",
	"raw_tracepoint",
	"cgroup_sock_addr",
	"lwt_seg6local",
	"lirc_mode2",
	"sk_reuseport",
	"flow_dissector",
	"cgroup_sysctl",
	"raw_tracepoint_writable",
	"cgroup_sockopt",
	"tracing",
	"struct_ops",
	"ext",
	"lsm",
	"sk_lookup",
	"syscall",
	"netfilter",
};

static const char *const attach_types[] = {
	"cgroup_inet_ingress",
	"cgroup_inet_egress",
	"cgroup_inet_sock_create",
	"cgroup_sock_ops",
	"sk_skb_stream_parser",
	"sk_skb_stream_verdict",
	"cgroup_device",
	"sk_msg_verdict",
	"cgroup_inet4_bind",
	"cgroup_inet6_bind",
	"cgroup_inet4_connect",
	"cgroup_inet6_connect",
	"cgroup_inet4_post_bind",
	"cgroup_inet6_post_bind",
	"cgroup_udp4_sendmsg",
	"cgroup_udp6_sendmsg",
	"lirc_mode2",
	"flow_dissector",
	"cgroup_sysctl",
	"cgroup_udp4_recvmsg",
	"cgroup_udp6_recvmsg",
	"cgroup_getsockopt",
	"cgroup_setsockopt",
	"trace_raw_tp",
	"trace_fentry",
	"trace_fexit",
	"modify_return",
	"lsm_mac",
	"trace_iter",
	"cgroup_inet4_getpeername",
	"cgroup_inet6_getpeername",
	"cgroup_inet4_getsockname",
	"cgroup_inet6_getsockname",
	"xdp_devmap",
	"cgroup_inet_sock_release",
	"xdp_cpumap",
	"sk_lookup",
	"xdp",
	"sk_skb_verdict",
	"sk_reuseport_select",
	"sk_reuseport_select_or_migrate",
	"perf_event",
	"trace_kprobe_multi",
	"lsm_cgroup",
	"struct_ops",
	"netfilter",
	"tcx_ingress",
	"tcx_egress",
	"trace_uprobe_multi",
	"cgroup_unix_connect",
	"cgroup_unix_sendmsg",
	"cgroup_unix_recvmsg",
	"cgroup_unix_getpeername",
	"cgroup_unix_getsockname",
	"netkit_primary",
	"netkit_peer",
	"trace_kprobe_session",
	"trace_uprobe_session",
};

struct types {
	const char *const *names;
	size_t n;
};

static const struct types maps = { map_types, LENGTH(map_types) };
static const struct types progs = { prog_types, LENGTH(prog_types) };
static const struct types attaches = { attach_types, LENGTH(attach_types) };

static const char *name_of(const struct types *types, uint32_t type)
{
	return type < types->n ? types->names[type] : NULL;
}

static int find(const struct types *types, const char *word, size_t len, uint32_t *type)
{
	for (size_t i = 0; i < types->n; i++) {
		if (strlen(types->names[i]) == len && !memcmp(types->names[i], word, len)) {
			*type = (uint32_t)i;
			return 0;
		}
	}
	return -1;
}

const char *map_type_name(uint32_t type)
{
	return name_of(&maps, type);
}

const char *prog_type_name(uint32_t type)
{
	return name_of(&progs, type);
}

const char *attach_type_name(uint32_t type)
{
	return name_of(&attaches, type);
}

int map_type_find(const char *word, size_t len, uint32_t *type)
{
	return find(&maps, word, len, type);
}

int prog_type_find(const char *word, size_t len, uint32_t *type)
{
	return find(&progs, word, len, type);
}

int attach_type_find(const char *word, size_t len, uint32_t *type)
{
	return find(&attaches, word, len, type);
}
