/*
 * The typed calls of ca_client.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "client/net/ca_client.h"

#define PAGES_MAX 1000

/* Percent-encode all but what RFC 3986 calls unreserved; malloc'ed. */
static char *
escape(const char *s)
{
	struct sc_buf *b = sc_buf_new(3 * SC_MAX_URI);

	for (; *s != '\0'; s++) {
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || strchr("-._~", *s) != NULL)
			(void)sc_buf_putc(b, *s);
		else
			(void)sc_buf_putf(b, "%%%02X", (unsigned char)*s);
	}
	return b != NULL ? sc_buf_steal(b, NULL) : NULL;
}

/* One PEM text of a list; only its first certificate counts. */
static int
add_cert(struct json_object *v, struct sc_certs *out, struct sc_error *e)
{
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the CA's answer does not match: a certificate is not PEM");
	return sc_certs_from_pem(json_object_get_string(v),
	    (size_t)json_object_get_string_len(v), out, e);
}

static int
add_certs(struct json_object *list, struct sc_certs *out, struct sc_error *e)
{
	size_t i, n = json_object_array_length(list);
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = add_cert(json_object_array_get_idx(list, i), out, e);
	return r;
}

int
sc_ca_fetch_roots(
    struct sc_ca *c, const char *path, struct sc_certs *out, struct sc_error *e)
{
	struct json_object *answer, *list = NULL;
	int r;

	r = sc_ca_get(c, path, &answer, e);
	if (r != 0)
		return r;
	r = sc_json_get_array(answer, "crts", &list, e);
	if (r == 0 && (list == NULL || json_object_array_length(list) == 0))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "the CA's answer does not match: no certificates");
	if (r == 0)
		r = add_certs(list, out, e);
	json_object_put(answer);
	return r;
}

/* Move the page's provisioners to all; *cursor is the next page or NULL. */
static int
add_page(struct json_object *answer, struct json_object *all, char **cursor,
    struct sc_error *e)
{
	struct json_object *list = NULL;
	const char *next = NULL;
	size_t i;
	int r;

	r = sc_json_get_array(answer, "provisioners", &list, e);
	if (r == 0)
		r = sc_json_get_string(answer, "nextCursor", &next, e);
	for (i = 0;
	     r == 0 && list != NULL && i < json_object_array_length(list); i++)
		json_object_array_add(
		    all, json_object_get(json_object_array_get_idx(list, i)));
	free(*cursor);
	*cursor = NULL;
	if (r == 0 && next != NULL && next[0] != '\0' &&
	    (*cursor = escape(next)) == NULL)
		r = sc_fail_nomem(e);
	return r;
}

static int
fetch_page(
    struct sc_ca *c, struct json_object *all, char **cursor, struct sc_error *e)
{
	struct json_object *answer = NULL;
	char *path;
	int r;

	path = *cursor == NULL
	    ? sc_strdup("/provisioners?limit=100")
	    : sc_asprintf("/provisioners?cursor=%s&limit=100", *cursor);
	if (path == NULL)
		return sc_fail_nomem(e);
	r = sc_ca_get(c, path, &answer, e);
	if (r == 0)
		r = add_page(answer, all, cursor, e);
	json_object_put(answer);
	free(path);
	return r;
}

int
sc_ca_provisioners(
    struct sc_ca *c, struct json_object **out, struct sc_error *e)
{
	struct json_object *all = json_object_new_array();
	char *cursor = NULL;
	int i, r;

	*out = NULL;
	if (all == NULL)
		return sc_fail_nomem(e);
	for (i = 0, r = 0; r == 0; i++) {
		r = i < PAGES_MAX ? fetch_page(c, all, &cursor, e)
				  : sc_fail(e, SC_ERR_TOO_LARGE,
					"the CA's list of provisioners does "
					"not end");
		if (cursor == NULL)
			break;
	}
	free(cursor);
	if (r != 0) {
		json_object_put(all);
		return r;
	}
	*out = all;
	return 0;
}

int
sc_ca_encrypted_key(
    struct sc_ca *c, const char *kid, char **out, struct sc_error *e)
{
	struct json_object *answer = NULL;
	char *id = escape(kid), *path = NULL;
	const char *key = NULL;
	int r;

	*out = NULL;
	if (id != NULL)
		path = sc_asprintf("/provisioners/%s/encrypted-key", id);
	free(id);
	if (path == NULL)
		return sc_fail_nomem(e);
	r = sc_ca_get(c, path, &answer, e);
	if (r == 0)
		r = sc_json_get_string(answer, "key", &key, e);
	if (r == 0 && (key == NULL || key[0] == '\0'))
		r = sc_fail(e, SC_ERR_NOT_FOUND,
		    "the CA's answer does not match: no key");
	if (r == 0 && (*out = sc_strdup(key)) == NULL)
		r = sc_fail_nomem(e);
	json_object_put(answer);
	free(path);
	return r;
}

int
sc_ca_chain(
    struct json_object *answer, struct sc_certs *out, struct sc_error *e)
{
	struct json_object *chain = NULL, *ca;
	int r;

	r = sc_json_get_array(answer, "certChain", &chain, e);
	if (r != 0)
		return r;
	if (chain != NULL && json_object_array_length(chain) > 0) {
		if (json_object_array_length(chain) > SC_MAX_CHAIN)
			return sc_fail(e, SC_ERR_TOO_LARGE,
			    "the CA's answer does not match: the chain is too "
			    "long");
		return add_certs(chain, out, e);
	}
	r = add_cert(sc_json_member(answer, "crt"), out, e);
	ca = sc_json_member(answer, "ca");
	if (r == 0 && json_object_is_type(ca, json_type_string) &&
	    json_object_get_string_len(ca) > 0)
		r = add_cert(ca, out, e);
	return r;
}
