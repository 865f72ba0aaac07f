# SPDX-License-Identifier: Apache-2.0
# Guests that run into nothing: they get the architecture's answer, or an account.


def vm_file(name):
    return f"memory 16M\nkernel /sbin/{name}\n"


def test_triple_fault(boot, variant):
    machine = boot(vm_file=vm_file("triple"), words=variant)
    assert machine.finish() == 1
    assert len(machine.errors()) == 1
    machine.in_order("triple: ", "error: ", "instruction at", "rax ", "it was in 64-bit mode",
                     "trace records", "Shutdown vm: it failed.")


def test_jump_to_nowhere(boot, variant):
    """Ones are fetched there, which are no instruction: the guest handles #UD itself."""
    machine = boot(vm_file=vm_file("jump"), words=variant)
    assert machine.finish() == 1
    assert machine.errors() == []
    machine.in_order("jump: to 0xd0000000", "exception 6", "pc 0xd0000000",
                     "Guest: the guest says that it failed")
