// SPDX-License-Identifier: Apache-2.0
// Messages between local APICs, and from I/O APICs and devices (SDM volume 3A, 11.6, 11.10,
// 11.11, 11.12.10). Any cpu: of a destination only IRR, TMR and errors are changed, atomically; its
// ids, modes and priority are read as they happen to be while it changes them.
#include "vlapic_state.h"

/* ICR (11.6.1) */
#define ICR_DEST      BITS(63, 56)
#define ICR_DEST_X2   BITS(63, 32) /* in x2APIC mode */
#define ICR_SHORTHAND BITS(19, 18)
#define ICR_TRIGGER   BIT(15)
#define ICR_ASSERT    BIT(14)
#define ICR_LOGICAL   BIT(11)
#define ICR_MODE      BITS(10, 8)
#define ICR_VECTOR    BITS(7, 0)
enum shorthand { TO_DEST = 0, TO_SELF = 1, TO_ALL = 2, TO_OTHERS = 3 };

/* Logical destinations: of 8 bits, flat or in clusters of four; of 32 in clusters of 16. */
#define DFR_CLUSTERS  0x0fffffffU
#define LDR_SHIFT     24
#define CLUSTER_SHIFT 4
#define MEMBERS       0xfU
#define X2_CLUSTER    BITS(31, 16)
#define X2_MEMBERS    BITS(15, 0)
#define X2_ID_BITS    4

/* Message Address and Data of an MSI (11.11) */
#define MSI_BASE    0xfee00000UL
#define MSI_FIXED   BITS(31, 20)
#define MSI_DEST    BITS(19, 12)
#define MSI_HINT    BIT(3) /* to one of them only */
#define MSI_LOGICAL BIT(2)
#define MSI_TRIGGER BIT(15)
#define MSI_ASSERT  BIT(14)
#define MSI_MODE    BITS(10, 8)
#define MSI_VECTOR  BITS(7, 0)

u32 vlapic_x2apic_ldr(u32 id)
{
	return (u32)(field_put(X2_CLUSTER, id >> X2_ID_BITS) | BIT(id % 16));
}

void vlapic_raise(struct vlapic *apic, u8 vector, bool level)
{
	u64 *tmr = &apic->tmr[VECTOR_WORD(vector)], bit = VECTOR_BIT(vector);

	/* TMR first: who takes the vector from IRR sees how it was triggered. */
	if (level)
		__atomic_fetch_or(tmr, bit, __ATOMIC_RELAXED);
	else if (unlikely(__atomic_load_n(tmr, __ATOMIC_RELAXED) & bit))
		__atomic_fetch_and(tmr, ~bit, __ATOMIC_RELAXED);
	__atomic_fetch_or(&apic->irr[VECTOR_WORD(vector)], bit, __ATOMIC_RELEASE);
	vlapic_notify(apic);
}

void vlapic_accept_message(struct vlapic *apic, u8 vector, bool level)
{
	if (likely(vector >= VECTORS_LEGAL))
		vlapic_raise(apic, vector, level);
	else
		vlapic_error(apic, ESR_RECEIVE_ILLEGAL);
}

/* ---- Whom it is for ---- */

static bool matches_logical(const struct vlapic *apic, u32 dest)
{
	u32 ldr = apic->ldr;

	if (vlapic_is_x2apic(apic))
		return (dest & X2_CLUSTER) == (ldr & X2_CLUSTER) &&
			dest & ldr & X2_MEMBERS;
	ldr >>= LDR_SHIFT;
	if (apic->dfr == DFR_CLUSTERS)
		return dest >> CLUSTER_SHIFT == ldr >> CLUSTER_SHIFT &&
			dest & ldr & MEMBERS;
	return dest & ldr;
}

static bool matches(const struct vlapic *apic, const struct apic_message *message)
{
	if (!(apic->base & BASE_ENABLE))
		return false;
	if (message->dest == APIC_BROADCAST)
		return true;
	return message->logical ? matches_logical(apic, message->dest)
				: apic->id == message->dest;
}

static bool deliver_to(struct vlapic *apic, const struct apic_message *message)
{
	if (unlikely(message->deassert))
		return true;
	switch (message->mode) {
	case APIC_FIXED:
	case APIC_LOWEST:
		if (!vlapic_is_on(apic))
			return false;
		vlapic_accept_message(apic, message->vector, message->level);
		return true;
	case APIC_NMI:
	case APIC_INIT:
	case APIC_SIPI: vlapic_signal(apic, message->mode, message->vector); return true;
	}
	return true; /* SMI, and what is reserved: taken, and nothing happens */
}

/* Of those it is for the one with the lowest priority at the moment, the first of equals. */
static bool deliver_lowest(struct vm *vm, const struct apic_message *message,
	const struct vlapic *but)
{
	struct vlapic *best = NULL, *apic;

	for (u32 n = 0; (apic = vlapic_of(vm, n)); n++)
		if (apic != but && vlapic_is_on(apic) && matches(apic, message) &&
			(!best || apic->tpr < best->tpr))
			best = apic;
	return best && deliver_to(best, message);
}

/* To all it is for, `but` this one, or NULL. */
static bool deliver(struct vm *vm, const struct apic_message *message,
	const struct vlapic *but)
{
	struct vlapic *apic;
	bool taken = false;

	if (message->mode == APIC_LOWEST)
		return deliver_lowest(vm, message, but);
	/* Ids are unique, and as a rule n is the id of the n-th. */
	if (!message->logical) {
		apic = vlapic_of(vm, message->dest);
		if (apic && apic->id == message->dest)
			return matches(apic, message) && deliver_to(apic, message);
	}
	for (u32 n = 0; (apic = vlapic_of(vm, n)); n++)
		if (apic != but && matches(apic, message))
			taken |= deliver_to(apic, message);
	return taken;
}

bool vlapic_deliver(struct vm *vm, const struct apic_message *message)
{
	return message->mode != APIC_SIPI && deliver(vm, message, NULL);
}

bool vlapic_msi(struct vm *vm, u64 address, u32 data)
{
	struct apic_message message = {
		.dest = apic_dest((u8)field_get(MSI_DEST, address)),
		.logical = address & MSI_LOGICAL,
		.vector = (u8)field_get(MSI_VECTOR, data),
		.mode = (u8)field_get(MSI_MODE, data),
		.level = data & MSI_TRIGGER,
		.deassert = data & MSI_TRIGGER && !(data & MSI_ASSERT),
	};

	if ((address & MSI_FIXED) != MSI_BASE || address >> 32)
		return false;
	if (address & MSI_HINT && message.mode == APIC_FIXED)
		message.mode = APIC_LOWEST;
	return vlapic_deliver(vm, &message);
}

/* ---- IPIs ---- */

void vlapic_send_self(struct vlapic *apic, u8 vector)
{
	if (unlikely(vector < VECTORS_LEGAL))
		vlapic_error(apic, ESR_SEND_ILLEGAL | ESR_RECEIVE_ILLEGAL);
	else if (likely(vlapic_is_on(apic)))
		vlapic_raise(apic, vector, false);
}

/* The trigger mode is that of INIT alone: what is sent from here has edges (11.6.1). */
static struct apic_message icr_message(const struct vlapic *apic)
{
	u64 icr = apic->icr;
	struct apic_message message = {
		.dest = vlapic_is_x2apic(apic) ? (u32)field_get(ICR_DEST_X2, icr)
					       : apic_dest((u8)field_get(ICR_DEST, icr)),
		.vector = (u8)field_get(ICR_VECTOR, icr),
		.mode = (u8)field_get(ICR_MODE, icr),
		.logical = icr & ICR_LOGICAL,
	};

	message.deassert =
		message.mode == APIC_INIT && icr & ICR_TRIGGER && !(icr & ICR_ASSERT);
	if (field_get(ICR_SHORTHAND, icr) != TO_DEST) {
		message.dest = APIC_BROADCAST;
		message.logical = false;
	}
	return message;
}

void vlapic_send(struct vlapic *apic)
{
	enum shorthand to = field_get(ICR_SHORTHAND, apic->icr);
	struct apic_message message;

	/* To itself it can send nothing but interrupts (table 11-3). */
	if (to == TO_SELF) {
		if (field_get(ICR_MODE, apic->icr) == APIC_FIXED)
			vlapic_send_self(apic, (u8)field_get(ICR_VECTOR, apic->icr));
		return;
	}
	message = icr_message(apic);
	if (unlikely(message.mode <= APIC_LOWEST && message.vector < VECTORS_LEGAL)) {
		vlapic_error(apic, ESR_SEND_ILLEGAL);
		return;
	}
	deliver(apic->vm, &message, to == TO_OTHERS ? apic : NULL);
}
