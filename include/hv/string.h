// SPDX-License-Identifier: Apache-2.0
// The parts of C's <string.h> that the hypervisor uses, plus bounded parsing helpers.
#pragma once

#include <hv/types.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);
char *strchr(const char *s, int c);
char *strstr(const char *s, const char *part);

/* Copies at most size - 1 bytes and always ends with NUL. False if `from` was cut. */
bool str_copy(char *to, size_t size, const char *from);

/* True if `s` begins with `prefix`. */
bool str_starts(const char *s, const char *prefix);

/*
 * Reads a whole string of `len` bytes as an unsigned number: decimal or 0x hexadecimal, with
 * an optional suffix K, M, G or T (powers of 1024, either case) if `suffix`. False, with
 * *value untouched, if anything else is there, if it is empty or if it overflows 64 bits.
 */
bool parse_u64(const char *s, size_t len, bool suffix, u64 *value);
