// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The Makefile knows that this depends on the files; their names are from the top folder. */
#include "assets.h"

#define FILE_AS_TEXT(name, path)                                      \
	__asm__(".pushsection .rodata\n.globl " name "\n" name ":\n"  \
		".incbin \"harness/report/html/" path "\"\n.byte 0\n" \
		".popsection")

FILE_AS_TEXT("report_css", "report.css");
FILE_AS_TEXT("report_js", "report.js");
