# SPDX-License-Identifier: Apache-2.0
# What exits cost, in instructions, round trip with the guest's loop: the promises that the
# project makes. QEMU's -icount makes the numbers repeat to the instruction.

import re

# Each clock tick of the guest, in instructions, comes from the bench's own first line.
NS_PER_S = 10 ** 9


def measure(boot, vm, words, tick=None):
    """`tick` is how many instructions a tick is; None: as the frequency says."""
    machine = boot(vm, words=words, qemu_args="-icount shift=0")
    machine.succeed()
    hz = int(re.search(r"bench: (\d+) ticks a second", machine.output)[1])
    rows = re.findall(r"^bench (\w+) (\d+) \d+$", machine.output, re.M)
    return {key: int(raw) * (tick or NS_PER_S / hz) / 100 for key, raw in rows}


def check(found, limits):
    assert {key: found[key] for key in limits if found[key] > limits[key]} == {}


def test_exits(boot, isa, variant):
    name = next(name for name, words in isa["variants"].items() if words == variant)
    tick = isa.get("bench_tick", {}).get(name)
    check(measure(boot, "bench", variant, tick), isa["bench"][name])


def test_touch_page_by_page(boot, isa):
    check(measure(boot, "bench-touch", None), isa["bench_touch"])
