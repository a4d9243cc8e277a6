/*
 * Bytes as pictures, for people who compare fingerprints by eye.
 */
#ifndef SC_CLIENT_EMOJI_H
#define SC_CLIENT_EMOJI_H

#include <stddef.h>
#include <stdint.h>

#define SC_EMOJI_MAX 18 /* bytes of UTF-8 of one */

/* One picture for each byte, UTF-8, malloc'ed; NULL without memory. */
char *sc_emoji_encode(const uint8_t *p, size_t n);

#endif
