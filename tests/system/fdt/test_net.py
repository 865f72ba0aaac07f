# SPDX-License-Identifier: Apache-2.0
# Network cards of guests, the switches between them, and the machine's own card. The guest net
# (guests/tests/fdt/net.c) does the talking.

import re

import pytest

from machine import make

CARD = {"NET": "1"}


def vm_file(does, device="", more=""):
    return f"memory 16M\nkernel /sbin/net\ncmdline {does}\ndevice virtio-net {device}\n{more}"


def addresses(machine):
    return re.findall(r"\bnet: ([0-9a-f:]{17}), mtu 1500", machine.output)


def lost(machine):
    """Of each card: for want of room, from a foreign address, malformed."""
    found = re.findall(r"lost: (\d+) for want of room, (\d+) from a foreign address, "
                       r"(\d+) malformed", machine.output)
    return [tuple(map(int, numbers)) for numbers in found]


@pytest.mark.parametrize("echo", ["echo", "echo merge"])
@pytest.mark.parametrize("host_cpus", [1, 2])
def test_two_guests(boot, disk, host_cpus, echo):
    """Every frame comes back as it was; runts, giants and a false address hurt nobody."""
    image = disk({"/vms/a.vm": vm_file("ask", "switch lan"),
                  "/vms/b.vm": vm_file(echo, "switch lan")})
    machine = boot("a,b", image=image, host_cpus=host_cpus, hv_args="stats").succeed()
    machine.all_ended_well("a", "b")
    assert any(found[1:] == (1, 4) for found in lost(machine))
    assert "warning" not in machine.output


def test_two_guests_of_several_cpus(boot, disk):
    more = "cpus 2\npopulate touch\n"
    image = disk({"/vms/a.vm": vm_file("ask merge", more=more),
                  "/vms/b.vm": vm_file("echo", more=more)})
    boot("a,b", image=image, host_cpus=4, words=CARD).succeed().all_ended_well("a", "b")


def test_addresses(boot, disk):
    """As the VM file says, or else always the same for a VM, and not the same for another."""
    image = disk({"/vms/a.vm": vm_file("dhcp"), "/vms/b.vm": vm_file("dhcp"),
                  "/vms/c.vm": vm_file("dhcp", "52:4c:00:00:00:0a")})
    a, again, b, c = (addresses(boot(vm, image=image, words=CARD).succeed())
                      for vm in ("a", "a", "b", "c"))
    assert a == again != b
    assert c == ["52:4c:00:00:00:0a"]
    assert all(int(address[:2], 16) & 3 == 2 for address in a + b)


@pytest.mark.parametrize("args", ["", "-global virtio-mmio.force-legacy=true",
                                  "-set device.card.ctrl_rx=off", "-set device.card.mq=on"])
def test_dhcp(boot, args):
    """Out through the machine's card, and back to an address that the card has not."""
    machine = boot(vm_file=vm_file("dhcp"), words=CARD, qemu_args=args).succeed()
    machine.in_order("net: offered 10.0.2.15", "net: ok", "Hypervisor ok!")


@pytest.mark.parametrize("host_cpus", [1, 2])
def test_two_guests_outside(boot, disk, host_cpus):
    image = disk({"/vms/a.vm": vm_file("dhcp"), "/vms/b.vm": vm_file("dhcp late")})
    machine = boot("a,b", image=image, words=CARD, host_cpus=host_cpus).succeed()
    assert sorted(re.findall(r"offered ([0-9.]+)", machine.output)) == ["10.0.2.15", "10.0.2.16"]


@pytest.mark.xdist_group("make")  # it shares the boot disk in build/
def test_make_run_net(arch, guest, tmp_path):
    """A VM file with a network card, or NET=1, brings the machine's."""
    own = tmp_path / "own.vm"
    own.write_text(vm_file("dhcp"))
    for words in ([f"VM={own}"], [f"KERNEL={guest('net')}", "CMDLINE=dhcp", "NET=1"]):
        done = make("run", f"ARCH={arch}", *words, timeout=120)
        assert done.returncode == 0, done.stdout
        assert "net: offered 10.0.2.15" in done.stdout


def test_no_card(boot, disk):
    """Guests reach each other all the same, and a line says that there is no more."""
    image = disk({"/vms/a.vm": vm_file("ask"), "/vms/b.vm": vm_file("echo")})
    machine = boot("a,b", image=image).succeed()
    warnings = [line for line in machine.lines if line.startswith("warning: ")]
    assert len(warnings) == 1 and "net0" in warnings[0] and "no network card" in warnings[0]


def test_restart_while_others_send(boot, disk):
    """A machine that is started again and again has its port each time anew."""
    image = disk({"/vms/a.vm": vm_file("ask", "switch lan"),
                  "/vms/b.vm": vm_file("echo", "switch lan"),
                  "/vms/c.vm": "memory 16M\nkernel /sbin/reset\ndevice virtio-net switch lan\n"})
    machine = boot("c,a,b", image=image, host_cpus=2)
    machine.expect("Shutdown a normally")
    for _ in range(2):
        machine.expect("reset: asking for a cold reboot")
    assert machine.errors() == []


def test_same_address(boot, disk):
    text = vm_file("echo", "52:4c:00:00:00:0a")
    image = disk({"/vms/a.vm": text, "/vms/b.vm": text})
    boot("a,b", image=image, words=CARD).fail_with("b: ", "address is another's", "net0")


@pytest.mark.parametrize("args", ["01:00:00:00:00:01", "52:4c", "switch", "fast"])
def test_bad_arguments(boot, args):
    boot(vm_file=vm_file("echo", args), words=CARD).fail_with("virtio-net", f'"{args}"')


def test_too_many_switches(boot, disk):
    names = [f"/vms/{letter}{n}.vm" for letter in "abc" for n in range(2)]
    more = "".join(f"device virtio-net switch s{n}\n" for n in range(8))
    files = {name: "memory 4M\nkernel /sbin/hello\n" + more.replace("switch s", f"switch {i}-")
             for i, name in enumerate(names)}
    vms = ",".join(name[5:-3] for name in names)
    boot(vms, image=disk(files)).fail_with("switch 2-0", "at most 16 switches")
