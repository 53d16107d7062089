// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "claims.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../case/words.h"
#include "lines.h"

/* "source NAME TEXT" and "topic NAME TEXT": both words of the pair go to *name and *text. */
static int named_text(struct lines *l, char **name, char **text)
{
	const char *word, *rest;
	size_t len = lines_word(l, &word), rest_len;

	if (!case_name_ok(word, len) || memchr(word, '.', len))
		return lines_error(l, word, "a name of letters, digits, _ and - is expected");
	rest_len = lines_rest(l, NULL, &rest);
	if (!rest_len)
		return lines_error(l, rest, "the text is missing");
	*name = xstrndup(word, len);
	*text = xstrndup(rest, rest_len);
	return 0;
}

static int add_source(struct claims *c, struct lines *l)
{
	const char *at = l->at;
	struct claim_source *s = vec_add(c->sources, c->n_sources);

	if (named_text(l, &s->name, &s->text))
		return -1;
	for (size_t i = 0; i + 1 < c->n_sources; i++)
		if (strcmp(c->sources[i].name, s->name) == 0)
			return lines_error(l, at + 1, "source %.60s is there already", s->name);
	return 0;
}

static int add_topic(struct claims *c, struct lines *l)
{
	const char *at = l->at;
	struct claim_topic *t = vec_add(c->topics, c->n_topics);

	if (named_text(l, &t->name, &t->title))
		return -1;
	for (size_t i = 0; i + 1 < c->n_topics; i++)
		if (strcmp(c->topics[i].name, t->name) == 0)
			return lines_error(l, at + 1, "topic %.60s is there already", t->name);
	return 0;
}

static int add_id(struct claims *c, struct claim *claim, struct lines *l)
{
	const struct claim_topic *topic;
	const char *word;
	size_t len = lines_word(l, &word), topic_len;

	if (!case_name_ok(word, len))
		return lines_error(l, word, "a claim's id is a name like area.topic");
	claim->id = xstrndup(word, len);
	if (!c->n_topics)
		return lines_error(l, word, "a topic line comes before the first claim");
	claim->topic = c->n_topics - 1;
	topic = &c->topics[claim->topic];
	topic_len = strlen(topic->name);
	if (strcspn(claim->id, ".") != topic_len || strncmp(claim->id, topic->name, topic_len) != 0)
		return lines_error(l, word, "this stands under the topic %.60s", topic->name);
	for (size_t i = 0; i + 1 < c->n_claims; i++)
		if (strcmp(c->claims[i].id, claim->id) == 0)
			return lines_error(l, word, "%.60s is on line %u already", claim->id,
					   c->claims[i].line);
	return 0;
}

/* SOURCE or SOURCE:SECTION. */
static int add_place(struct claims *c, struct claim *claim, struct lines *l, const char *word,
		     size_t len)
{
	const char *colon = memchr(word, ':', len);
	size_t name_len = colon ? (size_t)(colon - word) : len;
	struct claim_place *place;

	for (size_t i = 0; i < c->n_sources; i++) {
		if (!lines_is(word, name_len, c->sources[i].name))
			continue;
		place = vec_add(claim->places, claim->n_places);
		place->source = i;
		if (colon && name_len + 1 < len)
			place->section = xstrndup(colon + 1, len - name_len - 1);
		return 0;
	}
	return lines_error(l, word, "no source line names this source");
}

static int add_claim(struct claims *c, struct lines *l, enum claim_kind kind)
{
	struct claim *claim = vec_add(c->claims, c->n_claims);
	const char *word, *text;
	size_t len;

	claim->kind = kind;
	claim->line = l->nr;
	if (add_id(c, claim, l))
		return -1;
	while ((len = lines_word(l, &word)) && !lines_is(word, len, "="))
		if (add_place(c, claim, l, word, len))
			return -1;
	if (!claim->n_places)
		return lines_error(l, word, "where the claim is made is missing");
	len = lines_rest(l, kind == CLAIM_UNTESTABLE ? " | " : NULL, &text);
	if (!len)
		return lines_error(l, text, "what it says is missing: = TEXT");
	claim->text = xstrndup(text, len);
	if (kind != CLAIM_UNTESTABLE)
		return 0;
	len = lines_rest(l, NULL, &text);
	if (!len)
		return lines_error(l, text, "why it is untestable is missing: | REASON");
	claim->reason = xstrndup(text, len);
	return 0;
}

static int directive(struct claims *c, struct lines *l)
{
	const char *word;
	size_t len = lines_word(l, &word);

	if (lines_is(word, len, "source"))
		return add_source(c, l);
	if (lines_is(word, len, "topic"))
		return add_topic(c, l);
	if (lines_is(word, len, "claim"))
		return add_claim(c, l, CLAIM_DOCUMENTED);
	if (lines_is(word, len, "rule"))
		return add_claim(c, l, CLAIM_RULE);
	if (lines_is(word, len, "untestable"))
		return add_claim(c, l, CLAIM_UNTESTABLE);
	return lines_error(l, word, "source, topic, claim, rule or untestable is expected");
}

int claims_parse(struct claims *c, const char *text, size_t len, const char *file, struct diag *d)
{
	struct lines l;
	int ret;

	memset(c, 0, sizeof(*c));
	c->file = xstrdup(file);
	lines_begin(&l, text, len, file, d);
	while ((ret = lines_next(&l)) > 0) {
		ret = directive(c, &l);
		if (ret)
			break;
	}
	if (!ret && !c->n_claims)
		ret = diag_at(d, file, 0, NULL, NULL, "there is no claim in this file");
	if (ret)
		claims_release(c);
	return ret;
}

int claims_read(struct claims *c, const char *path, struct diag *d)
{
	size_t len;
	char *text = lines_read_file(path, &len, d);
	int ret = -1;

	memset(c, 0, sizeof(*c));
	if (text)
		ret = claims_parse(c, text, len, path, d);

	free(text);
	return ret;
}

void claims_release(struct claims *c)
{
	for (size_t i = 0; i < c->n_sources; i++) {
		free(c->sources[i].name);
		free(c->sources[i].text);
	}
	for (size_t i = 0; i < c->n_topics; i++) {
		free(c->topics[i].name);
		free(c->topics[i].title);
	}
	for (size_t i = 0; i < c->n_claims; i++) {
		struct claim *claim = &c->claims[i];

		for (size_t p = 0; p < claim->n_places; p++)
			free(claim->places[p].section);
		free(claim->places);
		free(claim->id);
		free(claim->text);
		free(claim->reason);
	}
	free(c->sources);
	free(c->topics);
	free(c->claims);
	free(c->file);
	memset(c, 0, sizeof(*c));
}

const struct claim *claims_find(const struct claims *c, const char *id)
{
	for (size_t i = 0; i < c->n_claims; i++)
		if (strcmp(c->claims[i].id, id) == 0)
			return &c->claims[i];
	return NULL;
}

/* The line that @at is in; it is inside of the case's text. */
static const char *line_of(const struct test_case *c, const char *at)
{
	while (at > c->text && at[-1] != '\n')
		at--;
	return at;
}

int claims_check_suite(const struct claims *claims, const struct suite *suite, struct diag *d)
{
	for (size_t i = 0; i < suite->n_cases; i++) {
		const struct test_case *c = suite->cases[i];

		for (size_t n = 0; n < c->n_claims; n++) {
			const struct claim_ref *ref = &c->claims[n];
			const struct claim *claim = claims_find(claims, ref->id);

			if (!claim)
				return diag_at(d, c->file, ref->line, line_of(c, ref->at), ref->at,
					       "%s has no claim %s", claims->file, ref->id);
			if (claim->kind == CLAIM_UNTESTABLE)
				return diag_at(d, c->file, ref->line, line_of(c, ref->at), ref->at,
					       "%s:%u calls this claim untestable", claims->file,
					       claim->line);
		}
	}
	return 0;
}

void claims_drop_probes(struct suite *suite)
{
	size_t kept = 0;

	for (size_t i = 0; i < suite->n_cases; i++)
		if (!case_name_matches(suite->cases[i]->name, "probe"))
			suite->cases[kept++] = suite->cases[i];
	suite->n_cases = kept;
}

const struct claim_ref *claim_ref_of(const struct test_case *c, const char *id)
{
	for (size_t n = 0; n < c->n_claims; n++)
		if (strcmp(c->claims[n].id, id) == 0)
			return &c->claims[n];
	return NULL;
}

size_t claim_cases(const struct claim *claim, const struct suite *suite)
{
	size_t n = 0;

	for (size_t i = 0; i < suite->n_cases; i++)
		n += claim_ref_of(suite->cases[i], claim->id) != NULL;
	return n;
}
