#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "crypto/cert.h"
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
	*g = (struct sc_grant){0};
}
