# SPDX-License-Identifier: Apache-2.0
# Boot disks of every shape the FAT reader promises to read, and some it must refuse.

import pytest

KERNEL = "/sbin/guestmode"
VM_FILE = f"memory 16M\nkernel {KERNEL}\n"

SHAPES = {
    "whole": [],
    "partitioned": ["--mbr"],
    "fragmented": ["--fragment"],
    "partitioned-fragmented": ["--mbr", "--fragment"],
    "sectors-1024": ["--sector", 1024, "--size", 160],
    "sectors-2048-fragmented": ["--sector", 2048, "--size", 300, "--fragment"],
    "sectors-4096": ["--sector", 4096, "--size", 600],
    "clusters-32k": ["--cluster", 64, "--size", 2200],
    "fat16": ["--type", 16],
    "fat16-clusters-16k-fragmented": ["--type", 16, "--cluster", 32, "--fragment"],
    "fat12": ["--type", 12, "--size", 16],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(boot, disk, shape):
    machine = boot("demo", image=disk({}, *SHAPES[shape])).succeed()
    machine.in_order("app: /sbin/gkernel", "Multi-task(Preemptible) ok!", "Hypervisor ok!")


def test_big_fragmented_file(boot, guest, disk):
    """Several MiB behind the kernel's code, in pieces: all of it is streamed into place."""
    kernel = guest("hello").read_bytes() + bytes(5 << 20)
    image = disk({"/vms/big.vm": "memory 16M\nkernel /boot/big\n", "/boot/big": kernel},
                 "--fragment")
    machine = boot("big", image=image).succeed()
    machine.in_order(f"Loaded {len(kernel)} bytes from /boot/big", "Hypervisor ok!")


def test_long_names_and_deep_folders(boot, guest, disk):
    path = "/A folder-with.a long name/Under It/and under that/The kernel's Own File.bin"
    image = disk({"/vms/A very long name for a machine.vm": VM_FILE,
                  path.replace(" ", "_"): guest("guestmode"),
                  "/vms/deep.vm": f"memory 16M\nkernel {path.replace(' ', '_').upper()}\n"})
    boot("deep", image=image).succeed()


def test_legacy_transport(boot):
    """The first form of virtio-mmio, which QEMU offers unless told otherwise."""
    boot("guestmode", qemu_args="-global virtio-mmio.force-legacy=true").succeed()


@pytest.mark.parametrize("block", [4096])
def test_big_blocks(boot, disk, block):
    """A medium whose own blocks are bigger than 512 bytes."""
    image = disk({}, "--sector", block, "--size", 600)
    args = (f"-set device.boot-disk.logical_block_size={block} "
            f"-set device.boot-disk.physical_block_size={block}")
    boot("guestmode", image=image, qemu_args=args).succeed()


def test_zeros_instead_of_a_file_system(boot, tmp_path):
    image = tmp_path / "zeros.img"
    with image.open("wb") as file:
        file.truncate(8 << 20)
    boot("demo", image=image).fail_with("FAT")


# ---- Damage: FAT32, whole disk, one cluster a sector, so that numbers are easy ----

def word(image, at):
    return int.from_bytes(image[at:at + 4], "little")


class Volume:
    """A FAT32 image in memory, whose tables can be read and spoiled."""

    def __init__(self, path):
        self.path = path
        self.image = bytearray(path.read_bytes())
        self.reserved = int.from_bytes(self.image[14:16], "little")
        self.fats = self.image[16]
        self.fat_sectors = word(self.image, 36)
        self.clusters = len(self.image) // 512 - self.reserved - self.fats * self.fat_sectors

    def entry(self, cluster):
        return self.reserved * 512 + cluster * 4

    def set(self, cluster, value):
        for fat in range(self.fats):
            at = self.entry(cluster) + fat * self.fat_sectors * 512
            self.image[at:at + 4] = value.to_bytes(4, "little")

    def find(self, name):
        """The offset of the first directory entry with this 8.3 name."""
        at = self.image.find(name, (self.reserved + self.fats * self.fat_sectors) * 512)
        assert at > 0 and self.image.count(name) == 1
        return at

    def first_cluster(self, name):
        at = self.find(name)
        high, low = self.image[at + 20:at + 22], self.image[at + 26:at + 28]
        return int.from_bytes(low + high, "little")

    def save(self):
        self.path.write_bytes(self.image)
        return self.path


NAME = b"DAMAGED    "  # as no other file is called


def bad_loop(volume):
    first = volume.first_cluster(NAME)
    volume.set(first + 1, first)


def bad_out_of_range(volume):
    volume.set(volume.first_cluster(NAME), volume.clusters + 2)


def bad_truncated(volume):
    volume.set(volume.first_cluster(NAME) + 2, 0x0fffffff)


def bad_free_in_chain(volume):
    volume.set(volume.first_cluster(NAME) + 2, 0)


def bad_size(volume):
    at = volume.find(NAME)
    volume.image[at + 28:at + 32] = (0xfffffff0).to_bytes(4, "little")


def bad_first_cluster(volume):
    at = volume.find(NAME)
    volume.image[at + 26:at + 28] = b"\1\0"


def bad_directory_loop(volume):
    volume.set(2, 2)
    start = (volume.reserved + volume.fats * volume.fat_sectors) * 512
    # A root directory without an end mark and without what is looked for.
    for at in range(start, start + 512, 32):
        volume.image[at:at + 11] = b"NOTHING    "


def bad_sector_size(volume):
    volume.image[11:13] = b"\1\2"


def bad_cluster_size(volume):
    volume.image[13] = 3


def bad_no_fats(volume):
    volume.image[16] = 0


def bad_fat_size(volume):
    volume.image[36:40] = b"\xff\xff\xff\xff"


def bad_root(volume):
    volume.image[44:48] = b"\xff\xff\xff\x0f"


def bad_total(volume):
    volume.image[32:36] = b"\xff\xff\xff\xff"


DAMAGE = {name[4:]: value for name, value in list(globals().items()) if name.startswith("bad_")}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged(boot, disk, damage):
    # mtools keeps a name in 8.3 form if all its letters are capitals.
    image = disk({"/vms/bad.vm": "memory 16M\nkernel /boot/DAMAGED\n",
                  "/boot/DAMAGED": bytes(100_000)}, "--cluster", 1)
    volume = Volume(image)
    DAMAGE[damage](volume)
    boot("bad", image=volume.save()).fail_with("/boot/DAMAGED" if "NAME" in DAMAGE[damage].__code__.co_names else "")
