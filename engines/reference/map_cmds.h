/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the commands on single elements and on batches have in common. */
#ifndef TAILCHECK_MAP_CMDS_H
#define TAILCHECK_MAP_CMDS_H

#include "map.h"

/* The map behind @fd, if it is open for all of @need and not frozen against it. */
int map_open(const struct ref *ref, int fd, unsigned int need, struct map **map);
int map_flags_check(const struct map *map, uint64_t flags, uint64_t allowed);
int map_copy_value(struct ref *ref, struct map *map, const void *key, void *value);
bool map_has_next(const struct map *map, const void *key);

#endif
