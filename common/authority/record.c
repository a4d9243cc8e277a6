#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "authority/internal.h"
#include "authority/record.h"
#include "authority/sign.h"
#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "crypto/san.h"

int
sc_authority_check_key(
    const struct sc_authority *ca, const struct sc_key *key, struct sc_error *e)
{
	size_t i;

	for (i = 0; i < ca->ca_keys_n; i++)
		if (sc_key_same_public(ca->ca_keys[i], key))
			return sc_fail_client(e, SC_ERR_FORBIDDEN,
			    "certificate request key is the key of the "
			    "certificate authority");
	return 0;
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
sc_authority_record(struct sc_authority *ca, const struct sc_issuance *i,
    const struct sc_cert *cert, int64_t now, struct sc_error *e)
{
	struct sc_store_spend spend = {i->spend_id, i->spend_expires};
	struct sc_store_cert sc = {
	    .not_before = sc_cert_not_before(cert),
	    .not_after = sc_cert_not_after(cert),
	};
	const char **names;
	size_t k;
	int r;

	sc.der = sc_cert_der(cert, &sc.der_len);
	sc.form = SC_STORE_X509;
	sc.kind = i->kind;
	sc.serial.p = sc_cert_serial(cert, &sc.serial.n);
	if (i->replaces != NULL)
		sc.replaces.p = sc_cert_serial(i->replaces, &sc.replaces.n);
	if ((names = calloc(i->names->n + 1, sizeof(*names))) == NULL)
		return sc_fail_nomem(e);
	for (k = 0; k < i->names->n; k++)
		names[k] = i->names->v[k].value;
	sc.names = names;
	sc.names_n = i->names->n;
	r = sc_store_issue(ca->store, i->spend_id != NULL ? &spend : NULL, &sc,
	    &i->who, now, e);
	free(names);
	return explain(r, e);
}

int
sc_authority_check_unspent(
    struct sc_authority *ca, const char *spend_id, struct sc_error *e)
{
	if (spend_id == NULL)
		return 0;
	return explain(sc_store_token_spent(ca->store, spend_id, e), e);
}

void
sc_sign_info_serial(struct sc_sign_info *info, const struct sc_cert *cert)
{
	size_t n;
	const uint8_t *serial = sc_cert_serial(cert, &n);
	char *text = sc_serial_decimal(serial, n);

	(void)snprintf(
	    info->serial, sizeof(info->serial), "%s", text != NULL ? text : "");
	free(text);
}
