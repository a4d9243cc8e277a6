/*
 * --reason and --reasonCode: why a certificate is revoked.
 */
#ifndef SC_CLIENT_REASON_H
#define SC_CLIENT_REASON_H

#include <stdint.h>

#include "client/command.h"

struct sc_args;
struct sc_error;

extern const struct sc_opt sc_options_reason[];
/* A number, or a name of RFC 5280 section 5.3.1; 0 without.  MALFORMED. */
int sc_reason_code(const struct sc_args *a, int64_t *out, struct sc_error *e);

#endif
