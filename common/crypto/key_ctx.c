#include "config.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/key_ctx.h"
#include "crypto/ossl.h"

/*
 * An EC public key costs libcrypto a copy of the curve and a search through
 * its key types, a context another one: together half of what the verification
 * itself takes.  Most such keys are seen once, so one of each curve is kept
 * and given point after point.  (One process, one thread.)
 */
struct seat {
	const struct sc_curve *curve;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx;
	uint8_t point[1 + 2 * SC_EC_MAX]; /* zeros: none that can be used */
};

static struct seat *
seat_of(const struct sc_curve *c)
{
	static struct seat seats[3];
	size_t i;

	for (i = 0; i < 3 && seats[i].curve != NULL; i++)
		if (seats[i].curve == c)
			return &seats[i];
	if (i == 3 || (seats[i].pkey = sc_ec_empty(c)) == NULL)
		return NULL;
	seats[i].ctx = EVP_PKEY_CTX_new_from_pkey(NULL, seats[i].pkey, NULL);
	if (seats[i].ctx == NULL) {
		EVP_PKEY_free(seats[i].pkey);
		seats[i].pkey = NULL;
		return NULL;
	}
	seats[i].curve = c;
	return &seats[i];
}

/* NULL: no point of the curve, or no memory. */
static EVP_PKEY_CTX *
sit(const struct sc_curve *c, const uint8_t *point)
{
	const size_t n = 1 + 2 * c->bytes;
	struct seat *s = seat_of(c);

	if (s == NULL)
		return NULL;
	if (memcmp(s->point, point, n) == 0)
		return s->ctx;
	memset(s->point, 0, n);
	if (EVP_PKEY_set1_encoded_public_key(s->pkey, point, n) != 1 ||
	    EVP_PKEY_verify_init(s->ctx) != 1)
		return NULL;
	memcpy(s->point, point, n);
	return s->ctx;
}

bool
sc_ec_on_curve(const struct sc_curve *c, const uint8_t *point)
{
	return sit(c, point) != NULL;
}

static EVP_PKEY_CTX *
make(const struct sc_key *k, int (*init)(EVP_PKEY_CTX *), enum sc_hash hash,
    bool pss)
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_pkey(NULL, sc_key_evp(k), NULL);

	if (ctx == NULL || init(ctx) != 1)
		goto fail;
	if (k->type != SC_KEY_RSA)
		return ctx;
	if (EVP_PKEY_CTX_set_rsa_padding(
		ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, sc_digest_md(hash)) == 1 &&
	    (!pss ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		    1))
		return ctx;
fail:
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static EVP_PKEY_CTX *
kept(const struct sc_key *k, struct sc_key_ctx *c, int (*init)(EVP_PKEY_CTX *),
    enum sc_hash hash, bool pss)
{
	/* What the hash is matters to RSA alone, which writes it down. */
	if (c->ctx != NULL &&
	    (k->type != SC_KEY_RSA || (c->hash == hash && c->pss == pss)))
		return c->ctx;
	EVP_PKEY_CTX_free(c->ctx);
	c->ctx = make(k, init, hash, pss);
	c->hash = hash;
	c->pss = pss;
	return c->ctx;
}

EVP_PKEY_CTX *
sc_key_signer(const struct sc_key *k, enum sc_hash hash, bool pss)
{
	struct sc_key *m = sc_key_unconst(k);

	return kept(k, &m->signer, EVP_PKEY_sign_init, hash, pss);
}

EVP_PKEY_CTX *
sc_key_verifier(const struct sc_key *k, enum sc_hash hash, bool pss)
{
	struct sc_key *m = sc_key_unconst(k);

	/* Whoever comes again gets a context of his own. */
	if (k->pkey == NULL && !k->verified_once) {
		m->verified_once = true;
		return sit(k->curve, k->spki + k->pub_off);
	}
	return kept(k, &m->verifier, EVP_PKEY_verify_init, hash, pss);
}
