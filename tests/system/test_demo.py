# SPDX-License-Identifier: Apache-2.0
# The shipped VM files, with everything they print: on each way of keeping time, on one cpu
# and several, with little memory and much.

import re

import pytest

ITEMS = 257  # what worker1 pushes and worker2 pops: 0 to 256


def check_story(machine, isa, vm_kernel, guest, shutdown="shutdown", entry="entry"):
    """What the hypervisor says about each of them, in this order."""
    machine.in_order(
        "Starting virtualization...",
        f"Pre-allocating 16 MB guest RAM at {isa['ram']:#x}...",
        "VM created success, loading images...",
        f"app: /sbin/{vm_kernel}",
        f"Loaded {guest(vm_kernel).stat().st_size} bytes from /sbin/{vm_kernel}",
        f"bsp_entry: {isa.get(entry, isa['entry']):#x}; ept: 0x",
        "Entering VM run loop...",
        isa[shutdown],
        "Shutdown vm normally!",
        "Hypervisor ok!",
    )


def check_workers(machine):
    """Both workers see every item, once, in order, and nobody pops what was not pushed."""
    pushed, popped, lines = -1, -1, machine.lines
    for line in lines:
        if match := re.fullmatch(r"worker([12]) \[(\d+)\]", line):
            worker, item = int(match[1]), int(match[2])
            if worker == 1:
                assert item == pushed + 1, line
                pushed = item
            else:
                assert item == popped + 1, line
                popped = item
    assert (pushed, popped) == (ITEMS - 1, ITEMS - 1)
    # Each worker's own lines in order; how the two mix is the timer's doing.
    machine.in_order("Multi-task(Preemptible) is starting ...", "worker1 ... ThreadId(2)",
                     "worker1 [0]", "worker1 [256]", "worker1 ok!", "Multi-task(Preemptible) ok!")
    machine.in_order("Multi-task(Preemptible) is starting ...", "worker2 ... ThreadId(3)",
                     "worker2 [0]", "worker2 [256]", "worker2 ok!", "Multi-task(Preemptible) ok!")
    assert "Wait for workers to exit ..." in lines


def check_preemption(machine):
    """worker1 never yields: only the timer lets worker2 run before it ends, again and again."""
    lines = machine.lines[:machine.lines.index("worker1 ok!")]
    assert lines.index("worker2 ... ThreadId(3)") < lines.index("worker1 [10]")
    assert lines.count("worker2: nothing to do!") > 50


@pytest.mark.parametrize("host_cpus", [1, 4])
def test_demo(boot, isa, guest, machine_kind, cpus_for, host_cpus):
    host_cpus = cpus_for(machine_kind, host_cpus)
    machine = boot("demo", words=machine_kind, host_cpus=host_cpus).succeed()
    check_story(machine, isa, "gkernel", guest)
    check_workers(machine)


@pytest.mark.parametrize("host_cpus", [2, 8])
def test_demo_on_more_cpus(boot, isa, guest, host_cpus):
    check_workers(boot("demo", host_cpus=host_cpus).succeed())


def host_memories():
    """The least, the most, and where the most is more than this computer can promise, less."""
    with open("/proc/meminfo", encoding="ascii") as file:
        total = int(file.readline().split()[1]) >> 20
    return ["128M", "16G" if total > 16 else "3G"]


@pytest.mark.parametrize("host_memory", host_memories())
def test_demo_in_memory(boot, isa, guest, host_memory):
    machine = boot("demo", host_memory=host_memory).succeed()
    check_story(machine, isa, "gkernel", guest)


def test_demo_on_each_cpu(boot, cpu):
    check_workers(boot("demo", words={"ARCH_CPU": cpu}).succeed())


def test_demo_counting_instructions(boot, variant):
    """In virtual time: an emulator on a busy computer delivers timer interrupts as it can."""
    machine = boot("demo", words=variant, qemu_args="-icount shift=0").succeed()
    check_workers(machine)
    check_preemption(machine)


def test_guestaspace(boot, isa, guest, machine_kind):
    machine = boot("guestaspace", words=machine_kind).succeed()
    check_story(machine, isa, "guestaspace", guest)
    machine.in_order("Entering VM run loop...", "got 0x646c6670", "pfld", "Shutdown vm normally!")


def test_guestmode(boot, isa, guest, machine_kind):
    machine = boot("guestmode", words=machine_kind).succeed()
    check_story(machine, isa, "guestmode", guest, "guestmode_shutdown", "guestmode_entry")


def test_elf_kernel(boot, guest):
    """The same guest as an ELF file goes where its headers say."""
    elf = guest("gkernel").with_suffix(".elf")
    machine = boot(vm_file="memory 16M\nkernel /boot/g.elf\n", files={"/boot/g.elf": elf})
    check_workers(machine.succeed())


@pytest.mark.parametrize("populate", ["start", "touch"])
def test_populate(boot, populate):
    vm_file = f"memory 16M\nkernel /sbin/gkernel\npopulate {populate}\n"
    check_workers(boot(vm_file=vm_file).succeed())
