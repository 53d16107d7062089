// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "splat.h"

/* What kernels of 5.10 to 7.3 write when something is wrong. */
static const char *const splats[] = {
	"[   12.345678] WARNING: CPU: 0 PID: 71 at kernel/bpf/core.c:1023 foo+0x1f/0x30",
	"[   12.345678][   T71] WARNING: CPU: 0 PID: 71 at net/core/filter.c:10 foo+0x1f/0x30 [x]",
	"[   12.345678] WARNING: kernel/bpf/verifier.c:1023 at foo+0x1f/0x30, CPU#0: agent/71",
	"[   12.345678] WARNING: ./include/linux/bpf.h:1023 at foo+0x1f/0x30, CPU#0: agent/71",
	"[    1.0] WARNING: possible circular locking dependency detected",
	"[    1.0] WARNING: suspicious RCU usage",
	"[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000008",
	"[    1.0] BUG: unable to handle page fault for address: ffffc90000a4d000",
	"[    1.0] BUG: KASAN: slab-out-of-bounds in foo+0x1f/0x30",
	"[    1.0] BUG: sleeping function called from invalid context at mm/slab.h:1",
	"[    1.0] BUG: scheduling while atomic: agent/71/0x00000002",
	"[    1.0] BUG: Bad page state in process agent  pfn:00001",
	"[    1.0] BUG kmalloc-64 (Not tainted): Redzone overwritten",
	"[    1.0] kernel BUG at kernel/bpf/core.c:1!",
	"[    1.0] Oops: 0002 [#1] PREEMPT SMP NOPTI",
	"[    1.0] Oops: general protection fault, maybe for address 0x1: 0000 [#1] SMP",
	"[    1.0] general protection fault, probably for non-canonical address 0x1: 0000 [#1] SMP",
	"[    1.0] invalid opcode: 0000 [#1] SMP",
	"[    1.0] divide error: 0000 [#2] SMP",
	"[    1.0] stack segment: 0000 [#1] SMP NOPTI",
	"[    1.0] kernel tried to execute NX-protected page - exploit attempt? (uid: 0)",
	"[    1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [agent:71]",
	"[    1.0] NMI watchdog: Watchdog detected hard LOCKUP on cpu 0",
	"[    1.0] watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 0",
	"[    1.0] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 32s!",
	"[    1.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
	"[    1.0] rcu: INFO: rcu_sched self-detected stall on CPU",
	"[    1.0] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-... }",
	"[    1.0] INFO: task agent:71 blocked for more than 120 seconds.",
	"[    1.0] UBSAN: array-index-out-of-bounds in kernel/bpf/arraymap.c:1:2",
	"[    1.0] refcount_t: underflow; use-after-free.",
	"[    1.0] list_del corruption. prev->next should be ffff888000000000",
	"[    1.0] unregister_netdevice: waiting for lo to become free. Usage count = 2",
	"[    1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009",
	"<4>[    1.0] WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:1 foo+0x1/0x2",
	"WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:1 foo+0x1/0x2",
};

/* What they write when nothing is, though it may look so at first sight. */
static const char *const harmless[] = {
	"",
	"[",
	"[    ",
	"[    0.000000] Linux version 6.1.0-50-cloud-amd64 (someone@somewhere)",
	"[    0.1] PCI: if necessary, use \"pci=nocrs\" and report a bug",
	"[    0.1] PCI: Fatal: No config space access function found",
	"[    0.1] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks!",
	"[    0.1] WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks!",
	"[    0.1] RETBleed: WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed",
	"[    0.1] Unpatched return thunk in use. This should not happen!",
	"[    0.1] [Firmware Bug]: TSC_DEADLINE disabled due to Errata",
	"[    0.1] iommu: Default domain type: Translated",
	"[    0.1] mce: CPU supports 10 MCE banks",
	"[    0.1] traps: agent[71] general protection fault ip:401000 sp:7ffc error:0 in agent[1]",
	"[    0.1] agent[71]: segfault at 0 ip 0000000000401000 sp 00007ffc error 4 in agent[1]",
	"[    0.1] process '/init' started with executable stack",
	"[    0.1] hid: BUGS are listed elsewhere",
	"[    0.1] RCU Tasks: Setting shift to 0 and lim to 1 rcu_task_cb_adjust=1.",
	"[    0.1] rcu: \tRCU CPU stall warnings are on.",
	"[    0.1] workqueue: round-robin CPU selection forced, expect performance impact",
	"[    0.1] reboot: Restarting system",
	"[    0.1] Modules linked in: virtio_console [last unloaded: x]",
	"[    0.1] clocksource: Long readout interval, skipping watchdog check",
};

static void splats_are_seen(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(splats) / sizeof(*splats); i++)
		if (!splat_line(splats[i]))
			fail_msg("missed: %s", splats[i]);
}

static void ordinary_lines_are_not(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (splat_line(harmless[i]))
			fail_msg("false alarm: %s", harmless[i]);
}

static const char console[] =
	"[    0.1] Linux version 6.1.0\r\n"
	"[    0.9] WARNING: CPU: 0 PID: 1 at a.c:1 early+0x1/0x2\r\n"
	"[    2.0] tailcheck: begin 17 kernel.jit\r\n"
	"[    2.1] ------------[ cut here ]------------\r\n"
	"[    2.1] WARNING: CPU: 0 PID: 71 at kernel/bpf/core.c:7 foo+0x1/0x2\r\n"
	"[    2.2] tailcheck: end\r\n"
	"[    2.3] BUG: between two cases\r\n"
	"[    2.4] tailcheck: begin 18 kernel.interp\r\n"
	"[    2.5] Kernel panic - not syncing: Fatal exception\r\n";

static void expect(const struct splat *s, unsigned int seq, const char *engine, const char *line)
{
	assert_int_equal(s->seq, seq);
	assert_string_equal(s->engine, engine);
	assert_string_equal(s->line, line);
}

static void markers_say_whose_splat_it_is(void **state)
{
	size_t step, at, n = sizeof(console) - 1;

	(void)state;
	for (step = 1; step <= n; step++) {
		struct splat_scanner s = { 0 };

		for (at = 0; at < n; at += step)
			splat_feed(&s, console + at, step < n - at ? step : n - at);
		assert_int_equal(s.n_found, 4);
		expect(&s.found[0], 0, "", "WARNING: CPU: 0 PID: 1 at a.c:1 early+0x1/0x2");
		expect(&s.found[1], 17, "kernel.jit",
		       "WARNING: CPU: 0 PID: 71 at kernel/bpf/core.c:7 foo+0x1/0x2");
		expect(&s.found[2], 0, "", "BUG: between two cases");
		expect(&s.found[3], 18, "kernel.interp",
		       "Kernel panic - not syncing: Fatal exception");
		assert_true(s.panicked);
		splat_release(&s);
	}
}

static void lines_of_any_length_and_bytes_are_survived(void **state)
{
	struct splat_scanner s = { 0 };
	static char noise[100000];

	(void)state;
	memset(noise, 'W', sizeof(noise));
	splat_feed(&s, noise, sizeof(noise));
	splat_feed(&s, "\n\0\xff[\n", 5);
	splat_feed(&s, "tailcheck: begin 99999999999999 ", 32);
	splat_feed(&s, noise, 100);
	splat_feed(&s, "\nBUG: \0\n", 8);
	assert_int_equal(s.n_found, 1);
	assert_int_equal(strlen(s.found[0].engine), sizeof(s.found[0].engine) - 1);
	assert_string_equal(s.found[0].line, "BUG: ?");
	splat_release(&s);
}

static void a_flood_is_bounded(void **state)
{
	struct splat_scanner s = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 5000; i++)
		splat_feed(&s, "BUG: x\n", 7);
	splat_feed(&s, "Kernel panic - not syncing: y\n", 30);
	assert_int_equal(s.n_found, 1000);
	assert_true(s.panicked);
	splat_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splats_are_seen),
		cmocka_unit_test(ordinary_lines_are_not),
		cmocka_unit_test(markers_say_whose_splat_it_is),
		cmocka_unit_test(lines_of_any_length_and_bytes_are_survived),
		cmocka_unit_test(a_flood_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
