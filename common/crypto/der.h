/*
 * A strict DER cursor and the few writers that key encodings need (X.690).
 *
 * libcrypto's decoders accept BER and are slow for small structures; what
 * identifies a key or a request must have one spelling.
 */
#ifndef SC_CRYPTO_DER_H
#define SC_CRYPTO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_buf;

#define SC_DER_BOOLEAN 0x01
#define SC_DER_INTEGER 0x02
#define SC_DER_BIT_STRING 0x03
#define SC_DER_OCTET_STRING 0x04
#define SC_DER_NULL 0x05
#define SC_DER_OID 0x06
#define SC_DER_UTF8 0x0c
#define SC_DER_PRINTABLE 0x13
#define SC_DER_T61 0x14
#define SC_DER_IA5 0x16
#define SC_DER_UTC_TIME 0x17
#define SC_DER_GENERALIZED_TIME 0x18
#define SC_DER_SEQUENCE 0x30
#define SC_DER_SET 0x31
/* Context-specific tags: primitive and constructed. */
#define SC_DER_CONTEXT(n) (0x80 | (n))
#define SC_DER_CONTEXT_CONS(n) (0xa0 | (n))

/* Borrowed bytes that are left to read. */
struct sc_der {
	const uint8_t *p;
	size_t n;
};
/*
 * Take the next element, which must have this tag and a definite length in
 * the fewest octets; *in receives its contents.  False: nothing was taken.
 */
bool sc_der_get(struct sc_der *d, uint8_t tag, struct sc_der *in);
/* Likewise for the next element whatever its (one-octet) tag. */
bool sc_der_get_any(struct sc_der *d, uint8_t *tag, struct sc_der *in);
/* The next element, header and contents; it must have this tag. */
bool sc_der_get_raw(struct sc_der *d, uint8_t tag, struct sc_der *raw);
/* INTEGER > 0 in minimal form: its magnitude without leading zeros. */
bool sc_der_get_positive(struct sc_der *d, struct sc_der *magnitude);

/* True when the contents are these bytes. */
bool sc_der_is(const struct sc_der *d, const void *p, size_t n);

/* Append an element.  Errors stick to b. */
void sc_der_put(struct sc_buf *b, uint8_t tag, const void *p, size_t n);
/* Append an element whose contents are those of inner; frees inner. */
void sc_der_put_buf(struct sc_buf *b, uint8_t tag, struct sc_buf *inner);
/* PrintableString when every character of s allows it, else UTF8String. */
void sc_der_put_text(struct sc_buf *b, const char *s);
/* True for the first of them. */
bool sc_der_is_printable(const char *s);
/* OBJECT IDENTIFIER from dotted text; SC_ERR_MALFORMED when it is none. */
int sc_der_put_oid(struct sc_buf *b, const char *dotted);
/* Non-negative INTEGER from a big-endian magnitude (leading zeros allowed). */
void sc_der_put_unsigned(struct sc_buf *b, const uint8_t *p, size_t n);

#endif
