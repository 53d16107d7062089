# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `make help` says what there is.

KERNEL	 ?= debian-6.1
COUNT	 ?= 1100
ISA_COUNT ?= 200
SEED	 ?= 1
MATRIX_MORE ?= graphs:100 small:400
B	 ?= build
# The two of `make compare`, where B is no folder.
A	 ?= debian-6.1
ifneq ($(filter compare,$(MAKECMDGOALS)),)
COMPARED := $(A) $(if $(filter file,$(origin B)),debian-7.3,$(B))
override B := build
endif
CC	  = gcc
CFLAGS	  = -O2 -g
WARN	  = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes
SANITIZE  = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	    -fno-omit-frame-pointer
# libFuzzer is clang's. That adding nothing to a null pointer is undefined was C's slip, and C2y's
# mending.
FUZZ_CC	  = clang-14
FUZZ_SAN  = -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all \
	    -fno-sanitize=pointer-overflow -fno-omit-frame-pointer
FUZZ_SECONDS ?= 60
TIME	 ?= 300
MORE	 ?= funcs:60 state:60 commands:60 attrs:30 exhaustive:3 bare:60
LIBS	  = -pthread -larchive -ljansson -lbpf -lelf -lz
PARALLEL  = $(MAKE) --no-print-directory -j$(shell nproc)

# Architectures of guests beside this machine's, and what compiles their agents.
ARCHES	     = arm64 s390x riscv64 ppc64el armhf i386 mips64el loong64
CC_arm64     = aarch64-linux-gnu-gcc
CC_s390x     = s390x-linux-gnu-gcc
CC_riscv64   = riscv64-linux-gnu-gcc
CC_ppc64el   = powerpc64le-linux-gnu-gcc
CC_armhf     = arm-linux-gnueabihf-gcc
CC_i386	     = i686-linux-gnu-gcc
CC_mips64el  = mips64el-linux-gnuabi64-gcc
# Debian 12 has no gcc for it; scripts/tools.sh fetches the libc and the linker.
LOONG	     = $(or $(TAILCHECK_CACHE),$(XDG_CACHE_HOME:%=%/tailcheck),$(HOME)/.cache/tailcheck)/tools/loong64/usr
LOONG_GCC    = $(LOONG)/lib/gcc-cross/loongarch64-linux-gnu/14
LOONG_LIB    = $(LOONG)/loongarch64-linux-gnu/lib
CC_loong64   = clang-19 --target=loongarch64-linux-gnu --sysroot=$(LOONG)/loongarch64-linux-gnu \
	       -isystem $(LOONG)/loongarch64-linux-gnu/include -fuse-ld=$(LOONG:%/usr=%/ld) \
	       -Wno-unused-command-line-argument -B $(LOONG_GCC) -L $(LOONG_GCC) -B $(LOONG_LIB) \
	       -L $(LOONG_LIB)

# What goes into the guest's agent too, and what only the host has.
GUEST_DIRS = harness/base harness/case harness/run engines/kernel
HOST_DIRS  = $(GUEST_DIRS) harness/claims harness/cli harness/compare harness/fleet harness/gate \
	     harness/journal harness/judge harness/merge harness/reduce harness/report \
	     harness/report/html harness/repro harness/runtime harness/vm engines/process engines/reference
TEST_DIRS  = $(HOST_DIRS) harness/library tests
sources	   = $(filter-out %_test.c,$(wildcard $(addsuffix /*.c,$(1))))
HOST_SRC   = $(call sources,$(HOST_DIRS))
GUEST_SRC  = $(call sources,$(GUEST_DIRS) harness/agent) harness/vm/frame.c \
	     harness/vm/guest_channel.c
TEST_SRC   = $(wildcard $(addsuffix /*_test.c,$(TEST_DIRS)))
LIB_SRC	   = $(filter-out harness/cli/main.c,$(HOST_SRC)) $(call sources,harness/library)
TESTS	   = $(TEST_SRC:%.c=$(B)/asan/%)
STYLED	   = $(wildcard $(addsuffix /*.[ch],$(TEST_DIRS) harness/agent engines engines/adapters bench tests/fuzz \
	     examples/linked))
FUZZERS	   = load text channel results files kernel reply request guest
REPLAYS	   = $(FUZZERS:%=$(B)/asan/tests/fuzz/%_replay)
GENERATED  = $(B)/generated/graphs-$(SEED)-$(COUNT).case
MATRIX_CASES = $(foreach more,$(MATRIX_MORE),$(B)/generated/more-$(subst :,-$(SEED)-,$(more)).case)
MATRIX	   = $(B)/tailcheck matrix $(KERNELS:%=--kernels=%) $(if $(ALL),--all) $(if $(FRESH),--fresh)
SMALL	   = $(B)/generated/small-$(SEED)-$(COUNT).case
RANDOM_ISA = $(B)/generated/isa-$(SEED)-$(ISA_COUNT).case
MORE_CASES = $(foreach more,$(MORE),$(B)/generated/more-$(subst :,-$(SEED)-,$(more)).case)
# Where JITs have the verifier tell them which upper halves to clear, which 7.2 does not always do.
EXTENDED   = armhf loong64 mips64el ppc64el riscv64
EXTENDED_ISA = $(B)/generated/isa-extended-$(SEED)-$(ISA_COUNT).case

all: $(B)/tailcheck $(B)/agent ## build the program and the guest's agent

help: ## this list
	@echo "make TARGET [KERNEL=$(KERNEL)] [COUNT=$(COUNT)] [ISA_COUNT=$(ISA_COUNT)] [SEED=$(SEED)]"
	@sed -n 's/^\([a-z][a-z-]*\):.*## /  \1\t/p' Makefile scripts/install.mk | expand -t 16
	@echo "KERNEL is a name that build/tailcheck kernels lists, or the path of a bzImage,"
	@echo "vmlinux or .deb; beside the hand-written cases COUNT generated graphs of tail calls and"
	@echo "ISA_COUNT generated cases of random instructions are run, and MORE=$(MORE), all from SEED."
	@echo "FUZZ_SECONDS=$(FUZZ_SECONDS) is how long make fuzz runs each of its targets."

conformance: ARCH = $(filter $(ARCHES),$(lastword $(subst -, ,$(KERNEL))))
conformance: ISA = $(if $(filter $(EXTENDED),$(ARCH)),$(EXTENDED_ISA),$(RANDOM_ISA))
conformance: ## boot KERNEL in QEMU, run all cases on its engines, judge them
	@scripts/deps.sh build $(ARCH)
	@$(PARALLEL) -s all $(ARCH:%=$(B)/agent-%) $(GENERATED) $(ISA) $(MORE_CASES)
	@$(B)/tailcheck run --kernel $(KERNEL) cases $(GENERATED) $(ISA) $(MORE_CASES)

matrix: ## all cases and those of MATRIX_MORE on many kernels: KERNELS=a,b (default: all cached), ALL=1, FRESH=1
	@scripts/deps.sh build
	@$(PARALLEL) -s all $(MATRIX_CASES)
	@arches=$$($(MATRIX) --arches | grep -v '^amd64$$'); scripts/deps.sh $$arches && \
		$(PARALLEL) -s all $$(printf '$(B)/agent-%s ' $$arches | sed 's/[^ ]*agent- //')
	@$(MATRIX) cases $(MATRIX_CASES)

compare: ARCH = $(sort $(foreach word,$(COMPARED),$(filter $(ARCHES),$(lastword $(subst -, ,$(firstword $(subst :, ,$(word))))))))
compare: ## what changed between two kernels, runs or engines: A=debian-6.1 B=debian-7.3:interp
	@scripts/deps.sh build $(ARCH)
	@$(PARALLEL) -s B=$(B) all $(ARCH:%=$(B)/agent-%)
	@for kernel in $$($(B)/tailcheck compare --missing $(COMPARED)); do \
		$(B)/tailcheck run --kernel $$kernel cases || [ $$? -le 1 ] || exit; done
	@$(B)/tailcheck compare --exit-zero $(if $(FORMAT),--$(FORMAT)) $(COMPARED)

gate: ## run all cases (on KERNEL, or ENGINE='./adapter') against a baseline, EXPECT=file (UPDATE=1)
	@$(if $(EXPECT),,echo "make gate: EXPECT=file is missing: the baseline" >&2; exit 2)
	@scripts/deps.sh build
	@$(PARALLEL) -s all
	@rm -rf $(B)/gate
	@$(B)/tailcheck run $(if $(ENGINE),--engine-cmd '$(ENGINE)',--kernel $(KERNEL)) -o $(B)/gate cases || case $$? in 1|4|5) ;; *) exit 2; esac
	@$(B)/tailcheck gate --expect $(EXPECT) $(if $(UPDATE),--update) $(if $(LEVEL),--level $(LEVEL)) $(B)/gate

profiles: ## the quirks that runs found against results/expected/profiles; UPDATE=1 writes it
	@scripts/deps.sh build
	@$(PARALLEL) -s $(B)/tailcheck
	@$(B)/tailcheck profiles $(if $(UPDATE),--update)

test: ## unit tests under ASan and UBSan, then end-to-end tests that boot a kernel
	@scripts/deps.sh build test
	@$(PARALLEL) -s all library $(TESTS) $(REPLAYS) $(B)/seeds/made
	@scripts/run-tests.sh $(TESTS) $(REPLAYS) generators

unit: ## the unit tests alone
	@scripts/deps.sh build test
	@$(PARALLEL) -s all $(TESTS) $(REPLAYS) $(B)/seeds/made
	@scripts/run-tests.sh $(filter-out $(B)/asan/tests/%,$(TESTS)) $(REPLAYS) generators

soak: ## faults at random moments, TIME=600 s or RUNS=n of them; each must end as a calm one. SOAK_...
	@scripts/deps.sh build
	@$(PARALLEL) -s all
	@SOAK_TIME=$(or $(TIME),600) SOAK_RUNS=$(or $(RUNS),0) SOAK_SEED=$(SEED) tests/soak.sh $(B)/tailcheck

claims: ## what documents claim, which cases test it, and what the last runs say
	@scripts/deps.sh build
	@$(PARALLEL) -s $(B)/tailcheck
	@$(B)/tailcheck claims

semantics: ## docs/semantics-measured.md anew, from the cases and the last runs
	@scripts/deps.sh build
	@$(PARALLEL) -s $(B)/tailcheck
	@$(B)/tailcheck semantics -o docs/semantics-measured.md

fuzz: ## libFuzzer on the loader, both engines, and everything else that parses
	@scripts/deps.sh build fuzz
	@$(PARALLEL) -s $(B)/tailcheck $(FUZZERS:%=$(B)/fuzz/%_fuzz) $(B)/seeds/made
	@scripts/fuzz.sh $(B)/fuzz $(FUZZ_SECONDS) $(FUZZERS)

fuzz-kernel: ## generated cases on KERNEL for TIME=300 seconds: what is found, by its cause
	@scripts/deps.sh build
	@$(PARALLEL) -s all
	@$(B)/tailcheck campaign --kernel $(KERNEL) --time $(TIME) --seed $(SEED) $(GENERATORS)

rediscover: ## is each quirk of KERNEL found again by generated cases alone, when it is forgotten?
	@scripts/deps.sh build
	@$(PARALLEL) -s all
	@scripts/rediscover.sh $(B)/tailcheck $(KERNEL) $(SEED) $(if $(filter file,$(origin COUNT)),880,$(COUNT))

deps: ## install every package that building, testing and linting need
	@scripts/deps.sh build test lint fuzz

lint: ## clang-format, clang-tidy, cppcheck, flake8, mandoc; silent when clean
	@scripts/deps.sh build test lint
	@scripts/lint.sh $(STYLED)

format: ## put sources and cases into their canonical form
	@scripts/deps.sh build lint
	@clang-format -i $(STYLED)
	@$(PARALLEL) -s all
	@find cases -name '*.case' -exec $(B)/tailcheck fmt --write {} +

tables: ## write the cases that are cross products anew (cases/*/table*.case)
	@python3 generators/generate.py tables -o cases

mutants: ## does the suite notice faults of the reference? COUNT=60 changes of one token, SEED=1
	@scripts/deps.sh build
	@$(PARALLEL) -s $(B)/tailcheck
	@python3 generators/mutants.py --build $(B) --seed $(SEED) \
		--count $(if $(filter file,$(origin COUNT)),60,$(COUNT))

bench: ## the reference and this machine's kernel against native code: ratios of one run
	@scripts/deps.sh build
	@$(PARALLEL) -s $(B)/bench $(GENERATED) $(SMALL)
	@$(B)/bench $(SMALL) $(GENERATED)

# The names of quirks are looked up by the judge alone.
COVER_SRC = $(filter engines/reference/%,$(TEST_SRC)) harness/judge/judge_test.c
COVERED	  = $(COVER_SRC:%.c=$(B)/coverage/asan/%)

coverage: ## lines of the reference that its tests and the cases reach; why not the others
	@scripts/deps.sh build test coverage
	@$(PARALLEL) -s B=$(B)/coverage SANITIZE="-O1 -g --coverage" $(COVERED)
	@find $(B)/coverage -name '*.gcda' -delete
	@scripts/run-tests.sh $(COVERED)
	@gcovr --root . --filter engines/reference/ --exclude '.*_test\.[ch]' \
		--exclude '.*test_.*\.h' --xml-pretty --xml $(B)/coverage/report.xml $(B)/coverage
	@scripts/coverage.sh $(B)/coverage/report.xml docs/coverage.txt

clean: ## remove what was built; results stay
	rm -rf $(B)

$(B)/generated/graphs-%.case: $(wildcard generators/*.py generators/*/*.py)
	@mkdir -p $(@D)
	@python3 generators/generate.py graphs --seed $(SEED) --count $(lastword $(subst -, ,$*)) -o $@

$(B)/generated/small-%.case: $(wildcard generators/*.py generators/*/*.py)
	@mkdir -p $(@D)
	@python3 generators/generate.py small --seed $(SEED) --count $(COUNT) -o $@

$(B)/generated/isa-extended-%.case: $(wildcard generators/*.py generators/*/*.py)
	@mkdir -p $(@D)
	@python3 generators/generate.py isa --extended --seed $(SEED) --count $(ISA_COUNT) -o $@

$(B)/generated/isa-%.case: $(wildcard generators/*.py generators/*/*.py)
	@mkdir -p $(@D)
	@python3 generators/generate.py isa --seed $(SEED) --count $(ISA_COUNT) -o $@

# more-GENERATOR-SEED-COUNT
$(B)/generated/more-%.case: $(wildcard generators/*.py generators/*/*.py)
	@mkdir -p $(@D)
	@python3 generators/generate.py $(firstword $(subst -, ,$*)) --seed $(SEED) \
		--count $(lastword $(subst -, ,$*)) -o $@

$(B)/tailcheck: $(HOST_SRC:%.c=$(B)/obj/%.o)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# Static: the guest has nothing but this one file.
$(B)/agent: $(GUEST_SRC:%.c=$(B)/obj/%.o)
	$(CC) $(CFLAGS) -static -pthread -o $@ $^

# Where there is a uBPF: make build/ubpf-adapter UBPF=/usr/local
$(B)/ubpf-adapter: engines/adapters/ubpf_adapter.c
	$(CC) $(WARN) $(CFLAGS) -I$(UBPF)/include -o $@ $< -L$(UBPF)/lib -lubpf -lm

# The agent for guests of another architecture: make build/agent-s390x
define agent_of
$(B)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$(2) $$(WARN) $$(CFLAGS) -MMD -MP -c -o $$@ $$<

$(B)/agent-$(1): $$(GUEST_SRC:%.c=$(B)/$(1)/%.o)
	$(2) $$(CFLAGS) -static -pthread -o $$@ $$^
endef
$(foreach arch,$(ARCHES),$(eval $(call agent_of,$(arch),$(CC_$(arch)))))

$(B)/bench: $(patsubst %.c,$(B)/obj/%.o,$(LIB_SRC) $(wildcard bench/*.c))
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

# A jump of its own behind each of the interpreter's operations, which a processor foresees better;
# and operations that begin where they began before, however much code is added elsewhere.
$(B)/obj/engines/reference/interp.o: override CFLAGS += --param max-goto-duplication-insns=20 \
	-falign-functions=64 -falign-labels=16

# gcc's loops where they run best, whatever lies before them.
$(B)/obj/bench/native.o: override CFLAGS += -falign-functions=64 -falign-loops=32

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

# What is fuzzed, with its seeds alone.
$(REPLAYS): %_replay: %_fuzz.o $(B)/asan/tests/fuzz/replay.o $(B)/asan/tailcheck.a
	$(CC) $(SANITIZE) -o $@ $^ $(LIBS) -lcmocka

$(B)/seeds_tool: $(patsubst %.c,$(B)/obj/%.o,$(LIB_SRC) tests/fuzz/seeds.c)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(B)/seeds/made: $(B)/seeds_tool $(B)/tailcheck scripts/fuzz-seeds.sh $(wildcard cases/*/*.case)
	@rm -rf $(@D) && mkdir -p $(@D)
	@$< cases $(@D) && scripts/fuzz-seeds.sh $(B)/tailcheck $(@D) && touch $@

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(WARN) $(FUZZ_SAN) -MMD -MP -c -o $@ $<

# Checked, counted and optimized, one function of five hundred labels takes clang many minutes.
$(B)/fuzz/obj/engines/reference/interp.o: FUZZ_SAN += -O0

$(B)/fuzz/tailcheck.a: $(LIB_SRC:%.c=$(B)/fuzz/obj/%.o)
	@rm -f $@
	@ar rcs $@ $^

$(B)/fuzz/load_fuzz: $(B)/fuzz/obj/tests/fuzz/mutate.o
$(B)/fuzz/%_fuzz: $(B)/fuzz/obj/tests/fuzz/%_fuzz.o $(B)/fuzz/tailcheck.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

# Has these inside: .incbin.
$(foreach dir,obj asan fuzz/obj,$(B)/$(dir)/harness/report/html/assets.o): \
	harness/report/html/report.css harness/report/html/report.js

$(foreach dir,obj asan fuzz/obj,$(B)/$(dir)/harness/repro/repro.o): harness/repro/parts.txt

include scripts/install.mk

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all help conformance matrix compare gate profiles test unit soak fuzz-kernel mutants claims \
	semantics fuzz deps lint format tables bench coverage clean
.SECONDARY:
.DELETE_ON_ERROR:
