#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/random.h"
#include "crypto/serial.h"

int
sc_serial_random(uint8_t out[SC_SERIAL_RANDOM], size_t *n)
{
	uint8_t raw[SC_SERIAL_RANDOM];
	size_t skip;
	int r;

	*n = 0;
	do {
		if ((r = sc_random(raw, sizeof(raw))) != 0)
			return r;
		for (skip = 0; skip < sizeof(raw) && raw[skip] == 0; skip++)
			;
	} while (skip > sizeof(raw) / 2);
	*n = sizeof(raw) - skip;
	memcpy(out, raw + skip, *n);
	return 0;
}

/* v = v * base + digit; false when it does not fit. */
static bool
push_digit(uint8_t v[SC_SERIAL_OCTETS], unsigned base, unsigned digit)
{
	unsigned carry = digit;
	size_t i;

	for (i = SC_SERIAL_OCTETS; i-- > 0;) {
		carry += v[i] * base;
		v[i] = carry & 0xff;
		carry >>= 8;
	}
	return carry == 0;
}

/*
 * The base that the prefix at *s names; *s moves behind it.  The zero of an
 * octal number is a digit, too.
 */
static unsigned
take_prefix(const char **s)
{
	const char *p = *s;

	if (p[0] != '0' || p[1] == '\0')
		return 10;
	*s += 2;
	if (p[1] == 'x' || p[1] == 'X')
		return 16;
	if (p[1] == 'o' || p[1] == 'O')
		return 8;
	if (p[1] == 'b' || p[1] == 'B')
		return 2;
	*s -= 1;
	return 8;
}

int
sc_serial_parse(const char *text, uint8_t out[SC_SERIAL_OCTETS], size_t *n)
{
	uint8_t v[SC_SERIAL_OCTETS] = {0};
	const char *s = text;
	unsigned base;
	bool digit; /* "_" may follow: a digit, or the prefix, went before */
	size_t skip = 0;
	int d;

	*n = 0;
	if (*s == '+')
		s++;
	text = s;
	base = take_prefix(&s);
	digit = s != text;
	for (; *s != '\0'; s++) {
		if (*s == '_' && digit) {
			digit = false;
			continue;
		}
		d = sc_hex_digit(*s);
		if (d < 0 || (unsigned)d >= base ||
		    !push_digit(v, base, (unsigned)d))
			return SC_ERR_MALFORMED;
		digit = true;
	}
	while (skip < sizeof(v) && v[skip] == 0)
		skip++;
	if (!digit || skip == sizeof(v))
		return SC_ERR_MALFORMED;
	*n = sizeof(v) - skip;
	memcpy(out, v + skip, *n);
	return 0;
}
