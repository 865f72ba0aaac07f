// SPDX-License-Identifier: Apache-2.0
// Arithmetic with its flags: SDM volume 1, 3.4.3.1 "Status Flags", and volume 2 for each
// instruction. Where the manual calls a flag undefined, it is what processors do: AF is 0 after
// AND, OR, XOR and TEST; BT and its like change CF alone.
#include "insn_ops.h"

#define FLAGS_STATUS \
	(RFLAGS_OF | RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF | RFLAGS_CF)

static u64 flag_if(bool set, u64 flag)
{
	return set ? flag : 0;
}

static bool sign(u64 value, u32 size)
{
	return value >> (8 * size - 1) & 1;
}

/* SF, ZF and PF, of a result that is masked. */
static u64 flags_of(u64 result, u32 size)
{
	return flag_if(sign(result, size), RFLAGS_SF) | flag_if(result == 0, RFLAGS_ZF) |
		flag_if(!__builtin_parity((u32)(result & 0xff)), RFLAGS_PF);
}

static u64 alu_add(u64 a, u64 b, bool carry, u32 size, u64 *flags)
{
	u64 result = (a + b + carry) & size_mask(size);

	*flags = flags_of(result, size) |
		flag_if(carry ? result <= a : result < a, RFLAGS_CF) |
		flag_if((a ^ b ^ result) & BIT(4), RFLAGS_AF) |
		flag_if(sign((a ^ result) & (b ^ result), size), RFLAGS_OF);
	return result;
}

static u64 alu_subtract(u64 a, u64 b, bool borrow, u32 size, u64 *flags)
{
	u64 result = (a - b - borrow) & size_mask(size);

	*flags = flags_of(result, size) | flag_if(borrow ? a <= b : a < b, RFLAGS_CF) |
		flag_if((a ^ b ^ result) & BIT(4), RFLAGS_AF) |
		flag_if(sign((a ^ b) & (a ^ result), size), RFLAGS_OF);
	return result;
}

static u64 alu_logic(u64 result, u32 size, u64 *flags)
{
	*flags = flags_of(result, size);
	return result;
}

u64 alu_run(enum alu_op op, u64 a, u64 b, u32 size, u64 *rflags)
{
	bool carry = *rflags & RFLAGS_CF;
	u64 result = 0, flags = 0;

	a &= size_mask(size);
	b &= size_mask(size);
	switch (op) {
	case ALU_ADD: result = alu_add(a, b, false, size, &flags); break;
	case ALU_OR: result = alu_logic(a | b, size, &flags); break;
	case ALU_ADC: result = alu_add(a, b, carry, size, &flags); break;
	case ALU_SBB: result = alu_subtract(a, b, carry, size, &flags); break;
	case ALU_AND: result = alu_logic(a & b, size, &flags); break;
	case ALU_SUB:
	case ALU_CMP: result = alu_subtract(a, b, false, size, &flags); break;
	case ALU_XOR: result = alu_logic(a ^ b, size, &flags); break;
	}
	*rflags = (*rflags & ~FLAGS_STATUS) | flags;
	return result;
}

void alu_test(u64 a, u64 b, u32 size, u64 *rflags)
{
	alu_run(ALU_AND, a, b, size, rflags);
}

u64 alu_unary(enum unary_op op, u64 a, u32 size, u64 *rflags)
{
	u64 carry = *rflags & RFLAGS_CF, result;

	switch (op) {
	case UNARY_INC:
	case UNARY_DEC:
		result = alu_run(op == UNARY_INC ? ALU_ADD : ALU_SUB, a, 1, size, rflags);
		*rflags = (*rflags & ~RFLAGS_CF) | carry;
		return result;
	case UNARY_NOT: return ~a & size_mask(size);
	case UNARY_NEG: return alu_run(ALU_SUB, 0, a, size, rflags);
	}
	return a;
}

u64 alu_bit(enum bit_op op, u64 a, u32 bit, u64 *rflags)
{
	*rflags = (*rflags & ~RFLAGS_CF) | flag_if(a >> bit & 1, RFLAGS_CF);
	switch (op) {
	case BIT_TEST: return a;
	case BIT_SET: return a | BIT(bit);
	case BIT_RESET: return a & ~BIT(bit);
	case BIT_COMPLEMENT: return a ^ BIT(bit);
	}
	return a;
}

bool alu_condition(u32 cc, u64 rflags)
{
	bool less = !(rflags & RFLAGS_SF) != !(rflags & RFLAGS_OF), holds = false;

	switch (cc >> 1) { /* SDM volume 1, appendix B */
	case 0: holds = rflags & RFLAGS_OF; break;
	case 1: holds = rflags & RFLAGS_CF; break;
	case 2: holds = rflags & RFLAGS_ZF; break;
	case 3: holds = rflags & (RFLAGS_CF | RFLAGS_ZF); break;
	case 4: holds = rflags & RFLAGS_SF; break;
	case 5: holds = rflags & RFLAGS_PF; break;
	case 6: holds = less; break;
	case 7: holds = less || rflags & RFLAGS_ZF; break;
	}
	return holds != (cc & 1);
}
