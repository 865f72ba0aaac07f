// SPDX-License-Identifier: Apache-2.0
// Ethernet addresses (<hv/net.h>).
#include <hv/net.h>

#define BYTE_BITS 8

/* FNV-1a, 64 bits. */
#define HASH_START 0xcbf29ce484222325UL
#define HASH_PRIME 0x100000001b3UL

u64 mac_get(const u8 *bytes)
{
	u64 mac = 0;

	for (u32 i = 0; i < MAC_SIZE; i++)
		mac = mac << BYTE_BITS | bytes[i];
	return mac;
}

void mac_put(u8 *bytes, u64 mac)
{
	for (u32 i = MAC_SIZE; i-- > 0; mac >>= BYTE_BITS)
		bytes[i] = (u8)mac;
}

static u64 hash_byte(u64 hash, u8 byte)
{
	return (hash ^ byte) * HASH_PRIME;
}

u64 mac_make(const char *name, u32 index)
{
	u64 hash = HASH_START;

	while (*name)
		hash = hash_byte(hash, (u8)*name++);
	hash = hash_byte(hash, 0);
	hash = hash_byte(hash, (u8)index);
	/* The upper bits have seen more of the name. */
	return (hash >> (64 - MAC_SIZE * BYTE_BITS) & ~MAC_GROUP) | MAC_LOCAL;
}
