# SPDX-License-Identifier: Apache-2.0
"""
Writes a cpio archive of the "newc" format, which Linux takes for an initramfs
(Documentation/driver-api/early-userspace/buffer-format.rst there). All is root's, of 1970.
"""

import stat

MAGIC = "070701"
ALIGN = 4
TRAILER = "TRAILER!!!"


class Cpio:
    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def entry(self, name, mode, data=b"", device=(0, 0), links=1):
        self.inode += 1
        encoded = name.encode() + b"\0"
        # inode mode uid gid links time size, device of the file system, of the file, name, check
        fields = (self.inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(encoded), 0)
        self.data += (MAGIC + "".join(f"{field:08X}" for field in fields)).encode() + encoded
        self.pad()
        self.data += data
        self.pad()

    def pad(self):
        self.data += bytes(-len(self.data) % ALIGN)

    def folder(self, name):
        self.entry(name, stat.S_IFDIR | 0o755, links=2)

    def file(self, name, data, mode=0o644):
        self.entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        self.entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor):
        self.entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def end(self):
        self.entry(TRAILER, 0)
        return bytes(self.data)
