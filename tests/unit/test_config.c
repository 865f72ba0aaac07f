// SPDX-License-Identifier: Apache-2.0
// load/config*.c: VM files that are right, and the one line for each that is not.
#include "unit.h"

#include <hv/config.h>

#include <stdlib.h>
#include <string.h>

#define PATH "/vms/demo.vm"

/* In a block of its own, so that a read behind the text is noticed. */
static int parse(struct vm_config *config, const char *path, const char *text, size_t len)
{
	char *copy = malloc(MAX(len, 1UL));
	int ret;

	memcpy(copy, text, len);
	fake_output_clear();
	ret = config_parse(config, path, copy, len);
	free(copy);
	return ret;
}

static void parse_good(struct vm_config *config, const char *text)
{
	if (parse(config, PATH, text, strlen(text)) != 0)
		fail_msg("%s", fake_output);
	assert_string_equal(fake_output, "");
}

/* ---- Good files ---- */

static void test_defaults(void **state)
{
	struct vm_config config,
		expected = {
			.path = "/vms/demo.vm",
			.name = "demo",
			.cpus = 1,
			.weight = CONFIG_WEIGHT_DEFAULT,
			.memory = MiB(64),
			.kernel = "/k",
			.populate = POPULATE_START,
		};

	(void)state;
	parse_good(&config, "kernel /k");
	assert_memory_equal(&config, &expected, sizeof(config));
	config_defaults(&config, "a name that is longer than thirty-one letters");
	assert_string_equal(config.name, "a name that is longer than thir");
}

static void test_names(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{"/vms/linux.vm", "linux"},
		{"bench.vm", "bench"},
		{"a.b.vm", "a.b"},
		{"/x/plain", "plain"},
		{"/x/.vm", ".vm"},
		{"/x.vm/y", "y"},
		{"/vms/a-name-of-more-than-thirty-one-letters.vm",
			"a-name-of-more-than-thirty-one-"},
		{"", ""},
	};
	struct vm_config config;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(&config, cases[i].path, "kernel /k", 9), 0);
		assert_string_equal(config.name, cases[i].name);
	}
}

static void test_every_key(void **state)
{
	struct vm_config config;

	(void)state;
	parse_good(&config,
		"\xef\xbb\xbf# The machine of the manual.\r\n"
		"\r\n"
		"name\tlinux   # its name\r\n"
		"  cpus     16\n"
		"weight   10000\n"
		"pin      1 0\t63 # and again\n"
		"memory   0x10M\n"
		"kernel   /boot/My Image\n"
		"initrd   /boot/initrd.gz\n"
		"bios     /sbin/bios\n"
		"cmdline  console=ttyS0  root=/dev/vda a#b   # not this\n"
		"populate touch\n"
		"privilege user\n"
		"intc gicv2\n"
		"stats    on\n"
		"device   uart16550\n"
		"device   virtio-blk  /disks/my root.img  ro \t\r\n"
		"device   rtc at 0x101000\n"
		"device   virtio-net look at 1 at 4K\n"
		"passthrough 0x22000000 32M\n"
		"passthrough 0 4K at 8K ro\n"
		"passthrough 0xfffffffffffff000 4K ro at 0x1000\n"
		"   \n"
		"#end");
	assert_string_equal(config.name, "linux");
	assert_int_equal(config.cpus, 16);
	assert_int_equal(config.weight, 10000);
	assert_int_equal(config.pin_count, 3);
	assert_memory_equal(config.pin, ((u8[]){1, 0, 63}), 3);
	assert_int_equal(config.memory, MiB(16));
	assert_string_equal(config.kernel, "/boot/My Image");
	assert_string_equal(config.initrd, "/boot/initrd.gz");
	assert_string_equal(config.bios, "/sbin/bios");
	assert_string_equal(config.cmdline, "console=ttyS0  root=/dev/vda a#b");
	assert_int_equal(config.populate, POPULATE_TOUCH);
	assert_int_equal(config.privilege, PRIVILEGE_USER);
	assert_string_equal(config.intc, "gicv2");
	assert_true(config.stats);
	assert_int_equal(config.device_count, 4);
	assert_int_equal(config.region_count, 3);
}

static void test_devices(void **state)
{
	static const struct device_config expected[] = {
		{"uart16550", "", 0, 2},
		{"virtio-blk", "/disks/my root.img  ro", 0, 3},
		{"rtc", "", 0x101000, 4},
		{"virtio-net", "look at 1", 4096, 5},
		{"at", "x", 0, 6},
		{"x", "", 7, 8},
	};
	struct vm_config config;

	(void)state;
	parse_good(&config,
		"kernel /k\n"
		"device uart16550\n"
		"device virtio-blk  /disks/my root.img  ro \t\r\n"
		"device rtc at 0x101000\n"
		"device virtio-net look at 1 at 4K\n"
		"device at x\n"
		"\n"
		"device x at 7\n");
	assert_int_equal(config.device_count, ARRAY_LEN(expected));
	for (u32 i = 0; i < ARRAY_LEN(expected); i++) {
		assert_string_equal(config.devices[i].model, expected[i].model);
		assert_string_equal(config.devices[i].args, expected[i].args);
		assert_int_equal(config.devices[i].base, expected[i].base);
		assert_int_equal(config.devices[i].line, expected[i].line);
	}
}

static void test_regions(void **state)
{
	static const struct region_config expected[] = {
		{0x22000000, MiB(32), 0x22000000, false},
		{0, KiB(4), KiB(8), true},
		{0xfffffffffffff000, KiB(4), 0x1000, true},
		{0x1000, KiB(4), 0, false},
		{0x3000, KiB(4), 0x3000, true},
	};
	struct vm_config config;

	(void)state;
	parse_good(&config,
		"kernel /k\n"
		"passthrough 0x22000000 32M\n"
		"passthrough 0 4K at 8K ro\n"
		"passthrough 0xfffffffffffff000 4K ro at 0x1000\n"
		"passthrough 4K 4K at 0\n"
		"passthrough 12K 4096 ro");
	assert_int_equal(config.region_count, ARRAY_LEN(expected));
	for (u32 i = 0; i < ARRAY_LEN(expected); i++) {
		assert_int_equal(config.regions[i].gpa, expected[i].gpa);
		assert_int_equal(config.regions[i].size, expected[i].size);
		assert_int_equal(config.regions[i].hpa, expected[i].hpa);
		assert_int_equal(config.regions[i].read_only, expected[i].read_only);
	}
}

/* ---- Bad files ---- */

#define KEYS \
	"name, cpus, weight, pin, memory, kernel, initrd, bios, cmdline, populate, privilege, intc, stats, device, passthrough"
#define X31  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X127 X31 "x" X31 "x" X31 "x" X31
#define X511 X127 "x" X127 "x" X127 "x" X127

static void test_bad(void **state)
{
	static const struct {
		const char *text, *message; /* from the line number on */
	} cases[] = {
		{"kernel /k\n\nmemory   64Q",
			"3:10: expected a size such as 64M, found \"64Q\""},
		/* Keys. */
		{"", "1:1: expected a line \"kernel PATH\", found the end of the file"},
		{"# kernel /k\nname a\n",
			"2:1: expected a line \"kernel PATH\", found the end of the file"},
		{"\nkernl /k",
			"2:1: expected one of " KEYS ", found \"kernl\" (did you mean "
			"\"kernel\"?)"},
		{"  colour red", "1:3: expected one of " KEYS ", found \"colour\""},
		{"Kernel /k",
			"1:1: expected one of " KEYS ", found \"Kernel\" (did you mean "
			"\"kernel\"?)"},
		{"ram 1G", "1:1: expected one of " KEYS ", found \"ram\""},
		{"cpu 1",
			"1:1: expected one of " KEYS
			", found \"cpu\" (did you mean \"cpus\"?)"},
		{"device-of-mine-and-more x",
			"1:1: expected one of " KEYS
			", found \"device-of-mine-and-more\""},
		{"kernel=/k", "1:1: expected one of " KEYS ", found \"kernel=/k\""},
		{X127 " 1",
			"1:1: expected one of " KEYS ", found \"" X31 "xxxxxxxxxxx...\""},
		{"cpus 1\nkernel /k\n cpus 2",
			"3:2: expected \"cpus\" only once (it is on line 1), found \"cpus\""},
		/* Texts. */
		{"name", "1:5: expected a word, found the end of the line"},
		{"name my vm", "1:9: expected the end of the line, found \"vm\""},
		{"name " X31 "x", "1:6: expected at most 31 characters, found 32"},
		{"kernel",
			"1:7: expected a path such as /boot/Image, found the end of the line"},
		{"kernel   # none",
			"1:7: expected a path such as /boot/Image, found the end of "
			"the line"},
		{"kernel boot/Image",
			"1:8: expected a path such as /boot/Image, found \"boot/Image\""},
		{"kernel /" X127, "1:8: expected at most 127 characters, found 128"},
		{"initrd initrd",
			"1:8: expected a path such as /boot/Image, found \"initrd\""},
		{"cmdline " X511 "x", "1:9: expected at most 511 characters, found 512"},
		/* Numbers. */
		{"cpus 0", "1:6: expected a number from 1 to 16, found \"0\""},
		{"cpus 17", "1:6: expected a number from 1 to 16, found \"17\""},
		{"cpus 4294967297",
			"1:6: expected a number from 1 to 16, found \"4294967297\""},
		{"cpus two", "1:6: expected a number from 1 to 16, found \"two\""},
		{"cpus",
			"1:5: expected a number from 1 to 16, found the end of the line"},
		{"cpus 2 3", "1:8: expected the end of the line, found \"3\""},
		{"weight 0", "1:8: expected a number from 1 to 10000, found \"0\""},
		{"weight 10001",
			"1:8: expected a number from 1 to 10000, found \"10001\""},
		{"weight -1", "1:8: expected a number from 1 to 10000, found \"-1\""},
		{"pin",
			"1:4: expected a host cpu's number, from 0 to 63, found the end of "
			"the line"},
		{"pin 0 64",
			"1:7: expected a host cpu's number, from 0 to 63, found \"64\""},
		{"pin 0,1",
			"1:5: expected a host cpu's number, from 0 to 63, found \"0,1\""},
		{"pin 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
			"1:37: expected at most 16 host cpus, found \"1\""},
		{"memory 0", "1:8: expected a multiple of 4K, found \"0\""},
		{"memory 4097", "1:8: expected a multiple of 4K, found \"4097\""},
		{"memory 64 M", "1:8: expected a multiple of 4K, found \"64\""},
		{"memory -1", "1:8: expected a size such as 64M, found \"-1\""},
		{"memory 16777216T",
			"1:8: expected a size such as 64M, found \"16777216T\""},
		{"memory 64M 64M", "1:12: expected the end of the line, found \"64M\""},
		/* Choices. */
		{"populate now", "1:10: expected start or touch, found \"now\""},
		{"populate", "1:9: expected start or touch, found the end of the line"},
		{"privilege", "1:10: expected user or kernel, found the end of the line"},
		{"privilege root", "1:11: expected user or kernel, found \"root\""},
		{"intc", "1:5: expected a word, found the end of the line"},
		{"intc a b", "1:8: expected the end of the line, found \"b\""},
		{"populate touch start",
			"1:16: expected the end of the line, found \"start\""},
		{"stats yes", "1:7: expected on or off, found \"yes\""},
		{"stats o", "1:7: expected on or off, found \"o\""},
		/* Devices. */
		{"device", "1:7: expected a device model, found the end of the line"},
		{"device x at",
			"1:12: expected an address such as 0x10001000, found the end of "
			"the line"},
		{"device x a b at here",
			"1:17: expected an address such as 0x10001000, found \"here\""},
		{"device " X31 "x", "1:8: expected at most 31 characters, found 32"},
		{"device x " X127 "x",
			"1:10: expected at most 127 characters, found 128"},
		/* Regions. */
		{"passthrough",
			"1:12: expected an address such as 0x10001000, found the end of "
			"the line"},
		{"passthrough 1 4K", "1:13: expected a multiple of 4K, found \"1\""},
		{"passthrough 4K",
			"1:15: expected a size such as 64M, found the end of the line"},
		{"passthrough 4K 0", "1:16: expected a multiple of 4K, found \"0\""},
		{"passthrough 4K 4K at",
			"1:21: expected an address such as 0x10001000, found "
			"the end of the line"},
		{"passthrough 4K 4K at 1",
			"1:22: expected a multiple of 4K, found \"1\""},
		{"passthrough 4K 4K on",
			"1:19: expected \"at ADDRESS\" or \"ro\", each once, found \"on\""},
		{"passthrough 4K 4K ro ro",
			"1:22: expected \"at ADDRESS\" or \"ro\", each once, found \"ro\""},
		{"passthrough 4K 4K at 0 at 0",
			"1:24: expected \"at ADDRESS\" or \"ro\", each once, found \"at\""},
		{"passthrough 0xfffffffffffff000 8K",
			"1:13: expected a range that ends below 2^64, found "
			"\"0xfffffffffffff000 8K\""},
		{"passthrough 0xfffffffffffff000 8K at 0",
			"1:13: expected a range that ends below 2^64, found "
			"\"0xfffffffffffff000 8K at 0\""},
		{"passthrough 0 8K at 0xfffffffffffff000",
			"1:13: expected a range that ends below 2^64, found "
			"\"0 8K at 0xfffffffffffff000\""},
		/* Bytes. */
		{"kernel /k\ncmdline a\x1b[0m", "2:10: expected text, found byte 0x1b"},
		{"name \x7f", "1:6: expected text, found byte 0x7f"},
	};
	struct vm_config config;
	char expected[1024];

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		if (parse(&config, PATH, cases[i].text, strlen(cases[i].text)) != -EINVAL)
			fail_msg("accepted: %s", cases[i].text);
		snprint(expected, sizeof(expected), "error: " PATH ":%s\n",
			cases[i].message);
		assert_string_equal(fake_output, expected);
	}
}

static void test_bad_nul(void **state)
{
	struct vm_config config;

	(void)state;
	assert_int_equal(parse(&config, PATH, "kernel /k\nname a\0b\n", 19), -EINVAL);
	assert_string_equal(fake_output,
		"error: " PATH ":2:7: expected text, found byte 0x00\n");
}

/* `count` lines of one kind are taken, one more is not. */
static void check_count(const char *line, const char *key, u32 count)
{
	struct vm_config config;
	char text[1024] = "kernel /k\n", expected[128];

	for (u32 i = 0; i < count; i++)
		strcat(text, line);
	parse_good(&config, text);
	strcat(text, line);
	assert_int_equal(parse(&config, PATH, text, strlen(text)), -EINVAL);
	snprint(expected, sizeof(expected),
		"error: " PATH
		":%u:1: expected at most %u lines \"%s\", found another one\n",
		count + 2, count, key);
	assert_string_equal(fake_output, expected);
}

static void test_too_many(void **state)
{
	(void)state;
	check_count("device x\n", "device", CONFIG_DEVICES_MAX);
	check_count("passthrough 0 4K\n", "passthrough", CONFIG_REGIONS_MAX);
}

/* The longest texts still fit. */
static void test_longest(void **state)
{
	struct vm_config config;

	(void)state;
	parse_good(&config,
		"name " X31 "\nkernel /" X31 "\ncmdline " X511 "\ndevice " X31 " " X127);
	assert_string_equal(config.name, X31);
	assert_string_equal(config.cmdline, X511);
	assert_string_equal(config.devices[0].model, X31);
	assert_string_equal(config.devices[0].args, X127);
}

/* ---- Random lines: they may be refused, but in one line ---- */

static void test_random(void **state)
{
	static const char *const words[] = {"name", "cpus", "memory", "kernel", "initrd",
		"cmdline", "populate", "privilege", "intc", "stats", "device",
		"passthrough", "at", "ro", "start", "touch", "on", "/k", "4K", "0x1000",
		"1", "#", "", "\n", "\n", "\n", " ", "\t", "\r", "kernel /k\n", "\xff",
		"at 0", X31};
	struct vm_config config;
	u64 random = 1;
	u32 good = 0;

	(void)state;
	for (u32 i = 0; i < 20000; i++) {
		char text[1024] = "";
		int ret;

		for (u32 n = 0; n < 16; n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			strcat(text, words[(random >> 33) % ARRAY_LEN(words)]);
			strcat(text, (random >> 20) % 4 ? " " : "");
		}
		ret = parse(&config, PATH, text, strlen(text));
		good += ret == 0;
		assert_true(ret == 0 || ret == -EINVAL);
		if (ret == 0)
			assert_string_equal(fake_output, "");
		else
			assert_ptr_equal(strchr(fake_output, '\n'),
				fake_output + strlen(fake_output) - 1);
	}
	assert_in_range(good, 1, 20000 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bad_nul),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
