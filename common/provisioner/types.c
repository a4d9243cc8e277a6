#include "config.h"

#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "provisioner/cert_template.h"
#include "provisioner/provisioner.h"

const char sc_admin_x509_template[] =
    "{\"subject\": {{ toJson .Insecure.CR.Subject }},"
    "\"sans\": {{ toJson .Insecure.CR.SANs }},"
    "{{ if typeIs \"*rsa.PublicKey\" .Insecure.CR.PublicKey }}"
    "\"keyUsage\": [\"digitalSignature\", \"keyEncipherment\"],"
    "{{ else }}\"keyUsage\": \"digitalSignature\",{{ end }}"
    "\"extKeyUsage\": [\"serverAuth\", \"clientAuth\"]}";

static const struct sc_provisioner_type *const own[] = {
    &sc_provisioner_jwk,
    &sc_provisioner_x5c,
    &sc_provisioner_k8ssa,
    &sc_provisioner_oidc,
    &sc_provisioner_aws,
    &sc_provisioner_gcp,
    &sc_provisioner_nebula,
    &sc_provisioner_azure,
};

/*
 * Types of the reference that have no implementation of their own here: they
 * keep their place in the listing, and a token that names one is refused.
 */
static const struct sc_provisioner_type others[] = {
    {.name = "ACME", .number = 6, .id_prefix = "acme/"},
    {.name = "SSHPOP",
	.number = 9,
	.id_prefix = "sshpop/",
	.token_flow = true,
	.ssh_pop = true},
    {.name = "SCEP", .number = 10, .id_prefix = "scep/"},
};

const struct sc_provisioner_type *
sc_provisioner_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (sc_strcaseeq(name, own[i]->name))
			return own[i];
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (sc_strcaseeq(name, others[i].name))
			return &others[i];
	return NULL;
}

int
sc_provisioner_pem(const struct sc_provisioner *p, const char *member,
    char **out, size_t *n, struct sc_error *e)
{
	const char *text = NULL;
	uint8_t *raw = NULL;
	int r;

	*out = NULL;
	if ((r = sc_json_get_string(p->raw, member, &text, e)) != 0)
		return r;
	if (text == NULL || text[0] == '\0')
		return sc_fail(e, SC_ERR_MALFORMED, "%s is missing", member);
	if (sc_b64_decode(SC_B64_STD, text, strlen(text), &raw, n) != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "%s is not base64", member);
	*out = (char *)raw;
	return 0;
}

int
sc_provisioner_default_id(struct sc_provisioner *p, struct sc_error *e)
{
	if (p->id != NULL)
		return 0;
	p->id = sc_asprintf("%s%s",
	    p->type->id_prefix != NULL ? p->type->id_prefix : "", p->name);
	return p->id == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_provisioner_type_templates(struct sc_provisioner *p, struct sc_error *e)
{
	const struct sc_provisioner_type *type = p->type;
	int r;

	if (type->admin_template != NULL &&
	    (p->x509_template == NULL || p->x509_template->text == NULL)) {
		if ((r = sc_cert_template_default(
			 &p->admin_template, type->admin_template, e)) != 0)
			return r;
		if (p->x509_template != NULL)
			p->admin_template->data = p->x509_template->data;
	}
	return type->x509_template == NULL
	    ? 0
	    : sc_cert_template_default(
		  &p->x509_template, type->x509_template, e);
}
