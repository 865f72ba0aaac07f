# SPDX-License-Identifier: Apache-2.0
# What the system tests must know of each architecture; all else they learn from the Makefile.
# Another architecture is another entry.

ISAS = {
    "riscv64": {
        # Machines that the hypervisor works differently on, each as words for make: with a
        # timer that guests have for themselves, and without.
        "variants": {"sstc": {"ARCH_CPU": "rv64"}, "sbi-timer": {"ARCH_CPU": "rv64,sstc=off"}},
        # Whether the demo, whose only business is time, has exits for it.
        "timer_exits": {"sstc": False, "sbi-timer": True},
        # CPUs that the demo must run on.
        "cpus": ["rv64"],
        # A machine that cannot run the usual guests.
        "no_virtualization": {"ARCH_CPU": "rv64,h=off"},
        "ram": 0x80000000,
        "entry": 0x80200000,
        # RAM that ends where a flat image would begin, or earlier.
        "too_small": ["2M", "1536K"],
        # Bytes of the image, and of its text and data.
        "image_limit": 152 << 10,
        # How a guest switches itself off, in the hypervisor's words; guestmode does it the
        # oldest way there is.
        # What exits cost at most, in instructions, round trip with the guest's loop; with RAM
        # given page by page; keys of guests/bench.
        "bench": {
            "sstc": {"null": 150, "load": 350, "ipi": 500, "timer": 450, "fence_i": 250,
                     "touch": 12, "touch_busy": 12},
            "sbi-timer": {"null": 150, "load": 350, "ipi": 500, "timer": 1200, "fence_i": 250,
                          "touch": 12, "touch_busy": 12},
        },
        "bench_touch": {"touch": 700},
        # A machine whose CPU gives random numbers, if there can be one, and one whose does not.
        "random_cpu": None,
        "random_none": {"ARCH_CPU": "rv64"},
        # More virtio devices than fit, and the error; where two without an address and one
        # at this address are, and their interrupts.
        "virtio_too_many": (9, "8 virtio devices"),
        "virtio_at": "0x10004000",
        "virtio_nodes": {"10001000": "0x01", "10002000": "0x02", "10004000": "0x12"},
        "shutdown": "Guest: SBI SRST shutdown",
        "guestmode_shutdown": "Guest: SBI legacy shutdown",
    },
    "arm64": {
        "variants": {"gicv3": {"GIC": "3"}, "gicv2": {"GIC": "2"}},
        "timer_exits": {"gicv3": True, "gicv2": True},
        "cpus": ["cortex-a57", "cortex-a72", "neoverse-n1", "max"],
        "no_virtualization": {"BACKEND": "el1", "VM": "demo"},
        "ram": 0x40000000,
        "entry": 0x40080000,
        "too_small": ["512K", "256K"],
        # Instructions are four bytes there, never two.
        "image_limit": 224 << 10,
        "bench": {
            "gicv3": {"null": 130, "sysreg": 150, "intc_load": 300, "load": 300, "ipi": 600,
                      "timer": 600, "touch": 12, "touch_busy": 12},
            "gicv2": {"null": 130, "sysreg": 150, "intc_load": 300, "load": 300, "ipi": 600,
                      "timer": 600, "touch": 12, "touch_busy": 12},
        },
        "bench_touch": {"touch": 700, "touch_busy": 700},
        "random_cpu": {"ARCH_CPU": "max"},
        "random_none": {"ARCH_CPU": "cortex-a72"},
        "virtio_too_many": (17, "16 lines"),
        "virtio_at": "0xb000000",
        "virtio_nodes": {"a000000": "0x00 0x10 0x04", "a000200": "0x00 0x11 0x04",
                         "b000000": "0x00 0x42 0x04"},
        "shutdown": "Guest: PSCI SYSTEM_OFF",
        "guestmode_shutdown": "Guest: PSCI SYSTEM_OFF",
    },
    "x86_64": {
        "variants": {"svm": {"BACKEND": "svm"}, "vmx": {"BACKEND": "vmx"}},
        "timer_exits": {"svm": True, "vmx": True},
        # A second opinion on what the shipped VM files do.
        "more_variants": {"svm-bochs": {"BACKEND": "svm", "EMULATOR": "bochs"}},
        # Bochs has one thread for all its CPUs.
        "host_cpus_most": {"vmx": 2, "svm-bochs": 2},
        "cpus": ["max", "EPYC", "EPYC-Milan"],
        "no_virtualization": {"ARCH_CPU": "max,svm=off"},
        "ram": 0,
        "entry": 0x200020,
        # Real mode, where a flat image is; and a Linux kernel, which goes where it asks to.
        "guestmode_entry": 0x8000,
        "image_entry": 0x201200,
        "too_small": ["2M", "1M"],
        "image_limit": 308 << 10,
        # In Bochs an instruction is a tick of the TSC, whatever frequency it says that has.
        "bench_tick": {"vmx": 1},
        "bench": {
            "svm": {"cpuid": 200, "null": 200, "pio_in": 300, "pio_out": 300, "load": 350,
                    "rdmsr": 220, "apic_load": 450, "self_ipi": 900, "timer": 900,
                    "touch": 12, "touch_busy": 12},
            "vmx": {"cpuid": 250, "null": 250, "pio_in": 350, "load": 400, "apic_load": 500,
                    "self_ipi": 1100, "touch": 12, "touch_busy": 12},
        },
        "bench_touch": {"touch": 700, "touch_busy": 700},
        "shutdown": "Guest: ACPI power-off",
        "guestmode_shutdown": "Guest: hypercall SYSTEM_OFF",
    },
}
