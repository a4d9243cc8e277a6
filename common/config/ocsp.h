/*
 * The member "ocsp" of ca.json, which step-ca does not know: a responder for
 * the certificates issued here.
 */
#ifndef SC_CONFIG_OCSP_H
#define SC_CONFIG_OCSP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct json_object;
struct sc_error;

struct sc_config_ocsp { /* zero-initialise; clear when done */
	bool enabled;
	/* url: for authorityInfoAccess of new leaves; may be none. */
	struct sc_strlist urls;
	int64_t cache; /* seconds from thisUpdate to nextUpdate, > 0 */
	/*
	 * Absolute paths of a delegated signer that somebody else looks
	 * after; both or neither, NULL when the authority makes its own.
	 */
	char *crt, *key;
};

/*
 * Read it from the top of ca.json; paths are relative to steppath.
 * MALFORMED names the member.
 */
int sc_config_ocsp_load(struct json_object *root, const char *steppath,
    struct sc_config_ocsp *out, struct sc_error *e);
void sc_config_ocsp_clear(struct sc_config_ocsp *c);

#endif
