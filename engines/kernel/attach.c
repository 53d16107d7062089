// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links: what attaches programs. */
#include "internal.h"

int kernel_prog_attach(struct engine *e, int prog_fd)
{
	union kernel_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.a.raw_tracepoint.prog_fd = (uint32_t)prog_fd;
	return kernel_keep_fd(e, kernel_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr.a)));
}

int kernel_iter_attach(struct engine *e, int prog_fd, int map_fd)
{
	union bpf_iter_link_info info;
	union kernel_attr attr;

	memset(&info, 0, sizeof(info));
	info.map.map_fd = (uint32_t)map_fd;
	memset(&attr, 0, sizeof(attr));
	attr.a.link_create.prog_fd = (uint32_t)prog_fd;
	attr.a.link_create.attach_type = BPF_TRACE_ITER;
	attr.a.link_create.iter_info = kernel_ptr(&info);
	attr.a.link_create.iter_info_len = sizeof(info);
	return kernel_keep_fd(e, kernel_bpf(BPF_LINK_CREATE, &attr, sizeof(attr.a)));
}
