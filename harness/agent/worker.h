/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guest's worker: cases in, transcripts out. */
#ifndef TAILCHECK_WORKER_H
#define TAILCHECK_WORKER_H

/* Serve the channel until the host says stop (0) or something is beyond repair (an exit code). */
int worker_main(int channel);

#endif
