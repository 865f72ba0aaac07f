# SPDX-License-Identifier: Apache-2.0
# What people get wrong: each mistake is one line that says what was expected and what was
# found, a failing exit status, and never a hang.

import pytest

KERNEL = "kernel /sbin/guestmode\n"


def test_no_such_vm(boot):
    boot("nonesuch").fail_with("/vms/nonesuch.vm")


def test_vm_file_without_kernel(boot):
    boot(vm_file="memory 16M\n").fail_with("/vms/test.vm", "kernel")


BAD_VM_FILES = {
    "unknown-key": ("memory 16M\nkernle /sbin/guestmode\n", ":2:", "kernle"),
    "bad-number": (KERNEL + "\n# a comment\nmemory lots\n", ":4:", "lots"),
    "bad-suffix": (KERNEL + "memory 16Q\n", ":2:", "16Q"),
    "no-cpus": (KERNEL + "cpus 0\n", ":2:", "0"),
    "many-cpus": (KERNEL + "cpus 4096\n", ":2:", "4096"),
    "no-value": (KERNEL + "memory\n", ":2:"),
    "bad-populate": (KERNEL + "populate sometimes\n", ":2:", "sometimes"),
    "relative-path": ("kernel sbin/guestmode\n", ":1:"),
    "not-text": ("\0\1\2\3\n", ":1:"),
    "unknown-device": (KERNEL + "device time-machine\n", "time-machine"),
}


@pytest.mark.parametrize("name", BAD_VM_FILES)
def test_bad_vm_file(boot, name):
    text, *parts = BAD_VM_FILES[name]
    boot(vm_file=text).fail_with("/vms/test.vm", *parts)


def test_missing_kernel(boot):
    boot(vm_file="kernel /boot/nonesuch\n").fail_with("/boot/nonesuch")


def test_missing_initrd(boot):
    boot(vm_file=KERNEL + "initrd /boot/nonesuch\n").fail_with("/boot/nonesuch")


def test_kernel_is_a_folder(boot):
    boot(vm_file="kernel /sbin\n").fail_with("/sbin")


def test_kernel_larger_than_ram(boot):
    machine = boot(vm_file="memory 4M\nkernel /boot/big\n", files={"/boot/big": bytes(5 << 20)})
    machine.fail_with("/boot/big")


def test_kernel_for_another_machine(boot, guest):
    elf = bytearray(guest("guestmode").with_suffix(".elf").read_bytes())
    elf[18:20] = b"\x08\0"  # e_machine: MIPS
    boot(vm_file="kernel /boot/mips\n", files={"/boot/mips": bytes(elf)}).fail_with("/boot/mips")


def test_not_enough_host_memory(boot):
    boot(vm_file=KERNEL + "memory 1G\n", host_memory="256M").fail_with("memory")


def test_no_disk(boot):
    boot("demo", image=False).fail_with("disk")


def test_no_virtualization(boot, isa):
    boot("demo", words=isa["no_virtualization"]).fail_with("")


def test_unknown_boot_word(boot):
    """A misspelt word on the boot command line is named, and the guests run all the same."""
    machine = boot("guestmode", hv_args="statz").succeed()
    assert any("statz" in line for line in machine.lines if line.startswith("warning: "))


def test_bad_boot_word(boot):
    boot("demo,,demo").fail_with("boot command line", "vm=")
