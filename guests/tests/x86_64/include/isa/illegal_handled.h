// SPDX-License-Identifier: Apache-2.0
// What a guest on x86-64 must not execute, and the way to user mode (CPL 3) and back. It sees a
// processor without SVM, VMX, SMX, SGX and system management mode.
#pragma once

#include <guest/cpu.h>
#include <guest/string.h>
#include <arch/local.h>
#include <arch/trap.h>

#define UNUSED __attribute__((unused))

/* Never comes behind the instruction. */
#define INSN(insn) insn "\n\tint3"

// clang-format off
/* name, instruction */
#define BOTH_MODES(one)                                                                  \
	one(ud2, "ud2")                                                                  \
	one(ud1, "ud1 %eax, %eax")                                                       \
	one(no_opcode, ".byte 0x0f, 0x04")                                               \
	one(push_cs, ".byte 0x0e")                                                       \
	one(no_lock, ".byte 0xf0, 0x90")                                                 \
	one(vmrun, "vmrun %rax")                                                         \
	one(vmload, "vmload %rax")                                                       \
	one(vmsave, "vmsave %rax")                                                       \
	one(stgi, "stgi")                                                                \
	one(clgi, "clgi")                                                                \
	one(skinit, "skinit %eax")                                                       \
	one(invlpga, "invlpga %rax, %ecx")                                               \
	one(vmxon, "vmxon (%rsp)")                                                       \
	one(vmptrld, "vmptrld (%rsp)")                                                   \
	one(vmclear, "vmclear (%rsp)")                                                   \
	one(vmread, "vmread %rax, %rcx")                                                 \
	one(vmwrite, "vmwrite %rax, %rcx")                                               \
	one(vmlaunch, "vmlaunch")                                                        \
	one(vmresume, "vmresume")                                                        \
	one(vmxoff, "vmxoff")                                                            \
	one(invept, "invept (%rsp), %rax")                                               \
	one(invvpid, "invvpid (%rsp), %rax")                                             \
	one(rsm, "rsm")

#define USER_MODE(one)                                                                   \
	one(vmmcall, "vmmcall")                                                          \
	one(vmcall, "vmcall")                                                            \
	one(hlt, "hlt")                                                               \
	one(cli, "cli")                                                               \
	one(sti, "sti")                                                               \
	one(read_cr0, "mov %cr0, %rax")                                               \
	one(write_cr3, "mov %rax, %cr3")                                              \
	one(write_cr8, "mov %rax, %cr8")                                              \
	one(lmsw, "lmsw %ax")                                                         \
	one(clts, "clts")                                                             \
	one(lgdt, "lgdt (%rsp)")                                                      \
	one(lidt, "lidt (%rsp)")                                                      \
	one(ltr, "ltr %ax")                                                           \
	one(invd, "invd")                                                             \
	one(wbinvd, "wbinvd")                                                         \
	one(invlpg, "invlpg (%rsp)")                                                  \
	one(read_dr7, "mov %dr7, %rax")                                               \
	one(in, "inb $0x21, %al")                                                     \
	one(out, "outb %al, $0x80")                                                   \
	one(rdmsr, "rdmsr")                                                           \
	one(wrmsr, "wrmsr")
// clang-format on

static u64 user_return, user_sp; /* where call_user() goes on */

static inline void frame_leave(struct trap_frame *frame)
{
	if (frame->cs == SEL_USER_CODE) {
		frame->pc = user_return;
		frame->sp = user_sp;
		frame->cs = SEL_CODE64;
		frame->ss = SEL_DATA;
	} else {
		frame->pc = *(u64 *)frame->sp;
		frame->sp += sizeof(u64);
	}
	frame->status &= ~(RFLAGS_IF | RFLAGS_RF);
}

/* What only the kernel may do is #GP to others; all else does not exist. */
static inline bool fault_is_illegal(const struct fault *fault, void (*fn)(void),
	bool user)
{
	(void)fn;
	return fault->cause == VECTOR_UD || (user && fault->cause == VECTOR_GP);
}

/* Runs fn at CPL 3; the handler brings us back. Without page tables of our own it may execute
 * what the kernel may. */
static void call_user(void (*fn)(void))
{
	static u8 stack[PAGE_SIZE] __attribute__((aligned(16)));

	cpu_local()->tss.rsp[0] = (u64)(stack + sizeof(stack));
	__asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
			 "movq %%rax, %0\n\t"
			 "movq %%rsp, %1\n\t"
			 "pushq %3\n\t"
			 "pushq %1\n\t"
			 "pushq %4\n\t"
			 "pushq %5\n\t"
			 "pushq %2\n\t"
			 "iretq\n"
			 "1:"
		: "=m"(user_return), "=m"(user_sp)
		: "r"(fn), "i"(SEL_USER_DATA), "i"(RFLAGS_ONE), "i"(SEL_USER_CODE)
		: "rax", "memory", "cc");
}
