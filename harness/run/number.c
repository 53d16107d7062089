// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one place where numbers become bytes and bytes numbers: in the order of the engine's machine.
 */
#include <endian.h>
#include <string.h>

#include "state.h"

/* Where in @size bytes the byte is that counts 256 to the power of @i. */
static size_t place(bool big_endian, size_t size, size_t i)
{
	return big_endian ? size - 1 - i : i;
}

static size_t at_most_8(size_t size)
{
	return size < 8 ? size : 8;
}

uint64_t load_number(bool big_endian, const void *p, size_t size)
{
	const uint8_t *bytes = p;
	uint64_t n = 0;

	if (size == 8) { /* most of them: words of values */
		memcpy(&n, p, 8);
		return big_endian ? be64toh(n) : le64toh(n);
	}
	size = at_most_8(size);
	for (size_t i = 0; i < size; i++)
		n |= (uint64_t)bytes[place(big_endian, size, i)] << 8 * i;
	return n;
}

void store_number(bool big_endian, void *p, uint64_t n, size_t size)
{
	uint8_t *bytes = p;

	size = at_most_8(size);
	for (size_t i = 0; i < size; i++)
		bytes[place(big_endian, size, i)] = (uint8_t)(n >> 8 * i);
}
