# SPDX-License-Identifier: Apache-2.0
# The image, started by those who start Linux's: UEFI firmware and U-Boot. QEMU itself does it
# in all other tests.

import pytest

EDK2 = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
U_BOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"

# Level and interrupt controller, as words for make, and a VM file for them.
MACHINES = {
    "gicv3": ({"GIC": "3"}, "memory 16M\nkernel /sbin/gkernel\n"),
    "gicv2": ({"GIC": "2"}, "memory 16M\nkernel /sbin/gkernel\n"),
    "el1": ({"BACKEND": "el1"}, "memory 2M\nprivilege user\nkernel /sbin/el0insn\n"),
}


@pytest.fixture(params=MACHINES.values(), ids=MACHINES)
def boot_by(request, boot):
    """boot_by(firmware): boots the machine, with files on its disk for the firmware."""
    words, vm_file = request.param

    def start(firmware, acpi="off", files=None):
        # Firmware keeps much for itself.
        return boot(vm_file=vm_file, words=words, files=files, host_memory="512M", host_cpus=2,
                    pflash=False, qemu_args=f"-bios {firmware} -machine acpi={acpi}")

    return start


def test_uefi(boot_by):
    """Firmware finds the image and the command line where QEMU's options put them."""
    machine = boot_by(EDK2)
    machine.succeed().in_order("smp = 2", "Starting virtualization...", "Hypervisor ok!")


def test_uefi_without_device_tree(boot_by):
    """Said on the firmware's console, and the firmware goes on."""
    machine = boot_by(EDK2, acpi="on")
    machine.expect("Lodge: error: expected a device tree from the firmware, found none")
    machine.expect("failed to load")


# From where U-Boot has loaded it, with the device tree that U-Boot itself was given: as Linux's
# image, and as an EFI program.
@pytest.mark.parametrize("command", ["booti ${kernel_addr_r} - ${fdtcontroladdr}",
                                     "bootefi ${kernel_addr_r} ${fdtcontroladdr}"],
                         ids=["booti", "bootefi"])
def test_u_boot(boot_by, build, command):
    machine = boot_by(U_BOOT, files={"/lodge.bin": build / "lodge.bin"})
    machine.expect("Hit any key")
    machine.send("\r")
    for line in ["load virtio 0 ${kernel_addr_r} lodge.bin", command]:
        machine.expect("=> ")
        machine.send(line + "\r")
    machine.succeed().in_order("smp = 2", "Starting virtualization...", "Hypervisor ok!")
