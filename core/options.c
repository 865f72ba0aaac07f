// SPDX-License-Identifier: Apache-2.0
// The boot command line: one row a key.
#include <hv/options.h>

#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>

struct options options;

/* vm=NAME[,NAME...] */
static bool set_vms(const char *value)
{
	options.vm_count = 0;
	while (*value) {
		const char *comma = strchr(value, ',');
		size_t len = comma ? (size_t)(comma - value) : strlen(value);

		if (!len || len >= CONFIG_PATH_MAX || options.vm_count == OPTIONS_VMS_MAX)
			return false;
		memcpy(options.vms[options.vm_count], value, len);
		options.vms[options.vm_count++][len] = '\0';
		value += len + (comma ? 1 : 0);
	}
	return options.vm_count > 0;
}

static bool set_stats(const char *value)
{
	options.stats = true;
	return !*value;
}

static bool set_levels(const char *value)
{
	options.guest_levels = (u32)(value[0] - '0');
	return (value[0] == '3' || value[0] == '4') && !value[1];
}

static const struct {
	const char *key; /* with its '=' if it takes a value */
	const char *expected;
	bool (*set)(const char *value);
} keys[] = {
	{"vm=", "vm=NAME[,NAME...], at most 8", set_vms},
	{"stats", "stats alone", set_stats},
	{"levels=", "levels=3 or levels=4", set_levels},
};

static int parse_word(const char *word)
{
	for (u32 i = 0; i < ARRAY_LEN(keys); i++) {
		if (!str_starts(word, keys[i].key))
			continue;
		if (keys[i].set(word + strlen(keys[i].key)))
			return 0;
		error("boot command line: expected %s, found \"%s\"", keys[i].expected,
			word);
		return fail(-EINVAL);
	}
	warn("boot command line: \"%s\" is not known and was passed over", word);
	return 0;
}

int options_parse(const char *cmdline)
{
	char word[CONFIG_CMDLINE_MAX];
	int err = 0;

	options = (struct options){.vm_count = 0};
	while (!err && *cmdline) {
		size_t len = 0;

		while (cmdline[len] && cmdline[len] != ' ')
			len++;
		if (len && len < sizeof(word)) {
			memcpy(word, cmdline, len);
			word[len] = '\0';
			err = parse_word(word);
		}
		cmdline += len + (cmdline[len] == ' ' ? 1 : 0);
	}
	return err;
}
