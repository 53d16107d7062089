/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* FNV-1a, to tell one content from another: nobody is to be kept from making two that are alike. */
#ifndef TAILCHECK_HASH_H
#define TAILCHECK_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_EMPTY 0xcbf29ce484222325U
#define HASH_PRIME 0x100000001b3U

static inline uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *b = (const uint8_t *)bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * HASH_PRIME;
	return h;
}

/*
 * Another hash, of many megabytes: words in place of bytes, and four sums side by side, so that no
 * multiplication waits for the one before it. Every step can be undone, so that two contents that
 * differ in one word never have the same hash.
 */
static inline uint64_t hash_bulk(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *b = (const uint8_t *)bytes;
	uint64_t sum[4] = { h, h + 1, h + 2, h + 3 }, word[4];
	size_t i;

	for (i = 0; i + sizeof(word) <= n; i += sizeof(word)) {
		memcpy(word, b + i, sizeof(word));
		for (int k = 0; k < 4; k++) {
			sum[k] = (sum[k] ^ word[k]) * 0x9e3779b97f4a7c15U;
			sum[k] ^= sum[k] >> 32;
		}
	}
	h = hash_bytes(HASH_EMPTY ^ n, b + i, n - i);
	for (int k = 0; k < 4; k++)
		h = (h ^ sum[k]) * HASH_PRIME;
	return h;
}

#endif
