#include "config.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/der.h"

bool
sc_der_get(struct sc_der *d, uint8_t tag, struct sc_der *in)
{
	size_t len, head = 2, i, octets;

	if (d->n < 2 || d->p[0] != tag)
		return false;
	len = d->p[1];
	if (len >= 0x80) {
		octets = len & 0x7f;
		/* 0x80 is BER's indefinite form; 2^32 is beyond any input. */
		if (octets == 0 || octets > 4 || d->n < 2 + octets)
			return false;
		len = 0;
		for (i = 0; i < octets; i++)
			len = len << 8 | d->p[2 + i];
		if (len < 0x80 || len >> (8 * (octets - 1)) == 0)
			return false;
		head += octets;
	}
	if (len > d->n - head)
		return false;
	in->p = d->p + head;
	in->n = len;
	d->p += head + len;
	d->n -= head + len;
	return true;
}

bool
sc_der_get_any(struct sc_der *d, uint8_t *tag, struct sc_der *in)
{
	if (d->n < 1 || (d->p[0] & 0x1f) == 0x1f)
		return false;
	*tag = d->p[0];
	return sc_der_get(d, *tag, in);
}

bool
sc_der_get_raw(struct sc_der *d, uint8_t tag, struct sc_der *raw)
{
	const uint8_t *start = d->p;
	struct sc_der in;

	if (!sc_der_get(d, tag, &in))
		return false;
	raw->p = start;
	raw->n = (size_t)(d->p - start);
	return true;
}

bool
sc_der_is(const struct sc_der *d, const void *p, size_t n)
{
	return d->n == n && memcmp(d->p, p, n) == 0;
}

bool
sc_der_get_positive(struct sc_der *d, struct sc_der *magnitude)
{
	struct sc_der rest = *d, v;

	if (!sc_der_get(&rest, SC_DER_INTEGER, &v) || v.n == 0)
		return false;
	if (v.p[0] & 0x80)
		return false;
	if (v.p[0] == 0) {
		/* zero itself, or padding that was not needed */
		if (v.n == 1 || !(v.p[1] & 0x80))
			return false;
		v.p++;
		v.n--;
	}
	*d = rest;
	*magnitude = v;
	return true;
}

static void
put_head(struct sc_buf *b, uint8_t tag, size_t n)
{
	sc_buf_put_u8(b, tag);
	if (n < 0x80) {
		sc_buf_put_u8(b, (uint8_t)n);
	} else if (n < 0x100) {
		sc_buf_put_u8(b, 0x81);
		sc_buf_put_u8(b, (uint8_t)n);
	} else if (n < 0x10000) {
		sc_buf_put_u8(b, 0x82);
		sc_buf_put_u16(b, (uint16_t)n);
	} else {
		/* keys and signatures stay far below 2^24 */
		sc_buf_put_u8(b, 0x83);
		sc_buf_put_u8(b, (uint8_t)(n >> 16));
		sc_buf_put_u16(b, (uint16_t)n);
	}
}

void
sc_der_put(struct sc_buf *b, uint8_t tag, const void *p, size_t n)
{
	put_head(b, tag, n);
	sc_buf_put(b, p, n);
}

void
sc_der_put_unsigned(struct sc_buf *b, const uint8_t *p, size_t n)
{
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	if (n == 0 || *p & 0x80) {
		put_head(b, SC_DER_INTEGER, n + 1);
		sc_buf_put_u8(b, 0);
	} else
		put_head(b, SC_DER_INTEGER, n);
	sc_buf_put(b, p, n);
}

void
sc_der_put_buf(struct sc_buf *b, uint8_t tag, struct sc_buf *inner)
{
	if (sc_buf_error(inner) == 0)
		sc_der_put(b, tag, sc_buf_data(inner), sc_buf_len(inner));
	else /* a failure inside is a failure of the whole */
		(void)sc_buf_put(b, "", SIZE_MAX);
	sc_buf_free(inner);
}

int
sc_der_put_oid(struct sc_buf *b, const char *dotted)
{
	unsigned char der[64];
	int n = a2d_ASN1_OBJECT(der, (int)sizeof(der), dotted, -1);

	if (n <= 0) {
		ERR_clear_error();
		return SC_ERR_MALFORMED;
	}
	sc_der_put(b, SC_DER_OID, der, (size_t)n);
	return 0;
}

bool
sc_der_is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '0' && *s <= '9') &&
		    strchr(" '()+,-./:=?", *s) == NULL)
			return false;
	return true;
}

void
sc_der_put_text(struct sc_buf *b, const char *s)
{
	sc_der_put(b, sc_der_is_printable(s) ? SC_DER_PRINTABLE : SC_DER_UTF8,
	    s, strlen(s));
}
