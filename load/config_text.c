// SPDX-License-Identifier: Apache-2.0
// VM files: pieces of a line, and the message that says where one is wrong.
#include "config_parse.h"

#include <hv/print.h>
#include <hv/string.h>

#define MESSAGE_MAX 160
#define QUOTE_TEXT  ((int)(QUOTE_MAX - sizeof("\"...\"")))

const char *span_quote(char buf[QUOTE_MAX], struct span s)
{
	bool cut = span_len(s) > QUOTE_TEXT;
	int len = cut ? QUOTE_TEXT : (int)span_len(s);

	if (len == 0)
		return "the end of the line";
	snprint(buf, QUOTE_MAX, "\"%.*s%s\"", len, s.at, cut ? "..." : "");
	return buf;
}

static bool complain_args(const struct parser *p, const char *at, const char *found,
	const char *fmt, va_list args)
{
	char expected[MESSAGE_MAX];

	vsnprint(expected, sizeof(expected), fmt, args);
	error("%s:%u:%u: expected %s, found %s", p->path, p->line,
		(u32)(at - p->line_start) + 1, expected, found);
	return false;
}

bool complain(const struct parser *p, const char *at, const char *found, const char *fmt,
	...)
{
	va_list args;

	va_start(args, fmt);
	complain_args(p, at, found, fmt, args);
	va_end(args);
	return false;
}

bool complain_span(const struct parser *p, struct span found, const char *fmt, ...)
{
	char quoted[QUOTE_MAX];
	va_list args;

	va_start(args, fmt);
	complain_args(p, found.at, span_quote(quoted, found), fmt, args);
	va_end(args);
	return false;
}

bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

size_t span_len(struct span s)
{
	return (size_t)(s.end - s.at);
}

bool span_is(struct span s, const char *text)
{
	return span_len(s) == strlen(text) && memcmp(s.at, text, span_len(s)) == 0;
}

struct span span_trim(struct span s)
{
	while (s.at < s.end && is_blank(*s.at))
		s.at++;
	while (s.at < s.end && is_blank(s.end[-1]))
		s.end--;
	return s;
}

struct span span_first(struct span *s)
{
	struct span word = {s->at, s->at};

	while (word.end < s->end && !is_blank(*word.end))
		word.end++;
	s->at = word.end;
	*s = span_trim(*s);
	return word;
}

struct span span_last(struct span *s)
{
	struct span word = {s->end, s->end};

	while (word.at > s->at && !is_blank(word.at[-1]))
		word.at--;
	s->end = word.at;
	*s = span_trim(*s);
	return word;
}

bool span_number(struct span s, u64 *value)
{
	return parse_u64(s.at, span_len(s), true, value);
}
