#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "crypto/key.h"
#include "provisioner/instance.h"
#include "provisioner/provisioner.h"

const char sc_instance_x509_template[] =
    "{\"subject\": {\"commonName\": "
    "{{ toJson .Insecure.CR.Subject.CommonName }}},"
    "{{ if .SANs }}\"sans\": {{ toJson .SANs }},"
    "{{ else }}\"sans\": {{ toJson .Insecure.CR.SANs }},{{ end }}"
    "{{ if typeIs \"*rsa.PublicKey\" .Insecure.CR.PublicKey }}"
    "\"keyUsage\": [\"digitalSignature\", \"keyEncipherment\"],"
    "{{ else }}\"keyUsage\": \"digitalSignature\",{{ end }}"
    "\"extKeyUsage\": [\"serverAuth\", \"clientAuth\"]}";

int
sc_instance_init(struct sc_provisioner *p, struct sc_error *e)
{
	struct sc_instance *i = &p->instance;
	const char *age = NULL;
	int r;

	if ((r = sc_json_get_bool(
		 p->raw, "disableCustomSANs", &i->known_names, e)) != 0 ||
	    (r = sc_json_get_bool(
		 p->raw, "disableTrustOnFirstUse", &i->reusable, e)) != 0 ||
	    (r = sc_json_get_string(p->raw, "instanceAge", &age, e)) != 0)
		return r;
	if (age == NULL || age[0] == '\0')
		return 0;
	if (sc_duration_parse(age, &i->max_age) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "instanceAge: \"%.64s\" is not a duration", age);
	if (i->max_age < 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "instanceAge cannot be negative");
	return 0;
}

int
sc_instance_check_age(const struct sc_provisioner *p, int64_t since,
    int64_t now, struct sc_error *e)
{
	const int64_t max = p->instance.max_age;
	char bound[SC_DURATION_MAX];

	if (max == 0 || now - since <= max / SC_SECOND)
		return 0;
	sc_duration_format(max, bound);
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "the instance is older than %s (instanceAge of the provisioner)",
	    bound);
}

int
sc_instance_spend(const struct sc_provisioner *p, const struct sc_token *t,
    const char *instance, struct sc_grant *g, struct sc_error *e)
{
	uint8_t sum[32];
	int r;

	/* Its jti is of no use: all tokens of an instance have the same. */
	if (p->instance.reusable) {
		g->spend_expires = t->exp != 0 ? t->exp + SC_TOKEN_LEEWAY : 0;
		return sc_token_hash(t, &g->spend_id, e);
	}
	if ((r = sc_sha256(instance, strlen(instance), sum)) != 0)
		return sc_fail(e, r, "SHA-256 failed");
	g->spend_id = sc_hex_encode(sum, sizeof(sum));
	return g->spend_id == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_instance_spend_id(const struct sc_provisioner *p, const struct sc_token *t,
    const char *id, struct sc_grant *g, struct sc_error *e)
{
	char *unique = sc_asprintf("%s.%s", p->id, id);
	int r = unique == NULL ? sc_fail_nomem(e)
			       : sc_instance_spend(p, t, unique, g, e);

	free(unique);
	return r;
}

int
sc_instance_pair(
    struct sc_grant *g, const char *name, const char *value, struct sc_error *e)
{
	if (sc_strlist_add(&g->ext_pairs, name) != 0 ||
	    sc_strlist_add(&g->ext_pairs, value) != 0)
		return sc_fail_nomem(e);
	return 0;
}
