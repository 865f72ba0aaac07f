# SPDX-License-Identifier: Apache-2.0
"""
Makes a bootable Linux of two Debian packages: the kernel, an initramfs with busybox, the kernel's
virtio modules and guests/linux/rootfs, and a disk whose contents are known.
"""

import fnmatch
import hashlib

import deb
import modules
from cpio import Cpio
from lockfile import ROOT
from say import Failure, say

ROOTFS = ROOT / "guests/linux/rootfs"
KERNEL = "/boot/vmlinu[xz]-*"
BUSYBOX = ("/bin/busybox", "/usr/bin/busybox")
CONSOLE = (5, 1)  # /dev/console's device numbers

# As many bytes as shake_128 makes of a seed: nothing that could be compressed or guessed.
DISK_SEED = b"lodge"
DISK_SIZE = 64 << 20
DISK_DEVICE = "/dev/vda"


def pack(kernel_deb, busybox_deb, folder):
    say("UNPACK", kernel_deb.name)
    kernel, found = read_kernel(kernel_deb)
    busybox = next((data for _, data in deb.files(busybox_deb, BUSYBOX.__contains__)), None)
    if not busybox:
        raise Failure(f"{busybox_deb}: expected {BUSYBOX[0]} in it, found none")
    disk = hashlib.shake_128(DISK_SEED).digest(DISK_SIZE)
    checksum = f"{hashlib.sha256(disk).hexdigest()}  {DISK_DEVICE}\n"
    for name, data in (("kernel", kernel), ("data.img", disk),
                       ("initramfs", initramfs(busybox, found, checksum))):
        say("PACK", folder / name)
        deb.write_file(folder / name, data)


def read_kernel(file):
    """The kernel's image, and all of modules."""
    kernel, found = None, modules.Modules()
    for path, data in deb.files(file, lambda path: fnmatch.fnmatch(path, KERNEL)
                                or modules.is_module(path) or modules.is_list(path)):
        if modules.is_list(path):
            found.add_builtin(data.decode())
        elif modules.is_module(path):
            found.add(path, data)
        else:
            kernel = data
    if not kernel:
        raise Failure(f"{file}: expected a file {KERNEL} in it, found none")
    return kernel, found


def initramfs(busybox, found, checksum):
    cpio = Cpio()
    for folder in ("bin", "dev", "etc", "lib", "lib/modules", "proc", "root", "sys", "tmp"):
        cpio.folder(folder)
    cpio.device("dev/console", *CONSOLE)
    cpio.file("bin/busybox", busybox, 0o755)
    cpio.link("bin/sh", "busybox")
    cpio.link("init", "bin/busybox")
    for path in sorted(ROOTFS.rglob("*")):
        name = str(path.relative_to(ROOTFS))
        if path.is_dir():
            cpio.folder(name)
        else:
            cpio.file(name, path.read_bytes(), 0o755 if path.suffix != "" else 0o644)
    wanted = found.in_order()
    for name, data in wanted:
        cpio.file(f"lib/modules/{name}.ko", data)
    cpio.file("lib/modules/order", "".join(f"{name}\n" for name, _ in wanted).encode())
    cpio.file("etc/disk.sha256", checksum.encode())
    return cpio.end()
