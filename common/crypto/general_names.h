/*
 * GeneralNames (RFC 5280 section 4.2.1.6) to and from typed names.
 */
#ifndef SC_CRYPTO_GENERAL_NAMES_H
#define SC_CRYPTO_GENERAL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/der.h"
#include "crypto/san.h"

struct sc_buf;
struct sc_error;

/*
 * value: the contents of the extension's OCTET STRING.  DNS, e-mail, URI and
 * IP names are appended to out, others only counted.  A name with a NUL or
 * non-ASCII octet, or an address that is not 4 or 16 octets, is MALFORMED.
 */
int sc_general_names_parse(struct sc_der value, struct sc_sans *out,
    size_t *others, struct sc_error *e);
/*
 * Append the SEQUENCE, grouped dns, email, ip, uri, then n bytes of names that
 * are encoded already.
 */
int sc_general_names_put(struct sc_buf *b, const struct sc_sans *s,
    const uint8_t *others, size_t n, struct sc_error *e);

#endif
