// SPDX-License-Identifier: Apache-2.0
// A small printf for guests: formats into a sink, which is the console or a buffer.
#include <guest/console.h>
#include <guest/string.h>

#define DIGITS_MAX 20 /* of a u64 in base 10 */

struct sink {
	char *buf; /* NULL: the console */
	size_t size;
	int count; /* characters so far, those that did not fit included */
};

struct spec {
	bool left, zero, minus;
	int width;
	int longs; /* 0 int, else 64 bits */
};

static void sink_putc(struct sink *sink, char c)
{
	if (!sink->buf)
		console_putc(c);
	else if ((size_t)sink->count + 1 < sink->size)
		sink->buf[sink->count] = c;
	sink->count++;
}

static void sink_pad(struct sink *sink, char c, int count)
{
	while (count-- > 0)
		sink_putc(sink, c);
}

/* `text` with the sign and the padding that `spec` asks for. */
static void sink_field(struct sink *sink, const struct spec *spec, const char *text,
	int len)
{
	int pad = spec->width - len - spec->minus;

	if (!spec->left && !spec->zero)
		sink_pad(sink, ' ', pad);
	if (spec->minus)
		sink_putc(sink, '-');
	if (!spec->left && spec->zero)
		sink_pad(sink, '0', pad);
	for (int i = 0; i < len; i++)
		sink_putc(sink, text[i]);
	if (spec->left)
		sink_pad(sink, ' ', pad);
}

static void sink_number(struct sink *sink, const struct spec *spec, u64 value, u32 base,
	bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[DIGITS_MAX];
	char *end = text + sizeof(text), *start = end;

	do {
		*--start = digits[value % base];
		value /= base;
	} while (value);
	sink_field(sink, spec, start, (int)(end - start));
}

static void sink_string(struct sink *sink, struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	spec->zero = false;
	sink_field(sink, spec, text, (int)strlen(text));
}

/* Flags, width and length; `fmt` is behind the '%'. Returns the conversion's place. */
static const char *spec_parse(struct spec *spec, const char *fmt)
{
	*spec = (struct spec){0};
	for (; *fmt == '-' || *fmt == '0'; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else
			spec->zero = true;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (*fmt - '0');
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->longs++;
	return fmt;
}

/* A macro, since va_arg may not cross a function boundary in all ABIs. */
#define arg_unsigned(spec, args) \
	((spec)->longs ? va_arg(args, u64) : (u64)va_arg(args, unsigned int))
#define arg_signed(spec, args) \
	((spec)->longs ? va_arg(args, s64) : (s64)va_arg(args, int))

static void sink_vprint(struct sink *sink, const char *fmt, va_list args)
{
	for (; *fmt; fmt++) {
		struct spec spec;
		s64 value;
		char c;

		if (*fmt != '%') {
			sink_putc(sink, *fmt);
			continue;
		}
		fmt = spec_parse(&spec, fmt + 1);
		switch (*fmt) {
		case 'd':
			value = arg_signed(&spec, args);
			spec.minus = value < 0;
			sink_number(sink, &spec, spec.minus ? -(u64)value : (u64)value,
				10, false);
			break;
		case 'u':
			sink_number(sink, &spec, arg_unsigned(&spec, args), 10, false);
			break;
		case 'x':
			sink_number(sink, &spec, arg_unsigned(&spec, args), 16, false);
			break;
		case 'X':
			sink_number(sink, &spec, arg_unsigned(&spec, args), 16, true);
			break;
		case 'p':
			sink_putc(sink, '0');
			sink_putc(sink, 'x');
			sink_number(sink, &spec, (u64)va_arg(args, void *), 16, false);
			break;
		case 's': sink_string(sink, &spec, va_arg(args, const char *)); break;
		case 'c':
			c = (char)va_arg(args, int);
			sink_field(sink, &spec, &c, 1);
			break;
		case '\0': return;
		default: sink_putc(sink, *fmt); break;
		}
	}
}

int vprint_unlocked(const char *fmt, va_list args)
{
	struct sink sink = {0};

	sink_vprint(&sink, fmt, args);
	return sink.count;
}

int snprint(char *buf, size_t size, const char *fmt, ...)
{
	struct sink sink = {.buf = buf, .size = size};
	va_list args;

	va_start(args, fmt);
	sink_vprint(&sink, fmt, args);
	va_end(args);
	if (size)
		buf[MIN((size_t)sink.count, size - 1)] = '\0';
	return sink.count;
}
