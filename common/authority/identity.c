#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/identity.h"
#include "authority/internal.h"
#include "authority/validity.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/csr.h"
#include "crypto/ssh_cert.h"
#include "provisioner/provisioner.h"

#define URN "urn:uuid:"
#define UUID_TEXT 36

void
sc_identity_clear(struct sc_identity *i)
{
	sc_grant_clear(&i->grant);
	sc_issued_clear(&i->made);
	*i = (struct sc_identity){0};
}

/* The first of them; any other URI is none that the token grants. */
static int
add_urn(const struct sc_csr *csr, struct sc_grant *g, struct sc_error *e)
{
	const char *s;
	size_t i;

	if (g->from_request) /* with all others of the request */
		return 0;
	for (i = 0; i < csr->sans.n; i++) {
		s = csr->sans.v[i].value;
		if (csr->sans.v[i].type == SC_SAN_URI &&
		    sc_has_prefix(s, URN) &&
		    strlen(s) == strlen(URN) + UUID_TEXT)
			return sc_sans_add(&g->sans, SC_SAN_URI, s, e);
	}
	return 0;
}

/* As long as the SSH certificate, within the issuer's life. */
static struct sc_validity
validity(const struct sc_authority *ca, const struct sc_ssh_cert *ssh)
{
	int64_t end = sc_cert_not_after(sc_issuer_cert(ca->issuer));
	struct sc_validity v = {
	    .not_before = (int64_t)ssh->valid_after,
	    .not_after = (int64_t)ssh->valid_before,
	};

	if (v.not_after > end)
		v.not_after = end;
	return v;
}

int
sc_identity_make(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_token *token, const struct sc_ssh_cert *ssh, int64_t now,
    struct sc_identity *out, struct sc_error *e)
{
	const struct sc_validity v = validity(ca, ssh);
	int r;

	*out = (struct sc_identity){.rq = *rq};
	if (v.not_before >= v.not_after)
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "the issuing certificate expires before the identity "
		    "certificate begins");
	if ((r = sc_provisioners_authorize_identity(
		 ca->provisioners, token, now, &out->grant, e)) != 0 ||
	    (r = add_urn(rq->csr, &out->grant, e)) != 0)
		return r;
	free(out->grant.spend_id);
	out->grant.spend_id = NULL;
	return sc_sign_build(ca, rq, &out->grant, &v, now, &out->made, e);
}

int
sc_identity_record(struct sc_authority *ca, const struct sc_identity *i,
    int64_t now, struct sc_error *e)
{
	if (i->made.cert == NULL)
		return 0;
	return sc_sign_record(ca, &i->rq, &i->grant, &i->made, now, e);
}
