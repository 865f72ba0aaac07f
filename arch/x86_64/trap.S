/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the processor goes for a vector (SDM volume 3A, chapter 6). Interrupts are let in at
 * known places only (irq.c, cpu.c), so all that is done here is to note which one came. An
 * exception is a bug or a probe, and goes to C on a stack that still works (IST).
 */
#include <arch/regs.h>

#define EXCEPTIONS 32
/* Those of which the processor pushes an error code (SDM 6.13). */
#define WITH_ERROR ((1 << 8) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | \
	(1 << 17) | (1 << 21) | (1 << 29) | (1 << 30))

.text
/* 256 entries, TRAP_STUB_SIZE bytes each. */
.globl trap_stubs
.balign TRAP_STUB_SIZE
trap_stubs:
vector = 0
.rept 256
	.balign	TRAP_STUB_SIZE
.if vector < EXCEPTIONS
.if ((WITH_ERROR >> vector) & 1) == 0
	pushq	$0
.endif
	pushq	$vector
	jmp	trap_exception
.else
	btsl	$(vector & 31), %gs:(CPU_PENDING + (vector >> 5) * 4)
	iretq
.endif
vector = vector + 1
.endr

/* struct host_trap is what lies on the stack then. */
trap_exception:
.irp reg, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	pushq	%\reg
.endr
	/* void trap_host(struct host_trap *trap): returns to go on at trap->rip. */
	movq	%rsp, %rdi
	cld
	call	trap_host
.irp reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	popq	%\reg
.endr
	addq	$16, %rsp		/* vector and error code */
	iretq
