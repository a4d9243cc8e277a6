#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/internal.h"
#include "authority/ssh_keys.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/key.h"
#include "crypto/ssh_key.h"

/* Public keys, borrowed by nobody for longer than the authority lives. */
struct list {
	struct sc_ssh_key **v;
	size_t n;
};

struct side { /* of one type of certificate */
	struct sc_key *key; /* NULL unless opened */
	struct sc_ssh_key *pub; /* NULL: this type is not signed */
	struct list trusted, federated; /* pub is the first of both */
};

struct sc_ssh_keys {
	struct side user, host;
};

static const struct side *
side_of(const struct sc_authority *ca, enum sc_ssh_cert_type type)
{
	if (ca->ssh == NULL)
		return NULL;
	return type == SC_SSH_HOST ? &ca->ssh->host : &ca->ssh->user;
}

/* --- loading ----------------------------------------------------------- */

static int
append(struct list *l, struct sc_ssh_key *k, struct sc_error *e)
{
	struct sc_ssh_key **v = sc_reallocarray(l->v, l->n + 1, sizeof(*v));

	if (v == NULL)
		return sc_fail_nomem(e);
	l->v = v;
	v[l->n++] = sc_ssh_key_dup(k);
	return 0;
}

static int
load_private(const char *path, sc_authority_password_fn *ask, void *arg,
    struct sc_key **out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) != 0)
		return r;
	r = sc_key_from_pem(pem, n, path, ask, arg, out, e);
	sc_freezero(pem, n);
	if (r == 0 && (r = sc_key_check_strength(*out, e)) != 0)
		sc_error_prefix(e, "%s", path);
	return r;
}

static int
load_line(const char *path, struct sc_ssh_key **out, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &text, &n, e)) != 0)
		return r;
	if ((r = sc_ssh_key_from_line(text, n, out, NULL, e)) != 0)
		sc_error_prefix(e, "%s", path);
	free(text);
	return r;
}

/* NOT_FOUND when neither file is there. */
static int
load_public(const char *steppath, const char *key, struct sc_ssh_key **out,
    struct sc_error *e)
{
	const char *name = strrchr(key, '/');
	char *beside = sc_asprintf("%s.pub", key);
	char *certs = sc_asprintf(
	    "%s/certs/%s.pub", steppath, name != NULL ? name + 1 : key);
	int r;

	if (beside == NULL || certs == NULL)
		r = sc_fail_nomem(e);
	else if (sc_file_exists(beside))
		r = load_line(beside, out, e);
	else if (sc_file_exists(certs))
		r = load_line(certs, out, e);
	else
		r = sc_fail(e, SC_ERR_NOT_FOUND,
		    "neither %s nor %s is there; make one with 'ssh-keygen -y "
		    "-f %s'",
		    certs, beside, key);
	free(beside);
	free(certs);
	return r;
}

/* The private key, and the public one that must be its own. */
static int
load_pair(struct side *s, const char *steppath, const char *path,
    sc_authority_password_fn *ask, void *arg, struct sc_error *e)
{
	struct sc_ssh_key *told = NULL;
	int r;

	if ((r = load_private(path, ask, arg, &s->key, e)) != 0 ||
	    (r = sc_ssh_key_new(s->key, &s->pub, e)) != 0)
		return r;
	r = load_public(steppath, path, &told, NULL);
	if (r == SC_ERR_NOT_FOUND)
		return 0;
	if (r == 0 && !sc_ssh_key_same(told, s->pub))
		r = SC_ERR_MALFORMED;
	sc_ssh_key_free(told);
	return r != 0
	    ? sc_fail(e, r, "the .pub file of %s is not its public key", path)
	    : 0;
}

static int
load_side(struct side *s, const struct sc_config *c, bool host, bool signing,
    sc_authority_password_fn *ask, void *arg, struct sc_error *e)
{
	const char *path = host ? c->ssh.host_key : c->ssh.user_key;
	struct sc_ssh_key *k = NULL;
	size_t i;
	int r = 0;

	if (path[0] != '\0')
		r = signing ? load_pair(s, c->steppath, path, ask, arg, e)
			    : load_public(c->steppath, path, &s->pub, e);
	if (r == 0 && s->pub != NULL &&
	    ((r = append(&s->trusted, s->pub, e)) != 0 ||
		(r = append(&s->federated, s->pub, e)) != 0))
		return r;
	for (i = 0; r == 0 && i < c->ssh.keys_n; i++) {
		if (c->ssh.keys[i].host != host)
			continue;
		if ((r = sc_ssh_key_new(c->ssh.keys[i].key, &k, e)) != 0)
			return r;
		r = append(
		    c->ssh.keys[i].federated ? &s->federated : &s->trusted, k,
		    e);
		sc_ssh_key_free(k);
	}
	return r;
}

int
sc_ssh_keys_load(const struct sc_config *config, bool signing,
    sc_authority_password_fn *ask, void *arg, struct sc_ssh_keys **out,
    struct sc_error *e)
{
	struct sc_ssh_keys *k;
	int r;

	*out = NULL;
	if (!config->ssh.present)
		return 0;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return sc_fail_nomem(e);
	r = load_side(&k->user, config, false, signing, ask, arg, e);
	if (r == 0)
		r = load_side(&k->host, config, true, signing, ask, arg, e);
	if (r != 0)
		sc_ssh_keys_free(k);
	else
		*out = k;
	return r;
}

static void
list_clear(struct list *l)
{
	while (l->n > 0)
		sc_ssh_key_free(l->v[--l->n]);
	free(l->v);
}

static void
side_clear(struct side *s)
{
	sc_key_free(s->key);
	sc_ssh_key_free(s->pub);
	list_clear(&s->trusted);
	list_clear(&s->federated);
}

void
sc_ssh_keys_free(struct sc_ssh_keys *k)
{
	if (k == NULL)
		return;
	side_clear(&k->user);
	side_clear(&k->host);
	free(k);
}

/* --- questions --------------------------------------------------------- */

int
sc_authority_ssh_enabled(const struct sc_authority *ca, struct sc_error *e)
{
	if (ca->ssh == NULL ||
	    (ca->ssh->user.pub == NULL && ca->ssh->host.pub == NULL))
		return sc_fail(
		    e, SC_ERR_UNSUPPORTED, "the authority has no SSH keys");
	return 0;
}

int
sc_authority_ssh_can_sign(const struct sc_authority *ca,
    enum sc_ssh_cert_type type, struct sc_error *e)
{
	const struct side *s = side_of(ca, type);

	if (s == NULL || s->key == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED, "ca.json has no ssh.%s",
		    type == SC_SSH_HOST ? "hostKey" : "userKey");
	return 0;
}

int
sc_authority_ssh_sign_cert(
    const struct sc_authority *ca, struct sc_ssh_cert *c, struct sc_error *e)
{
	const struct side *s = side_of(ca, c->type);
	int r = sc_authority_ssh_can_sign(ca, c->type, e);

	return r != 0 ? r : sc_ssh_cert_sign_as(c, s->key, s->pub, e);
}

const struct sc_ssh_key *
sc_authority_ssh_trusted(
    const struct sc_authority *ca, enum sc_ssh_cert_type type, size_t i)
{
	const struct side *s = side_of(ca, type);

	return s != NULL && i < s->trusted.n ? s->trusted.v[i] : NULL;
}

const struct sc_ssh_key *
sc_authority_ssh_federated(
    const struct sc_authority *ca, enum sc_ssh_cert_type type, size_t i)
{
	const struct side *s = side_of(ca, type);

	return s != NULL && i < s->federated.n ? s->federated.v[i] : NULL;
}

const struct sc_ssh_key *
sc_authority_ssh_active(
    const struct sc_authority *ca, enum sc_ssh_cert_type type)
{
	const struct side *s = side_of(ca, type);

	return s != NULL ? s->pub : NULL;
}

static bool
in_list(const struct list *l, const struct sc_ssh_key *key)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (sc_key_same_public(
			sc_ssh_key_public(l->v[i]), sc_ssh_key_public(key)))
			return true;
	return false;
}

int
sc_authority_ssh_check_key(const struct sc_authority *ca,
    const struct sc_ssh_key *key, struct sc_error *e)
{
	if (ca->ssh != NULL &&
	    (in_list(&ca->ssh->user.trusted, key) ||
		in_list(&ca->ssh->user.federated, key) ||
		in_list(&ca->ssh->host.trusted, key) ||
		in_list(&ca->ssh->host.federated, key)))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "ssh certificate key is a key of the certificate "
		    "authority");
	return 0;
}
