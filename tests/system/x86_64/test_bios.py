# SPDX-License-Identifier: Apache-2.0
# The BIOS and the kernel that it starts, on QEMU's own PC without the hypervisor: what they do
# must be right there before it can be asked of ours.

import struct
import subprocess

import pytest

from machine import ROOT, Machine

SECTOR, DISK_SIZE = 512, 1 << 20
KERNEL = 0x200000
INFO = 0x300000  # above what the PC's firmware clears
PC = ["qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-m", "64M", "-display", "none",
      "-serial", "stdio", "-no-reboot", "-nic", "none"]


@pytest.fixture
def pc():
    machines = []

    def start(*words):
        machines.append(Machine([*PC, *map(str, words)], seconds=60))
        return machines[-1]

    yield start
    for machine in machines:
        machine.kill()
        print(f"$ {machine.command}\n{machine.output}")


@pytest.fixture
def start_by_bios(pc, guest, tmp_path):
    """start_by_bios(ebx, edi): what is in registers when the BIOS is entered."""
    def start(ebx, edi, *words):
        image, obj = tmp_path / "disk.img", tmp_path / "bootsector.o"
        source = ROOT / "tests/system/x86_64/bootsector.S"
        for command in (["clang-19", "--target=x86_64-unknown-none-elf", f"-DINFO={ebx}",
                         f"-DKERNEL={edi}", "-c", source, "-o", obj],
                        ["ld.lld-19", "-Ttext=0x7c00", "--oformat", "binary", obj, "-o", image]):
            subprocess.run(command, check=True)
        assert image.stat().st_size == SECTOR
        with image.open("ab") as disk:
            disk.write(guest("bios").read_bytes())
            disk.truncate(DISK_SIZE)
        loader = f"loader,file={guest('rvmguest')},addr={KERNEL:#x},force-raw=on"
        return pc("-drive", f"file={image},format=raw", "-device", loader, *words)

    return start


def test_kernel(pc, guest):
    """Started without the BIOS: everything that its shell offers."""
    machine = pc("-kernel", guest("rvmguest"))
    machine.expect("loader: multiboot, qemu")
    for command in ["help", "nonsense", "usertests", "exit"]:
        machine.expect(">> ")
        machine.send(command + "\r")
    machine.succeed().in_order("HPET: 100.000000 MHz, 64-bit, 3 timers", "User shell",
                               "help usertests exit", "command not found", "usertests: yield",
                               "usertests passed!", "Shutting down...")
    assert "FAILED" not in machine.output
    # Write to what only the kernel may write; below the stack; a port.
    machine.in_order("vector 14, error 0x7", "vector 14, error 0x6", "vector 13, error 0x0")
    for pid in (2, 3):
        assert f"test kernel task: pid = {pid}, preempted 5 times or more" in machine.lines


@pytest.mark.parametrize("edi", [0, KERNEL], ids=["usual", "told"])
def test_bios(start_by_bios, edi):
    """Without boot information the clock's RAM says how much memory there is."""
    machine = start_by_bios(0, edi)
    machine.expect(f"Lodge BIOS: starting the kernel at {KERNEL:#x}\r?\n")
    machine.expect("loader: multiboot, Lodge BIOS, memory 640 KiB and 64512 KiB\r?\n")
    machine.expect(">> ")
    machine.send("exit\r")
    machine.succeed()


def test_bios_with_information(start_by_bios, tmp_path):
    """What it was given is what the kernel gets."""
    info = tmp_path / "info"
    info.write_bytes(struct.pack("<3I", 1, 600, 7000))  # only the memory is known
    machine = start_by_bios(INFO, 0, "-device",
                            f"loader,file={info},addr={INFO:#x},force-raw=on")
    machine.expect("loader: multiboot, memory 600 KiB and 7000 KiB\r?\n")
    machine.expect(">> ")
    machine.send("exit\r")
    machine.succeed()
