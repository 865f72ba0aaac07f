// SPDX-License-Identifier: Apache-2.0
// Executes an illegal instruction while its trap vector is where nobody answers: no handler
// ever runs, so the hypervisor must end the machine, and say why.
#include <guest/guest.h>
#include <isa/illegal.h>

int guest_main(void)
{
	print("illegal: executing\n");
	vector_set(NOBODY);
	insn_illegal();
	print("illegal: FAILED: expected to be ended, found itself running\n");
	return 1;
}
