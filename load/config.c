// SPDX-License-Identifier: Apache-2.0
// VM files: text to struct vm_config, line by line. Each key is one row of keys[]. Needs only
// lib/ and error(), so that a build machine's tool can check a VM file with the same code.
#include <hv/config.h>

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

#include "config_parse.h"

#define DEFAULT_RAM MiB(64)
#define FILE_SUFFIX ".vm"
#define UTF8_MARK   "\xef\xbb\xbf" /* some editors begin a file with it */
#define TYPO_MAX    2 /* edits that make a wrong word the key that was meant */
#define KEY_MAX     16
#define DELETE      0x7f

#define FIELD(name) \
	offsetof(struct vm_config, name), sizeof(((struct vm_config *)0)->name)

/* clang-format off */
static const struct key keys[] = {
	{"name",        parse_word,        FIELD(name)},
	{"cpus",        parse_cpus,        FIELD(cpus)},
	{"weight",      parse_weight,      FIELD(weight)},
	{"pin",         parse_pin,         FIELD(pin)},
	{"memory",      parse_size,        FIELD(memory)},
	{"kernel",      parse_path,        FIELD(kernel)},
	{"initrd",      parse_path,        FIELD(initrd)},
	{"bios",        parse_path,        FIELD(bios)},
	{"cmdline",     parse_text,        FIELD(cmdline)},
	{"populate",    parse_populate,    FIELD(populate)},
	{"privilege",   parse_privilege,   FIELD(privilege)},
	{"intc",        parse_word,        FIELD(intc)},
	{"stats",       parse_switch,      FIELD(stats)},
	{"device",      parse_device,      0, 0},
	{"passthrough", parse_passthrough, 0, 0},
};
/* clang-format on */

/* ---- Words that are no key ---- */

/*
 * How many letters must be added, dropped or changed to make `word` into `name`
 * (Levenshtein), by rows of the table.
 */
static u32 typo_distance(struct span word, const char *name)
{
	u32 row[KEY_MAX + 1], len = (u32)strlen(name);

	for (u32 i = 0; i <= len; i++)
		row[i] = i;
	for (u32 w = 0; w < span_len(word); w++) {
		u32 diagonal = row[0]++;

		for (u32 i = 0; i < len; i++) {
			u32 change = diagonal + (word.at[w] != name[i]);

			diagonal = row[i + 1];
			row[i + 1] = MIN(change, MIN(row[i], diagonal) + 1);
		}
	}
	return row[len];
}

/* The key that was probably meant, or NULL. */
static const struct key *key_near(struct span word)
{
	const struct key *near = NULL;
	u32 best = TYPO_MAX + 1;

	for (u32 i = 0; i < ARRAY_LEN(keys); i++) {
		u32 distance = typo_distance(word, keys[i].name);

		/* Most of the word must be right: "ram" is no "name". */
		if (distance < best && 2 * distance < span_len(word)) {
			best = distance;
			near = &keys[i];
		}
	}
	return near;
}

static bool complain_unknown(const struct parser *p, struct span word)
{
	char list[ARRAY_LEN(keys) * (KEY_MAX + sizeof(", "))];
	char found[2 * QUOTE_MAX], quoted[QUOTE_MAX];
	const struct key *near = key_near(word);
	size_t len = 0;

	for (u32 i = 0; i < ARRAY_LEN(keys); i++)
		len += (size_t)snprint(list + len, sizeof(list) - len, "%s%s",
			i ? ", " : "", keys[i].name);
	snprint(found, sizeof(found), "%s%s%s%s", span_quote(quoted, word),
		near ? " (did you mean \"" : "", near ? near->name : "",
		near ? "\"?)" : "");
	return complain(p, word.at, found, "one of %s", list);
}

/* ---- Lines ---- */

/* Only what can be printed, so that messages can quote it. */
static bool line_printable(const struct parser *p, struct span line)
{
	for (; line.at < line.end; line.at++) {
		char found[sizeof("byte 0x00")];
		u8 c = (u8)*line.at;

		if ((c >= ' ' && c != DELETE) || is_blank(*line.at))
			continue;
		snprint(found, sizeof(found), "byte 0x%02x", c);
		return complain(p, line.at, found, "text");
	}
	return true;
}

/* Without its comment: a '#' at the beginning or behind a blank, and all that follows. */
static struct span line_cut(struct span line)
{
	for (const char *c = line.at; c < line.end; c++) {
		if (*c == '#' && (c == line.at || is_blank(c[-1])))
			line.end = c;
	}
	return span_trim(line);
}

/* `seen`: for each key, the line it was on; 0: not yet. */
static bool line_parse(struct parser *p, struct span line, u32 *seen)
{
	struct span word;

	if (!line_printable(p, line))
		return false;
	p->rest = line_cut(line);
	word = span_first(&p->rest);
	if (span_len(word) == 0)
		return true;
	for (u32 i = 0; i < ARRAY_LEN(keys); i++) {
		if (!span_is(word, keys[i].name))
			continue;
		if (keys[i].size && seen[i])
			return complain_span(p, word,
				"\"%s\" only once (it is on line %u)", keys[i].name,
				seen[i]);
		seen[i] = p->line;
		return keys[i].parse(p, &keys[i]);
	}
	return complain_unknown(p, word);
}

/* ---- Files ---- */

/* The file's name without folders and ".vm". */
static void default_name(const char *path, char name[CONFIG_NAME_MAX])
{
	size_t len, suffix = strlen(FILE_SUFFIX);
	const char *base = path;

	for (const char *c = path; *c; c++) {
		if (*c == '/')
			base = c + 1;
	}
	len = strlen(base);
	if (len > suffix && strcmp(base + len - suffix, FILE_SUFFIX) == 0)
		len -= suffix;
	str_copy(name, MIN(len + 1, (size_t)CONFIG_NAME_MAX), base);
}

void config_defaults(struct vm_config *config, const char *name)
{
	*config = (struct vm_config){
		.cpus = 1,
		.weight = CONFIG_WEIGHT_DEFAULT,
		.memory = DEFAULT_RAM,
		.populate = POPULATE_START,
		.privilege = PRIVILEGE_KERNEL,
	};
	str_copy(config->name, sizeof(config->name), name);
}

int config_parse(struct vm_config *config, const char *path, const char *text, size_t len)
{
	struct parser p = {.config = config, .path = path};
	const char *end = text + len, *next = text;
	u32 seen[ARRAY_LEN(keys)] = {0};
	char name[CONFIG_NAME_MAX];

	default_name(path, name);
	config_defaults(config, name);
	str_copy(config->path, sizeof(config->path), path);
	if (len >= strlen(UTF8_MARK) && memcmp(text, UTF8_MARK, strlen(UTF8_MARK)) == 0)
		next += strlen(UTF8_MARK);
	do {
		struct span line = {next, next};

		while (line.end < end && *line.end != '\n')
			line.end++;
		next = line.end < end ? line.end + 1 : end;
		p.line++;
		p.line_start = line.at;
		if (!line_parse(&p, line, seen))
			return fail(-EINVAL);
	} while (next < end);
	if (!config->kernel[0]) {
		complain(&p, p.line_start, "the end of the file",
			"a line \"kernel PATH\"");
		return fail(-EINVAL);
	}
	return 0;
}
