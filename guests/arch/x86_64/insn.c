// SPDX-License-Identifier: Apache-2.0
// How long an instruction is: prefixes, opcode, ModRM, SIB, displacement, immediate (SDM volume 2,
// 2.1 and appendix A). Of 64-bit mode, of the one-byte and two-byte opcodes that compilers use
// and no vectors.
#include <arch/trap.h>
#include <hv/bits.h>

#define OPERAND_16 0x66
#define ADDRESS_32 0x67
#define REX_W      BIT(3)

/* What follows an opcode. */
enum {
	NONE = 0,
	MODRM = 1,
	IMM8 = 2,
	IMM32 = 4,
	NO = 8
}; /* IMM32 is 2 bytes with 0x66 */

/* The one-byte opcodes 0x00 - 0x3f repeat every eight. */
static u8 form_one(u8 op)
{
	static const u8 arithmetic[8] = {MODRM, MODRM, MODRM, MODRM, IMM8, IMM32, NO, NO};

	if (op < 0x40)
		return arithmetic[op % 8];
	if (op >= 0x50 && op < 0x60)
		return NONE;
	if (op >= 0x70 && op < 0x80)
		return IMM8;
	if (op >= 0x84 && op < 0x90)
		return MODRM;
	if (op >= 0x90 && op < 0xa8 && op != 0x9a && (op < 0xa0 || op > 0xa3))
		return NONE;
	if (op >= 0xaa && op < 0xb0)
		return NONE;
	if (op >= 0xb0 && op < 0xb8)
		return IMM8;
	if (op >= 0xd0 && op < 0xd4)
		return MODRM;
	if (op >= 0xe0 && op < 0xe8)
		return IMM8;
	if (op >= 0xec && op < 0xf0)
		return NONE;
	switch (op) {
	case 0x63: return MODRM;
	case 0x68:
	case 0xa9:
	case 0xe8:
	case 0xe9: return IMM32;
	case 0x69:
	case 0x81:
	case 0xc7: return MODRM | IMM32;
	case 0x6a:
	case 0xa8:
	case 0xcd:
	case 0xeb: return IMM8;
	case 0x6b:
	case 0x80:
	case 0x83:
	case 0xc0:
	case 0xc1:
	case 0xc6: return MODRM | IMM8;
	case 0x6c:
	case 0x6d:
	case 0x6e:
	case 0x6f:
	case 0xc3:
	case 0xc9:
	case 0xcc:
	case 0xcf:
	case 0xf1:
	case 0xf4:
	case 0xf5:
	case 0xf8:
	case 0xf9:
	case 0xfa:
	case 0xfb:
	case 0xfc:
	case 0xfd: return NONE;
	case 0xf6:
	case 0xf7:
	case 0xfe:
	case 0xff: return MODRM;
	default: return NO;
	}
}

static u8 form_two(u8 op)
{
	if (op >= 0x40 && op < 0x50)
		return MODRM;
	if (op >= 0x80 && op < 0x90)
		return IMM32;
	if (op >= 0x90 && op < 0xa0)
		return MODRM;
	if (op >= 0xc8 && op < 0xd0)
		return NONE;
	switch (op) {
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x08:
	case 0x09:
	case 0x0b:
	case 0x30:
	case 0x31:
	case 0x32:
	case 0x33:
	case 0x34:
	case 0x35:
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa8:
	case 0xa9: return NONE;
	case 0x70:
	case 0xa4:
	case 0xac:
	case 0xba:
	case 0xc2: return MODRM | IMM8;
	case 0x00:
	case 0x01:
	case 0x02:
	case 0x03:
	case 0x0d:
	case 0x10:
	case 0x11:
	case 0x18:
	case 0x1f:
	case 0x20:
	case 0x21:
	case 0x22:
	case 0x23:
	case 0x28:
	case 0x29:
	case 0x58:
	case 0xa3:
	case 0xa5:
	case 0xab:
	case 0xad:
	case 0xae:
	case 0xaf:
	case 0xb0:
	case 0xb1:
	case 0xb3:
	case 0xb6:
	case 0xb7:
	case 0xb8:
	case 0xbb:
	case 0xbc:
	case 0xbd:
	case 0xbe:
	case 0xbf:
	case 0xc0:
	case 0xc1:
	case 0xc3:
	case 0xc7: return MODRM;
	default: return NO;
	}
}

static bool is_prefix(u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case OPERAND_16:
	case ADDRESS_32:
	case 0xf0:
	case 0xf2:
	case 0xf3: return true;
	default: return false;
	}
}

/* ModRM and what follows it of the address. */
static u32 address_length(const u8 *at)
{
	u8 mod = at[0] >> 6, rm = at[0] & 7;
	u32 length = 1;

	if (mod == 3)
		return length;
	if (rm == 4) {
		length++;
		if (mod == 0 && (at[1] & 7) == 5)
			return length + 4;
	}
	if (mod == 1)
		return length + 1;
	return mod == 2 || rm == 5 ? length + 4 : length;
}

static bool is_test(const u8 *opcode)
{
	return (opcode[0] == 0xf6 || opcode[0] == 0xf7) && (opcode[1] >> 3 & 7) < 2;
}

u32 insn_length(const u8 *code)
{
	const u8 *at = code, *opcode;
	bool short_imm = false, wide = false;
	u8 form;

	for (; is_prefix(*at); at++)
		short_imm |= *at == OPERAND_16;
	if (*at >> 4 == 4)
		wide = *at++ & REX_W;
	opcode = at;
	if (*at == 0x0f) {
		at++;
		form = form_two(*at++);
		short_imm &= form != IMM32; /* of a jump in 64-bit mode */
	} else {
		if (*at >= 0xb8 && *at < 0xc0)
			return (u32)(at - code) + 1 + (wide ? 8 : short_imm ? 2 : 4);
		if (*at >= 0xa0 && *at < 0xa4)
			return (u32)(at - code) + 1 + 8; /* MOV with an address */
		form = form_one(*at++);
		if (is_test(opcode))
			form |= *opcode == 0xf6 ? IMM8 : IMM32;
	}
	if (form & NO)
		return 0;
	if (form & MODRM)
		at += address_length(at);
	if (form & IMM8)
		at++;
	if (form & IMM32)
		at += short_imm && !wide ? 2 : 4;
	return (u32)(at - code);
}
