# SPDX-License-Identifier: Apache-2.0
# The unit tests: each tests/unit/test_<name>.c is one cmocka program for the build machine,
# linked with an archive of all generic code on top of arch/fake (top Makefile includes).

UNIT_BUILD := build/unit
UNIT_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) $(DEFINES) -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-Iinclude -Itests/unit -iquote . -Iarch/fake/include -Iarch/riscv64/include

# lib/string.c has the names of libc's functions; libc's are used instead. The fake machine has
# its own map and time, and is nowhere relocated to.
# Of the architectures, what is pure or needs no more than a device does: its <arch/...>
# headers are found behind those of arch/fake.
UNIT_SRCS := $(filter-out lib/string.c mm/hostmap.c core/time.c core/relocate.c,\
	$(GENERIC_SRCS)) $(wildcard arch/fake/*.c) \
	arch/riscv64/insn.c arch/riscv64/vplic.c
UNIT_OBJS := $(UNIT_SRCS:%.c=$(UNIT_BUILD)/obj/%.o)
UNIT_TESTS := $(wildcard tests/unit/test_*.c)
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$(UNIT_BUILD)/%)

unit-programs: $(UNIT_PROGRAMS)

$(UNIT_BUILD)/obj/%.o: %.c $(UNIT_BUILD)/flags | deps
	$(call say,HOSTCC,$<) mkdir -p $(@D) && \
	$(CC) $(UNIT_CFLAGS) -MMD -MP -c $< -o $@

$(UNIT_BUILD)/libhv.a: $(UNIT_OBJS) $(UNIT_BUILD)/sources
	$(call say,HOSTAR,$@) rm -f $@ && $(AR) rcs $@ $(UNIT_OBJS)

$(UNIT_PROGRAMS): $(UNIT_BUILD)/%: $(UNIT_BUILD)/obj/tests/unit/%.o $(UNIT_BUILD)/libhv.a
	$(call say,HOSTLD,$@) $(CC) $(UNIT_CFLAGS) $^ -lcmocka -o $@

UNIT_BUILT_WITH = $(CC) $(UNIT_CFLAGS)
$(eval $(call value_file,$(UNIT_BUILD)/flags,UNIT_BUILT_WITH))
$(eval $(call value_file,$(UNIT_BUILD)/sources,UNIT_OBJS))

-include $(UNIT_OBJS:.o=.d) $(UNIT_TESTS:%.c=$(UNIT_BUILD)/obj/%.d)

.PHONY: unit-programs
