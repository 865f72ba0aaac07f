// SPDX-License-Identifier: Apache-2.0
// What the parts of the VM-file parser share: pieces of text (config_text.c), the functions
// that parse a key's value (config_value.c), and the table of keys (config.c).
#pragma once

#include <hv/config.h>

/* A part of the text, not NUL-terminated. */
struct span {
	const char *at, *end;
};

struct parser {
	struct vm_config *config;
	const char *path;
	u32 line;
	const char *line_start;
	struct span rest; /* what is left of the line, without blanks at both ends */
};

/* A word of the file and what to do with the rest of its line. */
struct key {
	const char *name;
	/* Parses p->rest; false after a message. */
	bool (*parse)(struct parser *p, const struct key *key);
	u32 offset, size; /* of its field in struct vm_config; size 0: may be repeated */
};

/* ---- Messages: all return false, so that callers can return them ---- */

/* "PATH:LINE:COLUMN: expected ..., found FOUND", with the column of `at`. */
bool complain(const struct parser *p, const char *at, const char *found, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* The same, with a piece of the text as what was found. */
bool complain_span(const struct parser *p, struct span found, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The piece in quotes and cut to fit, or "the end of the line" if it is empty. */
#define QUOTE_MAX 48
const char *span_quote(char buf[QUOTE_MAX], struct span s);

/* ---- Pieces of text ---- */

bool is_blank(char c);
size_t span_len(struct span s);
bool span_is(struct span s, const char *text);
/* Takes the blanks at both ends away. */
struct span span_trim(struct span s);
/* Takes the first or last word off a trimmed piece; empty if there is none. */
struct span span_first(struct span *s);
struct span span_last(struct span *s);
/* The whole piece as a number, with a suffix. */
bool span_number(struct span s, u64 *value);

/* ---- Values ---- */

bool parse_word(struct parser *p, const struct key *key);
bool parse_text(struct parser *p, const struct key *key);
bool parse_path(struct parser *p, const struct key *key);
bool parse_cpus(struct parser *p, const struct key *key);
bool parse_weight(struct parser *p, const struct key *key);
bool parse_pin(struct parser *p, const struct key *key);
bool parse_size(struct parser *p, const struct key *key);
bool parse_populate(struct parser *p, const struct key *key);
bool parse_privilege(struct parser *p, const struct key *key);
bool parse_switch(struct parser *p, const struct key *key);
bool parse_device(struct parser *p, const struct key *key);
bool parse_passthrough(struct parser *p, const struct key *key);
