# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# (being written)
CC ?= gcc
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra
