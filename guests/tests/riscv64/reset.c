// SPDX-License-Identifier: Apache-2.0
// Asks for a cold reboot.
#include <guest/guest.h>
#include <arch/sbi.h>

int guest_main(void)
{
	struct sbi_ret ret;

	print("reset: asking for a cold reboot\n");
	ret = sbi_system_reset(SRST_COLD_REBOOT, SRST_NO_REASON);
	print("reset: FAILED: expected no return, found error %ld\n", ret.error);
	return 1;
}
