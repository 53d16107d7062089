// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "together.h"

void together_init(struct together *t, pid_t pid)
{
	*t = (struct together){ .pid = pid };
	t->own_way = sched_getaffinity(0, sizeof(t->all), &t->all) || CPU_COUNT(&t->all) < 2;
}

static bool child_has(const struct together *t, const cpu_set_t *set)
{
	cpu_set_t its;

	return sched_getaffinity(t->pid, sizeof(its), &its) == 0 && CPU_EQUAL(&its, set);
}

void together_begin(struct together *t)
{
	int cpu = sched_getcpu();

	if (t->kept || t->own_way || cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	if (!child_has(t, &t->all)) {
		t->own_way = true;
		return;
	}
	CPU_ZERO(&t->here);
	CPU_SET(cpu, &t->here);
	t->kept = sched_setaffinity(0, sizeof(t->here), &t->here) == 0;
	if (t->kept)
		sched_setaffinity(t->pid, sizeof(t->here), &t->here);
}

void together_end(struct together *t)
{
	if (!t->kept)
		return;
	t->kept = false;
	sched_setaffinity(0, sizeof(t->all), &t->all);
	if (child_has(t, &t->here))
		sched_setaffinity(t->pid, sizeof(t->all), &t->all);
	else
		t->own_way = true;
}
