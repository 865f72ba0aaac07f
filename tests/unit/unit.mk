# SPDX-License-Identifier: Apache-2.0
# The unit tests: each tests/unit/test_<name>.c is one cmocka program for the build machine,
# linked with an archive of all generic code on top of arch/fake, and with what can be tested
# here of the architectures (top Makefile includes).

UNIT_BUILD := build/unit
UNIT_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) $(DEFINES) -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-Iinclude -Itests/unit -iquote . -Iarch/fake/include

# lib/string.c has the names of libc's functions; libc's are used instead. The fake machine has
# its own map and time, and is nowhere relocated to.
UNIT_SRCS := $(filter-out lib/string.c mm/hostmap.c core/time.c core/relocate.c,\
	$(GENERIC_SRCS)) $(wildcard arch/fake/*.c)
UNIT_OBJS := $(UNIT_SRCS:%.c=$(UNIT_BUILD)/obj/%.o)

# Of the architectures, what is pure or needs no more than a device does.
UNIT_SRCS_arm64 := arch/arm64/insn.c arch/arm64/pt_format.c arch/arm64/walk.c \
	$(wildcard arch/arm64/vgic*.c)
UNIT_SRCS_riscv64 := arch/riscv64/aplic.c arch/riscv64/insn.c arch/riscv64/pt_format.c arch/riscv64/vplic.c
UNIT_SRCS_x86_64 := $(wildcard arch/x86_64/insn*.c arch/x86_64/vlapic*.c arch/x86_64/acpi*.c) \
	arch/x86_64/bios.c arch/x86_64/cmos.c arch/x86_64/mptable.c arch/x86_64/pt_format.c \
	arch/x86_64/vioapic.c arch/x86_64/vpic.c arch/x86_64/walk.c \
	arch/x86_64/vmx/check.c arch/x86_64/vmx/ept.c \
	arch/x86_64/vaml.c arch/x86_64/vboot.c arch/x86_64/vboot_info.c arch/x86_64/vbytes.c arch/x86_64/vdsdt.c \
	arch/x86_64/vfadt.c arch/x86_64/vmptable.c arch/x86_64/vtables.c

# They share names of headers and functions. So each is an archive of its own, and its headers
# are found (behind those of arch/fake) by its own sources and by the tests that are named
# test_<name>_<isa>.c. Such a test is linked with this archive alone, any other with all.
UNIT_ISAS := arm64 riscv64 x86_64
unit_isa = $(foreach isa,$(UNIT_ISAS),$(if $(filter arch/$(isa)/% %_$(isa),$(1)),$(isa)))
unit_isa_objs = $(UNIT_SRCS_$(1):%.c=$(UNIT_BUILD)/obj/%.o)
UNIT_ALL_OBJS := $(UNIT_OBJS) $(foreach isa,$(UNIT_ISAS),$(call unit_isa_objs,$(isa)))

UNIT_TESTS := $(wildcard tests/unit/test_*.c)
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$(UNIT_BUILD)/%)

unit-programs: $(UNIT_PROGRAMS)

$(UNIT_BUILD)/obj/%.o: %.c $(UNIT_BUILD)/flags | deps
	$(call say,HOSTCC,$<) mkdir -p $(@D) && $(CC) $(UNIT_CFLAGS) \
	$(patsubst %,-Iarch/%/include,$(call unit_isa,$*)) -MMD -MP -c $< -o $@

$(UNIT_BUILD)/%.a: $(UNIT_BUILD)/sources
	$(call say,HOSTAR,$@) rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(UNIT_BUILD)/libhv.a: $(UNIT_OBJS)

# An ISA's archive calls what is in libhv.a, never the other way round.
$(UNIT_PROGRAMS): $(UNIT_BUILD)/%: $(UNIT_BUILD)/obj/tests/unit/%.o $(UNIT_BUILD)/libhv.a
	$(call say,HOSTLD,$@) $(CC) $(UNIT_CFLAGS) $(filter-out %/libhv.a,$^) \
	$(UNIT_BUILD)/libhv.a -lcmocka -o $@

define unit_isa_rules
$(UNIT_BUILD)/lib$(1).a: $(call unit_isa_objs,$(1))
$(foreach program,$(UNIT_PROGRAMS),$(if $(filter-out $(1),$(call unit_isa,$(program))),,\
	$(program))): $(UNIT_BUILD)/lib$(1).a
endef
$(foreach isa,$(UNIT_ISAS),$(eval $(call unit_isa_rules,$(isa))))

UNIT_BUILT_WITH = $(CC) $(UNIT_CFLAGS)
$(eval $(call value_file,$(UNIT_BUILD)/flags,UNIT_BUILT_WITH))
$(eval $(call value_file,$(UNIT_BUILD)/sources,UNIT_ALL_OBJS))

-include $(UNIT_ALL_OBJS:.o=.d) $(UNIT_TESTS:%.c=$(UNIT_BUILD)/obj/%.d)

.PHONY: unit-programs
