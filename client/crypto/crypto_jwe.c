/*
 * crypto jwe: encryption for the holder of a key, or of a password.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"
#include "client/cli/secret.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/crypto/crypto_jwt.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

static const struct sc_opt key_options[] = {
    {.name = "key", .arg = "FILE", .help = "JWK or PEM file with the key"},
    {.name = "jwks",
	.arg = "FILE",
	.help = "JWK set with the key; needs --kid"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password, that of the key or instead of one"},
    SC_OPT_END};

static const struct sc_opt encrypt_options[] = {
    {.name = "alg",
	.alias = "algorithm",
	.arg = "ALG",
	.flags = SC_OPT_LINE_ONLY,
	.help = "RSA-OAEP-256, RSA-OAEP, ECDH-ES, ECDH-ES+A128KW and so on, by "
		"the key; PBES2-HS256+A128KW and so on: with a password"},
    {.name = "enc",
	.alias = "encryption-algorithm",
	.arg = "ENC",
	.flags = SC_OPT_LINE_ONLY,
	.def = "A256GCM",
	.choices = "A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384, "
		   "A256CBC-HS512",
	.help = "how the content is encrypted"},
    {.name = "kid",
	.arg = "ID",
	.help = "the key of the set, or the kid to put into the header"},
    {.name = "typ",
	.alias = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "media type of the whole, for the header"},
    {.name = "cty",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "media type of the content, for the header"},
    {.name = "subtle",
	.kind = SC_OPT_BOOL,
	.help = "let --alg overrule the algorithm of the JWK"},
    SC_OPT_END};

static const struct sc_opt decrypt_options[] = {
    {.name = "kid", .arg = "ID", .help = "the key of the set"}, SC_OPT_END};

static int
check_key_flags(const struct sc_args *a, struct sc_error *e)
{
	int r = sc_jwt_check_key_flags(a, e);

	return r != 0 ? r : sc_args_check_needs(a, "jwks", "kid", e);
}

/* A key for encryption; *alg is the one its JWK names, NULL when none. */
static int
load_key(const struct sc_args *a, const struct sc_jose_want *w,
    struct sc_jose_key *key, const char **alg, struct sc_error *e)
{
	const char *file = sc_args_str(a, "key"), *use;
	int r;

	*alg = NULL;
	if (file != NULL)
		r = sc_jose_key_load(file, w, key, e);
	else
		r = sc_jose_key_load_set(sc_args_str(a, "jwks"), w, key, e);
	if (r != 0)
		return r;
	/* What PEM does not say is filled in, for signatures. */
	use = key->pem ? "" : key->jwk->use;
	if (*use != '\0' && !sc_streq(use, "enc"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "invalid jwk use: found '%s' (signature), expecting 'enc' "
		    "(encryption)",
		    use);
	if (sc_streq(use, "enc"))
		*alg = key->alg;
	return 0;
}

/* --- encrypt ---------------------------------------------------------- */

static int
with_password(const struct sc_args *a, struct sc_jwe_to *to, char **pw,
    struct sc_error *e)
{
	static const char *const others[] = {"key", "jwks"};
	size_t i;
	int r;

	for (i = 0; i < 2; i++)
		if (sc_args_given(a, others[i]))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "flag '--alg %s' and flag '--%s' are mutually "
			    "exclusive",
			    to->alg, others[i]);
	r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter the password to encrypt the content encryption key",
	    pw, e);
	if (r == 0 && **pw == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED, "password must not be empty");
	to->password = *pw;
	to->kid = sc_args_str(a, "kid");
	return r;
}

static int
with_key(const struct sc_args *a, struct sc_jwe_to *to, struct sc_jose_key *key,
    struct sc_error *e)
{
	struct sc_jose_want want = {
	    .password_file = sc_args_str(a, "password-file"),
	    .kid = sc_args_str(a, "kid"),
	    .encryption = true};
	const char *own;
	int r;

	r = check_key_flags(a, e);
	if (r == 0)
		r = load_key(a, &want, key, &own, e);
	if (r != 0)
		return r;
	if (to->alg != NULL && own != NULL && !sc_args_bool(a, "subtle") &&
	    !sc_streq(to->alg, own))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "alg %s does not match the alg of the key (%s)", to->alg,
		    own);
	if (to->alg == NULL)
		to->alg = own;
	to->key = key->jwk->key;
	to->kid = key->kid;
	return 0;
}

static int
encrypt(struct sc_args *a, struct sc_error *e)
{
	struct sc_jwe_to to = {.alg = sc_args_str(a, "alg"),
	    .enc = sc_args_str(a, "enc"),
	    .typ = sc_args_str(a, "typ"),
	    .cty = sc_args_str(a, "cty")};
	struct sc_jose_key key = {0};
	char *text = NULL, *pw = NULL, *out = NULL;
	size_t n = 0;
	int r;

	if (to.alg != NULL && sc_has_prefix(to.alg, "PBES2-"))
		r = with_password(a, &to, &pw, e);
	else
		r = with_key(a, &to, &key, e);
	if (r == 0)
		r = sc_fd_read(0, SC_JWE_MAX_CONTENT, &text, &n, e);
	if (r == 0)
		r = sc_jwe_encrypt_to(&to, text, n, 0, &out, e);
	if (r == 0)
		puts(out);
	free(out);
	sc_freezero(text, n);
	sc_free_secret(pw);
	sc_jose_key_clear(&key);
	return r;
}

/* --- decrypt ---------------------------------------------------------- */

static int
open_with_password(const struct sc_args *a, const char *text, size_t n,
    uint8_t **out, size_t *len, struct sc_error *e)
{
	static const char *const others[] = {"key", "jwks"};
	char *pw = NULL;
	size_t i;
	int r;

	for (i = 0; i < 2; i++)
		if (sc_args_given(a, others[i]))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "flag '--%s' cannot be used: this is encrypted "
			    "with a password",
			    others[i]);
	r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter the password to decrypt the content encryption key",
	    &pw, e);
	if (r == 0)
		r = sc_jwe_decrypt(text, n, pw, out, len, e);
	sc_free_secret(pw);
	return r;
}

static int
open_with_key(const struct sc_args *a, const char *text, size_t n,
    uint8_t **out, size_t *len, struct sc_error *e)
{
	struct sc_jose_want want = {
	    .password_file = sc_args_str(a, "password-file"),
	    .kid = sc_args_str(a, "kid"),
	    .encryption = true};
	struct sc_jose_key key = {0};
	const char *alg;
	int r;

	r = check_key_flags(a, e);
	if (r == 0)
		r = load_key(a, &want, &key, &alg, e);
	if (r == 0 && !sc_key_is_private(key.jwk->key))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "cannot use a public key for decryption");
	if (r == 0)
		r = sc_jwe_decrypt_key(text, n, key.jwk->key, alg, out, len, e);
	sc_jose_key_clear(&key);
	return r;
}

static int
decrypt(struct sc_args *a, struct sc_error *e)
{
	uint8_t *plain = NULL;
	bool by_password;
	char *text = NULL;
	size_t n = 0, len = 0;
	int r;

	r = sc_fd_read(0, SC_MAX_PEM_FILE, &text, &n, e);
	if (r != 0)
		return r;
	r = sc_jwe_needs_password(text, n, &by_password, e);
	if (r != 0)
		sc_error_prefix(e, "error parsing data");
	else if (by_password)
		r = open_with_password(a, text, n, &plain, &len, e);
	else
		r = open_with_key(a, text, n, &plain, &len, e);
	/* Nothing is added to it. */
	if (r == 0 &&
	    (fwrite(plain, 1, len, stdout) != len || fflush(stdout) != 0))
		r = sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	sc_freezero(plain, len);
	free(text);
	return r;
}

static const struct sc_command cmd_encrypt = {.name = "encrypt",
    .help = "encrypt standard input",
    .options = {encrypt_options, key_options},
    .run = encrypt};

static const struct sc_command cmd_decrypt = {.name = "decrypt",
    .help = "decrypt standard input",
    .options = {key_options, decrypt_options},
    .run = decrypt};

static const struct sc_command *const subs[] = {
    &cmd_encrypt, &cmd_decrypt, NULL};

const struct sc_command sc_cmd_crypto_jwe = {.name = "jwe",
    .help = "encrypt and decrypt with JSON Web Encryption",
    .subs = subs};
