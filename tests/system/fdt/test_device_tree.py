# SPDX-License-Identifier: Apache-2.0
# The device tree that guests get, on boards that have one.

import re
import subprocess


def test_device_tree(boot, tmp_path):
    """The guest's device tree is well-formed and describes what the VM file asked for."""
    text = "cpus 3\nmemory 48M\nkernel /sbin/dtb\ncmdline console=ttyS0 quiet\n"
    machine = boot(vm_file=text).succeed()
    dump = machine.output.split("dtb: begin\n")[1].split("dtb: end")[0]
    blob = tmp_path / "guest.dtb"
    blob.write_bytes(bytes.fromhex("".join(dump.split())))
    done = subprocess.run(["dtc", "-I", "dtb", "-O", "dts", blob], check=True,
                          capture_output=True, text=True)
    # Warnings about a tree's references are about this one, too.
    assert done.stderr == ""
    assert 'bootargs = "console=ttyS0 quiet"' in done.stdout
    assert done.stdout.count('device_type = "cpu"') == 3
    assert re.search(r"memory@\w+ \{[^}]*reg = <0x\w+ 0x\w+ 0x0+ 0x3000000>", done.stdout)
