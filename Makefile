# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tailcheck: `make help` says what there is.

KERNEL	 ?= debian-6.1
COUNT	 ?= 1000
SEED	 ?= 1
CC	 = gcc
CFLAGS	 = -O2 -g
WARN	 = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes
SANITIZE = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LIBS	 = -larchive -ljansson -lbpf -lelf -lz
B	 = build

GUEST_DIRS = harness/base harness/case harness/run engines/kernel
HOST_DIRS  = $(GUEST_DIRS) harness/cli harness/fleet harness/judge harness/report harness/vm \
	     engines/reference
sources	   = $(filter-out %_test.c,$(wildcard $(addsuffix /*.c,$(1))))
HOST_SRC   = $(call sources,$(HOST_DIRS))
GUEST_SRC  = $(call sources,$(GUEST_DIRS) harness/agent) harness/vm/frame.c harness/vm/guest_channel.c
TEST_SRC   = $(wildcard $(addsuffix /*_test.c,$(HOST_DIRS)))
MAIN	   = harness/cli/main.c
HEADERS	   = $(wildcard $(addsuffix /*.h,$(HOST_DIRS) harness/agent engines))
TESTS	   = $(TEST_SRC:%.c=$(B)/asan/%)

all: $(B)/tailcheck $(B)/agent ## build the program and the guest's agent

$(B)/tailcheck: $(HOST_SRC:%.c=$(B)/obj/%.o)
	$(CC) $(CFLAGS) -o $@ $^ $(LIBS)

$(B)/agent: $(GUEST_SRC:%.c=$(B)/obj/%.o)
	$(CC) $(CFLAGS) -static -o $@ $^ -lbpf -lelf -lz

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SANITIZE) -MMD -MP -c -o $@ $<

$(B)/asan/tailcheck.a: $(patsubst %.c,$(B)/asan/%.o,$(filter-out $(MAIN),$(HOST_SRC)))
	@rm -f $@
	ar rcs $@ $^

$(TESTS): %: %.o $(B)/asan/tailcheck.a
	$(CC) $(SANITIZE) -o $@ $^ $(LIBS) -lcmocka

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all
.DEFAULT_GOAL = all
.SECONDARY:
