/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measured loops and the interrupt handlers that go with them. A loop is a function, so
 * rax, rcx, rdx, rsi, rdi and r8-r11 are its own, and the handlers use them without saving any.
 */
#include <arch/regs.h>

#define APIC_EOI_ADDR   0xfee000b0
#define APIC_ICR_ADDR   0xfee00300
#define APIC_COUNT_ADDR 0xfee00380
#define MSR_X2_EOI      (MSR_X2APIC + 0x0b)
#define MSR_X2_ICR      (MSR_X2APIC + 0x30)
#define MSR_X2_COUNT    (MSR_X2APIC + 0x38)

	.text

/* void NAME(u64 count, u64 value): al, eax, edx:eax and ecx are what the instruction takes. */
.macro plain_loop name, insn
	.globl	\name
\name:	movq	%rdi, %r8
	movl	$MSR_APIC_BASE, %ecx
	xorl	%edx, %edx
	movq	%rsi, %rax
1:	\insn
	decq	%r8
	jnz	1b
	ret
.endm

	plain_loop loop_base, nop
	plain_loop loop_rdmsr, rdmsr
	plain_loop loop_cr0, "movq %rsi, %cr0"
	plain_loop loop_in_pic, "inb $0x21, %al"
	plain_loop loop_out_pic, "outb %al, $0x21"
	plain_loop loop_load, "movl (%rsi), %eax"
	plain_loop loop_store, "movl %edx, (%rsi)"

/* void NAME(u64 count, u64 value): the same at the port `value`, of which the byte is 0. */
.macro port_loop name, insn
	.globl	\name
\name:	movq	%rsi, %rdx
	xorl	%eax, %eax
1:	\insn
	decq	%rdi
	jnz	1b
	ret
.endm

	port_loop loop_in, "inb %dx, %al"
	port_loop loop_out, "outb %al, %dx"
	port_loop loop_port_base, nop

/* void NAME(u64 count, u64 function); what is called may change eax and more. */
.macro call_loop name, insn
	.globl	\name
\name:	pushq	%rbx
	movq	%rdi, %r8
1:	movq	%rsi, %rax
	\insn
	decq	%r8
	jnz	1b
	popq	%rbx
	ret
.endm

	call_loop loop_vmmcall, vmmcall
	call_loop loop_vmcall, vmcall
	call_loop loop_cpuid, cpuid
	call_loop loop_call_base, nop

/*
 * void NAME(u64 count, u64 value): each round makes an interrupt, by writing edx:eax = value to
 * an MSR, or esi to an address; its handler sets r8.
 */
.macro irq_loop name, msr, insn, addr=0
	.globl	\name
\name:	movl	$\msr, %r9d
	movl	$\addr, %r10d
1:	xorl	%r8d, %r8d
	movl	%r9d, %ecx
	movl	%esi, %eax
	xorl	%edx, %edx
	\insn
2:	testl	%r8d, %r8d
	jz	2b
	decq	%rdi
	jnz	1b
	ret
.endm

	irq_loop loop_wrmsr_ipi, MSR_X2_ICR, wrmsr
	irq_loop loop_mmio_ipi, 0, "movl %esi, (%r10)", APIC_ICR_ADDR
	irq_loop loop_deadline, MSR_TSC_DEADLINE, wrmsr
	irq_loop loop_wrmsr_count, MSR_X2_COUNT, wrmsr
	irq_loop loop_mmio_count, 0, "movl %esi, (%r10)", APIC_COUNT_ADDR
	irq_loop loop_irq_base, 0, "movl $1, %r8d"

/* The end of the interrupt. */
.macro eoi_x2
	movl	$MSR_X2_EOI, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
.endm

.macro eoi_mmio
	movl	$APIC_EOI_ADDR, %eax
	movl	$0, (%rax)
.endm

.macro handlers way
	.globl	handler_\way, handler_latency_\way
handler_\way:
	eoi_\way
	movl	$1, %r8d
	iretq

/*
 * How late a handler is: r10 counts how often it can read the clock until the next tick, r11. A
 * tick is shorter than that, mostly, so the count is 1.
 */
handler_latency_\way:
	rdtsc
	shlq	$32, %rdx
	orq	%rax, %rdx
	movq	%rdx, %r9
	xorl	%r10d, %r10d
1:	incq	%r10
	rdtsc
	shlq	$32, %rdx
	orq	%rax, %rdx
	movq	%rdx, %r11
	cmpq	%r9, %r11
	je	1b
	eoi_\way
	movl	$1, %r8d
	iretq
.endm

	handlers x2
	handlers mmio

/*
 * u64 NAME(u64 *rounds): with the timer armed and unmasked but interrupts off, wait for
 * handler_latency; return its r11, and r10 in *rounds.
 */
.macro latency name, insn
	.globl	\name
\name:	xorl	%r8d, %r8d
	sti
	\insn
1:	testl	%r8d, %r8d
	jz	1b
	cli
	movq	%r10, (%rdi)
	movq	%r11, %rax
	ret
.endm

	latency latency_busy, nop
	latency latency_asleep, hlt

/* u64 latency_rounds(u64 end): how often the loop of handler_latency goes until `end`. */
	.globl	latency_rounds
latency_rounds:
	xorl	%r10d, %r10d
1:	incq	%r10
	rdtsc
	shlq	$32, %rdx
	orq	%rax, %rdx
	movq	%rdx, %r11
	cmpq	%rdi, %r11
	jb	1b
	movq	%r10, %rax
	ret
