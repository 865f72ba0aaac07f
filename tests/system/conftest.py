# SPDX-License-Identifier: Apache-2.0
# Fixtures of the system tests (HACKING.md, "How to add a test"): `boot` starts QEMU with the
# hypervisor, `disk` makes a boot disk, `guest` names a guest's image.

import pathlib
import shlex
import subprocess

import pytest

from isas import ISAS
from machine import ROOT, Machine, make, make_variable

# The longest that one boot may take; Bochs interprets each instruction, of all CPUs in turn.
SECONDS = 60
BOCHS_SECONDS = 240


def pytest_addoption(parser):
    parser.addoption("--arch", default="riscv64", choices=list(ISAS))


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return  # the first process has built everything before it started the others
    arch = f"ARCH={config.getoption('--arch')}"
    pflash = make_variable("PFLASH_IMAGE", arch)
    done = make(arch, "all", pflash)
    if done.returncode != 0:
        pytest.exit(f"make failed:\n{done.stdout}", returncode=1)


# Tests of one architecture alone are in the folder with its name, those of boards with a device
# tree, and with it virtio-mmio, in fdt/.
def pytest_ignore_collect(collection_path, config):
    arch = config.getoption("--arch")
    if collection_path.name in ISAS and collection_path.name != arch:
        return True
    if collection_path.name == "fdt" and "virtio_at" not in ISAS[arch]:
        return True
    return None


def pytest_generate_tests(metafunc):
    """
    `variant` is each of the architecture's machines, as words for boot(); `machine_kind` has also
    those that only the shipped VM files are tried on.
    """
    isa = ISAS[metafunc.config.getoption("--arch")]
    kinds = {**isa["variants"], **isa.get("more_variants", {})}
    if "variant" in metafunc.fixturenames:
        metafunc.parametrize("variant", isa["variants"].values(), ids=isa["variants"])
    if "machine_kind" in metafunc.fixturenames:
        metafunc.parametrize("machine_kind", kinds.values(), ids=kinds)
    if "cpu" in metafunc.fixturenames:
        metafunc.parametrize("cpu", isa["cpus"])


@pytest.fixture(scope="session")
def arch(request):
    return request.config.getoption("--arch")


@pytest.fixture(scope="session")
def isa(arch):
    return ISAS[arch]


@pytest.fixture(scope="session")
def build(arch):
    return ROOT / make_variable("BUILD", f"ARCH={arch}")


@pytest.fixture(scope="session")
def guest(build):
    """guest("gkernel"): the path of its image."""
    return lambda name: build / "guests" / name


@pytest.fixture(scope="session")
def shipped(arch):
    """Everything on the disk that `make run` uses, as {path on disk: file}."""
    words = make_variable("DISK_FILES", f"ARCH={arch}", "KERNEL=", "VM=demo").split()
    return {path: ROOT / file for path, file in (word.split("=") for word in words)}


@pytest.fixture(scope="session")
def cpus_for(isa):
    """cpus_for(words, count): as many as that machine's emulator can do with, at most `count`."""
    kinds = {**isa["variants"], **isa.get("more_variants", {})}

    def most(words, count):
        name = next((name for name, kind in kinds.items() if kind == words), None)
        return min(count, isa.get("host_cpus_most", {}).get(name, count))

    return most


def make_disk(image, files, options=()):
    """files: {path on disk: a path, or the text or bytes itself}."""
    words = []
    for number, (path, content) in enumerate(files.items()):
        if not isinstance(content, pathlib.Path):
            data = content.encode() if isinstance(content, str) else content
            content = image.with_name(f"{image.name}.{number}")
            content.write_bytes(data)
        words.append(f"{path}={content}")
    done = subprocess.run(
        [ROOT / "tools/mkdisk", *map(str, options), image, *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return image


@pytest.fixture(scope="session")
def shipped_disk(shipped, tmp_path_factory):
    return make_disk(tmp_path_factory.mktemp("disk") / "disk.img", shipped)


@pytest.fixture
def disk(shipped, tmp_path):
    """disk({"/vms/a.vm": "..."}, "--mbr"): the shipped files and these, on a new image."""
    images = []

    def new_disk(files=None, *options):
        image = tmp_path / f"disk{len(images)}.img"
        images.append(image)
        return make_disk(image, {**shipped, **(files or {})}, options)

    yield new_disk
    for image in images:
        image.unlink(missing_ok=True)


@pytest.fixture
def boot(arch, shipped_disk, disk):
    """
    boot(vm="demo") or boot(vm_file="text") or boot(vm_file=..., files={...}) starts QEMU.
    host_cpus and host_memory are the machine's, words are more variables for make; image is a
    boot disk, or False for none; hv_args and qemu_args are more words for each. pflash is False
    for a machine whose firmware would take our flash for its own.
    """
    machines = []

    def start(vm="demo", vm_file=None, files=None, words=None, host_cpus=1, host_memory="256M",
              image=None, pflash=True, hv_args="", qemu_args=""):
        if vm_file is not None:
            vm = "test"
            files = {"/vms/test.vm": vm_file, **(files or {})}
        if image is None:
            image = disk(files) if files else shipped_disk
        line = make_variable(
            "QEMU_LINE", f"ARCH={arch}", "KERNEL=", f"BOOT_ARGS=vm={vm} {hv_args}".strip(),
            f"HOST_CPUS={host_cpus}", f"HOST_MEMORY={host_memory}",
            f"DISK_IMAGE={image or 'none'}", f"QEMU_ARGS={qemu_args}",
            *(f"{name}={value}" for name, value in (words or {}).items()))
        command = shlex.split(line)
        if image is False:
            command = without(command, "id=disk", "drive=disk")
        if not pflash:
            command = without(command, "if=pflash")
        machine = Machine(
            command, BOCHS_SECONDS if command[0].endswith("bochs") else SECONDS)
        machines.append(machine)
        return machine

    yield start
    for machine in machines:
        machine.kill()
        print(f"$ {machine.command}\n{machine.output}")


def without(command, *parts):
    """The command without the options whose value has one of these parts."""
    kept = []
    for word in command:
        if any(part in word for part in parts):
            kept.pop()
        else:
            kept.append(word)
    return kept
