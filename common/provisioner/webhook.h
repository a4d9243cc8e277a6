/*
 * The webhooks of a provisioner: servers that are asked about each
 * certificate before it is signed; options.webhooks of ca.json (x509.md
 * section 8.6 of the wire contract).  Who asks them is authority/webhooks.h.
 */
#ifndef SC_PROVISIONER_WEBHOOK_H
#define SC_PROVISIONER_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct sc_buf;
struct sc_error;
struct sc_template;

enum sc_webhook_kind {
	SC_WEBHOOK_ENRICHING, /* its data are for the template */
	SC_WEBHOOK_AUTHORIZING, /* it sees what is about to be signed */
	SC_WEBHOOK_SCEPCHALLENGE, /* these two are for SCEP: */
	SC_WEBHOOK_NOTIFYING /* nobody calls them */
};
enum { /* certificates that a webhook is for */
	SC_WEBHOOK_X509 = 1,
	SC_WEBHOOK_SSH = 2
};

struct sc_webhook {
	enum sc_webhook_kind kind;
	unsigned certs;
	char *id; /* "" when it has none */
	char *name;
	char *server; /* "https://HOST:PORT", for messages */
	struct sc_template *url; /* which changes nothing in server */
	uint8_t *secret; /* key of the signature; may be empty */
	size_t secret_len;
	char *bearer; /* NULL: none; else it wins */
	char *basic_user, *basic_password; /* NULL: none */
	char *client_cert, *client_key; /* files; NULL: none */
};
struct sc_webhooks {
	struct sc_webhook *v;
	size_t n;
};

/*
 * Read options (borrowed; only now).  *out is NULL when there are none;
 * clientCert and clientKey are relative to steppath.  MALFORMED for anything
 * that is not as it has to be, TOO_LARGE for more than SC_MAX_WEBHOOKS.
 */
int sc_webhooks_new(struct json_object *options, const char *steppath,
    struct sc_webhooks **out, struct sc_error *e);
void sc_webhooks_free(struct sc_webhooks *l); /* wipes; NULL is fine */
/* The next one from i on of that kind and for certs; NULL: no more. */
const struct sc_webhook *sc_webhooks_next(const struct sc_webhooks *l,
    enum sc_webhook_kind kind, unsigned certs, size_t *i);
/* As ca.json writes it. */
const char *sc_webhook_kind_name(enum sc_webhook_kind kind);

/* A provisioner's options for everybody: without what webhooks keep secret. */
int sc_webhooks_put_public(struct sc_buf *out, struct json_object *options);

#endif
