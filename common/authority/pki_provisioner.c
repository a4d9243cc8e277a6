#include "config.h"

#include <stdlib.h>

#include <json-c/json.h>

#include "authority/pki_provisioner.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

/* The private JWK under the password, in compact form. */
static int
encrypt_jwk(const char *password, const struct sc_jwk *jwk, char **out,
    struct sc_error *e)
{
	struct json_object *private = NULL;
	struct sc_buf *text = sc_buf_new(SC_MAX_JWS);
	int r;

	if ((r = sc_jwk_format(jwk, 1, &private, e)) == 0) {
		if (sc_json_put(text, private, NULL) != 0)
			r = sc_fail_nomem(e);
		else
			r = sc_jwe_encrypt(password, "jwk+json",
			    sc_buf_data(text), sc_buf_len(text), 1, out, e);
	}
	sc_buf_free(text);
	json_object_put(private);
	return r;
}

static int
fill(struct json_object *o, const char *name, const char *password,
    const struct sc_jwk *jwk, struct sc_error *e)
{
	struct json_object *public = NULL;
	char *encrypted = NULL;
	int r;

	if ((r = sc_jwk_format(jwk, 0, &public, e)) != 0)
		return r;
	json_object_object_add(o, "type", json_object_new_string("JWK"));
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "key", public);
	if ((r = encrypt_jwk(password, jwk, &encrypted, e)) == 0)
		json_object_object_add(
		    o, "encryptedKey", json_object_new_string(encrypted));
	free(encrypted);
	return r;
}

int
sc_pki_jwk_provisioner(const char *name, const char *password,
    const struct sc_jwk *jwk, struct json_object **out, struct sc_error *e)
{
	struct json_object *o = json_object_new_object();
	struct sc_key *key = NULL;
	struct sc_jwk *own = NULL;
	int r = o == NULL ? sc_fail_nomem(e) : 0;

	*out = NULL;
	if (r == 0 && jwk == NULL &&
	    (r = sc_key_generate("EC", NULL, 0, &key, e)) == 0)
		r = sc_jwk_from_key(key, &own, e);
	if (r == 0)
		r = fill(o, name, password, jwk != NULL ? jwk : own, e);
	if (r == 0) {
		*out = o;
		o = NULL; /* transferred */
	}
	json_object_put(o);
	sc_jwk_free(own);
	sc_key_free(key);
	return r;
}

struct json_object *
sc_pki_ssh_claims(void)
{
	struct json_object *claims = json_object_new_object();

	json_object_object_add(
	    claims, "enableSSHCA", json_object_new_boolean(1));
	return claims;
}

struct json_object *
sc_pki_sshpop_provisioner(const char *name)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", json_object_new_string("SSHPOP"));
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "claims", sc_pki_ssh_claims());
	return o;
}
