/*
 * Certificates and certification requests for people: the text layout, the
 * short form and the JSON form of `stepc certificate inspect`.
 */
#ifndef SC_CLIENT_CERTINFO_H
#define SC_CLIENT_CERTINFO_H

#include <stddef.h>
#include <stdint.h>

struct json_object;
struct sc_buf;
struct sc_cert;
struct sc_error;

/* Each appends to b.  CORRUPT/MALFORMED for what cannot be shown. */
int sc_certinfo_text(
    const struct sc_cert *c, struct sc_buf *b, struct sc_error *e);
int sc_certinfo_short(
    const struct sc_cert *c, struct sc_buf *b, struct sc_error *e);
/* New reference. */
int sc_certinfo_json(
    const struct sc_cert *c, struct json_object **out, struct sc_error *e);
/* The same for a certification request in DER. */
int sc_certinfo_csr_text(
    const uint8_t *der, size_t n, struct sc_buf *b, struct sc_error *e);
int sc_certinfo_csr_short(
    const uint8_t *der, size_t n, struct sc_buf *b, struct sc_error *e);

#endif
