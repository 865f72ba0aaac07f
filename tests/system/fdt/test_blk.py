# SPDX-License-Identifier: Apache-2.0
# A guest's virtio disk: a file of the boot volume. The guest blk reads and writes it and checks
# what it sees; here we look at what has become of the volume. blkbad breaks the rules.

import array
import re
import subprocess

import pytest

from machine import make

SECTOR = 512
WORDS = SECTOR // 8
SECTORS = 4096
# What the guest writes: guests/tests/fdt/blk.c.
WRITE_FROM, WRITE_COUNT = 64, 1024
DISK = "/boot/data.img"


def pattern(sectors=SECTORS):
    """Each word tells where it is."""
    return array.array("Q", range(sectors * WORDS)).tobytes()


def vm_file(kernel="blk", disk=DISK, more="", memory="16M"):
    return f"memory {memory}\nkernel /sbin/{kernel}\ndevice virtio-blk {disk}\n{more}"


def check_changes(before, after):
    """Only what the guest wrote is different, and that is right."""
    assert len(before) == len(after)
    changed = [at for at in range(0, len(before), SECTOR)
               if before[at:at + SECTOR] != after[at:at + SECTOR]]
    found = set()
    for at in changed:
        old = array.array("Q", before[at:at + SECTOR])
        new = array.array("Q", after[at:at + SECTOR])
        sector = old[0] // WORDS
        assert list(old) == list(range(sector * WORDS, (sector + 1) * WORDS))
        assert list(new) == [word ^ (1 << 64) - 1 for word in old]
        found.add(sector)
    assert found == set(range(WRITE_FROM, WRITE_FROM + WRITE_COUNT))


SHAPES = {
    "whole": [],
    "partitioned": ["--mbr"],
    "fragmented": ["--fragment", "--cluster", 1],
    "sectors-1024": ["--sector", 1024, "--size", 160],
    "fat16-fragmented": ["--type", 16, "--fragment"],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(boot, disk, shape):
    image = disk({"/vms/blk.vm": vm_file(), DISK: pattern()}, *SHAPES[shape])
    before = image.read_bytes()
    machine = boot("blk", image=image).succeed()
    machine.in_order(f"blk: {SECTORS} sectors, blocks of 512, to be written",
                     "blk: id data.img", "blk: ok", "Hypervisor ok!")
    check_changes(before, image.read_bytes())


@pytest.mark.parametrize("populate", ["start", "touch"])
@pytest.mark.parametrize("host_cpus", [1, 4])
def test_more(boot, disk, host_cpus, populate):
    image = disk({"/vms/blk.vm": vm_file(more=f"populate {populate}\ncpus 2\n"),
                  DISK: pattern()})
    before = image.read_bytes()
    boot("blk", image=image, host_cpus=host_cpus).succeed()
    check_changes(before, image.read_bytes())


def test_big_blocks(boot, disk):
    """The guest must know the medium's block size, and use nothing smaller."""
    image = disk({"/vms/blk.vm": vm_file(), DISK: pattern()}, "--sector", 4096, "--size", 600)
    before = image.read_bytes()
    args = ("-set device.boot-disk.logical_block_size=4096 "
            "-set device.boot-disk.physical_block_size=4096")
    machine = boot("blk", image=image, qemu_args=args).succeed()
    assert f"blk: {SECTORS} sectors, blocks of 4096" in machine.output
    check_changes(before, image.read_bytes())


@pytest.mark.parametrize("way", ["asked-for", "host"])
def test_read_only(boot, disk, way):
    asked = way == "asked-for"
    image = disk({"/vms/blk.vm": vm_file(disk=DISK + " ro" if asked else DISK),
                  DISK: pattern()})
    before = image.read_bytes()
    machine = boot("blk", image=image, qemu_args="" if asked else "-set drive.disk.readonly=on")
    machine.succeed()
    assert "blocks of 512, read-only" in machine.output
    assert image.read_bytes() == before


@pytest.mark.xdist_group("make")  # it shares the boot disk in build/
def test_make_run_disk(arch, guest, tmp_path):
    """make run KERNEL= DISK= needs no VM file."""
    data = tmp_path / "some disk.img".replace(" ", "-")
    data.write_bytes(pattern())
    done = make("run", f"ARCH={arch}", f"KERNEL={guest('blk')}", f"DISK={data}", timeout=120)
    assert done.returncode == 0, done.stdout
    assert "blk: id some-disk.img" in done.stdout and "blk: ok" in done.stdout


def test_tail(boot):
    """Only whole sectors are shown, and a line says so."""
    machine = boot(vm_file=vm_file(), files={DISK: pattern() + bytes(100)}).succeed()
    assert f"blk: {SECTORS} sectors" in machine.output
    assert re.search(r"^warning: .*last 100 bytes of /boot/data\.img", machine.output, re.M)


@pytest.mark.parametrize("host_cpus", [1, 2])
def test_hostile_driver(boot, disk, host_cpus):
    """Nothing it does to its disk's rings hurts anybody but itself."""
    image = disk({"/vms/wild.vm": vm_file("blkbad", "/boot/wild.img"), "/boot/wild.img": pattern(),
                  "/vms/calm.vm": vm_file(), DISK: pattern()})
    before = image.read_bytes()
    machine = boot("wild,calm", image=image, host_cpus=host_cpus).succeed()
    machine.all_ended_well("wild", "calm")
    warnings = [line for line in machine.lines if line.startswith("warning: ")]
    assert len(warnings) == 1 and "virtio-blk" in warnings[0] and "wild" in warnings[0]
    check_changes(before, image.read_bytes())


@pytest.mark.parametrize("host_cpus", [1, 2])
def test_leave_with_requests_in_flight(boot, disk, host_cpus):
    image = disk({"/vms/busy.vm": vm_file(disk="/boot/busy.img", more="cmdline leave\n"),
                  "/boot/busy.img": pattern(), "/vms/calm.vm": vm_file(), DISK: pattern()})
    machine = boot("busy,calm", image=image, host_cpus=host_cpus).succeed()
    machine.all_ended_well("busy", "calm")


def test_two_machines_read_one_file(boot, disk):
    image = disk({"/vms/a.vm": vm_file(disk=DISK + "  ro"), "/vms/b.vm": vm_file(disk=DISK + " ro"),
                  DISK: pattern()})
    boot("a,b", image=image).succeed().all_ended_well("a", "b")


@pytest.mark.parametrize("first, second", [("", ""), (" ro", ""), ("", " ro")])
def test_two_machines_write_one_file(boot, disk, first, second):
    image = disk({"/vms/a.vm": vm_file(disk=DISK + first),
                  "/vms/b.vm": vm_file(disk=DISK.upper() + second), DISK: pattern()})
    boot("a,b", image=image).fail_with("b: ", DISK.upper(), "a already")


def test_no_such_file(boot):
    boot(vm_file=vm_file(disk="/boot/nonesuch")).fail_with("disk", "/boot/nonesuch")


@pytest.mark.parametrize("args", ["", "data.img", "ro"])
def test_bad_arguments(boot, args):
    boot(vm_file=vm_file(disk=args)).fail_with("virtio-blk", f'"{args}"')


@pytest.mark.parametrize("size", [0, 511])
def test_too_small(boot, size):
    boot(vm_file=vm_file(), files={DISK: bytes(size)}).fail_with(DISK, "512", str(size))


def test_too_many(boot, isa):
    count, error = isa["virtio_too_many"]
    more = "".join(f"device virtio-blk {DISK} ro\n" for _ in range(count - 1))
    # Behind "memory" and "kernel".
    boot(vm_file=vm_file(disk=DISK + " ro", more=more),
         files={DISK: pattern()}).fail_with(f":{count + 2}:", error)


def test_device_tree(boot, isa, tmp_path):
    """Devices without an address get the board's slots; those with one, a line as well."""
    more = f"device virtio-blk {DISK} ro\ndevice virtio-blk {DISK} ro at {isa['virtio_at']}\n"
    machine = boot(vm_file=vm_file("dtb", disk=DISK + " ro", more=more), files={DISK: pattern()})
    dump = machine.succeed().output.split("dtb: begin\n")[1].split("dtb: end")[0]
    blob = tmp_path / "guest.dtb"
    blob.write_bytes(bytes.fromhex("".join(dump.split())))
    done = subprocess.run(["dtc", "-I", "dtb", "-O", "dts", blob], check=True,
                          capture_output=True, text=True)
    assert done.stderr == ""
    nodes = dict(re.findall(r"virtio_mmio@(\w+) \{([^}]*)\}", done.stdout))
    lines = {at: re.search(r"interrupts = <([^>]+)>", text)[1] for at, text in nodes.items()}
    assert lines == isa["virtio_nodes"]
    assert all('compatible = "virtio,mmio"' in text for text in nodes.values())
