# SPDX-License-Identifier: Apache-2.0
# What exits cost, in instructions, round trip with the guest's loop: the promises that the
# project makes. QEMU's -icount makes the numbers repeat to the instruction.

import re

import pytest

# Each clock tick of the guest, in instructions, comes from the bench's own first line.
NS_PER_S = 10 ** 9


def measure(boot, vm, cpu):
    machine = boot(vm, cpu=cpu, qemu_args="-icount shift=0", hv_args="")
    machine.succeed()
    hz = int(re.search(r"bench: (\d+) ticks a second", machine.output)[1])
    rows = re.findall(r"^bench (\w+) (\d+) \d+$", machine.output, re.M)
    return {key: int(raw) * NS_PER_S / hz / 100 for key, raw in rows}


LIMITS = {
    "null": 150,     # SBI get_spec_version
    "load": 350,     # a UART register
    "ipi": 500,      # to itself, to the handler and back
    "fence_i": 250,  # remote, to itself
    "touch": 12,     # first touch of a 4 KiB page, RAM given in 2 MiB blocks
    "touch_busy": 12,
}
# An expired timer, to its handler and back, with its two calls.
TIMER_LIMITS = {"sstc": 450, "sbi-timer": 1200}


@pytest.mark.parametrize("timer", TIMER_LIMITS)
def test_exits(boot, isa, timer):
    found = measure(boot, "bench", isa["timers"][timer])
    limits = {**LIMITS, "timer": TIMER_LIMITS[timer]}
    assert {key: found[key] for key in limits if found[key] > limits[key]} == {}


def test_touch_page_by_page(boot):
    found = measure(boot, "bench-touch", None)
    assert found["touch"] <= 700
