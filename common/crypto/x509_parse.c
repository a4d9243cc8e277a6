#include "config.h"

#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "crypto/cert_internal.h"

/*
 * libcrypto decodes the public key of every certificate it reads, and to do
 * so it asks all decoders and all key types of the library context, anew for
 * each certificate: two thirds of the time of d2i_X509.  So certificates are
 * read in a context of its own, with a provider that passes on what libcrypto's
 * default provider offers for the keys that are usual, and nothing else.
 */

#define MAX_ALGORITHMS 64

struct table {
	OSSL_ALGORITHM v[MAX_ALGORITHMS + 1]; /* the last one is empty */
};

static OSSL_PROVIDER *whole; /* libcrypto's default provider */
static struct table decoders, key_types;

static bool
is_usual(const OSSL_ALGORITHM *a)
{
	static const char *const usual[] = {"EC", "RSA", "ED25519", NULL};
	size_t n = strcspn(a->algorithm_names, ":");
	const char *const *u;

	for (u = usual; *u != NULL; u++)
		if (n == strlen(*u) && memcmp(a->algorithm_names, *u, n) == 0)
			return true;
	return false;
}

static bool
reads_public_keys(const OSSL_ALGORITHM *a)
{
	return is_usual(a) &&
	    strstr(a->property_definition, "input=der") != NULL &&
	    strstr(a->property_definition, "SubjectPublicKeyInfo") != NULL;
}

static const OSSL_ALGORITHM *
choose(const OSSL_ALGORITHM *all, bool (*fits)(const OSSL_ALGORITHM *),
    struct table *t)
{
	size_t n = 0;

	for (; all != NULL && all->algorithm_names != NULL; all++)
		if (n < MAX_ALGORITHMS && fits(all))
			t->v[n++] = *all;
	memset(&t->v[n], 0, sizeof(t->v[n]));
	return t->v;
}

static const OSSL_ALGORITHM *
query(void *ctx, int operation, int *no_cache)
{
	const OSSL_ALGORITHM *all =
	    OSSL_PROVIDER_query_operation(whole, operation, no_cache);

	(void)ctx;
	switch (operation) {
	case OSSL_OP_DECODER:
		return choose(all, reads_public_keys, &decoders);
	case OSSL_OP_KEYMGMT:
		return choose(all, is_usual, &key_types);
	case OSSL_OP_DIGEST:
	case OSSL_OP_SIGNATURE:
		return all;
	default:
		return NULL;
	}
}

static int
init_usual(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **ctx)
{
	static const OSSL_DISPATCH functions[] = {
	    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
	    {0, NULL}};

	(void)handle;
	(void)in;
	*out = functions;
	*ctx = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

/* Made once and kept; NULL when it cannot be had. */
static OSSL_LIB_CTX *
usual_keys(void)
{
	static OSSL_LIB_CTX *made;
	static bool tried;
	OSSL_LIB_CTX *c = NULL;

	if (tried)
		return made;
	tried = true;
	ERR_set_mark();
	if ((whole = OSSL_PROVIDER_load(NULL, "default")) != NULL &&
	    (c = OSSL_LIB_CTX_new()) != NULL &&
	    OSSL_PROVIDER_add_builtin(c, "usual-keys", init_usual) == 1 &&
	    OSSL_PROVIDER_load(c, "usual-keys") != NULL)
		made = c;
	else
		OSSL_LIB_CTX_free(c);
	ERR_pop_to_mark();
	return made;
}

X509 *
sc_x509_parse(const uint8_t *der, size_t n)
{
	OSSL_LIB_CTX *ctx = usual_keys();
	const unsigned char *p = der;
	X509 *x = NULL;

	if (ctx != NULL && (x = X509_new_ex(ctx, NULL)) != NULL) {
		/* On failure x is freed and NULL. */
		if (d2i_X509(&x, &p, (long)n) != NULL &&
		    X509_get0_pubkey(x) != NULL)
			goto out;
		X509_free(x);
		ERR_clear_error();
	}
	/* Another kind of key, or no certificate at all. */
	p = der;
	x = d2i_X509(NULL, &p, (long)n);
out:
	if (x != NULL && p != der + n) {
		X509_free(x);
		x = NULL;
	}
	return x;
}
