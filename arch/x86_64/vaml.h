// SPDX-License-Identifier: Apache-2.0
// Writing AML, the code in ACPI tables (ACPI 6.4, chapter 20), as far as it declares devices,
// and the resources of devices (6.4). Pure.
#pragma once

#include "vbytes.h"

/* What is between an open and its close belongs to it; they nest. */
u32 vaml_open_scope(struct vbytes *w, const char *name);
u32 vaml_open_device(struct vbytes *w, const char *name);
/* A package of `count` values, which follow. */
u32 vaml_open_package(struct vbytes *w, u8 count);
void vaml_close(struct vbytes *w, u32 open);

/* Names are of four characters, "\\" before them for one of the root. */
void vaml_name(struct vbytes *w, const char *name);
void vaml_integer(struct vbytes *w, u64 value);
/* An id such as "PNP0A03" as the number that it is in AML (19.3.4, "EISAID"). */
void vaml_eisa_id(struct vbytes *w, const char *id);

/* ---- Resources: the bytes of a template, each complete in itself ---- */

#define VAML_RESOURCES_MAX 128

struct vaml_resources {
	struct vbytes w;
	u8 bytes[VAML_RESOURCES_MAX];
};

void vaml_resources_start(struct vaml_resources *r);
void vaml_ports(struct vaml_resources *r, u16 base, u8 count);
void vaml_isa_irq(struct vaml_resources *r, u8 irq);
void vaml_memory(struct vaml_resources *r, u32 base, u32 size);
/* Ranges that a bridge passes on, [first, last]. */
void vaml_bus_range(struct vaml_resources *r, u16 first, u16 last);
void vaml_port_range(struct vaml_resources *r, u16 first, u16 last);
void vaml_memory_range(struct vaml_resources *r, u32 first, u32 last);
/* Ends the template and writes it as the object _CRS. */
void vaml_crs(struct vbytes *w, struct vaml_resources *r);
