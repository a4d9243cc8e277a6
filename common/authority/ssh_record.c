#include "config.h"

#include <stdio.h>

#include "authority/internal.h"
#include "authority/sign.h"
#include "authority/ssh_record.h"
#include "base/err.h"
#include "crypto/ssh_cert.h"

struct sc_store_serial
sc_ssh_store_serial(uint64_t serial, uint8_t bytes[8])
{
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(serial >> (56 - 8 * i));
	return (struct sc_store_serial){bytes, 8};
}

int64_t
sc_ssh_store_time(uint64_t t)
{
	return t > INT64_MAX ? INT64_MAX : (int64_t)t;
}

/* Whoever presents a valid credential may know what became of it. */
static int
explain(int r, struct sc_error *e)
{
	if (r == SC_ERR_REPLAYED)
		sc_error_client(e, "the token was already used");
	if (r == SC_ERR_REVOKED)
		sc_error_client(e, "certificate is revoked");
	return r;
}

int
sc_ssh_record(struct sc_authority *ca, const struct sc_ssh_issuance *i,
    const struct sc_ssh_cert *cert, int64_t now, struct sc_error *e)
{
	struct sc_store_spend spend = {i->spend_id, i->spend_expires};
	uint8_t serial[8], old[8];
	struct sc_store_cert sc = {
	    .form = cert->type == SC_SSH_HOST ? SC_STORE_SSH_HOST
					      : SC_STORE_SSH_USER,
	    .kind = i->kind,
	    .der = cert->blob,
	    .der_len = cert->blob_len,
	    .not_before = sc_ssh_store_time(cert->valid_after),
	    .not_after = sc_ssh_store_time(cert->valid_before),
	    .names = (const char *const *)cert->principals.v,
	    .names_n = cert->principals.n,
	};

	sc.serial = sc_ssh_store_serial(cert->serial, serial);
	if (i->replaces != NULL)
		sc.replaces = sc_ssh_store_serial(i->replaces->serial, old);
	return explain(
	    sc_store_issue(ca->store, i->spend_id != NULL ? &spend : NULL, &sc,
		&i->who, now, e),
	    e);
}

void
sc_ssh_note(struct sc_sign_info *info, const struct sc_ssh_cert *cert)
{
	(void)snprintf(info->serial, sizeof(info->serial), "%llu",
	    (unsigned long long)cert->serial);
	(void)snprintf(
	    info->subject, sizeof(info->subject), "%s", cert->key_id);
}
