// SPDX-License-Identifier: Apache-2.0
// Integer and address types. Guest-physical and host-physical addresses are different C
// types, so that mixing them up does not compile; guest-virtual ones are plain u64.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* The only typedefs of structs: an address must read like a scalar, yet not mix. */
typedef struct {
	u64 raw;
} gpa_t;

typedef struct {
	u64 raw;
} hpa_t;

#define GPA(x) ((gpa_t){(x)})
#define HPA(x) ((hpa_t){(x)})

static inline hpa_t hpa_add(hpa_t hpa, u64 n)
{
	return HPA(hpa.raw + n);
}

#define KiB(n) ((u64)(n) << 10)
#define MiB(n) ((u64)(n) << 20)
#define GiB(n) ((u64)(n) << 30)

#define PAGE_SHIFT 12
#define PAGE_SIZE  KiB(4)

#define ARRAY_LEN(a)          (sizeof(a) / sizeof((a)[0]))
#define ALIGN_DOWN(x, a)      ((x) & ~((u64)(a) - 1))
#define ALIGN_UP(x, a)        ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a)      (((x) & ((u64)(a) - 1)) == 0)
#define MIN(a, b)             ((a) < (b) ? (a) : (b))
#define MAX(a, b)             ((a) > (b) ? (a) : (b))
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define likely(x)             __builtin_expect(!!(x), 1)
#define unlikely(x)           __builtin_expect(!!(x), 0)

/*
 * True if [start, start + len) neither wraps nor leaves [base, base + size). The region
 * itself must not wrap. Written so that no hostile start or len can overflow.
 */
static inline bool range_inside(u64 start, u64 len, u64 base, u64 size)
{
	return start >= base && start - base <= size && len <= size - (start - base);
}
