# SPDX-License-Identifier: Apache-2.0
# The commands themselves, as a newcomer types them, and what they promise about the result.

import subprocess

import pytest

from machine import ROOT, make, make_variable

# One after the other: they share the boot disk in build/.
pytestmark = pytest.mark.xdist_group("make")


def test_help_fits_one_screen():
    done = make("help")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) <= 24 and all(len(line) <= 80 for line in lines)
    for word in ("run", "test", "debug", "bench", "VM=", "KERNEL=", "QEMU_ARGS=", "HOST_CPUS="):
        assert word in done.stdout, word
    assert "\033" not in done.stdout


def test_make_says_what_architectures_there_are(arch):
    done = make("ARCH=pdp11")
    assert done.returncode != 0
    assert len(done.stdout.splitlines()) == 1
    assert "pdp11" in done.stdout and arch in done.stdout


def test_run_refuses_an_unknown_vm(arch):
    done = make("run", f"ARCH={arch}", "VM=nonesuch", timeout=60)
    assert done.returncode != 0
    assert "VM=nonesuch" in done.stdout and "demo" in done.stdout


def make_run(arch, *words):
    return make("run", f"ARCH={arch}", *words, timeout=120)


def test_run_prints_its_command_and_succeeds(arch):
    done = make_run(arch, "VM=demo")
    assert done.returncode == 0, done.stdout
    program = make_variable("QEMU", f"ARCH={arch}")
    assert any(line.startswith(program) for line in done.stdout.splitlines())
    assert "Hypervisor ok!" in done.stdout


def test_run_any_kernel(arch, guest):
    words = [f"KERNEL={guest('guestmode')}", "MEMORY=32M", "CPUS=1", "CMDLINE=one two=3"]
    done = make_run(arch, *words)
    assert done.returncode == 0, done.stdout
    assert "/boot/guestmode" in done.stdout and "Hypervisor ok!" in done.stdout


def test_run_a_vm_file_by_path(arch, tmp_path):
    vm_file = tmp_path / "mine.vm"
    vm_file.write_text("memory 16M\nkernel /sbin/guestmode\n")
    done = make_run(arch, f"VM={vm_file}", "QEMU_ARGS=-icount shift=0")
    assert done.returncode == 0, done.stdout


def test_run_fails_if_the_guest_does(arch, tmp_path):
    vm_file = tmp_path / "broken.vm"
    vm_file.write_text("kernel /boot/nonesuch\n")
    done = make_run(arch, f"VM={vm_file}")
    assert done.returncode != 0


def test_image_size(build, isa):
    size = subprocess.run(["llvm-size-19", build / "lodge.elf"], check=True,
                          capture_output=True, text=True).stdout
    text, data = map(int, size.splitlines()[1].split()[:2])
    assert text + data <= isa["image_limit"]


def test_everything_made_is_ignored():
    """After all of the above git sees nothing new under the project's root."""
    if not (ROOT / ".git").exists():
        return
    ignored = subprocess.run(["git", "check-ignore", "build/x"], cwd=ROOT, check=False)
    assert ignored.returncode == 0
