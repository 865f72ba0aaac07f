# SPDX-License-Identifier: Apache-2.0
# It lies 512 GiB below the end of addresses: too far for any smaller code model.
GUEST_CFLAGS_rvmguest := -mcmodel=large
