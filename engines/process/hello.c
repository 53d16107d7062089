// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who an adapter says that it is. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../../harness/base/clock.h"
#include "internal.h"

#define MAX_CPUS 1024
#define MIN_LINE 4096	     /* what every adapter takes */
#define MAX_LINE (64U << 20) /* what none is given more of */

/* Names become those of files and of columns. */
static bool name_ok(const char *name)
{
	size_t n = strlen(name);

	for (const char *s = name; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("._-", *s))
			return false;
	return n && n < sizeof(((struct hello *)0)->name) && isalnum((unsigned char)*name);
}

static int refuse(struct process_engine *p, const char *what, const char *value)
{
	process_trouble(p, PROCESS_PROTOCOL, what, value);
	return -1;
}

static int take_caps(struct process_engine *p, struct hello *h)
{
	const char *list = message_value(&p->reply, "caps");

	if (!list)
		return refuse(p, "%s= is missing in its answer", "caps");
	while (*list) {
		size_t len = strcspn(list, ",");
		int cap = protocol_cap_find(list, len);

		if (cap < 0) {
			process_trouble(p, PROCESS_PROTOCOL, "there is no capability \"%.*s\"",
					len < 40 ? (int)len : 40, list);
			return -1;
		}
		h->caps |= 1ULL << cap;
		list += len + (list[len] == ',');
	}
	/* Executors and cases count on it. */
	if (!(h->caps & 1ULL << CAP_CLOSE))
		return refuse(p, "its caps= lack %s, which every adapter has", "close");
	return 0;
}

static int take_hello(struct process_engine *p, struct hello *h)
{
	const char *name = message_value(&p->reply, "name");
	const char *version = message_value(&p->reply, "version");
	const char *order = message_value(&p->reply, "byte_order");
	uint64_t protocol, cpus = 0, max_line = PROTOCOL_MAX_LINE;

	if (!reply_number(p, "protocol", UINT32_MAX, &protocol))
		return -1;
	if (protocol != PROTOCOL_VERSION) {
		process_trouble(p, PROCESS_PROTOCOL, "it speaks protocol %u, and not %d",
				(unsigned int)protocol, PROTOCOL_VERSION);
		return -1;
	}
	if (!name || !name_ok(name))
		return refuse(p, "name=%.40s is not 1 ... 31 letters, digits, dots, - and _",
			      name ? name : "");
	if (order && strcmp(order, "big") != 0 && strcmp(order, "little") != 0)
		return refuse(p, "byte_order=%.40s is neither little nor big", order);
	if ((message_value(&p->reply, "cpus") && !reply_number(p, "cpus", MAX_CPUS, &cpus)) ||
	    (message_value(&p->reply, "max_line") &&
	     !reply_number(p, "max_line", MAX_LINE, &max_line)))
		return -1;
	if (max_line < MIN_LINE)
		return refuse(p, "max_line= is below %s", "4096");
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->version, sizeof(h->version), "%s", version ? version : "");
	h->big_endian = order && *order == 'b';
	h->n_cpus = (unsigned int)cpus;
	h->max_line = (size_t)max_line;
	return take_caps(p, h);
}

int process_greet(struct process_engine *p, struct hello *h, char *why, size_t why_size)
{
	const struct child_config config = { .command = p->command,
					     .log = p->config.log,
					     .interrupted = p->config.interrupted };
	double patience = p->config.request_seconds;
	int status;

	memset(h, 0, sizeof(*h));
	p->trouble = PROCESS_FINE;
	p->child = child_start(&config, why, why_size);
	if (!p->child)
		return -1;
	p->last_id = 0;
	p->case_end = 0;
	p->hello.max_line = MIN_LINE;
	request_begin(p, "hello");
	request_number(p, "protocol", PROTOCOL_VERSION);
	text_add(&p->request,
		 __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? " byte_order=big" : " byte_order=little");
	request_number(p, "max_reply", PROTOCOL_MAX_REPLY);
	p->config.request_seconds = p->config.start_seconds;
	status = request_status(p, "protocol name version byte_order cpus max_line caps");
	p->config.request_seconds = patience;
	if (status < 0 && !p->trouble)
		process_trouble(p, PROCESS_PROTOCOL, "its answer is no success");
	if (p->trouble || take_hello(p, h)) {
		snprintf(why, why_size, "%s", p->trouble_why);
		return -1;
	}
	return 0;
}
