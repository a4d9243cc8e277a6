/*
 * The audiences a token may name, made from the configured DNS names.
 */
#ifndef SC_PROVISIONER_AUDIENCE_H
#define SC_PROVISIONER_AUDIENCE_H

#include <stdbool.h>

#include "base/mem.h"

struct sc_error;

enum sc_operation {
	SC_OP_SIGN,
	SC_OP_RENEW,
	SC_OP_REKEY,
	SC_OP_REVOKE,
	SC_OP_SSH_SIGN,
	SC_OP_SSH_RENEW,
	SC_OP_SSH_REKEY,
	SC_OP_SSH_REVOKE,
	SC_OPERATIONS
};

struct sc_audiences { /* zero-initialise; clear when done */
	struct sc_strlist of[SC_OPERATIONS];
};
int sc_audiences_init(struct sc_audiences *a,
    const struct sc_strlist *dns_names, struct sc_error *e);
void sc_audiences_clear(struct sc_audiences *a);

/*
 * True when aud is in the list of op, either literally or after its port is
 * removed.  Fragments are part of the comparison.
 */
bool sc_audience_match(
    const struct sc_audiences *a, enum sc_operation op, const char *aud);
/* Likewise, and its fragment, which is none of the list, is id. */
bool sc_audience_match_id(const struct sc_audiences *a, enum sc_operation op,
    const char *aud, const char *id);
/* Likewise for any operation, with the fragment of aud left out. */
bool sc_audience_known(const struct sc_audiences *a, const char *aud);

#endif
