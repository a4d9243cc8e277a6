#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/authority.h"
#include "authority/crl.h"
#include "authority/crl_state.h"
#include "authority/internal.h"
#include "authority/ocsp.h"
#include "authority/online.h"
#include "authority/ssh_config.h"
#include "authority/ssh_hosts.h"
#include "authority/ssh_keys.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "crypto/name_constraints.h"
#include "provisioner/provisioner.h"
#include "provisioner/webhook.h"
#include "store/store.h"

static int
load_certs(const char *path, struct sc_certs *out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) != 0)
		return r;
	if ((r = sc_certs_from_pem(pem, n, out, e)) != 0)
		sc_error_prefix(e, "%s", path);
	free(pem);
	return r;
}

static int
load_cert_files(
    const struct sc_strlist *files, struct sc_certs *out, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < files->n; i++)
		r = load_certs(files->v[i], out, e);
	return r;
}

static bool
same_cert(const struct sc_cert *a, const struct sc_cert *b)
{
	size_t na, nb;
	const uint8_t *da = sc_cert_der(a, &na), *db = sc_cert_der(b, &nb);

	return na == nb && memcmp(da, db, na) == 0;
}

/* Append those certificates of from that out does not have yet. */
static int
add_new(struct sc_certs *out, const struct sc_certs *from, struct sc_error *e)
{
	void *v = sc_reallocarray(out->v, out->n + from->n, sizeof(*out->v));
	size_t i, j;

	if (v == NULL && from->n > 0)
		return sc_fail_nomem(e);
	out->v = v;
	for (i = 0; i < from->n; i++) {
		for (j = 0; j < out->n; j++)
			if (same_cert(out->v[j], from->v[i]))
				break;
		if (j == out->n)
			out->v[out->n++] = sc_cert_dup(from->v[i]);
	}
	return 0;
}

static int
load_all_certs(struct sc_authority *ca, struct sc_error *e)
{
	struct sc_certs extra = {0};
	int r;

	if ((r = load_cert_files(&ca->config->roots, &ca->roots, e)) != 0 ||
	    (r = load_certs(ca->config->crt, &ca->intermediates, e)) != 0 ||
	    (r = load_cert_files(&ca->config->federated_roots, &extra, e)) !=
		0 ||
	    (r = add_new(&ca->federated, &ca->roots, e)) != 0)
		goto out;
	r = add_new(&ca->federated, &extra, e);
out:
	sc_certs_clear(&extra);
	return r;
}

/* Nobody else may have these keys certified. */
static int
collect_ca_keys(struct sc_authority *ca, struct sc_error *e)
{
	const struct sc_certs *lists[] = {&ca->federated, &ca->intermediates};
	size_t i, k;
	int r;

	ca->ca_keys = calloc(
	    ca->federated.n + ca->intermediates.n + 1, sizeof(struct sc_key *));
	if (ca->ca_keys == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < 2; i++)
		for (k = 0; k < lists[i]->n; k++) {
			if ((r = sc_cert_key(lists[i]->v[k],
				 &ca->ca_keys[ca->ca_keys_n], e)) != 0)
				return r;
			ca->ca_keys_n++;
		}
	return 0;
}

struct password_source {
	const char *file; /* wins; may be NULL */
	const char *inline_; /* the configuration's, "" when absent */
	sc_authority_password_fn *ask; /* last; may be NULL */
	void *arg;
};

static int
give_password(void *arg, const char *what, char **pw, struct sc_error *e)
{
	const struct password_source *src = arg;

	if (src->file != NULL)
		return sc_password_read(src->file, pw, e);
	if (src->inline_[0] == '\0' && src->ask != NULL)
		return src->ask(src->arg, what, pw, e);
	if (src->inline_[0] == '\0')
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "%s is encrypted and there is no password: name a file "
		    "with --password-file or STEPC_PASSWORD_FILE",
		    what);
	*pw = sc_strdup(src->inline_);
	return *pw == NULL ? sc_fail_nomem(e) : 0;
}

static int
load_key(
    struct sc_authority *ca, struct password_source *src, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r;

	src->inline_ = ca->config->password;
	if ((r = sc_file_read(ca->config->key, SC_MAX_PEM_FILE, &pem, &n, e)) !=
	    0)
		return r;
	r = sc_key_from_pem(
	    pem, n, ca->config->key, give_password, src, &ca->key, e);
	sc_freezero(pem, n);
	if (r != 0)
		return r;
	if ((r = sc_issuer_new(
		 ca->intermediates.v[0], ca->key, &ca->issuer, e)) != 0)
		sc_error_prefix(
		    e, "%s and %s", ca->config->crt, ca->config->key);
	return r;
}

static int
open_store(struct sc_authority *ca, unsigned needs, struct sc_error *e)
{
	int r;

	if (needs & SC_NEED_STORE_WRITE)
		return sc_store_open(ca->config->store_dir,
		    SC_STORE_WRITE | SC_STORE_CREATE, &ca->store, e);
	if (!(needs & SC_NEED_STORE_READ))
		return 0;
	r = sc_store_open(ca->config->store_dir, 0, &ca->store, e);
	return r == SC_ERR_NOT_FOUND ? 0 : r;
}

static void
separate(struct sc_buf *b)
{
	if (sc_buf_len(b) > 0)
		(void)sc_buf_puts(b, "; ");
}

/* Those that only SCEP would ask. */
static void
warn_webhooks(struct sc_buf *b, const struct sc_provisioner *p)
{
	const struct sc_webhook *w;
	size_t i;

	for (i = 0; p->webhooks != NULL && i < p->webhooks->n; i++) {
		w = &p->webhooks->v[i];
		if (w->kind == SC_WEBHOOK_ENRICHING ||
		    w->kind == SC_WEBHOOK_AUTHORIZING)
			continue;
		separate(b);
		(void)sc_buf_putf(b,
		    "provisioner \"%s\": webhook \"%s\" of kind %s has no "
		    "effect",
		    p->name, w->name, sc_webhook_kind_name(w->kind));
	}
}

static void
warn_provisioner(struct sc_buf *b, const struct sc_provisioner *p)
{
	if (p->disabled != NULL) {
		separate(b);
		(void)sc_buf_putf(
		    b, "provisioner \"%s\" disabled: %s", p->name, p->disabled);
	} else if (p->type->token_flow && p->type->authorize_sign == NULL &&
	    !p->type->ssh_pop) {
		separate(b);
		(void)sc_buf_putf(b,
		    "provisioner \"%s\": type %s is not supported yet", p->name,
		    p->type->name);
	} else {
		warn_webhooks(b, p);
	}
}

static int
make_warning(struct sc_authority *ca, struct sc_error *e)
{
	const struct sc_strlist *u = &ca->config->unsupported;
	struct sc_buf *b = sc_buf_new(65536);
	const char *skipped = sc_provisioners_skipped(ca->provisioners);
	size_t i;

	for (i = 0; i < u->n; i++)
		(void)sc_buf_putf(b, "%s%s",
		    i == 0 ? "configured but without effect: " : ", ", u->v[i]);
	if (skipped[0] != '\0') {
		separate(b);
		(void)sc_buf_putf(
		    b, "provisioners of unknown type skipped: %s", skipped);
	}
	for (i = 0; i < sc_provisioners_count(ca->provisioners); i++)
		warn_provisioner(b, sc_provisioners_at(ca->provisioners, i));
	ca->warning = sc_buf_steal(b, NULL);
	return ca->warning == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_authority_warn(struct sc_authority *ca, const char *what, const char *why,
    struct sc_error *e)
{
	char *s = sc_asprintf("%s%s%s: %s", ca->warning,
	    ca->warning[0] != '\0' ? "; " : "", what, why);

	if (s == NULL)
		return sc_fail_nomem(e);
	free(ca->warning);
	ca->warning = s;
	return 0;
}

/*
 * The last list is served even when no other one can be made, and the OCSP
 * signer is good for another week.
 */
static int
load_crl_key(
    struct sc_authority *ca, struct password_source *src, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	const char *what;

	if ((!ca->config->crl.enabled && !sc_ocsp_is_ours(ca)) ||
	    load_key(ca, src, &why) == 0)
		return 0;
	ca->key_failure = sc_strdup(why.msg);
	if (ca->key_failure == NULL)
		return sc_fail_nomem(e);
	what = !ca->config->crl.enabled ? "no OCSP signer can be made"
	    : sc_ocsp_is_ours(ca)
	    ? "no revocation list or OCSP signer can be made"
	    : "no revocation list can be made";
	return sc_authority_warn(ca, what, why.msg, e);
}

/* What has more to do than SSH does it, whatever becomes of the keys. */
static int
load_ssh_public(struct sc_authority *ca, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;

	if (sc_ssh_keys_load(ca->config, false, NULL, NULL, &ca->ssh, &why) ==
	    0)
		return 0;
	return sc_authority_warn(ca, "no SSH authority", why.msg, e);
}

static int
load_ssh_keys(struct sc_authority *ca, struct password_source *src,
    unsigned needs, struct sc_error *e)
{
	if (!(needs & SC_NEED_SSH_KEYS))
		return load_ssh_public(ca, e);
	src->inline_ = ca->config->password;
	return sc_ssh_keys_load(
	    ca->config, true, give_password, src, &ca->ssh, e);
}

int
sc_authority_open(const char *config_path, const char *password_file,
    unsigned needs, struct sc_authority **out, struct sc_error *e)
{
	return sc_authority_open_asking(
	    config_path, password_file, NULL, NULL, needs, out, e);
}

int
sc_authority_open_asking(const char *config_path, const char *password_file,
    sc_authority_password_fn *ask, void *arg, unsigned needs,
    struct sc_authority **out, struct sc_error *e)
{
	struct password_source src = {password_file, "", ask, arg};
	struct sc_authority *ca;
	int r;

	*out = NULL;
	if ((ca = calloc(1, sizeof(*ca))) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_config_load(config_path, &ca->config, e)) != 0 ||
	    (r = load_all_certs(ca, e)) != 0 ||
	    (r = sc_provisioners_new(ca->config->provisioners,
		 &ca->config->claims, &ca->config->dns_names,
		 ca->config->steppath, &ca->provisioners, e)) != 0 ||
	    (r = make_warning(ca, e)) != 0 ||
	    (r = sc_authority_go_online(ca, needs, e)) != 0)
		goto out;
	if ((needs & SC_NEED_X509_KEY) &&
	    ((r = sc_name_constraints_new(
		  &ca->intermediates, &ca->roots, &ca->constraints, e)) != 0 ||
		(r = collect_ca_keys(ca, e)) != 0 ||
		(r = load_key(ca, &src, e)) != 0))
		goto out;
	if ((needs & SC_NEED_CRL_KEY) && (r = load_crl_key(ca, &src, e)) != 0)
		goto out;
	if ((needs & (SC_NEED_SSH_KEYS | SC_NEED_SSH_PUBLIC)) &&
	    (r = load_ssh_keys(ca, &src, needs, e)) != 0)
		goto out;
	if ((needs & SC_NEED_OCSP_SIGNER) &&
	    (r = sc_ocsp_state_open(ca, sc_clock_now(), e)) != 0)
		goto out;
	if ((r = open_store(ca, needs, e)) != 0)
		goto out;
	*out = ca;
	ca = NULL; /* transferred */
out:
	sc_authority_close(ca);
	return r;
}

void
sc_authority_close(struct sc_authority *ca)
{
	if (ca == NULL)
		return;
	sc_crl_state_free(ca->crl);
	sc_crl_state_free(ca->krl);
	sc_ocsp_state_free(ca->ocsp);
	sc_ssh_config_state_free(ca->ssh_config);
	sc_ssh_hosts_free(ca->hosts);
	sc_ssh_keys_free(ca->ssh);
	sc_store_close(ca->store);
	sc_issuer_free(ca->issuer);
	sc_name_constraints_free(ca->constraints);
	sc_key_free(ca->key);
	while (ca->ca_keys_n > 0)
		sc_key_free(ca->ca_keys[--ca->ca_keys_n]);
	free(ca->ca_keys);
	sc_certs_clear(&ca->roots);
	sc_certs_clear(&ca->federated);
	sc_certs_clear(&ca->intermediates);
	sc_provisioners_free(ca->provisioners);
	sc_config_free(ca->config);
	free(ca->key_failure);
	free(ca->peer_roots);
	free(ca->warning);
	free(ca->chain_middle_json);
	free(ca->chain_tail_json);
	free(ca);
}

const struct sc_config *
sc_authority_config(const struct sc_authority *ca)
{
	return ca->config;
}

const struct sc_provisioners *
sc_authority_provisioners(const struct sc_authority *ca)
{
	return ca->provisioners;
}

const char *
sc_authority_warning(const struct sc_authority *ca)
{
	return ca->warning;
}

int
sc_authority_idle(struct sc_authority *ca, struct sc_error *e)
{
	return ca->store != NULL ? sc_store_idle(ca->store, e) : 0;
}

const char *
sc_authority_notice(struct sc_authority *ca)
{
	const char *s = ca->store != NULL ? sc_store_notice(ca->store) : NULL;

	if (s != NULL)
		return s;
	if (sc_crl_notice(ca->crl, ca->notice)[0] != '\0')
		return ca->notice;
	return sc_crl_notice(ca->krl, ca->notice);
}
