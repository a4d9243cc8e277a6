/*
 * Serial numbers of certificates: new ones, and as people write them.
 */
#ifndef SC_CRYPTO_SERIAL_H
#define SC_CRYPTO_SERIAL_H

#include <stddef.h>
#include <stdint.h>

#define SC_SERIAL_OCTETS 20 /* RFC 5280 section 4.1.2.2 */
#define SC_SERIAL_RANDOM 16

/*
 * A new one: *n bytes of magnitude, big-endian, without leading zeros, made
 * of 128 random bits and at least 64 bits long.  The error of sc_random.
 */
int sc_serial_random(uint8_t out[SC_SERIAL_RANDOM], size_t *n);

/*
 * An integer literal of Go: decimal, or with a prefix 0x, 0o, 0b or 0
 * (octal); "_" may stand between digits and a "+" in front.  *n bytes of
 * magnitude, big-endian, without leading zeros.  SC_ERR_MALFORMED for
 * anything else, for zero, for negative numbers and for more than 20 octets.
 * The decimal text of the result is sc_serial_decimal of crypto/cert.h.
 */
int sc_serial_parse(const char *text, uint8_t out[SC_SERIAL_OCTETS], size_t *n);

#endif
