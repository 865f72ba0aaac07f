// SPDX-License-Identifier: Apache-2.0
// VM files: one function for each kind of value. It takes the rest of the line apart, and says
// where and what it expected if it cannot.
#include "config_parse.h"

#include <hv/print.h>
#include <hv/string.h>

static void *field(const struct parser *p, const struct key *key)
{
	return (u8 *)p->config + key->offset;
}

/* Copies a piece into a field of `size` bytes. */
static bool text_put(const struct parser *p, struct span s, char *to, size_t size)
{
	char found[QUOTE_MAX];

	if (span_len(s) >= size) {
		snprint(found, sizeof(found), "%zu", span_len(s));
		return complain(p, s.at, found, "at most %zu characters", size - 1);
	}
	memcpy(to, s.at, span_len(s));
	to[span_len(s)] = '\0';
	return true;
}

static bool line_end(const struct parser *p)
{
	return span_len(p->rest) == 0 || complain_span(p, p->rest, "the end of the line");
}

/* ---- Texts ---- */

bool parse_word(struct parser *p, const struct key *key)
{
	struct span word = span_first(&p->rest);

	if (span_len(word) == 0)
		return complain_span(p, word, "a word");
	return line_end(p) && text_put(p, word, field(p, key), key->size);
}

/* All there is, blanks inside too; may be empty. */
bool parse_text(struct parser *p, const struct key *key)
{
	return text_put(p, p->rest, field(p, key), key->size);
}

bool parse_path(struct parser *p, const struct key *key)
{
	if (span_len(p->rest) == 0 || *p->rest.at != '/')
		return complain_span(p, p->rest, "a path such as /boot/Image");
	return parse_text(p, key);
}

/* ---- Numbers ---- */

/* Takes the line's only word as a number from 1 to `max`. */
static bool take_count(struct parser *p, u32 max, u32 *count)
{
	struct span word = span_first(&p->rest);
	u64 n;

	if (!span_number(word, &n) || n < 1 || n > max)
		return complain_span(p, word, "a number from 1 to %u", max);
	*count = (u32)n;
	return line_end(p);
}

bool parse_cpus(struct parser *p, const struct key *key)
{
	return take_count(p, VM_CPUS_MAX, field(p, key));
}

bool parse_weight(struct parser *p, const struct key *key)
{
	return take_count(p, CONFIG_WEIGHT_MAX, field(p, key));
}

#define PIN_MAX 63 /* no machine of ours has more cpus than 64 */

/* One number or more. */
bool parse_pin(struct parser *p, const struct key *key)
{
	u8 *pins = field(p, key);
	u32 count = 0;
	u64 n;

	do {
		struct span word = span_first(&p->rest);

		if (count == key->size)
			return complain_span(p, word, "at most %u host cpus", key->size);
		if (!span_number(word, &n) || n > PIN_MAX)
			return complain_span(p, word, "a host cpu's number, from 0 to %d",
				PIN_MAX);
		pins[count++] = (u8)n;
	} while (span_len(p->rest));
	p->config->pin_count = count;
	return true;
}

/* Takes a size in bytes that is whole pages. */
static bool take_size(struct parser *p, u64 *size)
{
	struct span word = span_first(&p->rest);
	u64 n;

	if (!span_number(word, &n))
		return complain_span(p, word, "a size such as 64M");
	if (n == 0 || !IS_ALIGNED(n, PAGE_SIZE))
		return complain_span(p, word, "a multiple of 4K");
	*size = n;
	return true;
}

bool parse_size(struct parser *p, const struct key *key)
{
	return take_size(p, field(p, key)) && line_end(p);
}

static bool address_parse(const struct parser *p, struct span word, u64 *address)
{
	return span_number(word, address) ||
		complain_span(p, word, "an address such as 0x10001000");
}

/* Takes the address of a page. */
static bool take_page(struct parser *p, u64 *address)
{
	struct span word = span_first(&p->rest);

	if (!address_parse(p, word, address))
		return false;
	return IS_ALIGNED(*address, PAGE_SIZE) ||
		complain_span(p, word, "a multiple of 4K");
}

/* ---- Choices ---- */

/* The word must be `yes` or `no`: says which. */
static bool take_choice(struct parser *p, const char *yes, const char *no, bool *value)
{
	struct span word = span_first(&p->rest);

	*value = span_is(word, yes);
	if (!*value && !span_is(word, no))
		return complain_span(p, word, "%s or %s", yes, no);
	return line_end(p);
}

bool parse_populate(struct parser *p, const struct key *key)
{
	bool start;

	if (!take_choice(p, "start", "touch", &start))
		return false;
	*(enum populate *)field(p, key) = start ? POPULATE_START : POPULATE_TOUCH;
	return true;
}

bool parse_privilege(struct parser *p, const struct key *key)
{
	bool user;

	if (!take_choice(p, "user", "kernel", &user))
		return false;
	*(enum privilege *)field(p, key) = user ? PRIVILEGE_USER : PRIVILEGE_KERNEL;
	return true;
}

bool parse_switch(struct parser *p, const struct key *key)
{
	return take_choice(p, "on", "off", field(p, key));
}

/* ---- device MODEL [ARGS] [at ADDRESS] ---- */

/* Takes "at ADDRESS" off the line's end, if it is there. */
static bool take_place(struct parser *p, u64 *base)
{
	struct span rest = p->rest, last = span_last(&rest), before = span_last(&rest);

	if (span_is(last, "at")) {
		struct span nothing = {last.end, last.end};

		return address_parse(p, nothing, base);
	}
	if (!span_is(before, "at"))
		return true;
	p->rest = rest;
	return address_parse(p, last, base);
}

bool parse_device(struct parser *p, const struct key *key)
{
	struct vm_config *config = p->config;
	struct device_config *device;
	struct span model = span_first(&p->rest);

	if (config->device_count == CONFIG_DEVICES_MAX)
		return complain(p, p->line_start, "another one",
			"at most %d lines \"%s\"", CONFIG_DEVICES_MAX, key->name);
	if (span_len(model) == 0)
		return complain_span(p, model, "a device model");
	device = &config->devices[config->device_count];
	*device = (struct device_config){.line = p->line};
	if (!text_put(p, model, device->model, sizeof(device->model)) ||
		!take_place(p, &device->base) ||
		!text_put(p, p->rest, device->args, sizeof(device->args)))
		return false;
	config->device_count++;
	return true;
}

/* ---- passthrough GPA SIZE [at HPA] [ro] ---- */

/* Takes "at HPA" and "ro", each at most once. */
static bool take_region_options(struct parser *p, struct region_config *region)
{
	bool placed = false;

	while (span_len(p->rest)) {
		struct span word = span_first(&p->rest);

		if (span_is(word, "ro") && !region->read_only) {
			region->read_only = true;
		} else if (span_is(word, "at") && !placed) {
			placed = true;
			if (!take_page(p, &region->hpa))
				return false;
		} else {
			return complain_span(p, word,
				"\"at ADDRESS\" or \"ro\", each once");
		}
	}
	return true;
}

bool parse_passthrough(struct parser *p, const struct key *key)
{
	struct vm_config *config = p->config;
	struct region_config *region;
	struct span all = p->rest;
	u64 last;

	if (config->region_count == CONFIG_REGIONS_MAX)
		return complain(p, p->line_start, "another one",
			"at most %d lines \"%s\"", CONFIG_REGIONS_MAX, key->name);
	region = &config->regions[config->region_count];
	*region = (struct region_config){0};
	if (!take_page(p, &region->gpa))
		return false;
	region->hpa = region->gpa;
	if (!take_size(p, &region->size) || !take_region_options(p, region))
		return false;
	last = region->size - 1;
	if (last > UINT64_MAX - region->gpa || last > UINT64_MAX - region->hpa)
		return complain_span(p, all, "a range that ends below 2^64");
	config->region_count++;
	return true;
}
