/*
 * Hex, base64 (RFC 4648 section 4) and base64url (section 5).
 *
 * Decoders are strict and canonical: exact alphabet, no blanks or line
 * breaks, zero trailing bits, padding exactly as the variant demands.  (The
 * decoders of OpenSSL accept too much for tokens: one token must have one
 * spelling.)
 */
#ifndef SC_BASE_ENCODE_H
#define SC_BASE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

enum sc_b64 {
	SC_B64_STD, /* +/ with padding */
	SC_B64_STD_RAW, /* +/ without padding */
	SC_B64_URL, /* -_ without padding: JOSE */
	SC_B64_URL_PAD /* -_ with padding */
};

/* malloc'ed, NUL-terminated; NULL when out of memory. */
char *sc_b64_encode(enum sc_b64 v, const void *p, size_t n);
/* *out malloc'ed with a NUL behind it, *outlen set; 0, MALFORMED or NOMEM. */
int sc_b64_decode(
    enum sc_b64 v, const char *s, size_t n, uint8_t **out, size_t *outlen);
/* Lower-case hex. */
char *sc_hex_encode(const void *p, size_t n);
/* Both cases accepted; even length. */
int sc_hex_decode(const char *s, size_t n, uint8_t **out, size_t *outlen);
/* The value of one hex digit of either case, or -1. */
int sc_hex_digit(char c);

struct sc_buf;
int sc_b64_put(struct sc_buf *b, enum sc_b64 v, const void *p, size_t n);

#endif
