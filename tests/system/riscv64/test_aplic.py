# SPDX-License-Identifier: Apache-2.0
# Machines whose interrupt controller is an APLIC instead of a PLIC: the hypervisor's own devices
# interrupt as ever, which the console's input and guests' disks show.

import array
import re

import pytest

SECTORS, WORDS = 4096, 64

APLIC = {"AIA": "aplic"}


@pytest.mark.parametrize("host_cpus", [1, 4])
def test_console_input(boot, host_cpus):
    machine = boot(vm_file="memory 16M\nkernel /sbin/uartecho\n", words=APLIC, host_cpus=host_cpus)
    machine.expect("uartecho: ready")
    # The second time nothing but an interrupt says that there is more.
    for line in ["hello", "x" * 60]:
        machine.send(line + "\r")
        machine.expect(re.escape(f"echo: {line}") + "\r*\n")
    machine.send("quit\r")
    machine.succeed()
    assert "warning: " not in machine.output


@pytest.mark.parametrize("host_cpus", [1, 4])
def test_disk(boot, host_cpus):
    """Requests end by interrupts, thousands of them."""
    data = array.array("Q", range(SECTORS * WORDS)).tobytes()
    vm = "memory 16M\nkernel /sbin/blk\ndevice virtio-blk /boot/data.img\n"
    machine = boot(vm_file=vm, files={"/boot/data.img": data}, words=APLIC, host_cpus=host_cpus)
    machine.succeed().in_order(f"blk: {SECTORS} sectors", "Hypervisor ok!")


def test_by_messages(boot):
    """An APLIC that interrupts by messages only is not driven: one line says so."""
    machine = boot(vm_file="memory 16M\nkernel /sbin/hello\n", words={"AIA": "aplic-imsic"})
    machine.succeed().in_order("warning: expected a PLIC, or an APLIC without messages", "hello")
