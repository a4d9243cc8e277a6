#include "config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"

static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_alphabet[] = "0123456789abcdef";

static bool
is_url(enum sc_b64 v)
{
	return v == SC_B64_URL || v == SC_B64_URL_PAD;
}

static bool
is_padded(enum sc_b64 v)
{
	return v == SC_B64_STD || v == SC_B64_URL_PAD;
}

static size_t
encoded_len(enum sc_b64 v, size_t n)
{
	size_t len;

	len = n / 3 * 4;
	if (n % 3 != 0)
		len += is_padded(v) ? 4 : n % 3 + 1;
	return len;
}

static void
encode_to(enum sc_b64 v, const uint8_t *p, size_t n, char *d)
{
	const char *a = is_url(v) ? url_alphabet : std_alphabet;

	for (; n >= 3; p += 3, n -= 3) {
		*d++ = a[p[0] >> 2];
		*d++ = a[(p[0] & 3) << 4 | p[1] >> 4];
		*d++ = a[(p[1] & 15) << 2 | p[2] >> 6];
		*d++ = a[p[2] & 63];
	}
	if (n == 0)
		return;
	*d++ = a[p[0] >> 2];
	if (n == 1) {
		*d++ = a[(p[0] & 3) << 4];
		if (is_padded(v))
			*d++ = '=';
	} else {
		*d++ = a[(p[0] & 3) << 4 | p[1] >> 4];
		*d++ = a[(p[1] & 15) << 2];
	}
	if (is_padded(v))
		*d = '=';
}

char *
sc_b64_encode(enum sc_b64 v, const void *p, size_t n)
{
	char *s;
	size_t len;

	if (n > SIZE_MAX / 2)
		return NULL;
	len = encoded_len(v, n);
	s = malloc(len + 1);
	if (s == NULL)
		return NULL;
	encode_to(v, p, n, s);
	s[len] = '\0';
	return s;
}

int
sc_b64_put(struct sc_buf *b, enum sc_b64 v, const void *p, size_t n)
{
	uint8_t *d;

	/* A length that would overflow is above any buffer's maximum. */
	d = sc_buf_reserve(b, n > SIZE_MAX / 2 ? SIZE_MAX : encoded_len(v, n));
	if (d == NULL)
		return sc_buf_error(b);
	encode_to(v, p, n, (char *)d);
	return 0;
}

/* The value of one character, or -1. */
static int
b64_value(bool url, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	if (c == (url ? '_' : '/'))
		return 63;
	return -1;
}

/* Length without the padding, which must be exactly what v demands. */
static int
strip_padding(enum sc_b64 v, const char *s, size_t *n)
{
	if (is_padded(v)) {
		if (*n % 4 != 0)
			return SC_ERR_MALFORMED;
		if (*n > 0 && s[*n - 1] == '=') {
			--*n;
			if (s[*n - 1] == '=')
				--*n;
		}
	}
	return *n % 4 == 1 ? SC_ERR_MALFORMED : 0;
}

/* n characters, no padding, into d; zero trailing bits demanded. */
static int
decode_to(bool url, const char *s, size_t n, uint8_t *d)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t i;
	int c;

	for (i = 0; i < n; i++) {
		c = b64_value(url, s[i]);
		if (c < 0)
			return SC_ERR_MALFORMED;
		acc = acc << 6 | (uint32_t)c;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*d++ = (uint8_t)(acc >> bits);
			acc &= (UINT32_C(1) << bits) - 1;
		}
	}
	return acc == 0 ? 0 : SC_ERR_MALFORMED;
}

int
sc_b64_decode(
    enum sc_b64 v, const char *s, size_t n, uint8_t **out, size_t *outlen)
{
	uint8_t *d;
	size_t len;
	int r;

	*out = NULL;
	*outlen = 0;
	r = strip_padding(v, s, &n);
	if (r != 0)
		return r;
	len = n / 4 * 3 + (n % 4 == 0 ? 0 : n % 4 - 1);
	d = malloc(len + 1);
	if (d == NULL)
		return SC_ERR_NOMEM;
	r = decode_to(is_url(v), s, n, d);
	if (r != 0) {
		free(d);
		return r;
	}
	d[len] = '\0';
	*out = d;
	*outlen = len;
	return 0;
}

char *
sc_hex_encode(const void *p, size_t n)
{
	const uint8_t *u = p;
	char *s;
	size_t i;

	if (n > SIZE_MAX / 4)
		return NULL;
	s = malloc(n * 2 + 1);
	if (s == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		s[2 * i] = hex_alphabet[u[i] >> 4];
		s[2 * i + 1] = hex_alphabet[u[i] & 15];
	}
	s[2 * n] = '\0';
	return s;
}

int
sc_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
sc_hex_decode(const char *s, size_t n, uint8_t **out, size_t *outlen)
{
	uint8_t *d;
	size_t i;
	int hi, lo;

	*out = NULL;
	*outlen = 0;
	if (n % 2 != 0)
		return SC_ERR_MALFORMED;
	d = malloc(n / 2 + 1);
	if (d == NULL)
		return SC_ERR_NOMEM;
	for (i = 0; i < n / 2; i++) {
		hi = sc_hex_digit(s[2 * i]);
		lo = sc_hex_digit(s[2 * i + 1]);
		if (hi < 0 || lo < 0) {
			free(d);
			return SC_ERR_MALFORMED;
		}
		d[i] = (uint8_t)(hi << 4 | lo);
	}
	d[n / 2] = '\0';
	*out = d;
	*outlen = n / 2;
	return 0;
}
