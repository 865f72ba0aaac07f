# SPDX-License-Identifier: Apache-2.0
# The test guests (guests/tests): each checks one thing from the inside and ends well only if it
# is right. A new one is found by itself; those that need more than to be started are below.

import re

import pytest

from machine import ROOT

# Guests with a test of their own, or that never end.
SPECIAL = {"blk", "blkbad", "dtb", "failing", "hello", "illegal", "image", "net", "reset", "rng",
           "share", "sleep", "spin", "triple", "uartecho"}
# Those that cannot go on, and what is said then. A triple fault has no address.
KILLED = {"illegal": ["illegal: executing", "error: ", "hint: ", "pc ", "nearest", "trace"],
          "triple": ["triple: no vectors", "error: ", "pc ", "idt ", "trace"]}
# Those about several CPUs.
SEVERAL = {"smp", "sbi", "runtime", "badcall", "calls", "xstate"}


def sources_of(arch):
    sources = [*ROOT.glob("guests/tests/*.c"), *ROOT.glob(f"guests/tests/{arch}/*.c")]
    return {source.stem for source in sources}


def guests_of(arch):
    return sorted(sources_of(arch) - SPECIAL)


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", guests_of(metafunc.config.getoption("--arch")))
    if "several" in metafunc.fixturenames:
        guests = guests_of(metafunc.config.getoption("--arch"))
        metafunc.parametrize("several", sorted(SEVERAL.intersection(guests)))
    if "killed" in metafunc.fixturenames:
        guests = sources_of(metafunc.config.getoption("--arch"))
        metafunc.parametrize("killed", sorted(guests.intersection(KILLED)))


def vm_file(name, cpus=1, memory="16M"):
    return f"cpus {cpus}\nmemory {memory}\nkernel /sbin/{name}\n"


def test_guest(boot, name, variant, cpus_for):
    cpus = 4 if name in SEVERAL else 1
    # Each vCPU has a cpu for itself, or all share one where an emulator is slow with many.
    host_cpus = cpus if cpus_for(variant, cpus) == cpus else 1
    machine = boot(vm_file=vm_file(name, cpus), words=variant, host_cpus=host_cpus)
    machine.succeed().in_order(name, "Hypervisor ok!")


@pytest.mark.parametrize("host_cpus, cpus", [(1, 3), (2, 8)])
def test_more_vcpus_than_cpus(boot, several, host_cpus, cpus):
    boot(vm_file=vm_file(several, cpus), host_cpus=host_cpus).succeed()


@pytest.mark.parametrize("host_cpus", [1, 2])
def test_random_mmio(boot, disk, host_cpus):
    """Whatever a guest does to its devices, another guest beside it ends as well as ever."""
    image = disk({"/vms/wild.vm": vm_file("randmmio"), "/vms/calm.vm": vm_file("timer")})
    machine = boot("wild,calm", image=image, host_cpus=host_cpus)
    assert machine.finish() == 0
    machine.all_ended_well("wild", "calm")


def test_console_input(boot):
    """What is typed reaches the guest by interrupts, long lines and bursts too."""
    machine = boot(vm_file=vm_file("uartecho"))
    machine.expect("uartecho: ready")
    for line in ["hello", "with spaces, and (signs)!", "x" * 60, ""]:
        machine.send(line + "\r")
        machine.expect(re.escape(f"echo: {line}") + "\r*\n")
    burst = [f"line {number}" for number in range(8)]
    machine.send("".join(line + "\r" for line in burst))
    for line in burst:
        machine.expect(re.escape(f"echo: {line}") + "\r*\n")
    machine.send("quit\r")
    machine.succeed()


def test_input_that_nobody_reads(boot):
    """More than any buffer holds, while the guest looks elsewhere."""
    machine = boot("demo")
    machine.expect("Entering VM run loop")
    machine.send("0123456789" * 30)
    machine.succeed()


def test_failed_guest(boot):
    """The guest says that it failed; so does the exit status."""
    machine = boot(vm_file=vm_file("failing"))
    assert machine.finish() == 1
    assert "Hypervisor ok!" not in machine.output


def test_one_of_two_failed(boot, disk):
    image = disk({"/vms/bad.vm": vm_file("failing"), "/vms/good.vm": vm_file("hello")})
    machine = boot("bad,good", image=image)
    assert machine.finish() == 1
    machine.all_ended_well("good")


def test_two_floating_point(boot, disk):
    """Two guests take turns on a cpu: each finds its own registers."""
    image = disk({"/vms/a.vm": vm_file("fp"), "/vms/b.vm": vm_file("fp")})
    boot("a,b", image=image).succeed().all_ended_well("a", "b")


def test_killed_guest(boot, killed):
    """A guest that cannot go on is ended with everything that explains it."""
    machine = boot(vm_file=vm_file(killed))
    assert machine.finish() == 1
    assert len(machine.errors()) == 1 and "test" in machine.errors()[0]
    machine.in_order(*KILLED[killed])
    assert "FAILED" not in machine.output


def test_reset(boot):
    """A cold reboot starts the guest anew: it asks again and again."""
    machine = boot(vm_file=vm_file("reset"))
    for _ in range(3):
        machine.expect("reset: asking for a cold reboot")


def test_linux_image_header(boot, isa):
    machine = boot(vm_file=vm_file("image")).succeed()
    entry = isa.get("image_entry", isa["entry"])
    machine.in_order(f"bsp_entry: {entry:#x}", "image: cpu 0", "Hypervisor ok!")


def test_ram_too_small_for_entry(boot, isa):
    for memory in isa["too_small"]:
        boot(vm_file=vm_file("hello", memory=memory)).fail_with("/sbin/hello")


def test_small_ram(boot):
    boot(vm_file=vm_file("hello", memory="4M")).succeed()


@pytest.mark.parametrize("host_cpus", [1, 2])
def test_two_machines(boot, disk, host_cpus):
    """Two VMs at once, on one cpu too: both end well, and each one's story is whole."""
    image = disk({"/vms/a.vm": vm_file("timer"), "/vms/b.vm": vm_file("touch")})
    boot("a,b", image=image, host_cpus=host_cpus).succeed().all_ended_well("a", "b")


def test_stats(boot, isa):
    """Where a guest has a timer of its own the demo causes no exits for it; the counts say so."""
    for name, words in isa["variants"].items():
        machine = boot("demo", words=words, hv_args="stats", qemu_args="-icount shift=0")
        machine.succeed().in_order("exits by reason", "in all")
        counts = re.findall(r"^ +(\d+)  (.*timer.*|interrupt)$", machine.output, re.M)
        assert bool(counts) == isa["timer_exits"][name], counts


def test_stats_key(boot):
    machine = boot(vm_file=vm_file("hello") + "stats on\n").succeed()
    machine.in_order("exits by reason", "in all")
    # What the hypervisor takes for itself, image, tables and all, with one VM.
    used = re.search(r"(\d+) KiB all that is not guests' RAM", machine.output)
    assert int(used[1]) <= 1024


def test_image_size(build, isa):
    assert (build / "lodge.bin").stat().st_size <= isa["image_limit"]
