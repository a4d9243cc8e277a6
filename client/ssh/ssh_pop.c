#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/net/ca_client.h"
#include "client/net/token.h"
#include "client/ssh/ssh_files.h"
#include "client/ssh/ssh_pop.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

int
sc_ssh_self_load(struct sc_ssh_self *p, const char *cert, const char *key,
    struct sc_error *e)
{
	int r;

	if ((r = sc_ssh_file_cert(cert, &p->cert, NULL, e)) != 0 ||
	    (r = sc_ssh_file_private(key, &p->key, e)) != 0)
		return r;
	if (!sc_key_same_public(p->key, sc_ssh_key_public(p->cert->key)))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s is not the key of the certificate in %s", key, cert);
	return 0;
}

void
sc_ssh_self_clear(struct sc_ssh_self *p)
{
	sc_ssh_cert_free(p->cert);
	sc_key_free(p->key);
	memset(p, 0, sizeof(*p));
}

/*
 * The name of the provisioner; borrowed from list.  A default that is not
 * said on the command line means who signs, not this one.
 */
static int
find_provisioner(const struct sc_args *a, struct json_object *list,
    const char **name, struct sc_error *e)
{
	const char *wanted = sc_args_on_line(a, "provisioner")
	    ? sc_args_str(a, "provisioner")
	    : NULL;
	const char *type;
	size_t i, n = json_object_array_length(list);

	for (i = 0; i < n; i++) {
		struct json_object *p = json_object_array_get_idx(list, i);

		if (sc_json_get_string(p, "type", &type, NULL) == 0 &&
		    type != NULL && sc_strcaseeq(type, "SSHPOP") &&
		    sc_json_get_string(p, "name", name, NULL) == 0 &&
		    *name != NULL &&
		    (wanted == NULL || sc_streq(wanted, *name)))
			return 0;
	}
	return sc_fail(e, SC_ERR_NOT_FOUND,
	    wanted != NULL ? "the CA has no provisioner '%s' of the type SSHPOP"
			   : "the CA has no provisioner of the type SSHPOP",
	    wanted);
}

static int
make(const struct sc_ssh_self *p, const struct sc_ca *ca, const char *name,
    const char *operation, char **out, struct sc_error *e)
{
	struct sc_token_plan t;
	struct sc_jwk *jwk = NULL;
	char *blob, *audience, *serial;
	int r;

	memset(&t, 0, sizeof(t));
	blob = sc_b64_encode(SC_B64_STD, p->cert->blob, p->cert->blob_len);
	audience = sc_asprintf(
	    "%s/1.0/ssh/%s#sshpop/%s", sc_ca_base(ca), operation, name);
	serial = sc_asprintf("%llu", (unsigned long long)p->cert->serial);
	if (blob == NULL || audience == NULL || serial == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = sc_jwk_from_key(p->key, &jwk, e)) != 0)
		goto out;
	t.key = jwk;
	t.issuer = name;
	t.subject = serial;
	t.audience = audience;
	t.sshpop = blob;
	t.not_before = sc_clock_now();
	t.not_after = t.not_before + SC_TOKEN_SECONDS;
	r = sc_token_make(&t, out, e);
out:
	sc_jwk_free(jwk);
	free(serial);
	free(audience);
	free(blob);
	return r;
}

int
sc_ssh_self_token(const struct sc_ssh_self *p, const struct sc_args *a,
    struct sc_ca *ca, const char *operation, char **out, struct sc_error *e)
{
	struct json_object *list = NULL;
	const char *name = NULL;
	int r;

	*out = NULL;
	if ((r = sc_ca_provisioners(ca, &list, e)) == 0 &&
	    (r = find_provisioner(a, list, &name, e)) == 0)
		r = make(p, ca, name, operation, out, e);
	json_object_put(list);
	return r;
}
