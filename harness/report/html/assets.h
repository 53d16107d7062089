/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* report.css and report.js, as text inside the program. */
#ifndef TAILCHECK_REPORT_ASSETS_H
#define TAILCHECK_REPORT_ASSETS_H

extern const char report_css[], report_js[];

#endif
