# SPDX-License-Identifier: Apache-2.0
# Random numbers for guests: from the machine's CPU, from its virtio device, or not at all.

import re

import pytest

VM = "memory 16M\nkernel /sbin/rng\ndevice virtio-rng\n"
DEVICE = "-device virtio-rng-device"


def numbers(machine):
    return re.findall(r"^rng: ([0-9a-f]{32})$", machine.output, re.M)


@pytest.mark.parametrize("legacy", [False, True])
def test_from_a_device(boot, legacy):
    args = DEVICE + (" -global virtio-mmio.force-legacy=true" if legacy else "")
    machine = boot(vm_file=VM, qemu_args=args).succeed()
    machine.in_order("rng: ok", "Hypervisor ok!")


def test_from_the_cpu(boot, isa):
    """Without any device."""
    words = isa["random_cpu"]
    if words is None:
        pytest.skip("QEMU's firmware lets nobody have the CSR seed on this architecture")
    boot(vm_file=VM, words=words).succeed().in_order("rng: ok", "Hypervisor ok!")


@pytest.mark.parametrize("host_cpus", [1, 2])
def test_each_its_own(boot, disk, host_cpus):
    """Two machines at once, and one that is started again: no number is given twice."""
    image = disk({"/vms/a.vm": VM, "/vms/b.vm": VM + "cmdline late\n"})
    machine = boot("a,b", image=image, host_cpus=host_cpus, qemu_args=DEVICE).succeed()
    machine.all_ended_well("a", "b")
    again = boot("a", image=image, qemu_args=DEVICE).succeed()
    seen = numbers(machine) + numbers(again)
    assert len(seen) == 3 and len(set(seen)) == 3


def test_slow_device(boot):
    """It gives a few bytes a second: the guest waits, and nobody else does."""
    args = ("-object rng-random,id=slow,filename=/dev/urandom "
            "-device virtio-rng-device,rng=slow,max-bytes=2048,period=500")
    boot(vm_file=VM, qemu_args=args).succeed().in_order("rng: ok", "Hypervisor ok!")


def test_no_source(boot, isa):
    boot(vm_file=VM, words=isa["random_none"]).fail_with(
        "test: expected a source of random numbers", "found none")


def test_arguments(boot):
    boot(vm_file=VM.replace("virtio-rng", "virtio-rng fast"), qemu_args=DEVICE).fail_with(
        "virtio-rng", "expected nothing", '"fast"')
