// SPDX-License-Identifier: Apache-2.0
// Shuts down with the reason "system failure": the host must hear of it.
#include <guest/guest.h>

int guest_main(void)
{
	print("failing: shutting down as failed\n");
	return 1;
}
