/*
 * What every issuance of an X.509 certificate has in common: the key nobody
 * may have certified, the one commit, the log line.
 */
#ifndef SC_AUTHORITY_RECORD_H
#define SC_AUTHORITY_RECORD_H

#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

struct sc_authority;
struct sc_cert;
struct sc_error;
struct sc_key;
struct sc_sans;
struct sc_sign_info;

/* A leaf with the key of a CA certificate would speak for the CA: FORBIDDEN. */
int sc_authority_check_key(const struct sc_authority *ca,
    const struct sc_key *key, struct sc_error *e);

struct sc_issuance {
	enum sc_store_kind kind;
	const struct sc_cert *replaces; /* NULL for a first one */
	const char *spend_id; /* one-time id, or NULL */
	int64_t spend_expires;
	struct sc_store_origin who;
	const struct sc_sans *names;
};
/*
 * Spend the one-time id and record the certificate in one durable commit.
 * The store's errors; REPLAYED and REVOKED get their client text here.
 */
int sc_authority_record(struct sc_authority *ca, const struct sc_issuance *i,
    const struct sc_cert *cert, int64_t now, struct sc_error *e);
/* Spares the signature when the id is spent; the commit decides. */
int sc_authority_check_unspent(
    struct sc_authority *ca, const char *spend_id, struct sc_error *e);

/* The certificate's serial number for the log. */
void sc_sign_info_serial(struct sc_sign_info *info, const struct sc_cert *cert);

#endif
