/*
 * What every issuance of an SSH certificate has in common.
 */
#ifndef SC_AUTHORITY_SSH_RECORD_H
#define SC_AUTHORITY_SSH_RECORD_H

#include <stdint.h>

#include "store/store.h"

struct sc_authority;
struct sc_error;
struct sc_sign_info;
struct sc_ssh_cert;

struct sc_ssh_issuance {
	enum sc_store_kind kind;
	const struct sc_ssh_cert *replaces; /* NULL for a first one */
	const char *spend_id; /* one-time id, or NULL */
	int64_t spend_expires;
	struct sc_store_origin who;
};
/*
 * Spend the one-time id and record the certificate in one durable commit.
 * The store's errors; REPLAYED and REVOKED get their client text here.
 */
int sc_ssh_record(struct sc_authority *ca, const struct sc_ssh_issuance *i,
    const struct sc_ssh_cert *cert, int64_t now, struct sc_error *e);

/* A serial number as the store takes it; borrowed from bytes. */
struct sc_store_serial sc_ssh_store_serial(uint64_t serial, uint8_t bytes[8]);
/* The times of a certificate as the store has them. */
int64_t sc_ssh_store_time(uint64_t t);
/* Type, serial number and key id for the log. */
void sc_ssh_note(struct sc_sign_info *info, const struct sc_ssh_cert *cert);

#endif
