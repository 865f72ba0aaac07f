// SPDX-License-Identifier: Apache-2.0
// The first include of every unit test: the hypervisor's basic headers, cmocka, and the
// fake architecture's capture of what is printed. Other <hv/...> headers may follow.
#pragma once

#include <hv/assert.h>
#include <hv/fail.h>
#include <hv/print.h>
#include <hv/string.h>
#include <hv/types.h>

/* cmocka has a macro of this name. A test that returns errors writes `return -EIO;`. */
#undef fail

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arch/fake.h>
