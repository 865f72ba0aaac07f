# SPDX-License-Identifier: Apache-2.0
# A PC kernel from the BIOS to its shell: real mode, multiboot, APICs, HPET, user mode.


def test_shell(boot, machine_kind):
    machine = boot("rvmguest", words=machine_kind)
    machine.expect("Lodge BIOS: starting the kernel at 0x200000")
    machine.expect("(Calibrated TSC frequency|Got TSC frequency by CPUID): ")
    machine.expect("Calibrated LAPIC frequency: ")
    machine.expect("User shell")
    machine.expect(">> ")
    machine.send("usertests\r")
    machine.expect("usertests passed!")
    machine.expect(">> ")
    machine.send("exit\r")
    machine.succeed().in_order("Guest: ACPI power-off", "Shutdown vm normally!",
                               "Hypervisor ok!")
