/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What others say, made fit to be kept and shown: a guest's words go to terminals, which take
 * escape sequences for orders, to the logs of CI systems, which take "::error" and "##[error]" for
 * such, and into files of transcripts, where "case NAME" begins another case.
 */
#ifndef TAILCHECK_PLAIN_H
#define TAILCHECK_PLAIN_H

/* A line for a terminal, in place: UTF-8 is left alone. */
void plain_line(char *line);

/*
 * A transcript, in place, which only becomes shorter: lines of printable ASCII, none of them empty
 * or the beginning of another case. One of an honest engine is that already.
 */
void plain_transcript(char *text);

#endif
