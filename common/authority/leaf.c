#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/leaf.h"
#include "authority/webhooks.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/csr.h"
#include "crypto/extensions.h"
#include "crypto/key.h"
#include "provisioner/cert_template.h"
#include "provisioner/grant.h"
#include "template/data.h"

/* What a provisioner with data but without a template gets. */
static const char builtin[] =
    "{\"subject\": {{ toJson .Subject }}, \"sans\": {{ toJson .SANs }},"
    "{{ if typeIs \"*rsa.PublicKey\" .Insecure.CR.PublicKey }}"
    "\"keyUsage\": [\"digitalSignature\", \"keyEncipherment\"],"
    "{{ else }}\"keyUsage\": \"digitalSignature\",{{ end }}"
    "\"extKeyUsage\": [\"serverAuth\", \"clientAuth\"]}";

void
sc_leaf_clear(struct sc_leaf *l)
{
	sc_cert_plan_clear(&l->plan);
	sc_sans_clear(&l->names);
	json_object_put(l->written);
	*l = (struct sc_leaf){0};
}

struct sc_cert_ext *
sc_leaf_ext(const struct sc_cert_plan *p, const char *oid)
{
	size_t i;

	for (i = 0; i < p->ext_n; i++)
		if (sc_streq(p->ext[i].oid, oid))
			return &p->ext[i];
	return NULL;
}

static int
copy_list(struct sc_strlist *to, const struct sc_strlist *from)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < from->n; i++)
		r = sc_strlist_add(to, from->v[i]);
	return r;
}

/* One that is empty is as good as none. */
static int
or_else(char **s, const char *other)
{
	if ((*s != NULL && (*s)[0] != '\0') || other == NULL)
		return 0;
	free(*s);
	*s = sc_strdup(other);
	return *s == NULL ? SC_ERR_NOMEM : 0;
}

static int
or_else_list(struct sc_strlist *l, const struct sc_strlist *other)
{
	return l->n > 0 ? 0 : copy_list(l, other);
}

/* What authority.template adds where the subject has nothing. */
static int
complete_subject(struct sc_name *s, const struct sc_name *t, struct sc_error *e)
{
	if (or_else(&s->common_name, t->common_name) != 0 ||
	    or_else(&s->serial_number, t->serial_number) != 0 ||
	    or_else_list(&s->country, &t->country) != 0 ||
	    or_else_list(&s->organization, &t->organization) != 0 ||
	    or_else_list(&s->organizational_unit, &t->organizational_unit) !=
		0 ||
	    or_else_list(&s->locality, &t->locality) != 0 ||
	    or_else_list(&s->province, &t->province) != 0 ||
	    or_else_list(&s->street_address, &t->street_address) != 0 ||
	    or_else(&s->common_name, "") != 0)
		return sc_fail_nomem(e);
	return 0;
}

static int
check_names(const struct sc_sans *names, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < names->n; i++)
		r = sc_san_check(&names->v[i], e);
	return r;
}

/* In place of one that a template wrote. */
static int
plan_provisioner(
    struct sc_cert_plan *p, const struct sc_grant *g, struct sc_error *e)
{
	struct sc_cert_ext *x = sc_leaf_ext(p, SC_OID_PROVISIONER);
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (g->ext_type == 0)
		return 0;
	if ((r = sc_provisioner_ext_encode(g->ext_type, g->provisioner_name,
		 g->ext_credential_id, &g->ext_pairs, &der, &n)) != 0)
		return sc_fail(e, r, "cannot encode the provisioner extension");
	if (x != NULL) {
		free(x->der);
		x->der = der;
		x->der_len = n;
		x->critical = false;
		return 0;
	}
	r = sc_cert_plan_add_ext(p, SC_OID_PROVISIONER, false, der, n);
	free(der);
	return r != 0 ? sc_fail_nomem(e) : 0;
}

/* Where to ask whether the leaf is revoked, when that is to be told. */
static int
plan_crl(
    struct sc_cert_plan *p, const struct sc_config_crl *crl, struct sc_error *e)
{
	char *urls[1] = {crl->url};
	const struct sc_strlist list = {urls, 1};
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (!crl->enabled || !crl->add_to_leaves ||
	    sc_leaf_ext(p, SC_OID_CRL_POINTS) != NULL)
		return 0;
	if ((r = sc_ext_crl_points(&list, &der, &n, e)) != 0)
		return r;
	r = sc_cert_plan_add_ext(p, SC_OID_CRL_POINTS, false, der, n);
	free(der);
	return r != 0 ? sc_fail_nomem(e) : 0;
}

/* Where relying parties ask whether the certificate still holds. */
static int
plan_ocsp(
    struct sc_cert_plan *p, const struct sc_config_ocsp *c, struct sc_error *e)
{
	const struct sc_strlist none = {0};

	if (!c->enabled || c->urls.n == 0 || p->access_info.p != NULL ||
	    sc_leaf_ext(p, SC_OID_ACCESS_INFO) != NULL)
		return 0;
	return sc_ext_access_info(
	    &c->urls, &none, &p->access_info.p, &p->access_info.n, e);
}

/* The built-in leaf: nothing in it comes from the request but the key. */
static int
plan_builtin(struct sc_leaf *l, const struct sc_grant *g,
    const struct sc_key *key, struct sc_error *e)
{
	struct sc_cert_plan *p = &l->plan;
	int r;

	p->path_len = -1;
	p->key_usage = SC_KU_DIGITAL_SIGNATURE;
	if (sc_key_type(key) == SC_KEY_RSA)
		p->key_usage |= SC_KU_KEY_ENCIPHERMENT;
	if (sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_SERVER_AUTH) != 0 ||
	    sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_CLIENT_AUTH) != 0 ||
	    (p->subject.common_name = sc_strdup(g->subject)) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_sans_copy(&p->sans, &g->sans, e)) != 0)
		return r;
	return sc_sans_copy(&l->names, &g->sans, e);
}

static int
run_template(struct sc_leaf *l, const struct sc_grant *g, struct sc_tpl_data *d,
    struct sc_error *e)
{
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	int r = sc_cert_template_run(g->template, builtin, d, out, e);

	if (r == 0)
		r = sc_leaf_read(l, sc_buf_str(out), sc_buf_len(out), e);
	if (r != 0)
		sc_error_prefix(
		    e, "provisioner \"%s\": options.x509", g->provisioner_name);
	sc_buf_free(out);
	return r;
}

static int
plan_template(struct sc_leaf *l, const struct sc_grant *g,
    const struct sc_csr *csr, struct json_object *user, struct sc_hooks *hooks,
    struct sc_error *e)
{
	struct sc_tpl_data *d = sc_hooks_data(hooks);
	int r;

	/* The request's data are for templates of one's own. */
	if (g->template->text == NULL)
		user = NULL;
	if (d == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_leaf_data(d, g, csr, user, e)) != 0 ||
	    (r = sc_hooks_enrich_x509(hooks, csr, e)) != 0)
		return r;
	return run_template(l, g, d, e);
}

int
sc_leaf_plan(struct sc_leaf *l, const struct sc_config *config,
    const struct sc_grant *g, const struct sc_csr *csr,
    struct json_object *user, struct sc_hooks *hooks, struct sc_error *e)
{
	struct sc_cert_plan *p = &l->plan;
	int r = g->template != NULL ? plan_template(l, g, csr, user, hooks, e)
				    : plan_builtin(l, g, csr->key, e);

	if (r != 0 || (r = check_names(&l->names, e)) != 0 ||
	    (r = complete_subject(&p->subject, &config->subject_template, e)) !=
		0 ||
	    (r = plan_crl(p, &config->crl, e)) != 0 ||
	    (r = plan_ocsp(p, &config->ocsp, e)) != 0)
		return r;
	return plan_provisioner(p, g, e);
}
