#include "config.h"

#include <stdlib.h>

#include "authority/internal.h"
#include "authority/online.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "net/http.h"
#include "provisioner/jwks.h"
#include "provisioner/provisioner.h"

static int
put_certs(struct sc_buf *out, const struct sc_certs *l)
{
	char *pem;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (sc_cert_to_pem(l->v[i], &pem) != 0)
			return SC_ERR_NOMEM;
		(void)sc_buf_puts(out, pem);
		free(pem);
	}
	return sc_buf_error(out);
}

static int
prepare(struct sc_authority *ca, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_buf *pem = sc_buf_new(SC_MAX_RESPONSE);

	if (put_certs(pem, &ca->federated) != 0 ||
	    put_certs(pem, &ca->intermediates) != 0)
		sc_buf_free(pem);
	else
		ca->peer_roots = sc_buf_steal(pem, NULL);
	if (ca->peer_roots == NULL)
		return sc_fail_nomem(e);
	return sc_http_load(&why) == 0
	    ? 0
	    : sc_authority_warn(ca,
		  "no webhook and no identity provider can be asked", why.msg,
		  e);
}

int
sc_authority_go_online(
    struct sc_authority *ca, unsigned needs, struct sc_error *e)
{
	const struct sc_provisioner *p;
	size_t i;
	int r;

	if ((needs & SC_NEED_PEERS) == 0)
		return 0;
	for (i = 0; i < sc_provisioners_count(ca->provisioners); i++) {
		p = sc_provisioners_at(ca->provisioners, i);
		if (p->jwks == NULL && p->webhooks == NULL)
			continue;
		if (ca->peer_roots == NULL && (r = prepare(ca, e)) != 0)
			return r;
		if (p->jwks != NULL)
			sc_jwks_set_roots(p->jwks, ca->peer_roots);
	}
	return 0;
}
