# SPDX-License-Identifier: Apache-2.0
# Builds, runs and tests Lodge; everything made goes under build/. What depends on the
# architecture is in arch/<isa>/arch.mk, the guests are in guests/guests.mk, the unit tests
# in tests/unit/unit.mk.

define HELP
make              build the hypervisor and the guests
make run          ... and the boot disk, and boot it in QEMU (Ctrl-A x ends it)
make debug        the same, but wait for gdb, and say how to attach
make test         all tests, on each ARCH; `make unit`, `make system` are parts
make bench        what each kind of VM exit costs, in instructions
make guests       fetch and pack Debian's Linux, for VM=linux, which does it too
make format       format the C sources; `make format-check` only looks
make deps         install the packages needed (Debian 12), or name them
make clean        remove build/; `make distclean` also cache/, what was fetched

VM=demo           VM files to start: names from vms/ or paths, commas between
KERNEL=path       start this image instead, without a VM file; and if wanted:
   INITRD= CMDLINE= MEMORY=64M CPUS=1 DISK= NET=1
FILES=            more files for the boot disk: "/path/on/disk=file ..."
HV_ARGS=          more words for the hypervisor, such as: stats
HOST_CPUS=1       CPUs of the machine that QEMU emulates (for VM=linux 2)
HOST_MEMORY=256M  its memory (for VM=linux 1G)
QEMU= QEMU_ARGS=  the emulator, and more words for it, such as: -icount shift=0
ARCH=riscv64      architecture: $(ISAS)
BACKEND=          how guests are run: $(BACKENDS)
DEBUG=1 V=1       say where an error was born; show whole commands
endef

ARCH ?= riscv64
KERNEL ?=
INITRD ?=
CMDLINE ?=
MEMORY ?= 64M
CPUS ?= 1
DISK ?=
FILES ?=
HV_ARGS ?=
QEMU ?= $(ARCH_QEMU)
QEMU_ARGS ?=
DEBUG ?=
V ?=
BACKEND ?=

ISAS := $(patsubst arch/%/arch.mk,%,$(wildcard arch/*/arch.mk))
ifneq ($(words $(filter $(ISAS),$(ARCH))),1)
$(error ARCH=$(ARCH): no such architecture; there is: $(ISAS))
endif

# For tests and the like: named on the command line, it is that architecture alone.
TEST_ISAS := $(if $(filter command,$(firstword $(origin ARCH))),$(ARCH),$(ISAS))

BUILD := build/$(ARCH)
include arch/$(ARCH)/arch.mk
ifneq ($(BACKEND),)
ifneq ($(words $(filter $(BACKENDS),$(BACKEND))),1)
$(error BACKEND=$(BACKEND): no such backend on $(ARCH); there is: $(BACKENDS))
endif
endif
VM ?= $(or $(ARCH_VM),demo)

empty :=
comma := ,
space := $(empty) $(empty)
VM_LIST := $(subst $(comma), ,$(VM))

# The VM files that are wanted, and what of Debian's Linux they name, which needs more of the
# machine than our own guests.
ifeq ($(KERNEL),)
WANTED_VMS := $(foreach vm,$(VM_LIST),$(if $(findstring /,$(vm))$(filter %.vm,$(vm)),\
	$(wildcard $(vm)),$(firstword $(wildcard vms/$(ARCH)/$(vm).vm vms/$(vm).vm))))
LINUX := $(sort $(if $(strip $(WANTED_VMS)),$(shell \
	sed -n 's|^[^\#]* /boot/linux/\([^ ]*\).*|\1|p' $(WANTED_VMS))))
endif
HOST_CPUS ?= $(if $(LINUX),2,1)
HOST_MEMORY ?= $(if $(LINUX),1G,256M)

CC := clang-19
LD := ld.lld-19
AR := llvm-ar-19
OBJCOPY := llvm-objcopy-19
CLANG_FORMAT := clang-format-19

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# A quiet line for each step, or with V=1 the whole command.
ifeq ($(V),1)
say = 
else
say = @printf '  %-7s %s\n' $(1) $(2);
endif

# $(call value_file,FILE,VARIABLE): a file that holds a variable's value and changes only when
# the value does, so that what was made with another value is made again.
define value_file
$(1): FORCE
	$$(shell mkdir -p $$(@D))$$(file >$$@.new,$$($(2)))\
	@if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi
endef

# ---- Flags ----

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla
DEFINES := $(if $(filter 1,$(DEBUG)),-DDEBUG=1)

# Position independent, with hidden symbols accessed directly: no GOT, and the few
# absolute pointers in tables become RELR relocations, which the boot code applies.
HV_CFLAGS := $(ARCH_CFLAGS) -std=gnu11 -O2 -g $(WARNINGS) $(DEFINES) \
	-ffreestanding -nostdlibinc -fpie -fvisibility=hidden -fdirect-access-external-data \
	-fno-common -fno-jump-tables -fno-stack-protector -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections -flto -Iinclude
HV_LDFLAGS := -pie --no-dynamic-linker --pack-dyn-relocs=relr -z text -z norelro \
	--gc-sections --build-id=none --fatal-warnings \
	--defsym image_base=$(ARCH_BASE) -T arch/link.ld

# ---- The hypervisor ----

GENERIC_DIRS := core mm net vdev drivers fs load shell debug lib
GENERIC_SRCS := $(wildcard $(addsuffix /*.c,$(GENERIC_DIRS)))
ARCH_SRCS := $(wildcard arch/$(ARCH)/*.[cS] arch/$(ARCH)/*/*.[cS])
HV_OBJS := $(patsubst %,$(BUILD)/obj/%.o,$(GENERIC_SRCS:.c=) $(ARCH_SRCS:.c=))

all: $(BUILD)/lodge.bin own-guests

# What one source file is compiled with. Devices, file systems and loaders must not know
# the architecture: no arch headers there. In lib/string.c the compiler would turn the loop
# inside memcpy() into a call of memcpy(). In assembly `la` must not go through a GOT: it is
# used before relocation.
file_flags = $(if $(filter vdev/% fs/% load/% lib/%,$<),,-Iarch/$(ARCH)/include) \
	$(if $(filter arch/%,$<),$(ARCH_PRIV_CFLAGS)) \
	$(if $(filter lib/string.c,$<),-fno-builtin) \
	$(if $(filter %.S,$<),-fno-pie)
compile = mkdir -p $(@D) && $(CC) $(HV_CFLAGS) $(file_flags) -MMD -MP -c $< -o $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | deps
	$(call say,CC,$<) $(compile)

$(BUILD)/obj/%.S.o: %.S $(BUILD)/flags | deps
	$(call say,AS,$<) $(compile)

HV_BUILT_WITH = $(CC) $(HV_CFLAGS) $(ARCH_PRIV_CFLAGS)
HV_LINKED_FROM = $(HV_LDFLAGS) $(HV_OBJS)
$(eval $(call value_file,$(BUILD)/flags,HV_BUILT_WITH))
$(eval $(call value_file,$(BUILD)/sources,HV_LINKED_FROM))

$(BUILD)/lodge.elf: $(HV_OBJS) arch/link.ld $(BUILD)/sources
	$(call say,LD,$@) $(LD) $(HV_LDFLAGS) $(HV_OBJS) -o $@

$(BUILD)/lodge.bin: $(BUILD)/lodge.elf
	$(call say,OBJCOPY,$@) $(OBJCOPY) -O binary $< $@

# ---- Guests and the boot disk ----

include guests/guests.mk
own-guests: $(foreach guest,$(GUESTS),$(BUILD)/guests/$(guest))

# Debian's Linux, of each ARCH, or of the one that the command line names. It goes onto the boot
# disk if a VM file that is wanted names it: it is big.
LINUX_IMAGES := kernel initramfs data.img
guests: $(foreach isa,$(TEST_ISAS),$(LINUX_IMAGES:%=build/$(isa)/linux/%))

$(foreach image,$(LINUX_IMAGES),build/%/linux/$(image)): $(wildcard tools/guests/*.py) guests/linux/packages.lock \
		$(shell find guests/linux/rootfs -type f) | deps
	@python3 -B tools/guests pack $* build/$*/linux

guests-lock: | deps
	@python3 -B tools/guests lock

# Those whose kernel is a guest of this architecture, and with LINUX also linux.vm. One in vms/$(ARCH)/ takes the place of one
# of the same name in vms/.
vm_kernel = $(notdir $(shell sed -n 's/^kernel *//p' $(1)))
OWN_VM_FILES := $(wildcard vms/$(ARCH)/*.vm)
VM_FILES := $(foreach file,$(OWN_VM_FILES) \
	$(filter-out $(OWN_VM_FILES:vms/$(ARCH)/%=vms/%),$(wildcard vms/*.vm)),\
	$(if $(filter $(GUESTS),$(call vm_kernel,$(file)))$(filter vms/$(ARCH)/linux.vm,$(file)),$(file)))

# "/path/on/disk=file" for each file.
DISK_FILES = $(foreach guest,$(GUESTS),/sbin/$(guest)=$(BUILD)/guests/$(guest)) \
	$(foreach file,$(VM_FILES),/vms/$(notdir $(file))=$(file)) \
	$(foreach image,$(LINUX),/boot/linux/$(image)=$(BUILD)/linux/$(image)) \
	$(USER_FILES) $(FILES)

ifneq ($(KERNEL),)
# An image without a VM file: we write the VM file.
VM_NAMES := run
USER_PATHS := $(KERNEL) $(INITRD) $(DISK)
USER_FILES := /vms/run.vm=$(BUILD)/run.vm $(foreach file,$(USER_PATHS),/boot/$(notdir $(file))=$(file))
define RUN_VM
name     run
cpus     $(CPUS)
memory   $(MEMORY)
kernel   /boot/$(notdir $(KERNEL))
$(if $(ARCH_PRIVILEGE),privilege $(ARCH_PRIVILEGE))
$(if $(INITRD),initrd   /boot/$(notdir $(INITRD)))
$(if $(CMDLINE),cmdline  $(CMDLINE))
$(if $(DISK),device   virtio-blk  /boot/$(notdir $(DISK)))
$(if $(filter 1,$(NET)),device   virtio-net)
endef
$(eval $(call value_file,$(BUILD)/run.vm,RUN_VM))
else
VM_NAMES := $(subst $(space),$(comma),$(foreach vm,$(VM_LIST),$(basename $(notdir $(vm)))))
USER_PATHS := $(foreach vm,$(VM_LIST),$(if $(findstring /,$(vm))$(filter %.vm,$(vm)),$(vm)))
USER_FILES := $(foreach vm,$(USER_PATHS),/vms/$(basename $(notdir $(vm))).vm=$(vm))
# What leads outside of guests the machine has if one of them wants it.
wanted_device = $(shell grep -qs '^device[[:blank:]]*$(1)' $(WANTED_VMS) </dev/null && echo 1)
NET ?= $(call wanted_device,virtio-net)
RNG := $(call wanted_device,virtio-rng)
endif

DISK_IMAGE ?= $(BUILD)/disk.img
PFLASH_IMAGE ?= $(BUILD)/pflash.img

DISK_INPUTS = $(foreach file,$(DISK_FILES),$(lastword $(subst =, ,$(file))))
$(eval $(call value_file,$(BUILD)/disk.list,DISK_FILES))
$(BUILD)/disk.img: tools/mkdisk $(BUILD)/disk.list $(DISK_INPUTS) | deps
	$(call say,DISK,$@) tools/mkdisk $@ $(DISK_FILES)

$(BUILD)/pflash.img: tools/mkdisk | deps
	$(call say,DISK,$@) tools/mkdisk --pflash $@ $(ARCH_PFLASH_MIB)

# ---- Running ----

BOOT_ARGS = $(strip vm=$(VM_NAMES) $(HV_ARGS))
NET_ARGS = $(if $(ARCH_NET),-netdev user$(comma)id=net \
	-device $(ARCH_NET)$(comma)netdev=net$(comma)id=card)
RNG_ARGS = $(addprefix -device ,$(ARCH_RNG))
QEMU_LINE = $(strip $(QEMU) $(ARCH_QEMU_ARGS) $(if $(filter 1,$(NET)),$(NET_ARGS)) \
	$(if $(RNG),$(RNG_ARGS)) -smp $(HOST_CPUS) -m $(HOST_MEMORY) \
	-append "$(BOOT_ARGS)" $(QEMU_ARGS))
IMAGES = $(BUILD)/lodge.bin $(DISK_IMAGE) $(PFLASH_IMAGE)

run: vm-check $(IMAGES)
	@tools/run $(QEMU_LINE)

debug: vm-check $(IMAGES)
	@tools/run --gdb $(BUILD)/lodge.elf $(QEMU_LINE)

bench: $(IMAGES)
	@tools/bench $(ARCH)

vm-check: $(if $(KERNEL),own-guests)
	@$(foreach file,$(USER_PATHS),test -r $(file) || \
		{ echo 'error: $(file): no such file' >&2; exit 1; };) :
	@$(foreach vm,$(filter-out $(USER_PATHS) $(basename $(notdir $(VM_FILES))),$(VM_LIST)),\
		echo 'error: VM=$(vm): no file vms/$(vm).vm for $(ARCH); there is:' \
			$(basename $(notdir $(VM_FILES))) >&2; exit 1;) :

# ---- Tests ----

include tests/unit/unit.mk

test: unit-programs
	@tools/test --unit "$(UNIT_PROGRAMS)" \
		$(foreach isa,$(TEST_ISAS),--arch $(isa) --system tests/system)

unit: unit-programs
	@tools/test --unit "$(UNIT_PROGRAMS)"

system: all $(PFLASH_IMAGE)
	@tools/test --arch $(ARCH) --system tests/system

FORMAT_SRCS = $(shell find include arch guests tests $(GENERIC_DIRS) -name '*.[ch]' 2>/dev/null)

format: deps
	$(CLANG_FORMAT) -i $(FORMAT_SRCS)

format-check: deps
	@$(CLANG_FORMAT) --dry-run -Werror $(FORMAT_SRCS)

# ---- The rest ----

# One installation for everything this run of make will need.
TEST_GOALS := test unit system unit-programs format format-check deps
TESTING = $(filter $(TEST_GOALS),$(MAKECMDGOALS))
deps:
	@tools/deps $(if $(TESTING),"$(TEST_ISAS)" test,$(ARCH))

clean:
	rm -rf build

distclean: clean
	rm -rf cache

help:
	$(info $(HELP))@:

print-%:
	$(info $($*))@:

FORCE:

-include $(HV_OBJS:.o=.d)

.PHONY: all own-guests guests guests-lock run debug bench vm-check test unit system format format-check deps clean distclean \
	help FORCE
