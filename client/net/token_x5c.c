#include "config.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "client/cli/options.h"
#include "client/net/provisioner_pick.h"
#include "client/net/token_x5c.h"
#include "crypto/cert.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

bool
sc_x5c_given(const struct sc_args *a)
{
	return sc_args_str(a, "x5c-cert") != NULL ||
	    sc_args_str(a, "x5c-key") != NULL;
}

static int
read_certs(const char *file, struct sc_certs *out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);

	if (r != 0)
		return r;
	if ((r = sc_certs_from_pem(pem, n, out, e)) != 0)
		sc_error_prefix(e, "%s", file);
	free(pem);
	return r;
}

static int
check_pair(const struct sc_args *a, const struct sc_key *key,
    const struct sc_cert *leaf, struct sc_error *e)
{
	struct sc_key *own = NULL;
	int r = sc_cert_key(leaf, &own, e);

	if (r == 0 && !sc_key_same_public(key, own))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s is not the key of the certificate in %s",
		    sc_args_str(a, "x5c-key"), sc_args_str(a, "x5c-cert"));
	sc_key_free(own);
	return r;
}

int
sc_x5c_open(const struct sc_args *a, struct sc_jwk **key,
    struct sc_certs *chain, struct sc_error *e)
{
	const char *rest = sc_args_str(a, "x5c-chain");
	int r;

	*key = NULL;
	if ((r = sc_args_check_required(a, "x5c-cert", e)) != 0 ||
	    (r = sc_args_check_required(a, "x5c-key", e)) != 0 ||
	    (r = read_certs(sc_args_str(a, "x5c-cert"), chain, e)) != 0 ||
	    (rest != NULL && (r = read_certs(rest, chain, e)) != 0) ||
	    (r = sc_provisioner_key_file(
		 a, sc_args_str(a, "x5c-key"), key, e)) != 0)
		return r;
	return check_pair(a, (*key)->key, chain->v[0], e);
}
