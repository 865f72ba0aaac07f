# SPDX-License-Identifier: Apache-2.0
# Backend el1: a machine without EL2, whose guests are programs at EL0.

import subprocess

import pytest

from machine import make

EL1 = {"BACKEND": "el1"}
USER = "memory 2M\nprivilege user\n"


@pytest.fixture
def boot_el1(boot):
    """boot() on a machine that starts us at EL1."""
    return lambda *args, words=None, **kwargs: boot(
        *args, words={**EL1, **(words or {})}, **kwargs)


@pytest.mark.parametrize("host_cpus", [1, 4])
@pytest.mark.parametrize("gic", ["3", "2"])
def test_vdev(boot_el1, guest, gic, host_cpus):
    """The program prints by calls, reads the flash behind an address not mapped yet, and ends."""
    machine = boot_el1("vdev", words={"GIC": gic}, host_cpus=host_cpus).succeed()
    machine.in_order(
        "backend = el1",
        "Starting virtualization...",
        "Pre-allocating 2 MB guest RAM at 0x40000000...",
        "app: /sbin/vdev",
        f"Loaded {guest('vdev').stat().st_size} bytes from /sbin/vdev",
        "bsp_entry: 0x40080000; ept: 0x",
        "Entering VM run loop...",
        "arch = aarch64",
        "platform = aarch64-qemu-virt",
        "smp = 1",
        "Virtual Device (vdev) Test",
        "Reading PFlash at physical address 0x04000000...",
        "Try to access pflash dev region [0x04000000], got 0x646c6670",
        "Got pflash magic: pfld",
        "Guest: SVC exit",
        "Shutdown vm normally!",
        "Hypervisor ok!",
    )


@pytest.mark.xdist_group("make")  # it shares the boot disk in build/
def test_make_run(guest):
    """What BACKEND=el1 starts if nothing else is said, and any program."""
    done = make("run", "ARCH=arm64", "BACKEND=el1", timeout=120)
    assert done.returncode == 0, done.stdout
    assert "Got pflash magic: pfld" in done.stdout
    done = make("run", "ARCH=arm64", "BACKEND=el1", f"KERNEL={guest('vdev')}", timeout=120)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("populate", ["start", "touch"])
def test_cpus(boot_el1, cpu, populate):
    vm_file = USER + f"kernel /sbin/vdev\npopulate {populate}\n"
    boot_el1(vm_file=vm_file, words={"ARCH_CPU": cpu}).succeed()


@pytest.mark.parametrize("gic", ["3", "2"])
def test_instructions(boot_el1, gic):
    """Every form of access to the flash, the counter, and calls that do not exist."""
    boot_el1(vm_file=USER + "kernel /sbin/el0insn\n", words={"GIC": gic}).succeed()


def test_two_programs(boot_el1, disk):
    """Each in a map of its own, on one cpu."""
    image = disk({"/vms/a.vm": USER + "kernel /sbin/vdev\n",
                  "/vms/b.vm": USER + "kernel /sbin/vdev\n"})
    boot_el1("a,b", image=image).succeed().all_ended_well("a", "b")


def test_kernel_refused(boot_el1):
    """A guest that wants EL1 is refused before it starts."""
    boot_el1("demo").fail_with("demo", "el1", "privilege user", "privilege kernel")


def test_linux_refused(boot_el1):
    image = bytearray(4096)
    image[56:60] = b"ARM\x64"
    boot_el1(vm_file=USER + "kernel /boot/Image\n", files={"/boot/Image": bytes(image)}) \
        .fail_with("/boot/Image", "EL0", "Linux Image", "EL1")


@pytest.mark.parametrize("line", ["cpus 2", "intc gicv3"])
def test_no_kernels_things(boot_el1, line):
    boot_el1(vm_file=USER + f"kernel /sbin/vdev\n{line}\n").fail_with("/vms/test.vm")


def test_program_on_el2(boot):
    """And the other way round."""
    boot("vdev").fail_with("vdev", "el2", "privilege kernel", "privilege user")


def assemble(tmp_path, text):
    """A flat program of these instructions."""
    source, elf, flat = (tmp_path / name for name in ("program.s", "program.o", "program"))
    source.write_text(text)
    subprocess.run(["clang-19", "--target=aarch64-none-elf", "-c", source, "-o", elf], check=True)
    subprocess.run(["llvm-objcopy-19", "-O", "binary", elf, flat], check=True)
    return flat


EXIT = "mov x8, #2\nmov x0, #0\nsvc #0\n"

# What a program may not do, and what of it the account must tell.
FORBIDDEN = {
    "nobody": ("mov x1, #0x30000000\nldr w0, [x1]\n", "nobody answers", "address 0x30000000"),
    "high-address": ("mov x1, #-8\nldr x0, [x1]\n", "nobody answers", "0xfffffffffffffff8"),
    "hypervisor": ("movz x1, #0x4020, lsl #16\nmovk x1, #0xffff, lsl #48\nldr x0, [x1]\n",
                   "nobody answers", "0xffff000040200000"),
    "behind-ram": ("mov x1, #0x40200000\nstr x1, [x1]\n", "nobody answers", "0x40200000"),
    "write-flash": ("mov x1, #0x04000000\nstr w1, [x1]\n", "nobody answers", "0x4000000"),
    "exclusive": ("mov x1, #0x09000000\nldxr w0, [x1]\n", "nobody answers", "0x9000000"),
    "fetch": ("mov x1, #0x30000000\nbr x1\n", "nobody answers", "address 0x30000000"),
    "el1-register": ("msr vbar_el1, x0\n", "EL0"),
    "undefined": ("udf #0\n", "EL0"),
    "hvc": ("hvc #0\n", "EL0"),
    "counter-control": ("msr cntkctl_el1, x0\n", "EL0"),
    "break": ("brk #1\n", "BRK"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden(boot_el1, tmp_path, what):
    """It ends the program with an account of why, and nobody else."""
    text, *parts = FORBIDDEN[what]
    machine = boot_el1(vm_file=USER + "kernel /boot/bad\n",
                       files={"/boot/bad": assemble(tmp_path, text + EXIT)})
    assert machine.finish() == 1
    assert len(machine.errors()) == 1 and "panic" not in machine.output
    for part in parts:
        assert part in machine.output, part


def test_unknown_call(boot_el1, tmp_path):
    """It returns -1; that is what this program's exit status depends on."""
    text = "mov x8, #77\nmov x0, #5\nsvc #0\nadd x0, x0, #1\nmov x8, #2\nsvc #0\n"
    boot_el1(vm_file=USER + "kernel /boot/p\n",
             files={"/boot/p": assemble(tmp_path, text)}).succeed()


def test_failed_program(boot_el1, tmp_path):
    text = "mov x8, #2\nmov x0, #3\nsvc #0\n"
    machine = boot_el1(vm_file=USER + "kernel /boot/p\n",
                       files={"/boot/p": assemble(tmp_path, text)})
    assert machine.finish() == 1
    assert "Hypervisor ok!" not in machine.output


def test_endless_program_beside_another(boot_el1, disk, tmp_path):
    """One that never makes a call shares the cpu all the same."""
    image = disk({"/vms/spin.vm": USER + "kernel /boot/spin\n",
                  "/vms/calm.vm": USER + "kernel /sbin/vdev\n",
                  "/boot/spin": assemble(tmp_path, "b .\n")})
    machine = boot_el1("spin,calm", image=image)
    machine.expect("Shutdown calm normally!")
