# SPDX-License-Identifier: Apache-2.0
# What the system tests must know of each architecture; all else they learn from the Makefile.
# Another architecture is another entry.

ISAS = {
    "riscv64": {
        # QEMU's -cpu words for each way the hypervisor can give its guests time.
        "timers": {"sstc": "rv64", "sbi-timer": "rv64,sstc=off"},
        # The one whose guests set their timers without an exit.
        "free_timer": "sstc",
        # A CPU that cannot run guests.
        "no_virtualization": "rv64,h=off",
        "ram": 0x80000000,
        "entry": 0x80200000,
        # How a guest switches itself off, in the hypervisor's words; guestmode does it the
        # oldest way there is.
        "shutdown": "Guest: SBI SRST shutdown",
        "legacy_shutdown": "Guest: SBI legacy shutdown",
    },
}
