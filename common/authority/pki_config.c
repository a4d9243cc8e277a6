#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/pki_internal.h"
#include "authority/pki_provisioner.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

static void
add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void
add_path(struct json_object *o, const struct sc_pki_request *rq,
    const char *name, const char *rel)
{
	char *path = sc_path_join(rq->steppath, rel);

	if (path != NULL)
		add_text(o, name, path);
	free(path);
}

static int
make_provisioners(const struct sc_pki_request *rq, struct json_object **out,
    struct sc_error *e)
{
	struct json_object *list = json_object_new_array(), *p = NULL;
	int r;

	if ((r = sc_pki_jwk_provisioner(rq->provisioner,
		 rq->provisioner_password, NULL, &p, e)) != 0) {
		json_object_put(list);
		return r;
	}
	json_object_array_add(list, p);
	if (rq->ssh) {
		json_object_object_add(p, "claims", sc_pki_ssh_claims());
		json_object_array_add(list,
		    sc_pki_sshpop_provisioner(
			sc_streq(rq->provisioner, "sshpop") ? "sshpop-1"
							    : "sshpop"));
	}
	*out = list;
	return 0;
}

static struct json_object *
make_dns_names(const struct sc_pki_request *rq)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < rq->dns_names->n; i++)
		json_object_array_add(
		    a, json_object_new_string(rq->dns_names->v[i]));
	return a;
}

static struct json_object *
make_ssh(const struct sc_pki_request *rq)
{
	struct json_object *o = json_object_new_object();

	add_path(o, rq, "hostKey", SC_PKI_SSH_HOST_KEY);
	add_path(o, rq, "userKey", SC_PKI_SSH_USER_KEY);
	return o;
}

static struct json_object *
make_db(const struct sc_pki_request *rq)
{
	struct json_object *o = json_object_new_object();

	/* The reference's name: the same file serves both. */
	add_text(o, "type", "badgerv2");
	add_path(o, rq, "dataSource", "db");
	add_text(o, "badgerFileLoadingMode", "");
	return o;
}

static struct json_object *
make_tls(void)
{
	struct json_object *o = json_object_new_object();
	struct json_object *suites = json_object_new_array();

	json_object_array_add(suites,
	    json_object_new_string(
		"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"));
	json_object_array_add(suites,
	    json_object_new_string("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
	json_object_object_add(o, "cipherSuites", suites);
	json_object_object_add(
	    o, "minVersion", json_object_new_double_s(1.2, "1.2"));
	json_object_object_add(
	    o, "maxVersion", json_object_new_double_s(1.3, "1.3"));
	json_object_object_add(o, "renegotiation", json_object_new_boolean(0));
	return o;
}

/* Members in the order in which the reference writes them. */
static int
make_ca_json(const struct sc_pki_request *rq, struct json_object **out,
    struct sc_error *e)
{
	struct json_object *o, *provisioners = NULL, *sub;
	int r;

	*out = NULL;
	if ((r = make_provisioners(rq, &provisioners, e)) != 0)
		return r;
	o = json_object_new_object();
	add_path(o, rq, "root", "certs/root_ca.crt");
	json_object_object_add(o, "federatedRoots", NULL);
	add_path(o, rq, "crt", "certs/intermediate_ca.crt");
	add_path(o, rq, "key", "secrets/intermediate_ca_key");
	add_text(o, "address", rq->address);
	add_text(o, "insecureAddress", "");
	json_object_object_add(o, "dnsNames", make_dns_names(rq));
	if (rq->ssh)
		json_object_object_add(o, "ssh", make_ssh(rq));
	sub = json_object_new_object();
	add_text(sub, "format", "text");
	json_object_object_add(o, "logger", sub);
	if (!rq->no_db)
		json_object_object_add(o, "db", make_db(rq));
	sub = json_object_new_object();
	json_object_object_add(sub, "provisioners", provisioners);
	json_object_object_add(o, "authority", sub);
	json_object_object_add(o, "tls", make_tls());
	if (rq->ssh)
		json_object_object_add(
		    o, "templates", sc_pki_ssh_templates_json());
	*out = o;
	return 0;
}

/* https://NAME[:PORT unless 443] of the first DNS name. */
static char *
make_ca_url(const struct sc_pki_request *rq)
{
	const char *name = rq->dns_names->v[0];
	const char *port = strrchr(rq->address, ':');
	const char *v6 = strchr(name, ':') != NULL ? "[" : "";

	port = port != NULL && !sc_streq(port, ":443") ? port : "";
	return sc_asprintf(
	    "https://%s%s%s%s", v6, name, v6[0] != '\0' ? "]" : "", port);
}

static int
add_json(struct sc_pki *p, const struct sc_pki_request *rq, const char *label,
    const char *rel, struct json_object *o, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_CONFIG_FILE);
	char *text;

	(void)sc_json_put(b, o, "\t");
	if ((text = sc_buf_steal(b, NULL)) == NULL)
		return sc_fail_nomem(e);
	return sc_pki_add(p, rq, label, rel, text, 0644, e);
}

static int
add_defaults(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e)
{
	char *url =
	    rq->ca_url != NULL ? sc_strdup(rq->ca_url) : make_ca_url(rq);
	struct json_object *o = json_object_new_object();
	int r;

	if (url == NULL) {
		json_object_put(o);
		return sc_fail_nomem(e);
	}
	add_text(o, "ca-url", url);
	add_path(o, rq, "ca-config", "config/ca.json");
	add_text(o, "fingerprint", p->fingerprint);
	add_path(o, rq, "root", "certs/root_ca.crt");
	r = add_json(
	    p, rq, "Default configuration", "config/defaults.json", o, e);
	json_object_put(o);
	free(url);
	return r;
}

int
sc_pki_add_config(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e)
{
	struct json_object *ca = NULL;
	int r;

	if ((r = make_ca_json(rq, &ca, e)) != 0)
		return r;
	if (!rq->no_db &&
	    (r = sc_pki_add(p, rq, "Database folder", "db", NULL, 0700, e)) !=
		0)
		goto out;
	if (rq->ssh && (r = sc_pki_add_ssh_templates(p, rq, e)) != 0)
		goto out;
	if ((r = add_defaults(p, rq, e)) != 0)
		goto out;
	r = add_json(p, rq, "Certificate Authority configuration",
	    "config/ca.json", ca, e);
out:
	json_object_put(ca);
	return r;
}
