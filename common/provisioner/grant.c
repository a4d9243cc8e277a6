#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "crypto/cert.h"
#include "crypto/nebula.h"
#include "provisioner/grant.h"

void
sc_grant_clear(struct sc_grant *g)
{
	free(g->subject);
	sc_sans_clear(&g->sans);
	sc_strlist_clear(&g->request_cns);
	free(g->csr_fingerprint);
	free(g->ext_credential_id);
	sc_strlist_clear(&g->ext_pairs);
	free(g->provisioner_id);
	free(g->provisioner_name);
	free(g->spend_id);
	free(g->principal);
	json_object_put(g->token);
	sc_cert_free(g->credential);
	sc_nebula_cert_free(g->nebula);
	*g = (struct sc_grant){0};
}

bool
sc_grant_period(
    const struct sc_grant *g, int64_t *not_before, int64_t *not_after)
{
	if (g->credential != NULL) {
		*not_before = sc_cert_not_before(g->credential);
		*not_after = sc_cert_not_after(g->credential);
		return true;
	}
	if (g->nebula != NULL) {
		*not_before = g->nebula->not_before;
		*not_after = g->nebula->not_after;
		return true;
	}
	return false;
}
