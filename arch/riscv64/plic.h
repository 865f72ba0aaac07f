// SPDX-License-Identifier: Apache-2.0
// Registers of the platform-level interrupt controller, for the one we drive (plic.c) and the
// one guests see (vplic.c): RISC-V PLIC Specification 1.0.0, chapter "Memory Map". All are 32
// bits wide. Bit n % 32 of word n / 32 of a bitmap is source n; source 0 does not exist.
//
//   0x000000  priority of source n, at 4 * n
//   0x001000  pending bits
//   0x002000  enable bits of context c, at 0x80 * c
//   0x200000  threshold of context c, at 0x1000 * c; claim/complete 4 bytes behind it
#pragma once

#include <hv/types.h>

#define PLIC_PRIORITY(source)  (0x4 * (source))
#define PLIC_PENDING(word)     (0x1000 + 0x4 * (word))
#define PLIC_ENABLE(ctx, word) (0x2000 + 0x80 * (ctx) + 0x4 * (word))
#define PLIC_CONTEXT(ctx)      (0x200000 + 0x1000 * (ctx))
#define PLIC_THRESHOLD(ctx)    (PLIC_CONTEXT(ctx) + 0x0)
#define PLIC_CLAIM(ctx)        (PLIC_CONTEXT(ctx) + 0x4) /* read: claim; write: complete */
#define PLIC_SIZE              0x600000

#define PLIC_ENABLE_STRIDE  0x80
#define PLIC_CONTEXT_STRIDE 0x1000

/* ---- The machine's: plic.c ---- */

/*
 * Takes the machine's PLIC into use: nothing is enabled for supervisor mode until
 * irq_attach(). `context_of_cpu` has cpu_count entries by cpu index: the context that drives
 * the cpu's supervisor external interrupt, ~0 if there is none (such a cpu gets none). Boot
 * cpu, once. 0, -EINVAL (a context's registers are not within `size`) or -ENOMEM.
 */
int plic_init(hpa_t base, u64 size, const u32 *context_of_cpu);

/* ---- The virtual one: vplic.c ---- */

struct vdev;
struct vdev_ops;
struct vintc;

#define VPLIC_SOURCES 127 /* 1 .. VPLIC_SOURCES */

/* The model; the board makes it before the devices that are wired to it. */
extern const struct vdev_ops vplic_ops;
/* What the board puts into their lines. */
struct vintc *vplic_vintc(struct vdev *dev);
