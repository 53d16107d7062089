// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Machine code that faults: a bug of the JIT, which is to end a case and not the process.
 *
 * The handler does not jump out. It changes where the interrupted code goes on, to the thunk that
 * ends a run which failed, so nothing need be saved when a run begins, and no signal stays blocked.
 * What is no fault of machine code goes to the handler that was there before. The signals have a
 * stack of their own, since rsp may be what was wrong. For one thread at a time.
 */
#include <signal.h>
#include <ucontext.h>

#include "jit.h"
#include "jit_area.h"

#define STACK_BYTES 65536

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };

static struct sigaction before[ARRAY_SIZE(signals)];

static struct {
	struct run *run; /* NULL: no machine code is at work */
	const uint8_t *landing;
	volatile int signal;
	uint64_t pc;
	uint64_t addr;
} running;

/* In the area; or where a jump out of it went, to memory that is no code. */
static bool is_ours(uint64_t pc, uint64_t addr)
{
	return running.run && (jit_area_holds(pc) || pc == addr);
}

static void pass_on(size_t i, int sig, siginfo_t *info, void *context)
{
	if (before[i].sa_flags & SA_SIGINFO)
		before[i].sa_sigaction(sig, info, context);
	else if (before[i].sa_handler != SIG_DFL && before[i].sa_handler != SIG_IGN)
		before[i].sa_handler(sig);
	else
		sigaction(sig, &before[i], NULL); /* and it happens again */
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t pc = (uint64_t)regs[REG_RIP], addr = (uint64_t)(uintptr_t)info->si_addr;
	size_t i = 0;

	if (!is_ours(pc, addr)) {
		while (signals[i] != sig)
			i++;
		pass_on(i, sig, info, context);
		return;
	}
	running.signal = sig;
	running.pc = pc;
	running.addr = addr;
	regs[REG_RIP] = (greg_t)(uintptr_t)running.landing;
	regs[REG_RBX] = (greg_t)(uintptr_t)running.run;
}

static void own_stack(void)
{
	static uint8_t bytes[STACK_BYTES];
	stack_t now, own = { .ss_sp = bytes, .ss_size = sizeof(bytes) };

	/* A sanitizer may have made one. */
	if (!sigaltstack(NULL, &now) && now.ss_flags & SS_DISABLE)
		sigaltstack(&own, NULL);
}

void jit_fault_init(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK },
			 was;

	own_stack();
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], &sa, &was) && was.sa_sigaction != on_fault)
			before[i] = was;
}

void jit_fault_begin(struct run *run, const uint8_t *landing)
{
	running.signal = 0;
	running.landing = landing;
	running.run = run;
}

int jit_fault_end(uint64_t *pc, uint64_t *addr)
{
	running.run = NULL;
	*pc = running.pc;
	*addr = running.addr;
	return running.signal;
}
