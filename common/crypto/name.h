/*
 * Distinguished names as plain values, in the reference's order and string
 * types (RFC 5280 section 4.1.2.4).
 */
#ifndef SC_CRYPTO_NAME_H
#define SC_CRYPTO_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "crypto/der.h"

struct sc_error;

struct sc_name { /* zero-initialise; clear when done */
	struct sc_strlist country, organization, organizational_unit, locality,
	    province, street_address, postal_code;
	char *common_name; /* NULL or "" = absent */
	char *serial_number; /* likewise */
	struct sc_name_extra { /* of other types, written last */
		char *oid; /* dotted */
		char *value;
	} * extra;
	size_t extra_n;
};
/* Copies; MALFORMED when oid is none, NOMEM. */
int sc_name_add_extra(struct sc_name *n, const char *oid, const char *value);
void sc_name_clear(struct sc_name *n);
/*
 * DER of the Name: RDN order C, O, OU, L, ST, STREET, POSTALCODE, CN,
 * SERIALNUMBER, extra; several values of one attribute in one multi-valued RDN;
 * PrintableString when every character allows it, else UTF8String;
 * emailAddress is an IA5String.
 */
int sc_name_to_der(
    const struct sc_name *n, uint8_t **der, size_t *len, struct sc_error *e);

/* Reading a Name attribute by attribute; set rest to its contents. */
struct sc_name_reader {
	struct sc_der rest;
	struct sc_der set; /* what is left of the RDN at hand */
	bool empty_set; /* an RDN without an attribute was passed */
};
struct sc_name_attribute { /* borrowed from the encoding */
	struct sc_der oid;
	uint8_t tag; /* of value */
	struct sc_der value;
};
/* 1; 0 at the end, -1 when what follows is none. */
int sc_name_next(struct sc_name_reader *r, struct sc_name_attribute *a);

#endif
