// SPDX-License-Identifier: Apache-2.0
// The backends of x86-64, for arch_backends[].
#pragma once

struct backend;

extern const struct backend svm; /* AMD, svm/ */
extern const struct backend vmx; /* Intel, vmx/ */
