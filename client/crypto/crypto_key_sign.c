/*
 * crypto key sign, verify: bare signatures.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/command.h"
#include "client/crypto/any_key.h"
#include "client/crypto/crypto_key.h"
#include "client/crypto/hash_alg.h"
#include "crypto/key.h"

#define OPT_KEY(text)                                                          \
	{                                                                      \
		.name = "key", .arg = "FILE", .help = text                     \
	}
#define OPT_ALG                                                                \
	{                                                                      \
		.name = "alg", .arg = "ALG", .flags = SC_OPT_LINE_ONLY,        \
		.def = "sha256", .help = "hash for RSA keys: " SC_HASH_ALGS    \
	}
#define OPT_PSS                                                                \
	{                                                                      \
		.name = "pss", .kind = SC_OPT_BOOL, .flags = SC_OPT_LINE_ONLY, \
		.help = "RSA-PSS instead of PKCS #1 v1.5"                      \
	}
#define OPT_PASSWORD                                                           \
	{                                                                      \
		.name = "password-file", .arg = "FILE",                        \
		.help = "file with the password of the key"                    \
	}
#define OPT_INSECURE                                                           \
	{                                                                      \
		.name = "insecure", .kind = SC_OPT_BOOL,                       \
		.help = "allow md5, which has been broken"                     \
	}

static const struct sc_opt sign_options[] = {OPT_KEY("the private key"),
    OPT_ALG, OPT_PSS,
    {.name = "raw",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "print the bytes of the signature, not base64"},
    OPT_PASSWORD, OPT_INSECURE, SC_OPT_END};

static const struct sc_opt verify_options[] = {
    OPT_KEY("the public key, or a certificate with it"),
    {.name = "signature",
	.alias = "sig",
	.arg = "BASE64",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the signature"},
    OPT_ALG, OPT_PSS, OPT_PASSWORD, OPT_INSECURE, SC_OPT_END};

/* The curve says which hash; Ed25519 has its own. */
static int
hash_for(const struct sc_args *a, const struct sc_key *key, const char **out,
    struct sc_error *e)
{
	int r = sc_hash_alg(a, out, e);

	if (r != 0)
		return r;
	if (sc_key_type(key) == SC_KEY_ED25519)
		*out = NULL;
	else if (sc_key_type(key) == SC_KEY_EC)
		*out = sc_key_bits(key) == 256 ? "SHA256"
		    : sc_key_bits(key) == 384  ? "SHA384"
					       : "SHA512";
	if (sc_args_bool(a, "pss") && sc_key_type(key) != SC_KEY_RSA)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "flag '--pss' requires an RSA key");
	return 0;
}

static int
set_pss(const struct sc_args *a, EVP_PKEY_CTX *p, int salt)
{
	if (!sc_args_bool(a, "pss"))
		return 1;
	return EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(p, salt) == 1;
}

static int
load(const struct sc_args *a, char **text, size_t *n, struct sc_key **key,
    struct sc_error *e)
{
	int r;

	r = sc_args_check_required(a, "key", e);
	if (r == 0)
		r = sc_crypto_key_input(a, text, n, e);
	if (r == 0)
		r = sc_any_key_load(sc_args_str(a, "key"),
		    sc_args_str(a, "password-file"), key, NULL, e);
	return r;
}

static int
make(const struct sc_args *a, const struct sc_key *key, const void *p, size_t n,
    uint8_t **sig, size_t *len, struct sc_error *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	const char *hash = NULL;
	int ok, r;

	r = hash_for(a, key, &hash, e);
	if (r != 0) {
		EVP_MD_CTX_free(ctx);
		return r;
	}
	ok = ctx != NULL &&
	    EVP_DigestSignInit_ex(
		ctx, &pctx, hash, NULL, NULL, sc_key_evp(key), NULL) == 1 &&
	    set_pss(a, pctx, RSA_PSS_SALTLEN_MAX) &&
	    EVP_DigestSign(ctx, NULL, len, p, n) == 1 &&
	    (*sig = malloc(*len)) != NULL &&
	    EVP_DigestSign(ctx, *sig, len, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : sc_fail(e, SC_ERR_CRYPTO, "error signing message");
}

static int
give(const struct sc_args *a, const uint8_t *sig, size_t n, struct sc_error *e)
{
	char *text;

	if (sc_args_bool(a, "raw")) {
		(void)fwrite(sig, 1, n, stdout);
	} else {
		text = sc_b64_encode(SC_B64_STD, sig, n);
		if (text == NULL)
			return sc_fail_nomem(e);
		puts(text);
		free(text);
	}
	if (fflush(stdout) != 0)
		return sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	return 0;
}

static int
sign(struct sc_args *a, struct sc_error *e)
{
	struct sc_key *key = NULL;
	uint8_t *sig = NULL;
	char *text = NULL;
	size_t n = 0, len = 0;
	int r;

	r = load(a, &text, &n, &key, e);
	if (r == 0 && !sc_key_is_private(key))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s holds a public key; a private one signs",
		    sc_args_str(a, "key"));
	if (r == 0)
		r = make(a, key, text, n, &sig, &len, e);
	if (r == 0)
		r = give(a, sig, len, e);
	free(sig);
	sc_freezero(text, n);
	sc_key_free(key);
	return r;
}

static int
check(const struct sc_args *a, const struct sc_key *key, const void *p,
    size_t n, const uint8_t *sig, size_t len, struct sc_error *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	const char *hash = NULL;
	bool good;
	int r;

	r = hash_for(a, key, &hash, e);
	good = r == 0 && ctx != NULL &&
	    EVP_DigestVerifyInit_ex(
		ctx, &pctx, hash, NULL, NULL, sc_key_evp(key), NULL) == 1 &&
	    set_pss(a, pctx, RSA_PSS_SALTLEN_AUTO) &&
	    EVP_DigestVerify(ctx, sig, len, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (r == 0 && !good)
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED, "false");
	return r;
}

static int
verify(struct sc_args *a, struct sc_error *e)
{
	const char *b64 = sc_args_str(a, "signature");
	struct sc_key *key = NULL;
	uint8_t *sig = NULL;
	char *text = NULL;
	size_t n = 0, len = 0;
	int r;

	r = sc_args_check_required(a, "signature", e);
	if (r == 0 &&
	    sc_b64_decode(SC_B64_STD, b64, strlen(b64), &sig, &len) != 0)
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "error decoding base64 signature");
	if (r == 0)
		r = load(a, &text, &n, &key, e);
	if (r == 0)
		r = check(a, key, text, n, sig, len, e);
	if (r == 0)
		puts("true");
	free(sig);
	sc_freezero(text, n);
	sc_key_free(key);
	return r;
}

const struct sc_command sc_cmd_crypto_key_sign = {.name = "sign",
    .args = "[<file>]",
    .help = "print the signature of a file or of standard input",
    .notes = "With an EC key it is DER and the hash has the size of the curve; "
	     "with an Ed25519 key there is nothing to choose.",
    .max_args = 1,
    .options = {sign_options},
    .run = sign};

const struct sc_command sc_cmd_crypto_key_verify = {.name = "verify",
    .args = "[<file>]",
    .help = "verify such a signature: true and exit status 0, or false and 1",
    .max_args = 1,
    .options = {verify_options},
    .run = verify};
