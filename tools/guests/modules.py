# SPDX-License-Identifier: Apache-2.0
"""Which of a kernel's modules a guest needs, and which others these need first."""

import lzma
import re

from say import Failure

WANTED = ("virtio_mmio", "virtio_pci", "virtio_blk", "virtio_net", "virtio_rng", "virtio_console")

MODULE = re.compile(r".*/lib/modules/.*/([^/]+)\.ko(\.xz)?")
LIST = re.compile(r".*/lib/modules/[^/]+/modules\.builtin")
# In .modinfo: "key=value" with a NUL before and behind.
DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def is_module(path):
    return MODULE.fullmatch(path)


def is_list(path):
    return LIST.fullmatch(path)


def plain(name):
    """Modules are named with - in one place and with _ in another."""
    return name.replace("-", "_")


class Modules:
    def __init__(self):
        self.data = {}  # as they are in the package
        self.builtin = set()

    def add(self, path, data):
        self.data[plain(MODULE.fullmatch(path)[1])] = data

    def add_builtin(self, text):
        """What is part of the kernel: modules.builtin, a path a line."""
        self.builtin |= {plain(line.split("/")[-1].removesuffix(".ko"))
                         for line in text.splitlines()}

    def image(self, name):
        data = self.data[name]
        return lzma.decompress(data) if data.startswith(lzma_magic()) else data

    def in_order(self):
        """(name, bytes) of each that is wanted, behind those it needs."""
        order = {}
        for name in WANTED:
            self.visit(name, order)
        return list(order.items())

    def visit(self, name, order):
        if name in order or name in self.builtin:
            return
        if name not in self.data:
            raise Failure(f"the kernel has no {name}, neither in it nor as a module")
        image = self.image(name)
        needs = DEPENDS.search(image)
        for need in needs[1].decode().split(",") if needs else []:
            if need:
                self.visit(plain(need), order)
        order[name] = image


def lzma_magic():
    return b"\xfd7zXZ\0"
