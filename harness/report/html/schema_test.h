/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* As much of JSON Schema as docs/report.schema.json uses; a keyword that is not known is an error.
 */
#ifndef TAILCHECK_SCHEMA_TEST_H
#define TAILCHECK_SCHEMA_TEST_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static char schema_why[200];

static inline bool schema_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline bool schema_bad(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(schema_why, sizeof(schema_why), fmt, ap);
	va_end(ap);
	return false;
}

static inline bool schema_is(const json_t *v, const char *type)
{
	return (!strcmp(type, "object") && json_is_object(v)) ||
	       (!strcmp(type, "array") && json_is_array(v)) ||
	       (!strcmp(type, "string") && json_is_string(v)) ||
	       (!strcmp(type, "integer") && json_is_integer(v)) ||
	       (!strcmp(type, "number") && json_is_number(v)) ||
	       (!strcmp(type, "boolean") && json_is_boolean(v)) ||
	       (!strcmp(type, "null") && json_is_null(v));
}

static inline bool schema_one_of(const json_t *v, const json_t *list, bool types)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (types ? schema_is(v, json_string_value(one)) : json_equal(v, one))
			return true;
	}
	return false;
}

static inline bool schema_ok(const json_t *v, const json_t *schema);

static inline bool schema_members(const json_t *v, const json_t *schema)
{
	json_t *properties = json_object_get(schema, "properties");
	const json_t *rest = json_object_get(schema, "additionalProperties");
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)v, key, value)
	{
		const json_t *s = json_object_get(properties, key);

		if (!s)
			s = rest;
		if (!s || json_is_false(s))
			return schema_bad("%s is not in the schema", key);
		if (!schema_ok(value, s))
			return false;
	}
	return true;
}

static inline bool schema_keyword(const json_t *v, const json_t *schema, const char *key,
				  const json_t *want)
{
	static const char *const notes[] = { "$schema", "title", "description", "properties",
					     "additionalProperties" };

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++)
		if (!strcmp(key, notes[i]))
			return true;
	if (!strcmp(key, "type"))
		return json_is_array(want) ? schema_one_of(v, want, true)
					   : schema_is(v, json_string_value(want));
	if (!strcmp(key, "const"))
		return json_equal(v, want);
	if (!strcmp(key, "enum"))
		return schema_one_of(v, want, false);
	if (!strcmp(key, "minimum"))
		return json_integer_value(v) >= json_integer_value(want);
	if (!strcmp(key, "required")) {
		for (size_t i = 0; i < json_array_size(want); i++)
			if (!json_object_get(v, json_string_value(json_array_get(want, i))))
				return false;
		return true;
	}
	if (!strcmp(key, "items")) {
		for (size_t i = 0; i < json_array_size(v); i++)
			if (!schema_ok(json_array_get(v, i), want))
				return false;
		return true;
	}
	(void)schema;
	return schema_bad("keyword %s", key);
}

/* Is the value as the schema says? Otherwise schema_why says what is not. */
static inline bool schema_ok(const json_t *v, const json_t *schema)
{
	const char *key;
	json_t *want;

	json_object_foreach((json_t *)schema, key, want)
	{
		if (schema_keyword(v, schema, key, want))
			continue;
		if (!*schema_why)
			schema_bad("%s of: %s", key,
				   json_string_value(json_object_get(schema, "description")));
		return false;
	}
	return !json_is_object(v) || schema_members(v, schema);
}

#endif
