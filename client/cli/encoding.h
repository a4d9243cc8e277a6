/*
 * Bytes as text, in the ways that --format of fingerprints names.
 */
#ifndef SC_CLIENT_ENCODING_H
#define SC_CLIENT_ENCODING_H

#include <stddef.h>
#include <stdint.h>

#define SC_ENCODINGS                                                           \
	"hex, base64, base64-url, base64-raw, base64-url-raw, emoji"

/* name is one of SC_ENCODINGS; malloc'ed, NULL without memory. */
char *sc_encode(const char *name, const uint8_t *p, size_t n);

#endif
