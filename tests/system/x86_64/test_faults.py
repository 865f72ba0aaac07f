# SPDX-License-Identifier: Apache-2.0
# Guests that run into nothing: they get the architecture's answer, or an account.


def vm_file(name):
    return f"memory 16M\nkernel /sbin/{name}\n"


def test_triple_fault(boot, variant):
    machine = boot(vm_file=vm_file("triple"), words=variant)
    assert machine.finish() == 1
    assert len(machine.errors()) == 1
    machine.in_order("triple: ", "error: ", "instruction at", "rax ", "it was in 64-bit mode",
                     "trace records", "Shutdown vm: it failed.")


def test_long_mode_program(boot, machine_kind):
    machine = boot("vdev", words=machine_kind).succeed()
    machine.in_order("Pre-allocating 2 MB guest RAM at 0x0...", "app: /sbin/vdev",
                     "Entering VM run loop...", "arch = x86_64", "platform = x86-pc",
                     "Virtual Device (vdev) Test",
                     "Reading PFlash at physical address 0xffc00000...",
                     "Try to access pflash dev region [0xffc00000], got 0x646c6670",
                     "Got pflash magic: pfld", "Shutdown vm normally!", "Hypervisor ok!")
