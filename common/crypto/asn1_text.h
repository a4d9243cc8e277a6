/*
 * A DER element from its text form "type,params:value", in which certificate
 * templates write what has no member of its own.
 */
#ifndef SC_CRYPTO_ASN1_TEXT_H
#define SC_CRYPTO_ASN1_TEXT_H

#include <stddef.h>

struct sc_buf;
struct sc_error;

/*
 * Append value as params say: one of printable (the default), utf8, ia5,
 * numeric, int, oid, bool, boolean, utc, generalized, raw (base64 of DER,
 * taken as it is), with explicit, application, private, tag:N and what Go's
 * encoding/asn1 ignores here, between commas.  MALFORMED.
 */
int sc_asn1_text_put(struct sc_buf *b, const char *params, const char *value,
    struct sc_error *e);

/*
 * Likewise from "params:value", or a value alone, which is printable then.
 * explicit_0: as the value of an otherName, [0] EXPLICIT.
 */
int sc_asn1_text_put_typed(
    struct sc_buf *b, const char *text, int explicit_0, struct sc_error *e);

#endif
