// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A network device that programs can be made for. Of those that Debian's kernels have without a
 * module, netkit is one, in kernels where it takes programs at all. It is made once, and stays.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>

#include "internal.h"

#define DEVICE "tailcheck0"
#define KIND   "netkit"

struct request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[128];
};

/* Behind what the message has already. */
static struct rtattr *add(struct request *q, unsigned short type, const char *text)
{
	struct rtattr *a = (void *)((char *)q + NLMSG_ALIGN(q->head.nlmsg_len));
	size_t size = text ? strlen(text) + 1 : 0;

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), text ? text : "", size);
	q->head.nlmsg_len = NLMSG_ALIGN(q->head.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
	return a;
}

/* RTM_NEWLINK. 0, or a negative errno. */
static int make_device(void)
{
	struct request q = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(q.info)),
				       .nlmsg_type = RTM_NEWLINK,
				       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr answer;
		char rest[256];
	} reply = { .answer.error = -EIO };
	struct rtattr *link;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err = 0;

	if (s < 0)
		return -errno;
	add(&q, IFLA_IFNAME, DEVICE);
	link = add(&q, IFLA_LINKINFO, NULL);
	add(&q, IFLA_INFO_KIND, KIND);
	link->rta_len = (unsigned short)((char *)&q + q.head.nlmsg_len - (char *)link);
	if (send(s, &q, q.head.nlmsg_len, 0) < 0 || recv(s, &reply, sizeof(reply), 0) < 0)
		err = -errno;
	close(s);
	return err ? err : reply.answer.error;
}

int kernel_device(struct engine *e)
{
	int index = (int)if_nametoindex(DEVICE), err = 0;

	if (index)
		return index;
	err = kernel_not_alone(e, "a new network device");
	if (err)
		return err;
	err = make_device();
	index = (int)if_nametoindex(DEVICE);
	if (!err && index)
		return index;
	snprintf(e->why, sizeof(e->why), "this kernel makes no " KIND " device: %s",
		 strerror(-err));
	return ENGINE_UNSUPPORTED;
}
