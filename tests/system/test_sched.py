# SPDX-License-Identifier: Apache-2.0
# Who gets how much of which cpu: the keys `weight` and `pin`. Time counts instructions there, so
# that shares do not depend on what else the machine below does.

import re

import pytest

# 8 ns an instruction: many slices in what QEMU does in a few seconds.
ICOUNT = "-icount shift=3"


def vm_file(keys):
    return f"memory 16M\nkernel /sbin/share\n{keys}\n"


def shares(boot, disk, vms):
    """vms: {name: lines of its VM file}, all counting at the same time on one cpu."""
    image = disk({f"/vms/{name}.vm": vm_file(keys) for name, keys in vms.items()})
    machine = boot(",".join(vms), image=image, qemu_args=ICOUNT)
    assert machine.finish() == 0
    machine.all_ended_well(*vms)
    return machine


def counts(machine):
    """What was counted, most first; lines of several guests may be mixed."""
    return sorted((int(n) for n in re.findall(r"(\d+) bursts", machine.output)), reverse=True)


@pytest.mark.parametrize("weights", [(100, 100), (100, 300), (10000, 30), (100, 200, 300)])
def test_weights(boot, disk, weights):
    machine = shares(boot, disk, {f"vm{n}": f"weight {w}" for n, w in enumerate(weights)})
    found = counts(machine)
    assert len(found) == len(weights), machine.output
    # Some slices more or less in one second.
    for count, weight in zip(found, sorted(weights, reverse=True)):
        assert abs(count / sum(found) - weight / sum(weights)) < 0.015, found


def test_pin(boot):
    """Each vCPU runs where the file says, and nowhere else."""
    keys = "cpus 4\npin 2 1 1\nstats on"
    machine = boot(vm_file=vm_file(keys).replace("share", "smp"), host_cpus=3).succeed()
    ran = re.findall(r"^vCPU (\d): on cpu (\d), ran for (\d+) ms$", machine.output, re.M)
    assert [(vcpu, cpu) for vcpu, cpu, _ in ran] == [("0", "2"), ("1", "1"), ("2", "1"), ("3", "2")]
    assert all(int(ms) > 0 for _, _, ms in ran)


@pytest.mark.parametrize("keys, parts", [
    ("pin 3", ["test: pin: expected host cpus from 0 to 1, found 3"]),
    ("pin 0 1", ["test: pin: expected at most as many host cpus as it has vCPUs, 1, found 2"]),
    ("weight 0", ["/vms/test.vm:3:8: expected a number from 1 to 10000"]),
])
def test_mistakes(boot, keys, parts):
    boot(vm_file=vm_file(keys), host_cpus=2).fail_with(*parts)
