#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "client/net/ca_client.h"
#include "client/net/ssh_request.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

/* Lower case, without dots, '_' for what no account is called. */
static char *
account(const char *local, size_t n)
{
	char *s = sc_strndup(local, n), *out = s;
	size_t i;

	for (i = 0; s != NULL && i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '.')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		*out++ =
		    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
		    ? (char)c
		    : '_';
	}
	if (s != NULL)
		*out = '\0';
	return s;
}

static int
add_new(struct sc_strlist *l, const char *s)
{
	return s[0] == '\0' || sc_strlist_has(l, s) ? 0 : sc_strlist_add(l, s);
}

int
sc_ssh_user_principals(const char *subject, struct sc_strlist *out)
{
	const char *at = strrchr(subject, '@');
	size_t n = at != NULL ? (size_t)(at - subject) : strlen(subject);
	char *name = account(subject, n), *local = sc_strndup(subject, n);
	int r = name == NULL || local == NULL ? SC_ERR_NOMEM : 0;

	if (r == 0)
		r = add_new(out, name);
	if (r == 0 && at != NULL && !sc_strcaseeq(local, name))
		r = add_new(out, local);
	if (r == 0)
		r = add_new(out, subject);
	free(name);
	free(local);
	return r;
}

static void
put_text(struct json_object *o, const char *name, const char *s)
{
	if (s != NULL)
		json_object_object_add(o, name, json_object_new_string(s));
}

/* What a token and a request say in the same way. */
static int
describe(struct json_object *o, const struct sc_ssh_request *q)
{
	struct json_object *names = json_object_new_array();
	size_t i;

	if (names == NULL)
		return SC_ERR_NOMEM;
	for (i = 0; i < q->principals->n; i++)
		json_object_array_add(
		    names, json_object_new_string(q->principals->v[i]));
	put_text(o, "certType", q->host ? "host" : "user");
	put_text(o, "keyID", q->key_id);
	json_object_object_add(o, "principals", names);
	put_text(o, "validAfter", q->valid_after != NULL ? q->valid_after : "");
	put_text(
	    o, "validBefore", q->valid_before != NULL ? q->valid_before : "");
	return 0;
}

struct json_object *
sc_ssh_claim(const struct sc_ssh_request *q)
{
	struct json_object *step = json_object_new_object();
	struct json_object *ssh = json_object_new_object();

	if (step == NULL || ssh == NULL || describe(ssh, q) != 0) {
		json_object_put(step);
		json_object_put(ssh);
		return NULL;
	}
	json_object_object_add(step, "ssh", ssh);
	return step;
}

static int
not_ours(struct sc_error *e, const char *why)
{
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "the CA sent another SSH certificate than was asked for: %s", why);
}

int
sc_ssh_answer(struct json_object *answer, const char *member,
    const struct sc_ssh_key *key, int host, struct sc_ssh_cert **out,
    struct sc_error *e)
{
	struct sc_ssh_cert *c = NULL;
	const char *text = NULL;
	uint8_t *blob = NULL;
	size_t n = 0;
	int r;

	*out = NULL;
	if (sc_json_get_string(answer, member, &text, NULL) != 0 ||
	    text == NULL ||
	    sc_b64_decode(SC_B64_STD, text, strlen(text), &blob, &n) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the CA's answer has no SSH certificate");
	if ((r = sc_ssh_cert_parse(blob, n, &c, e)) != 0)
		goto out;
	if (!sc_ssh_key_same(c->key, key))
		r = not_ours(e, "its key is another one");
	else if ((c->type == SC_SSH_HOST) != (host != 0))
		r = not_ours(e, "its type is another one");
	else if (sc_ssh_cert_verify(c, NULL, NULL) != 0)
		r = not_ours(e, "its signature does not verify");
	if (r == 0) {
		*out = c;
		c = NULL;
	}
out:
	sc_ssh_cert_free(c);
	free(blob);
	return r;
}

static int
put_key(struct json_object *o, const char *name, const struct sc_ssh_key *key)
{
	size_t n;
	const uint8_t *blob = sc_ssh_key_blob(key, &n);
	char *text = sc_b64_encode(SC_B64_STD, blob, n);

	if (text == NULL)
		return SC_ERR_NOMEM;
	put_text(o, name, text);
	free(text);
	return 0;
}

static int
put_keys(struct json_object *o, const struct sc_ssh_request *q)
{
	int r = put_key(o, "publicKey", q->key);

	return r != 0 || q->add_user_key == NULL
	    ? r
	    : put_key(o, "addUserPublicKey", q->add_user_key);
}

int
sc_ssh_request_sign(struct sc_ca *ca, const struct sc_ssh_request *q,
    struct sc_ssh_cert **out, struct sc_ssh_cert **add_user, struct sc_error *e)
{
	struct json_object *body = json_object_new_object(), *answer = NULL;
	struct sc_ca_call call = {.path = "/ssh/sign", .body = body};
	int r;

	*out = NULL;
	*add_user = NULL;
	if (body == NULL || describe(body, q) != 0 || put_keys(body, q) != 0) {
		r = sc_fail_nomem(e);
		goto out;
	}
	put_text(body, "ott", q->token);
	if (q->template_data != NULL)
		json_object_object_add(
		    body, "templateData", json_object_get(q->template_data));
	r = sc_ca_call(ca, &call, &answer, e);
	if (r == 0)
		r = sc_ssh_answer(answer, "crt", q->key, q->host, out, e);
	if (r == 0 && q->add_user_key != NULL &&
	    sc_json_member_exact(answer, "addUserCrt") != NULL)
		r = sc_ssh_answer(
		    answer, "addUserCrt", q->add_user_key, 0, add_user, e);
out:
	json_object_put(answer);
	json_object_put(body);
	return r;
}
