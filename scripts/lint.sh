#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lint.sh SOURCE...: every checker, over everything; says nothing when there is nothing to say.
set -u

ret=0
sources=
for f; do
	case $f in
	bench/native.c) ;; # cppcheck takes addresses of labels for errors
	engines/adapters/ubpf_adapter.c) ;; # uBPF is not here
	examples/linked/main.c) ;; # its headers are where make install puts them
	*.c) sources="$sources $f" ;;
	esac
done

clang-format --dry-run --Werror "$@" || ret=1
cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
	--suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ $sources || ret=1
echo $sources | tr ' ' '\n' | xargs -n 1 -P "$(nproc)" sh -c '
	clang-tidy --quiet "$@" -- -std=gnu11 -D_GNU_SOURCE 2>/dev/null' tidy || ret=1
flake8 --max-line-length 100 generators engines/adapters || ret=1
mandoc -T lint -W warning man/*.1 || ret=1
find cases -name '*.case' -exec build/tailcheck fmt --check {} + || ret=1
exit $ret
