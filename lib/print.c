// SPDX-License-Identifier: Apache-2.0
// Formatting: the part of C11 7.21.6.1 that <hv/print.h> promises. A conversion that is
// not among them is copied as it stands, so that the mistake shows.
#include <hv/print.h>
#include <hv/string.h>

#include <limits.h>

#define NO_PRECISION (-1)
#define DIGITS_MAX   20 /* of 2^64 - 1 in decimal, more than in hexadecimal */
#define WIDTH_MAX    INT_MAX

/* Where the text goes; `len` counts on beyond `size`. */
struct sink {
	char *buf;
	size_t size;
	u64 len;
};

enum length { LEN_CHAR, LEN_SHORT, LEN_INT, LEN_LONG, LEN_LLONG, LEN_SIZE };

/* One conversion, taken apart. */
struct spec {
	bool left, zero, space, plus, alt; /* "-", "0", " ", "+", "#" */
	int width;                         /* at least */
	int precision;                     /* or NO_PRECISION */
	enum length length;
	char conv;
};

static void emit_text(struct sink *sink, const char *text, size_t len)
{
	if (sink->len < sink->size)
		memcpy(sink->buf + sink->len, text, MIN(len, sink->size - sink->len));
	sink->len += len;
}

static void emit_fill(struct sink *sink, char c, int count)
{
	if (count <= 0)
		return;
	if (sink->len < sink->size)
		memset(sink->buf + sink->len, c, MIN((u64)count, sink->size - sink->len));
	sink->len += (u64)count;
}

/* `prefix`, `zeros` times "0" and `text`, padded to the width. */
static void emit_field(struct sink *sink, const struct spec *spec, const char *prefix,
	int zeros, const char *text, int len)
{
	int prefix_len = (int)strlen(prefix);
	u64 used = (u64)prefix_len + (u64)zeros + (u64)len;
	int pad = used < (u64)spec->width ? spec->width - (int)used : 0;

	if (!spec->left)
		emit_fill(sink, ' ', pad);
	emit_text(sink, prefix, (size_t)prefix_len);
	emit_fill(sink, '0', zeros);
	emit_text(sink, text, (size_t)len);
	if (spec->left)
		emit_fill(sink, ' ', pad);
}

static void emit_number(struct sink *sink, const struct spec *spec, u64 value, u32 base,
	const char *prefix)
{
	const char *digits = spec->conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[DIGITS_MAX];
	int at = DIGITS_MAX, len, zeros = 0;

	/* A zero with precision 0 has no digits at all. */
	if (value == 0 && spec->precision != 0)
		text[--at] = '0';
	for (; value; value /= base)
		text[--at] = digits[value % base];
	len = DIGITS_MAX - at;
	if (spec->precision > len)
		zeros = spec->precision - len;
	else if (spec->precision == NO_PRECISION && spec->zero && !spec->left)
		zeros = MAX(spec->width - len - (int)strlen(prefix), 0);
	emit_field(sink, spec, prefix, zeros, text + at, len);
}

static void emit_signed(struct sink *sink, const struct spec *spec, s64 value)
{
	const char *sign = spec->plus ? "+" : spec->space ? " " : "";

	if (value < 0)
		emit_number(sink, spec, -(u64)value, 10, "-");
	else
		emit_number(sink, spec, (u64)value, 10, sign);
}

static void emit_hex(struct sink *sink, const struct spec *spec, u64 value)
{
	const char *prefix = spec->conv == 'X' ? "0X" : "0x";

	emit_number(sink, spec, value, 16, spec->alt && value ? prefix : "");
}

static void emit_string(struct sink *sink, const struct spec *spec, const char *s)
{
	size_t max = spec->precision == NO_PRECISION ? INT_MAX : (size_t)spec->precision;

	if (!s)
		s = "(null)";
	emit_field(sink, spec, "", 0, s, (int)strnlen(s, max));
}

/* Digits as a number; what does not fit is as large as can be. */
static const char *parse_count(const char *fmt, int *count)
{
	int n = 0;

	for (; *fmt >= '0' && *fmt <= '9'; fmt++) {
		int digit = *fmt - '0';

		n = n > (WIDTH_MAX - digit) / 10 ? WIDTH_MAX : n * 10 + digit;
	}
	*count = n;
	return fmt;
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-': spec->left = true; break;
		case '0': spec->zero = true; break;
		case ' ': spec->space = true; break;
		case '+': spec->plus = true; break;
		case '#': spec->alt = true; break;
		default: return fmt;
		}
	}
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	bool twice = fmt[0] && fmt[0] == fmt[1];

	switch (*fmt) {
	case 'h': spec->length = twice ? LEN_CHAR : LEN_SHORT; break;
	case 'l': spec->length = twice ? LEN_LLONG : LEN_LONG; break;
	case 'z':
		spec->length = LEN_SIZE;
		twice = false;
		break;
	default: spec->length = LEN_INT; return fmt;
	}
	return fmt + (twice ? 2 : 1);
}

/* va_list may be an array: to be shared with a callee it must sit in a struct. */
struct args {
	va_list list;
};

/* Takes apart what follows a '%'; returns what follows the conversion. */
static const char *parse_spec(const char *fmt, struct spec *spec, struct args *args)
{
	*spec = (struct spec){.precision = NO_PRECISION};
	fmt = parse_flags(fmt, spec);
	if (*fmt == '*') {
		spec->width = va_arg(args->list, int);
		fmt++;
	} else {
		fmt = parse_count(fmt, &spec->width);
	}
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width == INT_MIN ? WIDTH_MAX : -spec->width;
	}
	if (fmt[0] == '.' && fmt[1] == '*') {
		spec->precision = va_arg(args->list, int);
		if (spec->precision < 0)
			spec->precision = NO_PRECISION;
		fmt += 2;
	} else if (*fmt == '.') {
		fmt = parse_count(fmt + 1, &spec->precision);
	}
	fmt = parse_length(fmt, spec);
	spec->conv = *fmt;
	return *fmt ? fmt + 1 : fmt;
}

static s64 arg_signed(const struct spec *spec, struct args *args)
{
	switch (spec->length) {
	case LEN_CHAR: return (signed char)va_arg(args->list, int);
	case LEN_SHORT: return (short)va_arg(args->list, int);
	case LEN_INT: return va_arg(args->list, int);
	case LEN_LONG: return va_arg(args->list, long);
	case LEN_LLONG: return va_arg(args->list, long long);
	case LEN_SIZE: return va_arg(args->list, ptrdiff_t);
	}
	return 0;
}

static u64 arg_unsigned(const struct spec *spec, struct args *args)
{
	switch (spec->length) {
	case LEN_CHAR: return (unsigned char)va_arg(args->list, unsigned int);
	case LEN_SHORT: return (unsigned short)va_arg(args->list, unsigned int);
	case LEN_INT: return va_arg(args->list, unsigned int);
	case LEN_LONG: return va_arg(args->list, unsigned long);
	case LEN_LLONG: return va_arg(args->list, unsigned long long);
	case LEN_SIZE: return va_arg(args->list, size_t);
	}
	return 0;
}

/* False if the conversion is unknown; it has then taken no argument. */
static bool emit_conversion(struct sink *sink, struct spec *spec, struct args *args)
{
	char c;

	switch (spec->conv) {
	case 'd':
	case 'i': emit_signed(sink, spec, arg_signed(spec, args)); return true;
	case 'u': emit_number(sink, spec, arg_unsigned(spec, args), 10, ""); return true;
	case 'x':
	case 'X': emit_hex(sink, spec, arg_unsigned(spec, args)); return true;
	case 'p':
		emit_number(sink, spec, (uintptr_t)va_arg(args->list, void *), 16, "0x");
		return true;
	case 's': emit_string(sink, spec, va_arg(args->list, const char *)); return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		emit_field(sink, spec, "", 0, &c, 1);
		return true;
	case '%': emit_text(sink, "%", 1); return true;
	default: return false;
	}
}

int vsnprint(char *buf, size_t size, const char *fmt, va_list args)
{
	/* The last byte is kept for the NUL. */
	struct sink sink = {.buf = buf, .size = size ? size - 1 : 0};
	struct args copy;
	struct spec spec;

	va_copy(copy.list, args);
	while (*fmt) {
		const char *from = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		emit_text(&sink, from, (size_t)(fmt - from));
		if (!*fmt)
			break;
		from = fmt;
		fmt = parse_spec(fmt + 1, &spec, &copy);
		if (!emit_conversion(&sink, &spec, &copy))
			emit_text(&sink, from, (size_t)(fmt - from));
	}
	va_end(copy.list);
	if (size)
		buf[MIN(sink.len, sink.size)] = '\0';
	return (int)MIN(sink.len, (u64)INT_MAX);
}

int snprint(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprint(buf, size, fmt, args);
	va_end(args);
	return len;
}
