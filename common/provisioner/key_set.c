#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "provisioner/key_set.h"

struct entry {
	char *kid; /* NULL: it has none */
	struct sc_jwk *jwk;
	const char *algs[2]; /* the one that it names; [0] NULL: none */
};

struct sc_key_set {
	struct entry v[SC_MAX_KEY_SET];
	size_t n;
};

void
sc_key_set_free(struct sc_key_set *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++) {
		free(s->v[i].kid);
		sc_jwk_free(s->v[i].jwk);
	}
	free(s);
}

/* A string member, or NULL. */
static const char *
text(struct json_object *o, const char *name)
{
	struct json_object *v = sc_json_member_exact(o, name);

	return v != NULL && json_object_is_type(v, json_type_string)
	    ? json_object_get_string(v)
	    : NULL;
}

/* 0 also when there is no use for it. */
static int
add(struct sc_key_set *s, struct json_object *o, struct sc_error *e)
{
	struct entry *t = &s->v[s->n];
	const char *kid, *use;

	if (!json_object_is_type(o, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "key set: keys holds something that is not an object");
	use = text(o, "use");
	if (use != NULL && !sc_streq(use, "sig"))
		return 0;
	kid = text(o, "kid");
	if (kid != NULL &&
	    json_object_get_string_len(sc_json_member_exact(o, "kid")) >
		SC_MAX_KID)
		return 0;
	if (sc_jwk_parse(o, &t->jwk, NULL) != 0)
		return 0;
	if (kid != NULL && (t->kid = sc_strdup(kid)) == NULL) {
		sc_jwk_free(t->jwk);
		return sc_fail_nomem(e);
	}
	if (text(o, "alg") != NULL)
		t->algs[0] = t->jwk->alg;
	s->n++;
	return 0;
}

static int
add_all(struct sc_key_set *s, struct json_object *o, struct sc_error *e)
{
	struct json_object *list;
	size_t i, n;
	int r = 0;

	if (o == NULL || !json_object_is_type(o, json_type_object) ||
	    (list = sc_json_member_exact(o, "keys")) == NULL ||
	    !json_object_is_type(list, json_type_array))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "key set: there is no list keys");
	if ((n = json_object_array_length(list)) > SC_MAX_KEY_SET)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "key set: more than %d keys", SC_MAX_KEY_SET);
	for (i = 0; r == 0 && i < n; i++)
		r = add(s, json_object_array_get_idx(list, i), e);
	return r;
}

int
sc_key_set_parse(
    const char *s, size_t n, struct sc_key_set **out, struct sc_error *e)
{
	struct json_object *o = NULL;
	struct sc_key_set *set;
	int r;

	*out = NULL;
	if ((set = calloc(1, sizeof(*set))) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_json_parse(s, n, 0, &o, e)) != 0) {
		sc_error_prefix(e, "key set");
		goto out;
	}
	if ((r = add_all(set, o, e)) != 0)
		goto out;
	*out = set;
	set = NULL; /* transferred */
out:
	json_object_put(o);
	sc_key_set_free(set);
	return r;
}

bool
sc_key_set_has(const struct sc_key_set *s, const char *kid)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (sc_streq(s->v[i].kid, kid))
			return true;
	return false;
}

int
sc_key_set_verify(
    const struct sc_key_set *s, const struct sc_jws *j, struct sc_error *e)
{
	const struct entry *t;
	size_t i;

	for (i = 0; i < s->n; i++) {
		t = &s->v[i];
		if (sc_streq(t->kid, j->kid) &&
		    sc_jws_verify(j, t->jwk->key,
			t->algs[0] != NULL ? t->algs
					   : sc_jws_algs_for_key(t->jwk->key),
			NULL) == 0)
			return 0;
	}
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "the token is signed with none of the provider's keys with kid "
	    "\"%.128s\"",
	    j->kid != NULL ? j->kid : "");
}
