#include "config.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "crypto/cert.h"
#include "crypto/cert_internal.h"
#include "crypto/san.h"

static X509_STORE *
make_store(const struct sc_certs *roots)
{
	X509_STORE *s = X509_STORE_new();
	size_t i;

	for (i = 0; s != NULL && i < roots->n; i++) {
		X509 *x = sc_cert_x509(roots->v[i]);

		if (x == NULL || X509_STORE_add_cert(s, x) != 1) {
			X509_STORE_free(s);
			return NULL;
		}
	}
	return s;
}

static STACK_OF(X509) * make_stack(const struct sc_certs *inter)
{
	STACK_OF(X509) *sk = sk_X509_new_null();
	size_t i;

	for (i = 0; sk != NULL && inter != NULL && i < inter->n; i++) {
		X509 *x = sc_cert_x509(inter->v[i]);

		if (x == NULL || sk_X509_push(sk, x) <= 0) {
			sk_X509_free(sk);
			return NULL;
		}
	}
	return sk;
}

static int
set_params(
    X509_STORE_CTX *ctx, enum sc_verify_eku eku, const char *host, int64_t now)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
	uint8_t ip[16];
	size_t n;

	/* A root is what the user trusts, self-signed or not. */
	(void)X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
	if (now == SC_VERIFY_ANY_TIME)
		(void)X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_NO_CHECK_TIME);
	else
		X509_VERIFY_PARAM_set_time(p, (time_t)now);
	if (eku == SC_EKU_CLIENT &&
	    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_CLIENT) != 1)
		return 0;
	if (eku == SC_EKU_SERVER &&
	    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_SERVER) != 1)
		return 0;
	/* As Go's verifier: no MD5, no SHA-1, no RSA keys under 1024 bits. */
	X509_VERIFY_PARAM_set_auth_level(p, 1);
	if (host == NULL)
		return 1;
	if (sc_san_ip_bytes(host, ip, &n) == 0)
		return X509_VERIFY_PARAM_set1_ip(p, ip, n);
	X509_VERIFY_PARAM_set_hostflags(p,
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(p, host, 0);
}

int
sc_cert_verify(const struct sc_cert *leaf, const struct sc_certs *inter,
    const struct sc_certs *roots, enum sc_verify_eku eku, const char *host,
    int64_t now, struct sc_error *e)
{
	X509_STORE *store = make_store(roots);
	STACK_OF(X509) *stack = make_stack(inter);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *x = sc_cert_x509(leaf);
	int r = 0, why;

	/* To libcrypto "" is no host at all, ".x" any host below x. */
	if (host != NULL && (host[0] == '\0' || host[0] == '.')) {
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "\"%.64s\" is not a host name", host);
		goto out;
	}
	if (store == NULL || stack == NULL || ctx == NULL || x == NULL ||
	    X509_STORE_CTX_init(ctx, store, x, stack) != 1 ||
	    !set_params(ctx, eku, host, now)) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if (X509_verify_cert(ctx) != 1) {
		why = X509_STORE_CTX_get_error(ctx);
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED, "%s",
		    X509_verify_cert_error_string(why));
	}
out:
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	sk_X509_free(stack);
	X509_STORE_free(store);
	return r;
}

bool
sc_cert_may_issue_clients(const struct sc_cert *ca)
{
	X509 *x = sc_cert_x509(ca);

	return x != NULL &&
	    X509_check_purpose(x, X509_PURPOSE_SSL_CLIENT, 1) == 1 &&
	    (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0;
}
