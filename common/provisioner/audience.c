#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/url.h"
#include "provisioner/audience.h"

/* The name under which any CA accepts sign and revoke tokens. */
#define LEGACY "step-certificate-authority"

static const struct {
	bool legacy;
	const char *paths[5];
} lists[SC_OPERATIONS] = {
    [SC_OP_SIGN] = {true,
	{"/1.0/sign", "/sign", "/1.0/ssh/sign", "/ssh/sign", NULL}},
    [SC_OP_RENEW] = {false, {"/1.0/renew", "/renew", NULL}},
    [SC_OP_REKEY] = {false, {"/1.0/rekey", "/rekey", NULL}},
    [SC_OP_REVOKE] = {true, {"/1.0/revoke", "/revoke", NULL}},
    [SC_OP_SSH_SIGN] = {false,
	{"/1.0/ssh/sign", "/ssh/sign", "/1.0/sign", "/sign", NULL}},
    [SC_OP_SSH_RENEW] = {false, {"/1.0/ssh/renew", "/ssh/renew", NULL}},
    [SC_OP_SSH_REKEY] = {false, {"/1.0/ssh/rekey", "/ssh/rekey", NULL}},
    [SC_OP_SSH_REVOKE] = {false, {"/1.0/ssh/revoke", "/ssh/revoke", NULL}},
};

static int
add_paths(struct sc_strlist *out, const char *host, const char *const *paths)
{
	const char *open = "", *close = "";
	char *s;
	int r = 0;

	if (strchr(host, ':') != NULL && host[0] != '[') {
		open = "[";
		close = "]";
	}
	for (; r == 0 && *paths != NULL; paths++) {
		s = sc_asprintf("https://%s%s%s%s", open, host, close, *paths);
		r = s == NULL ? SC_ERR_NOMEM : sc_strlist_add(out, s);
		free(s);
	}
	return r;
}

int
sc_audiences_init(struct sc_audiences *a, const struct sc_strlist *dns_names,
    struct sc_error *e)
{
	size_t i;
	int op, r = 0;

	for (op = 0; op < SC_OPERATIONS; op++) {
		if (lists[op].legacy)
			r = sc_strlist_add(&a->of[op], LEGACY);
		for (i = 0; r == 0 && i < dns_names->n; i++)
			r = add_paths(
			    &a->of[op], dns_names->v[i], lists[op].paths);
		if (r != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

void
sc_audiences_clear(struct sc_audiences *a)
{
	int op;

	for (op = 0; op < SC_OPERATIONS; op++)
		sc_strlist_clear(&a->of[op]);
}

/* aud without its port; NULL when it has none or is no URL. */
static char *
without_port(const char *aud)
{
	struct sc_url u;
	char *s = NULL;

	if (sc_url_parse(aud, &u) != 0)
		return NULL;
	if (u.port[0] != '\0')
		s = sc_asprintf("%s://%s%s%s%s%s%s%s%s", u.scheme, u.userinfo,
		    u.userinfo[0] != '\0' ? "@" : "", u.host, u.path,
		    u.query[0] != '\0' ? "?" : "", u.query,
		    u.fragment[0] != '\0' ? "#" : "", u.fragment);
	sc_url_clear(&u);
	return s;
}

bool
sc_audience_match(
    const struct sc_audiences *a, enum sc_operation op, const char *aud)
{
	char *plain;
	bool found;

	if (sc_strlist_has(&a->of[op], aud))
		return true;
	plain = without_port(aud);
	found = plain != NULL && sc_strlist_has(&a->of[op], plain);
	free(plain);
	return found;
}

bool
sc_audience_match_id(const struct sc_audiences *a, enum sc_operation op,
    const char *aud, const char *id)
{
	char *bare = sc_strndup(aud, strcspn(aud, "#"));
	struct sc_url u;
	bool good = false;

	if (bare != NULL && strchr(aud, '#') != NULL &&
	    sc_url_parse(aud, &u) == 0) {
		good =
		    sc_streq(u.fragment, id) && sc_audience_match(a, op, bare);
		sc_url_clear(&u);
	}
	free(bare);
	return good;
}

bool
sc_audience_known(const struct sc_audiences *a, const char *aud)
{
	char *bare = sc_strndup(aud, strcspn(aud, "#"));
	bool found = false;
	int op;

	for (op = 0; bare != NULL && !found && op < SC_OPERATIONS; op++)
		found = sc_audience_match(a, (enum sc_operation)op, bare);
	free(bare);
	return found;
}
