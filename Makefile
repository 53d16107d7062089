# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `make help` says what there is.

KERNEL	 ?= debian-6.1
COUNT	 ?= 1100
SEED	 ?= 1
B	 ?= build
CC	  = gcc
CFLAGS	  = -O2 -g
WARN	  = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes
SANITIZE  = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	    -fno-omit-frame-pointer
LIBS	  = -larchive -ljansson -lbpf -lelf -lz
PARALLEL  = $(MAKE) --no-print-directory -j$(shell nproc)

# What goes into the guest's agent too, and what only the host has.
GUEST_DIRS = harness/base harness/case harness/run engines/kernel
HOST_DIRS  = $(GUEST_DIRS) harness/cli harness/fleet harness/judge harness/report harness/vm \
	     engines/reference
TEST_DIRS  = $(HOST_DIRS) tests
sources	   = $(filter-out %_test.c,$(wildcard $(addsuffix /*.c,$(1))))
HOST_SRC   = $(call sources,$(HOST_DIRS))
GUEST_SRC  = $(call sources,$(GUEST_DIRS) harness/agent) harness/vm/frame.c \
	     harness/vm/guest_channel.c
TEST_SRC   = $(wildcard $(addsuffix /*_test.c,$(TEST_DIRS)))
LIB_SRC	   = $(filter-out harness/cli/main.c,$(HOST_SRC))
TESTS	   = $(TEST_SRC:%.c=$(B)/asan/%)
STYLED	   = $(wildcard $(addsuffix /*.[ch],$(TEST_DIRS) harness/agent engines))
GENERATED  = $(B)/generated/graphs-$(SEED)-$(COUNT).case

all: $(B)/tailcheck $(B)/agent ## build the program and the guest's agent

help: ## this list
	@echo "make TARGET [KERNEL=$(KERNEL)] [COUNT=$(COUNT)] [SEED=$(SEED)]"
	@sed -n 's/^\([a-z][a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 16
	@echo "KERNEL is a name that build/tailcheck kernels lists, or the path of a bzImage or"
	@echo "vmlinux; COUNT generated cases from SEED are run beside the hand-written ones."

conformance: ## boot KERNEL in QEMU, run all cases on its engines, judge them
	@scripts/deps.sh build
	@$(PARALLEL) -s all $(GENERATED)
	@$(B)/tailcheck run --kernel $(KERNEL) cases $(GENERATED)

test: ## unit tests under ASan and UBSan, then end-to-end tests that boot a kernel
	@scripts/deps.sh build test
	@$(PARALLEL) -s all $(TESTS)
	@scripts/run-tests.sh $(TESTS) generators

unit: ## the unit tests alone
	@scripts/deps.sh build test
	@$(PARALLEL) -s all $(TESTS)
	@scripts/run-tests.sh $(filter-out $(B)/asan/tests/%,$(TESTS)) generators

deps: ## install every package that building, testing and linting need
	@scripts/deps.sh build test lint

lint: ## clang-format, clang-tidy, cppcheck, flake8, mandoc; silent when clean
	@scripts/deps.sh build test lint
	@scripts/lint.sh $(STYLED)

format: ## put sources and cases into their canonical form
	@scripts/deps.sh build lint
	@clang-format -i $(STYLED)
	@$(PARALLEL) -s all
	@find cases -name '*.case' -exec $(B)/tailcheck fmt --write {} +

bench: ## the reference and this machine's kernel against native code: ratios of one run
	@scripts/deps.sh build
	@$(PARALLEL) -s $(B)/bench $(GENERATED)
	@$(B)/bench $(GENERATED)

coverage: ## lines of the reference that its tests and the cases reach
	@scripts/deps.sh build test coverage
	@$(PARALLEL) -s B=$(B)/coverage SANITIZE="-O1 -g --coverage" \
		$(filter $(B)/coverage/asan/engines/reference/%,$(TEST_SRC:%.c=$(B)/coverage/asan/%))
	@scripts/run-tests.sh $(filter $(B)/coverage/asan/engines/reference/%,$(TEST_SRC:%.c=$(B)/coverage/asan/%))
	@gcovr --root . --filter engines/reference/ --exclude '.*_test\.[ch]' --exclude '.*test_.*\.h' \
		--sort-percentage $(B)/coverage

clean: ## remove what was built; results stay
	rm -rf $(B)

$(B)/generated/graphs-%.case: $(wildcard generators/*.py)
	@mkdir -p $(@D)
	@python3 generators/generate.py graphs --seed $(SEED) --count $(COUNT) -o $@

$(B)/tailcheck: $(HOST_SRC:%.c=$(B)/obj/%.o)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# Static: the guest has nothing but this one file.
$(B)/agent: $(GUEST_SRC:%.c=$(B)/obj/%.o)
	$(CC) $(CFLAGS) -static -o $@ $^ -lbpf -lelf -lz

$(B)/bench: $(patsubst %.c,$(B)/obj/%.o,$(LIB_SRC) $(wildcard bench/*.c))
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SANITIZE) -MMD -MP -c -o $@ $<

$(B)/asan/tailcheck.a: $(LIB_SRC:%.c=$(B)/asan/%.o)
	@rm -f $@
	@ar rcs $@ $^

$(TESTS): %: %.o $(B)/asan/tailcheck.a
	$(CC) $(SANITIZE) -o $@ $^ $(LIBS) -lcmocka

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all help conformance test unit deps lint format bench coverage clean
.SECONDARY:
.DELETE_ON_ERROR:
