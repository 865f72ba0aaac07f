# SPDX-License-Identifier: Apache-2.0
# Builds our own guests (HACKING.md, "How to add a guest"); included by the top Makefile.
#
# In:  ARCH BUILD CC LD OBJCOPY, the function `say` and the target `deps`.
# Out: GUESTS, the names of all guests; $(BUILD)/guests/<name> (flat binary) and .elf.
#
# guests/<name>/*.c (and guests/<name>/$(ARCH)/*.S, *.c) make the guest <name>; without the
# first there is a guest of the architectures that have such a folder, and no others. Each single
# file guests/tests/<name>.c or guests/tests/$(ARCH)/<name>.c makes one too. The runtime
# (guests/lib, guests/arch/$(ARCH)) is linked like an archive: only the objects that a guest
# asks for. One that lies elsewhere than the others has guests/<name>/$(ARCH)/link.ld, and what
# more it is compiled with is GUEST_CFLAGS_<name>, of guests/<name>/$(ARCH)/flags.mk.
#
# What describes the board is chosen by GUEST_BOARD, of guests/arch/$(ARCH)/flags.mk: "fdt" for a
# device tree adds guests/lib/fdt to the runtime and the guests guests/tests/fdt/<name>.c.
#
# Each file guests/bare/<name>.c or guests/bare/$(ARCH)/<name>.c makes a guest that is no
# kernel: no traps and no interrupts, only calls to whoever is below. Their own runtime,
# guests/arch/$(ARCH)/bare, is linked before the other; an architecture without it has no such
# guests.

GUEST_FLAGS_MK := $(wildcard guests/*/$(ARCH)/flags.mk)
include $(GUEST_FLAGS_MK)

# $(call guest_folder,FILE): the folder of guests/ it is in.
guest_folder = $(word 2,$(subst /, ,$1))
GUEST_DIRS  := $(sort $(filter-out lib arch tests bare,$(foreach file,\
		$(wildcard guests/*/*.c guests/*/$(ARCH)/*.[cS]),$(call guest_folder,$(file)))))
GUEST_TEST_DIRS := guests/tests $(addprefix guests/tests/,$(ARCH) $(GUEST_BOARD))
GUEST_TESTS := $(sort $(basename $(notdir $(wildcard $(addsuffix /*.c,$(GUEST_TEST_DIRS))))))
GUEST_BARE_SRCS := $(wildcard guests/arch/$(ARCH)/bare/*.[cS])
GUEST_BARE  := $(if $(GUEST_BARE_SRCS),$(sort $(basename $(notdir \
		$(wildcard guests/bare/*.c guests/bare/$(ARCH)/*.c)))))
GUESTS      := $(GUEST_DIRS) $(GUEST_TESTS) $(GUEST_BARE)

GUEST_CPPFLAGS := -Iinclude -Iguests/lib -Iguests/arch/$(ARCH)/include \
		-Iguests/tests/$(ARCH)/include -MMD -MP
GUEST_CFLAGS   := $(GUEST_ARCH_FLAGS) -std=gnu11 -O2 -g -ffreestanding -fno-pic \
		-fno-stack-protector -ffunction-sections -fdata-sections \
		-Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes \
		-Wmissing-prototypes -Wvla
guest_link_ld   = $(firstword $(wildcard guests/$1/$(ARCH)/link.ld) guests/arch/$(ARCH)/link.ld)
# $(call guest_ldflags,NAME): flags.mk may say where each guest is linked.
guest_ldflags   = -static -nostdlib --gc-sections -z max-page-size=4096 \
		$(addprefix --defsym image_base=,$(call guest_base,$1)) \
		-T $(call guest_link_ld,$1)

GUEST_MK       := guests/guests.mk $(GUEST_FLAGS_MK)
GUEST_OBJ      := $(BUILD)/obj
guest_objs      = $(patsubst %,$(GUEST_OBJ)/%.o,$1)

GUEST_LIB_OBJS := $(call guest_objs,$(wildcard guests/lib/*.c \
		$(addsuffix /*.c,$(addprefix guests/lib/,$(GUEST_BOARD))) \
		guests/arch/$(ARCH)/*.c guests/arch/$(ARCH)/*.S))
guest_srcs      = $(if $(filter $1,$(GUEST_DIRS)),$(wildcard guests/$1/*.c \
		guests/$1/$(ARCH)/*.c guests/$1/$(ARCH)/*.S),\
		$(if $(filter $1,$(GUEST_BARE)),$(GUEST_BARE_SRCS) \
		$(wildcard guests/bare/$1.c guests/bare/$(ARCH)/$1.c),\
		$(wildcard $(addsuffix /$1.c,$(GUEST_TEST_DIRS)))))

$(GUEST_OBJ)/guests/%.c.o: guests/%.c $(GUEST_MK) | deps
	$(call say,CC,$<) mkdir -p $(@D) && \
		$(CC) $(GUEST_CPPFLAGS) $(GUEST_CFLAGS) \
		$(GUEST_CFLAGS_$(call guest_folder,$<)) -c $< -o $@

$(GUEST_OBJ)/guests/%.S.o: guests/%.S $(GUEST_MK) | deps
	$(call say,AS,$<) mkdir -p $(@D) && \
		$(CC) $(GUEST_CPPFLAGS) $(GUEST_ARCH_FLAGS) -g -c $< -o $@

# $1: a guest's name.
define guest_rule
$(BUILD)/guests/$1.elf: $(call guest_objs,$(call guest_srcs,$1)) $(GUEST_LIB_OBJS) \
		$(call guest_link_ld,$1)
	$$(call say,LD,$$@) mkdir -p $$(@D) && $$(LD) $(call guest_ldflags,$1) \
		$(call guest_objs,$(call guest_srcs,$1)) \
		--start-lib $$(GUEST_LIB_OBJS) --end-lib -o $$@
$(BUILD)/guests/$1: $(BUILD)/guests/$1.elf
	$$(call say,OBJCOPY,$$@) $$(OBJCOPY) -O binary $$< $$@
-include $(patsubst %.o,%.d,$(call guest_objs,$(call guest_srcs,$1)))
endef
$(foreach g,$(GUESTS),$(eval $(call guest_rule,$g)))

-include $(GUEST_LIB_OBJS:.o=.d)
