#include "config.h"

#include <string.h>

#include "authority/internal.h"
#include "authority/ssh_hosts.h"
#include "authority/ssh_keys.h"
#include "authority/ssh_public.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/ssh_key.h"
#include "store/store.h"

static int
done(struct sc_buf *out, struct sc_error *e)
{
	int r = sc_buf_error(out);

	return r != 0 ? sc_fail(e, r, "cannot build the response") : 0;
}

static void
put_keys(const struct sc_authority *ca, enum sc_ssh_cert_type type,
    bool federated, const char *member, struct sc_buf *out)
{
	const struct sc_ssh_key *k;
	const uint8_t *blob;
	size_t i, n;

	for (i = 0;
	     (k = federated ? sc_authority_ssh_federated(ca, type, i)
			    : sc_authority_ssh_trusted(ca, type, i)) != NULL;
	     i++) {
		blob = sc_ssh_key_blob(k, &n);
		if (i > 0)
			(void)sc_buf_puts(out, ",\"");
		else
			(void)sc_buf_putf(out, "%s\"%s\":[\"",
			    sc_has_suffix(sc_buf_str(out), "{") ? "" : ",",
			    member);
		(void)sc_b64_put(out, SC_B64_STD, blob, n);
		(void)sc_buf_putc(out, '"');
	}
	if (i > 0)
		(void)sc_buf_putc(out, ']');
}

int
sc_ssh_public_keys_json(const struct sc_authority *ca, bool federated,
    struct sc_buf *out, struct sc_error *e)
{
	(void)sc_buf_putc(out, '{');
	put_keys(ca, SC_SSH_USER, federated, "userKey", out);
	put_keys(ca, SC_SSH_HOST, federated, "hostKey", out);
	(void)sc_buf_putc(out, '}');
	if (sc_buf_error(out) == 0 && sc_buf_len(out) == strlen("{}"))
		return sc_fail(e, SC_ERR_NOT_FOUND, "no SSH keys");
	return done(out, e);
}

/* The store is opened when it is first needed: it may not be there before. */
static int
update_hosts(struct sc_authority *ca, struct sc_error *e)
{
	int r;

	if (ca->store == NULL &&
	    (r = sc_store_open(ca->config->store_dir, 0, &ca->store, e)) != 0)
		return r;
	return sc_ssh_hosts_update(&ca->hosts, ca->store, e);
}

int
sc_ssh_public_hosts_json(struct sc_authority *ca, int64_t now,
    struct sc_buf *out, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	const struct sc_ssh_host *v = NULL;
	size_t i, n = 0;
	const char *sep = "";
	int r;

	if (ca->config->ssh.hide_hosts) {
		(void)sc_fail(e, SC_ERR_NOT_FOUND, "disableGetSSHHosts is set");
		sc_error_client_whole(e, "ssh hosts list api disabled");
		return SC_ERR_NOT_FOUND;
	}
	r = update_hosts(ca, &why);
	if (r == 0) {
		v = sc_ssh_hosts_list(ca->hosts, &n);
	} else if (r != SC_ERR_NOT_FOUND) {
		*e = why;
		return r;
	}
	(void)sc_buf_puts(out, "{\"hosts\":[");
	for (i = 0; i < n; i++) {
		if (v[i].expires <= now)
			continue;
		(void)sc_buf_putf(out,
		    "%s{\"hid\":\"\",\"host_tags\":null,\"hostname\":", sep);
		(void)sc_json_put_string(out, v[i].name, strlen(v[i].name));
		(void)sc_buf_putc(out, '}');
		sep = ",";
	}
	(void)sc_buf_puts(out, "]}");
	return done(out, e);
}

int
sc_ssh_public_check_host_json(struct sc_authority *ca, const char *principal,
    struct sc_buf *out, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	bool found = false;
	int r = update_hosts(ca, &why);

	if (r == 0) {
		found = sc_ssh_hosts_find(ca->hosts, principal) != NULL;
	} else if (r != SC_ERR_NOT_FOUND) {
		*e = why;
		return r;
	}
	(void)sc_buf_putf(out, "{\"exists\":%s}", found ? "true" : "false");
	return done(out, e);
}

static void
put_text(struct sc_buf *out, const char *sep, const char *name, const char *s)
{
	(void)sc_buf_putf(out, "%s\"%s\":", sep, name);
	(void)sc_json_put_string(out, s, strlen(s));
}

static void
put_optional(struct sc_buf *out, const char *name, const char *s)
{
	if (s[0] != '\0')
		put_text(out, ",", name, s);
}

int
sc_ssh_public_bastion_json(const struct sc_authority *ca, const char *hostname,
    struct sc_buf *out, struct sc_error *e)
{
	const struct sc_config_ssh *c = &ca->config->ssh;

	if (!c->present)
		return sc_fail(e, SC_ERR_NOT_FOUND, "no SSH authority");
	put_text(out, "{", "hostname", hostname);
	if (c->bastion.hostname[0] != '\0' &&
	    !sc_strcaseeq(c->bastion.hostname, hostname)) {
		(void)sc_buf_puts(out, ",\"bastion\":");
		put_text(out, "{", "hostname", c->bastion.hostname);
		put_optional(out, "user", c->bastion.user);
		put_optional(out, "port", c->bastion.port);
		put_optional(out, "cmd", c->bastion.cmd);
		put_optional(out, "flags", c->bastion.flags);
		(void)sc_buf_putc(out, '}');
	}
	(void)sc_buf_putc(out, '}');
	return done(out, e);
}
