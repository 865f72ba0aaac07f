// SPDX-License-Identifier: Apache-2.0
// Calls of guests at EL0, by SVC: function in x8, argument and result in x0.
#pragma once

struct vcpu;

enum vsvc_function {
	VSVC_PUTCHAR = 1, /* x0: the character */
	VSVC_EXIT = 2,    /* x0: 0 if all went well; does not return */
};

/* Carries out the call; what is not one of these returns -1. The pc is behind it already. */
void vsvc_call(struct vcpu *vcpu);
