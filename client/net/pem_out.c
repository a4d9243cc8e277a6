#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/cert.h"
#include "client/net/pem_out.h"

int
sc_pem_out(const struct sc_certs *certs, char **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_RESPONSE);
	char *pem;
	size_t i;
	int r = 0;

	*out = NULL;
	for (i = 0; r == 0 && i < certs->n; i++) {
		pem = NULL;
		r = sc_cert_to_pem(certs->v[i], &pem);
		if (r == 0)
			r = sc_buf_puts(b, pem);
		free(pem);
	}
	if (r != 0) {
		sc_buf_free(b);
		return sc_fail(e, r, "%s", sc_err_text(r));
	}
	*out = sc_buf_steal(b, NULL);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}
