// SPDX-License-Identifier: Apache-2.0
// Harts and contexts: HSM (SBI chapter 9), IPI (chapter 7).
#include <guest/cpu.h>
#include <guest/cpu_boot.h>
#include <arch/sbi.h>

extern char cpu_entry[], context_start[];

bool cpu_turn_on(u32 id, struct cpu_boot *boot)
{
	return sbi_hart_start(id, (u64)cpu_entry, (u64)boot).error == SBI_SUCCESS;
}

_Noreturn void cpu_turn_off(void)
{
	for (;;)
		sbi_hart_stop();
}

enum cpu_status cpu_status(u32 id)
{
	struct sbi_ret ret = sbi_hart_status(id);

	if (ret.error != SBI_SUCCESS)
		return CPU_NONE;
	switch (ret.value) {
	case HSM_STARTED:
	case HSM_SUSPENDED: return CPU_ON;
	case HSM_STOPPED: return CPU_OFF;
	default: return CPU_CHANGING;
	}
}

bool cpu_suspend(void)
{
	return sbi_hart_suspend(HSM_RETENTIVE).error == SBI_SUCCESS;
}

void cpu_ipi(u32 id)
{
	sbi_send_ipi(1, id);
}

void context_init(struct context *context, void *stack_top, void (*fn)(void *arg),
	void *arg)
{
	*context = (struct context){
		.ra = (u64)context_start,
		.sp = ALIGN_DOWN((u64)stack_top, 16),
		.s = {(u64)fn, (u64)arg},
	};
}
