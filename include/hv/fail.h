// SPDX-License-Identifier: Apache-2.0
// Our callers' mistakes: a function that may fail returns 0 or a negative E code. The one
// that finds the problem prints one line with error() where a person can do something about
// it; those above only clean up and pass the code on.
#pragma once

enum {
	ENOENT = 2,  /* no such file, device or window */
	EIO = 5,     /* a device or a disk structure is broken */
	E2BIG = 7,   /* does not fit where it should go */
	EAGAIN = 11, /* not now */
	ENOMEM = 12, /* not enough host memory */
	EFAULT = 14, /* the guest's page tables do not let it through */
	EBUSY = 16,  /* in use */
	EEXIST = 17, /* overlaps with something */
	ENODEV = 19, /* the machine does not have it */
	EINVAL = 22, /* malformed input */
	ENOSPC = 28, /* a fixed table is full */
	ENOSYS = 38, /* recognised, but nothing here does that */
};

/* "ENOMEM" for -ENOMEM or ENOMEM; "E?" for a number not above. Any context. */
const char *error_name(int error);

/*
 * `return fail(-ENOMEM);` gives its argument back; debug builds (make DEBUG=1) log the code,
 * file and line, which shows where an error was born.
 */
int fail_at(int error, const char *file, int line);
#if defined(DEBUG) && DEBUG
#define fail(error) fail_at(error, __FILE__, __LINE__)
#else
#define fail(error) (error)
#endif
