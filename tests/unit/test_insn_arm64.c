// SPDX-License-Identifier: Apache-2.0
// arch/arm64/insn.c: every load and store there is, and what must not be taken for one.
// The words are what the LLVM assembler makes of the text beside them.
#include "unit.h"

#include <hv/bits.h>
#include <arch/insn.h>

static const struct {
	const char *text;
	u32 word;
	/* size, count, reg, write, sign_extend, wide, writeback, base, offset */
	struct insn expect;
} forms[] = {
	/* clang-format off */
	{"strb w13, [x30, #24]", 0x390063cd, {1, 1, {13, 0}, 1, 0, 0, 0, 0, 0}},
	{"sturb w1, [sp, #-7]", 0x381f93e1, {1, 1, {1, 0}, 1, 0, 0, 0, 0, 0}},
	{"sttrb w2, [x3, #-256]", 0x38100862, {1, 1, {2, 0}, 1, 0, 0, 0, 0, 0}},
	{"strb w4, [x5], #-3", 0x381fd4a4, {1, 1, {4, 0}, 1, 0, 0, 1, 5, -3}},
	{"strb w6, [sp, #255]!", 0x380fffe6, {1, 1, {6, 0}, 1, 0, 0, 1, 31, 255}},
	{"strb w7, [x8, w9, uxtw]", 0x38294907, {1, 1, {7, 0}, 1, 0, 0, 0, 0, 0}},
	{"strb w30, [x8, x9, sxtx]", 0x3829e91e, {1, 1, {30, 0}, 1, 0, 0, 0, 0, 0}},
	{"stlurb w9, [x8, #-8]", 0x191f8109, {1, 1, {9, 0}, 1, 0, 0, 0, 0, 0}},
	{"ldrb w13, [x30, #24]", 0x394063cd, {1, 1, {13, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldurb w1, [sp, #-7]", 0x385f93e1, {1, 1, {1, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldtrb w2, [x3, #-256]", 0x38500862, {1, 1, {2, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrb w4, [x5], #-3", 0x385fd4a4, {1, 1, {4, 0}, 0, 0, 0, 1, 5, -3}},
	{"ldrb w6, [sp, #255]!", 0x384fffe6, {1, 1, {6, 0}, 0, 0, 0, 1, 31, 255}},
	{"ldrb w7, [x8, w9, uxtw]", 0x38694907, {1, 1, {7, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrb w30, [x8, x9, sxtx]", 0x3869e91e, {1, 1, {30, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldapurb w9, [x8, #-8]", 0x195f8109, {1, 1, {9, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrsb x13, [x30, #24]", 0x398063cd, {1, 1, {13, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldursb x1, [sp, #-7]", 0x389f93e1, {1, 1, {1, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldtrsb x2, [x3, #-256]", 0x38900862, {1, 1, {2, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsb x4, [x5], #-3", 0x389fd4a4, {1, 1, {4, 0}, 0, 1, 1, 1, 5, -3}},
	{"ldrsb x6, [sp, #255]!", 0x388fffe6, {1, 1, {6, 0}, 0, 1, 1, 1, 31, 255}},
	{"ldrsb x7, [x8, w9, uxtw]", 0x38a94907, {1, 1, {7, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsb x30, [x8, x9, sxtx]", 0x38a9e91e, {1, 1, {30, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldapursb x9, [x8, #-8]", 0x199f8109, {1, 1, {9, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsb w13, [x30, #24]", 0x39c063cd, {1, 1, {13, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldursb w1, [sp, #-7]", 0x38df93e1, {1, 1, {1, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldtrsb w2, [x3, #-256]", 0x38d00862, {1, 1, {2, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldrsb w4, [x5], #-3", 0x38dfd4a4, {1, 1, {4, 0}, 0, 1, 0, 1, 5, -3}},
	{"ldrsb w6, [sp, #255]!", 0x38cfffe6, {1, 1, {6, 0}, 0, 1, 0, 1, 31, 255}},
	{"ldrsb w7, [x8, w9, uxtw]", 0x38e94907, {1, 1, {7, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldrsb w30, [x8, x9, sxtx]", 0x38e9e91e, {1, 1, {30, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldapursb w9, [x8, #-8]", 0x19df8109, {1, 1, {9, 0}, 0, 1, 0, 0, 0, 0}},
	{"strh w13, [x30, #24]", 0x790033cd, {2, 1, {13, 0}, 1, 0, 0, 0, 0, 0}},
	{"sturh w1, [sp, #-7]", 0x781f93e1, {2, 1, {1, 0}, 1, 0, 0, 0, 0, 0}},
	{"sttrh w2, [x3, #-256]", 0x78100862, {2, 1, {2, 0}, 1, 0, 0, 0, 0, 0}},
	{"strh w4, [x5], #-3", 0x781fd4a4, {2, 1, {4, 0}, 1, 0, 0, 1, 5, -3}},
	{"strh w6, [sp, #255]!", 0x780fffe6, {2, 1, {6, 0}, 1, 0, 0, 1, 31, 255}},
	{"strh w7, [x8, w9, uxtw]", 0x78294907, {2, 1, {7, 0}, 1, 0, 0, 0, 0, 0}},
	{"strh w30, [x8, x9, sxtx]", 0x7829e91e, {2, 1, {30, 0}, 1, 0, 0, 0, 0, 0}},
	{"stlurh w9, [x8, #-8]", 0x591f8109, {2, 1, {9, 0}, 1, 0, 0, 0, 0, 0}},
	{"ldrh w13, [x30, #24]", 0x794033cd, {2, 1, {13, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldurh w1, [sp, #-7]", 0x785f93e1, {2, 1, {1, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldtrh w2, [x3, #-256]", 0x78500862, {2, 1, {2, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrh w4, [x5], #-3", 0x785fd4a4, {2, 1, {4, 0}, 0, 0, 0, 1, 5, -3}},
	{"ldrh w6, [sp, #255]!", 0x784fffe6, {2, 1, {6, 0}, 0, 0, 0, 1, 31, 255}},
	{"ldrh w7, [x8, w9, uxtw]", 0x78694907, {2, 1, {7, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrh w30, [x8, x9, sxtx]", 0x7869e91e, {2, 1, {30, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldapurh w9, [x8, #-8]", 0x595f8109, {2, 1, {9, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrsh x13, [x30, #24]", 0x798033cd, {2, 1, {13, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldursh x1, [sp, #-7]", 0x789f93e1, {2, 1, {1, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldtrsh x2, [x3, #-256]", 0x78900862, {2, 1, {2, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsh x4, [x5], #-3", 0x789fd4a4, {2, 1, {4, 0}, 0, 1, 1, 1, 5, -3}},
	{"ldrsh x6, [sp, #255]!", 0x788fffe6, {2, 1, {6, 0}, 0, 1, 1, 1, 31, 255}},
	{"ldrsh x7, [x8, w9, uxtw]", 0x78a94907, {2, 1, {7, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsh x30, [x8, x9, sxtx]", 0x78a9e91e, {2, 1, {30, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldapursh x9, [x8, #-8]", 0x599f8109, {2, 1, {9, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsh w13, [x30, #24]", 0x79c033cd, {2, 1, {13, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldursh w1, [sp, #-7]", 0x78df93e1, {2, 1, {1, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldtrsh w2, [x3, #-256]", 0x78d00862, {2, 1, {2, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldrsh w4, [x5], #-3", 0x78dfd4a4, {2, 1, {4, 0}, 0, 1, 0, 1, 5, -3}},
	{"ldrsh w6, [sp, #255]!", 0x78cfffe6, {2, 1, {6, 0}, 0, 1, 0, 1, 31, 255}},
	{"ldrsh w7, [x8, w9, uxtw]", 0x78e94907, {2, 1, {7, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldrsh w30, [x8, x9, sxtx]", 0x78e9e91e, {2, 1, {30, 0}, 0, 1, 0, 0, 0, 0}},
	{"ldapursh w9, [x8, #-8]", 0x59df8109, {2, 1, {9, 0}, 0, 1, 0, 0, 0, 0}},
	{"str w13, [x30, #24]", 0xb9001bcd, {4, 1, {13, 0}, 1, 0, 0, 0, 0, 0}},
	{"stur w1, [sp, #-7]", 0xb81f93e1, {4, 1, {1, 0}, 1, 0, 0, 0, 0, 0}},
	{"sttr w2, [x3, #-256]", 0xb8100862, {4, 1, {2, 0}, 1, 0, 0, 0, 0, 0}},
	{"str w4, [x5], #-3", 0xb81fd4a4, {4, 1, {4, 0}, 1, 0, 0, 1, 5, -3}},
	{"str w6, [sp, #255]!", 0xb80fffe6, {4, 1, {6, 0}, 1, 0, 0, 1, 31, 255}},
	{"str w7, [x8, w9, uxtw]", 0xb8294907, {4, 1, {7, 0}, 1, 0, 0, 0, 0, 0}},
	{"str w30, [x8, x9, sxtx]", 0xb829e91e, {4, 1, {30, 0}, 1, 0, 0, 0, 0, 0}},
	{"stlur w9, [x8, #-8]", 0x991f8109, {4, 1, {9, 0}, 1, 0, 0, 0, 0, 0}},
	{"ldr w13, [x30, #24]", 0xb9401bcd, {4, 1, {13, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldur w1, [sp, #-7]", 0xb85f93e1, {4, 1, {1, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldtr w2, [x3, #-256]", 0xb8500862, {4, 1, {2, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldr w4, [x5], #-3", 0xb85fd4a4, {4, 1, {4, 0}, 0, 0, 0, 1, 5, -3}},
	{"ldr w6, [sp, #255]!", 0xb84fffe6, {4, 1, {6, 0}, 0, 0, 0, 1, 31, 255}},
	{"ldr w7, [x8, w9, uxtw]", 0xb8694907, {4, 1, {7, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldr w30, [x8, x9, sxtx]", 0xb869e91e, {4, 1, {30, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldapur w9, [x8, #-8]", 0x995f8109, {4, 1, {9, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldrsw x13, [x30, #24]", 0xb9801bcd, {4, 1, {13, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldursw x1, [sp, #-7]", 0xb89f93e1, {4, 1, {1, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldtrsw x2, [x3, #-256]", 0xb8900862, {4, 1, {2, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsw x4, [x5], #-3", 0xb89fd4a4, {4, 1, {4, 0}, 0, 1, 1, 1, 5, -3}},
	{"ldrsw x6, [sp, #255]!", 0xb88fffe6, {4, 1, {6, 0}, 0, 1, 1, 1, 31, 255}},
	{"ldrsw x7, [x8, w9, uxtw]", 0xb8a94907, {4, 1, {7, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldrsw x30, [x8, x9, sxtx]", 0xb8a9e91e, {4, 1, {30, 0}, 0, 1, 1, 0, 0, 0}},
	{"ldapursw x9, [x8, #-8]", 0x999f8109, {4, 1, {9, 0}, 0, 1, 1, 0, 0, 0}},
	{"str x13, [x30, #24]", 0xf9000fcd, {8, 1, {13, 0}, 1, 0, 1, 0, 0, 0}},
	{"stur x1, [sp, #-7]", 0xf81f93e1, {8, 1, {1, 0}, 1, 0, 1, 0, 0, 0}},
	{"sttr x2, [x3, #-256]", 0xf8100862, {8, 1, {2, 0}, 1, 0, 1, 0, 0, 0}},
	{"str x4, [x5], #-3", 0xf81fd4a4, {8, 1, {4, 0}, 1, 0, 1, 1, 5, -3}},
	{"str x6, [sp, #255]!", 0xf80fffe6, {8, 1, {6, 0}, 1, 0, 1, 1, 31, 255}},
	{"str x7, [x8, w9, uxtw]", 0xf8294907, {8, 1, {7, 0}, 1, 0, 1, 0, 0, 0}},
	{"str x30, [x8, x9, sxtx]", 0xf829e91e, {8, 1, {30, 0}, 1, 0, 1, 0, 0, 0}},
	{"stlur x9, [x8, #-8]", 0xd91f8109, {8, 1, {9, 0}, 1, 0, 1, 0, 0, 0}},
	{"ldr x13, [x30, #24]", 0xf9400fcd, {8, 1, {13, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldur x1, [sp, #-7]", 0xf85f93e1, {8, 1, {1, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldtr x2, [x3, #-256]", 0xf8500862, {8, 1, {2, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldr x4, [x5], #-3", 0xf85fd4a4, {8, 1, {4, 0}, 0, 0, 1, 1, 5, -3}},
	{"ldr x6, [sp, #255]!", 0xf84fffe6, {8, 1, {6, 0}, 0, 0, 1, 1, 31, 255}},
	{"ldr x7, [x8, w9, uxtw]", 0xf8694907, {8, 1, {7, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldr x30, [x8, x9, sxtx]", 0xf869e91e, {8, 1, {30, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldapur x9, [x8, #-8]", 0xd95f8109, {8, 1, {9, 0}, 0, 0, 1, 0, 0, 0}},
	{"str xzr, [x0]", 0xf900001f, {8, 1, {31, 0}, 1, 0, 1, 0, 0, 0}},
	{"ldr wzr, [x0, #16380]", 0xb97ffc1f, {4, 1, {31, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldr x0, [sp], #-256", 0xf85007e0, {8, 1, {0, 0}, 0, 0, 1, 1, 31, -256}},
	{"str x1, [x2, x3, lsl #3]", 0xf8237841, {8, 1, {1, 0}, 1, 0, 1, 0, 0, 0}},
	{"ldr w1, [x2, w3, sxtw #2]", 0xb863d841, {4, 1, {1, 0}, 0, 0, 0, 0, 0, 0}},
	{"stp w1, w2, [x3, #8]", 0x29010861, {4, 2, {1, 2}, 1, 0, 0, 0, 0, 0}},
	{"stp w4, w5, [x6], #-256", 0x28a014c4, {4, 2, {4, 5}, 1, 0, 0, 1, 6, -256}},
	{"stp w9, w30, [sp, #252]!", 0x299ffbe9, {4, 2, {9, 30}, 1, 0, 0, 1, 31, 252}},
	{"stnp w7, w8, [x9, #-8]", 0x283f2127, {4, 2, {7, 8}, 1, 0, 0, 0, 0, 0}},
	{"ldp w1, w2, [x3, #8]", 0x29410861, {4, 2, {1, 2}, 0, 0, 0, 0, 0, 0}},
	{"ldp w4, w5, [x6], #-256", 0x28e014c4, {4, 2, {4, 5}, 0, 0, 0, 1, 6, -256}},
	{"ldp w9, w30, [sp, #252]!", 0x29dffbe9, {4, 2, {9, 30}, 0, 0, 0, 1, 31, 252}},
	{"ldnp w7, w8, [x9, #-8]", 0x287f2127, {4, 2, {7, 8}, 0, 0, 0, 0, 0, 0}},
	{"ldpsw x1, x2, [x3, #8]", 0x69410861, {4, 2, {1, 2}, 0, 1, 1, 0, 0, 0}},
	{"ldpsw x4, x5, [x6], #-256", 0x68e014c4, {4, 2, {4, 5}, 0, 1, 1, 1, 6, -256}},
	{"ldpsw x9, x30, [sp, #252]!", 0x69dffbe9, {4, 2, {9, 30}, 0, 1, 1, 1, 31, 252}},
	{"stp x1, x2, [x3, #8]", 0xa9008861, {8, 2, {1, 2}, 1, 0, 1, 0, 0, 0}},
	{"stp x4, x5, [x6], #-512", 0xa8a014c4, {8, 2, {4, 5}, 1, 0, 1, 1, 6, -512}},
	{"stp x9, x30, [sp, #504]!", 0xa99ffbe9, {8, 2, {9, 30}, 1, 0, 1, 1, 31, 504}},
	{"stnp x7, x8, [x9, #-16]", 0xa83f2127, {8, 2, {7, 8}, 1, 0, 1, 0, 0, 0}},
	{"ldp x1, x2, [x3, #8]", 0xa9408861, {8, 2, {1, 2}, 0, 0, 1, 0, 0, 0}},
	{"ldp x4, x5, [x6], #-512", 0xa8e014c4, {8, 2, {4, 5}, 0, 0, 1, 1, 6, -512}},
	{"ldp x9, x30, [sp, #504]!", 0xa9dffbe9, {8, 2, {9, 30}, 0, 0, 1, 1, 31, 504}},
	{"ldnp x7, x8, [x9, #-16]", 0xa87f2127, {8, 2, {7, 8}, 0, 0, 1, 0, 0, 0}},
	{"stp xzr, x0, [x1]", 0xa900003f, {8, 2, {31, 0}, 1, 0, 1, 0, 0, 0}},
	{"ldp w0, wzr, [x1]", 0x29407c20, {4, 2, {0, 31}, 0, 0, 0, 0, 0, 0}},
	{"stlrb w12, [x13]", 0x089ffdac, {1, 1, {12, 0}, 1, 0, 0, 0, 0, 0}},
	{"stllrb w12, [x13]", 0x089f7dac, {1, 1, {12, 0}, 1, 0, 0, 0, 0, 0}},
	{"ldarb w12, [x13]", 0x08dffdac, {1, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldlarb w12, [x13]", 0x08df7dac, {1, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldaprb w12, [x13]", 0x38bfc1ac, {1, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"stlrh w12, [x13]", 0x489ffdac, {2, 1, {12, 0}, 1, 0, 0, 0, 0, 0}},
	{"stllrh w12, [x13]", 0x489f7dac, {2, 1, {12, 0}, 1, 0, 0, 0, 0, 0}},
	{"ldarh w12, [x13]", 0x48dffdac, {2, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldlarh w12, [x13]", 0x48df7dac, {2, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldaprh w12, [x13]", 0x78bfc1ac, {2, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"stlr w12, [x13]", 0x889ffdac, {4, 1, {12, 0}, 1, 0, 0, 0, 0, 0}},
	{"stllr w12, [x13]", 0x889f7dac, {4, 1, {12, 0}, 1, 0, 0, 0, 0, 0}},
	{"ldar w12, [x13]", 0x88dffdac, {4, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldlar w12, [x13]", 0x88df7dac, {4, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldapr w12, [x13]", 0xb8bfc1ac, {4, 1, {12, 0}, 0, 0, 0, 0, 0, 0}},
	{"stlr x12, [x13]", 0xc89ffdac, {8, 1, {12, 0}, 1, 0, 1, 0, 0, 0}},
	{"stllr x12, [x13]", 0xc89f7dac, {8, 1, {12, 0}, 1, 0, 1, 0, 0, 0}},
	{"ldar x12, [x13]", 0xc8dffdac, {8, 1, {12, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldlar x12, [x13]", 0xc8df7dac, {8, 1, {12, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldapr x12, [x13]", 0xf8bfc1ac, {8, 1, {12, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldr w5, .+8", 0x18000045, {4, 1, {5, 0}, 0, 0, 0, 0, 0, 0}},
	{"ldr x6, .-8", 0x58ffffc6, {8, 1, {6, 0}, 0, 0, 1, 0, 0, 0}},
	{"ldrsw x7, .+1048572", 0x987fffe7, {4, 1, {7, 0}, 0, 1, 1, 0, 0, 0}},
	/* clang-format on */
};

static const struct {
	const char *text;
	u32 word;
} others[] = {
	/* clang-format off */
	{"ldxr w0, [x1]", 0x885f7c20},
	{"ldxrb w0, [x1]", 0x085f7c20},
	{"ldaxr x0, [x1]", 0xc85ffc20},
	{"stxr w2, x0, [x1]", 0xc8027c20},
	{"stlxrh w2, w0, [x1]", 0x4802fc20},
	{"ldxp x0, x1, [x2]", 0xc87f0440},
	{"stlxp w3, x0, x1, [x2]", 0xc8238440},
	{"cas w0, w1, [x2]", 0x88a07c41},
	{"casal x0, x1, [x2]", 0xc8e0fc41},
	{"casb w0, w1, [x2]", 0x08a07c41},
	{"caspal x0, x1, x2, x3, [x4]", 0x4860fc82},
	{"ldadd w0, w1, [x2]", 0xb8200041},
	{"ldaddal x0, xzr, [x2]", 0xf8e0005f},
	{"stset x0, [x1]", 0xf820303f},
	{"swp x0, x1, [x2]", 0xf8208041},
	{"swpalb w0, w1, [x2]", 0x38e08041},
	{"ldumax x0, x1, [x2]", 0xf8206041},
	{"swpa x30, x1, [x2]", 0xf8be8041},
	{"ld64b x0, [x2]", 0xf83fd040},
	{"st64b x0, [x2]", 0xf83f9040},
	{"ldr q0, [x1]", 0x3dc00020},
	{"ldr d0, [x1, #8]", 0xfd400420},
	{"ldr b0, [x1], #1", 0x3c401420},
	{"str s0, [x1, #4]!", 0xbc004c20},
	{"str h0, [x1, x2]", 0x7c226820},
	{"ldur d1, [x2, #-8]", 0xfc5f8041},
	{"ldr s0, .+8", 0x1c000040},
	{"ldp q0, q1, [x2]", 0xad400440},
	{"stp d0, d1, [sp, #-16]!", 0x6dbf07e0},
	{"ldnp s0, s1, [x2]", 0x2c400440},
	{"ld1 {v0.16b}, [x0]", 0x4c407000},
	{"st4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0], #64", 0x4c9f0800},
	{"prfm pldl1keep, [x0]", 0xf9800000},
	{"prfum pldl1keep, [x0, #-1]", 0xf89ff000},
	{"prfm pldl1keep, [x0, x1]", 0xf8a16800},
	{"prfm pldl1keep, .+8", 0xd8000040},
	{"ldg x0, [x1]", 0xd9600020},
	{"stg x0, [x1]", 0xd9200820},
	{"st2g x0, [x1], #16", 0xd9a01420},
	{"stgp x0, x1, [x2]", 0x69000440},
	{"stgp x0, x1, [x2], #16", 0x68808440},
	{"ldgm x0, [x1]", 0xd9e00020},
	{"ldraa x0, [x1]", 0xf8200420},
	{"ldrab x0, [x1, #8]!", 0xf8a01c20},
	{"cpyfp [x0]!, [x1]!, x2!", 0x19010440},
	{"setp [x0]!, x1!, x2", 0x19c20420},
	{"ldiapp x0, x1, [x2]", 0xd9411840},
	{"stlr x0, [x1, #-8]!", 0xd9800820},
	{"ldapr x0, [x1], #8", 0xd9c00820},
	{"rcwcas x0, x1, [x2]", 0x19200841},
	{"ldr z0, [x1]", 0x85804020},
	{"ld1b {z0.b}, p0/z, [x1]", 0xa400a020},
	{"add x0, x1, x2", 0x8b020020},
	{"b .", 0x14000000},
	{"nop", 0xd503201f},
	{"svc #0", 0xd4000001},
	{"dc zva, x0", 0xd50b7420},
	{"mrs x0, midr_el1", 0xd5380000},
	{"dsb sy", 0xd5033f9f},
	{"ret", 0xd65f03c0},
	{"eret", 0xd69f03e0},
	/* clang-format on */
};

static void test_forms(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(forms); i++) {
		const struct insn *expect = &forms[i].expect;
		struct insn insn;

		if (!insn_decode(forms[i].word, &insn))
			fail_msg("%s (0x%08x): not decoded", forms[i].text,
				forms[i].word);
		if (insn.size != expect->size || insn.count != expect->count ||
			insn.reg[0] != expect->reg[0] || insn.reg[1] != expect->reg[1] ||
			insn.write != expect->write ||
			insn.sign_extend != expect->sign_extend ||
			insn.wide != expect->wide ||
			insn.writeback != expect->writeback ||
			insn.base != expect->base || insn.offset != expect->offset)
			fail_msg("%s (0x%08x): %u %u {%u %u} %u %u %u %u %u %d",
				forms[i].text, forms[i].word, insn.size, insn.count,
				insn.reg[0], insn.reg[1], insn.write, insn.sign_extend,
				insn.wide, insn.writeback, insn.base, insn.offset);
	}
}

static void test_others(void **state)
{
	struct insn insn;

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(others); i++) {
		if (insn_decode(others[i].word, &insn))
			fail_msg("%s (0x%08x): decoded", others[i].text, others[i].word);
	}
	assert_false(insn_decode(0, &insn));
	assert_false(insn_decode(0xffffffff, &insn));
}

/* What is no plain load or store: where `mask` is 1 the word is `value`. */
static const struct {
	u32 mask, value;
} refused[] = {
	{0x08000000, 0x00000000}, /* not "Loads and Stores" ... */
	{0x02000000, 0x02000000}, /* ... nor here */
	{0x0e000000, 0x0c000000}, /* SIMD and floating point */
	{0x3f800000, 0x08000000}, /* exclusives, one register and two; CASP */
	{0x3fa00000, 0x08a00000}, /* CAS */
	{0x3f208c00, 0x38200000}, /* LDADD ... LDUMIN */
	{0x3f20fc00, 0x38208000}, /* SWP */
	{0xff200400, 0xf8200400}, /* LDRAA, LDRAB */
	{0xff000000, 0xd8000000}, /* PRFM (literal) */
	{0xffc00000, 0xf9800000}, /* PRFM (immediate) */
	{0xffe00c00, 0xf8800000}, /* PRFUM */
	{0xffe00c00, 0xf8a00800}, /* PRFM (register) */
	{0xff200000, 0xd9200000}, /* STG and its kin */
	{0xfe400000, 0x68000000}, /* STGP */
	{0x3f200c00, 0x19000400}, /* memory copy and set */
	{0xfe000000, 0xe8000000}, /* pairs, unallocated */
};

/*
 * All words but for the two lowest register fields: which are decoded is checked against the
 * list above, and how many against the free bits of every form.
 */
static void test_all_words(void **state)
{
	/* Size and opc together: 4 + 4 + 3 + 2 of 16. */
	const u32 sized = 13;
	const u32 unsigned_imm = sized << 12, imm9 = 4 * (sized << 9),
		  index = sized << (5 + 2 + 1), unscaled_ordered = sized << 9,
		  pairs = (4 + 3 * 5) << (7 + 5), ordered = 4 * 2 * 2, ldapr = 4,
		  literal = 3 << (19 - 5);
	u32 count = 0;

	(void)state;
	for (u32 high = 0; high < BIT(22); high++) {
		u32 word = high << 10 | (high * 7 & 0x3ff);
		struct insn insn;

		if (!insn_decode(word, &insn))
			continue;
		count++;
		for (u32 i = 0; i < ARRAY_LEN(refused); i++)
			if ((word & refused[i].mask) == refused[i].value)
				fail_msg("0x%08x: decoded", word);
		assert_true(insn.count == 1 || insn.count == 2);
		assert_true(insn.size == 1 || insn.size == 2 || insn.size == 4 ||
			insn.size == 8);
		assert_int_equal(insn.reg[0], word & 31);
		assert_int_equal(insn.base, insn.writeback ? word >> 5 & 31 : 0);
		assert_false(insn.write && insn.sign_extend);
	}
	assert_int_equal(count,
		unsigned_imm + imm9 + index + unscaled_ordered + pairs + ordered + ldapr +
			literal);
}

static void test_extend(void **state)
{
	const u64 value = 0x8182838485868788;
	static const struct {
		u8 size;
		bool sign_extend, wide;
		u64 result;
	} rows[] = {
		{1, false, false, 0x88},
		{2, false, false, 0x8788},
		{4, false, false, 0x85868788},
		{8, false, true, 0x8182838485868788},
		{1, true, false, 0xffffff88},
		{1, true, true, 0xffffffffffffff88},
		{2, true, false, 0xffff8788},
		{2, true, true, 0xffffffffffff8788},
		{4, true, true, 0xffffffff85868788},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
		struct insn insn = {.size = rows[i].size,
			.sign_extend = rows[i].sign_extend,
			.wide = rows[i].wide};

		assert_int_equal(insn_extend(&insn, value), rows[i].result);
		assert_int_equal(insn_extend(&insn, 0x7172737475767778),
			0x7172737475767778 & BITS(8 * rows[i].size - 1, 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_all_words),
		cmocka_unit_test(test_extend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
