// SPDX-License-Identifier: Apache-2.0
// The names of the E codes (<hv/fail.h>), for messages.
#include <hv/fail.h>

const char *error_name(int error)
{
	switch (error < 0 ? -(unsigned int)error : (unsigned int)error) {
	case ENOENT: return "ENOENT";
	case EIO: return "EIO";
	case E2BIG: return "E2BIG";
	case EAGAIN: return "EAGAIN";
	case ENOMEM: return "ENOMEM";
	case EFAULT: return "EFAULT";
	case EBUSY: return "EBUSY";
	case EEXIST: return "EEXIST";
	case ENODEV: return "ENODEV";
	case EINVAL: return "EINVAL";
	case ENOSPC: return "ENOSPC";
	case ENOSYS: return "ENOSYS";
	default: return "E?";
	}
}
