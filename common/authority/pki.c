#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/pki.h"
#include "authority/pki_internal.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/key.h"

/* Ten years of 365 days, root and intermediate alike. */
#define CA_SECONDS (INT64_C(87600) * 3600)

int
sc_pki_add(struct sc_pki *p, const struct sc_pki_request *rq, const char *label,
    const char *rel, char *data, mode_t mode, struct sc_error *e)
{
	void *v = sc_reallocarray(p->files, p->n + 1, sizeof(*p->files));
	char *path = sc_path_join(rq->steppath, rel);
	struct sc_pki_file *f;

	if (v != NULL)
		p->files = v;
	if (v == NULL || path == NULL) {
		free(path);
		sc_free_secret(data);
		return sc_fail_nomem(e);
	}
	f = &p->files[p->n++];
	f->label = label;
	f->path = path;
	f->data = data;
	f->len = data != NULL ? strlen(data) : 0;
	f->mode = mode;
	return 0;
}

void
sc_pki_clear(struct sc_pki *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->files[i].path);
		sc_freezero(p->files[i].data, p->files[i].len);
	}
	free(p->files);
	*p = (struct sc_pki){0};
}

static int
add_cert(struct sc_pki *p, const struct sc_pki_request *rq, const char *label,
    const char *rel, const struct sc_cert *c, struct sc_error *e)
{
	char *pem = NULL;

	if (sc_cert_to_pem(c, &pem) != 0)
		return sc_fail_nomem(e);
	return sc_pki_add(p, rq, label, rel, pem, 0600, e);
}

static int
add_key(struct sc_pki *p, const struct sc_pki_request *rq, const char *label,
    const char *rel, const struct sc_key *k, struct sc_error *e)
{
	char *pem = NULL;
	int r;

	if ((r = sc_key_to_pem(k, rq->password, &pem, e)) != 0)
		return r;
	return sc_pki_add(p, rq, label, rel, pem, 0600, e);
}

/* "NAME Root CA" of organization NAME, or the intermediate likewise. */
static int
make_ca(const struct sc_pki_request *rq, const char *kind, int path_len,
    const struct sc_key *key, const struct sc_issuer *issuer,
    struct sc_cert **out, struct sc_error *e)
{
	struct sc_cert_plan plan = {
	    .not_before = rq->now,
	    .not_after = rq->now + CA_SECONDS,
	    .key_usage = SC_KU_CERT_SIGN | SC_KU_CRL_SIGN,
	    .is_ca = true,
	    .path_len = path_len,
	};
	int r;

	/* It cannot outlive what vouches for it. */
	if (issuer != NULL &&
	    plan.not_after > sc_cert_not_after(sc_issuer_cert(issuer)))
		plan.not_after = sc_cert_not_after(sc_issuer_cert(issuer));
	plan.subject.common_name = sc_asprintf("%s %s CA", rq->name, kind);
	if (plan.subject.common_name == NULL ||
	    sc_strlist_add(&plan.subject.organization, rq->name) != 0)
		r = sc_fail_nomem(e);
	else
		r = sc_cert_build(&plan, key, issuer, out, e);
	sc_cert_plan_clear(&plan);
	return r;
}

/* The root: made, or the one that was given. */
static int
make_root(struct sc_pki *p, const struct sc_pki_request *rq,
    struct sc_cert **root, struct sc_key **key, struct sc_error *e)
{
	int r;

	if (rq->root != NULL) {
		if (!sc_cert_is_ca(rq->root))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "the root certificate is not a certificate "
			    "authority");
		if (sc_cert_path_len(rq->root) == 0)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "the root certificate allows no intermediate "
			    "(path length 0)");
		*root = sc_cert_dup(rq->root);
		*key = sc_key_dup(rq->root_key);
	} else if ((r = sc_key_generate("EC", NULL, 0, key, e)) != 0 ||
	    (r = make_ca(rq, "Root", 1, *key, NULL, root, e)) != 0) {
		return r;
	}
	if ((r = add_cert(p, rq, "Root certificate", "certs/root_ca.crt", *root,
		 e)) != 0)
		return r;
	/* A root key that was given stays where it is. */
	return rq->root != NULL ? 0
				: add_key(p, rq, "Root private key",
				      "secrets/root_ca_key", *key, e);
}

static int
make_intermediate(struct sc_pki *p, const struct sc_pki_request *rq,
    struct sc_cert *root, struct sc_key *root_key, struct sc_error *e)
{
	struct sc_issuer *issuer = NULL;
	struct sc_key *key = NULL;
	struct sc_cert *cert = NULL;
	int r;

	if ((r = sc_issuer_new(root, root_key, &issuer, e)) != 0 ||
	    (r = sc_key_generate("EC", NULL, 0, &key, e)) != 0 ||
	    (r = make_ca(rq, "Intermediate", 0, key, issuer, &cert, e)) != 0 ||
	    (r = add_cert(p, rq, "Intermediate certificate",
		 "certs/intermediate_ca.crt", cert, e)) != 0)
		goto out;
	r = add_key(p, rq, "Intermediate private key",
	    "secrets/intermediate_ca_key", key, e);
out:
	sc_cert_free(cert);
	sc_key_free(key);
	sc_issuer_free(issuer);
	return r;
}

static int
make_ssh_key(struct sc_pki *p, const struct sc_pki_request *rq,
    const char *pub_label, const char *pub, const char *key_label,
    const char *file, struct sc_error *e)
{
	struct sc_key *key = NULL;
	char *line = NULL, *text = NULL;
	int r;

	if ((r = sc_key_generate("EC", NULL, 0, &key, e)) != 0)
		return r;
	if (sc_key_to_ssh_line(key, &line) != 0 ||
	    (text = sc_asprintf("%s\n", line)) == NULL)
		r = sc_fail_nomem(e);
	else if ((r = sc_pki_add(p, rq, pub_label, pub, text, 0600, e)) == 0)
		r = add_key(p, rq, key_label, file, key, e);
	free(line);
	sc_key_free(key);
	return r;
}

static int
make_ssh_user(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e)
{
	return make_ssh_key(p, rq, "SSH user public key",
	    "certs/ssh_user_ca_key.pub", "SSH user private key",
	    SC_PKI_SSH_USER_KEY, e);
}

static int
make_ssh_host(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e)
{
	return make_ssh_key(p, rq, "SSH host public key",
	    "certs/ssh_host_ca_key.pub", "SSH host private key",
	    SC_PKI_SSH_HOST_KEY, e);
}

static int
set_fingerprint(
    struct sc_pki *p, const struct sc_cert *root, struct sc_error *e)
{
	uint8_t sum[32];
	char *hex;

	sc_cert_fingerprint(root, sum);
	if ((hex = sc_hex_encode(sum, sizeof(sum))) == NULL)
		return sc_fail_nomem(e);
	memcpy(p->fingerprint, hex, sizeof(p->fingerprint));
	free(hex);
	return 0;
}

int
sc_pki_create(
    const struct sc_pki_request *rq, struct sc_pki *out, struct sc_error *e)
{
	struct sc_cert *root = NULL;
	struct sc_key *root_key = NULL;
	int r;

	*out = (struct sc_pki){0};
	if ((r = make_root(out, rq, &root, &root_key, e)) != 0 ||
	    (r = set_fingerprint(out, root, e)) != 0 ||
	    (r = make_intermediate(out, rq, root, root_key, e)) != 0 ||
	    (rq->ssh && (r = make_ssh_user(out, rq, e)) != 0) ||
	    (rq->ssh && (r = make_ssh_host(out, rq, e)) != 0))
		goto out;
	if (!rq->pki_only)
		r = sc_pki_add_config(out, rq, e);
out:
	sc_cert_free(root);
	sc_key_free(root_key);
	if (r != 0)
		sc_pki_clear(out);
	return r;
}

int
sc_pki_create_ssh(const char *steppath, const char *password,
    const struct sc_pki_ssh *what, struct sc_pki *out, struct sc_error *e)
{
	const struct sc_pki_request rq = {
	    .steppath = steppath, .password = password};
	int r = 0;

	*out = (struct sc_pki){0};
	if (what->user)
		r = make_ssh_user(out, &rq, e);
	if (r == 0 && what->host)
		r = make_ssh_host(out, &rq, e);
	if (r == 0 && what->templates)
		r = sc_pki_add_ssh_templates(out, &rq, e);
	if (r != 0)
		sc_pki_clear(out);
	return r;
}
