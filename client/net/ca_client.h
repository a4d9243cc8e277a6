/*
 * Calls to a CA.
 *
 * Failures are kept apart and worded for the user: no connection, TLS (which
 * check), an answer that a proxy gave in the CA's place (status, Server
 * header, first line), a refusal of the CA (its message and the request id),
 * an answer that is not what was asked for.
 */
#ifndef SC_CLIENT_CA_CLIENT_H
#define SC_CLIENT_CA_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "client/command.h"

struct json_object;
struct sc_args;
struct sc_certs;
struct sc_error;

struct sc_ca;

/* --ca-url, --root and --timeout. */
extern const struct sc_opt sc_options_ca[];

/*
 * "ca.example.com:9000/x" to "https://ca.example.com:9000": https is added,
 * a path dropped, another scheme refused.  malloc'ed.
 */
int sc_ca_url(const char *text, char **out, struct sc_error *e);

/*
 * From --ca-url (required) and --root, by default certs/root_ca.crt; nothing
 * is sent yet.
 */
int sc_ca_from_args(
    const struct sc_args *a, struct sc_ca **out, struct sc_error *e);
/*
 * The CA that a token names: its sha claim fetches the root, its aud[0] is
 * the URL unless --ca-url says another.  NOT_FOUND when the token has not
 * both; then sc_ca_from_args is to be used.
 */
int sc_ca_from_token(const struct sc_args *a, struct json_object *claims,
    struct sc_ca **out, struct sc_error *e);
void sc_ca_free(struct sc_ca *c);

const char *sc_ca_base(const struct sc_ca *c); /* "https://host:port" */
/* The root certificates that it is trusted by. */
const struct sc_certs *sc_ca_roots(const struct sc_ca *c);
/* SHA-256 of the first of them, lower-case hex; borrowed. */
const char *sc_ca_root_fingerprint(const struct sc_ca *c);

/*
 * Any call: *out is the answer, an object, the caller puts it.  body is NULL
 * for GET; it, and client_cert with client_key (PEM text), and bearer may be
 * NULL.
 */
struct sc_ca_call {
	const char *path; /* "/sign" */
	struct json_object *body;
	const char *client_cert, *client_key;
	const char *bearer;
};
int sc_ca_call(struct sc_ca *c, const struct sc_ca_call *call,
    struct json_object **out, struct sc_error *e);
int sc_ca_get(struct sc_ca *c, const char *path, struct json_object **out,
    struct sc_error *e);

/*
 * GET /root/FINGERPRINT without trust in the server, then the SHA-256 of
 * what came is compared.  fingerprint: 64 hex digits of either case, dashes
 * and colons allowed; another length is MALFORMED.  *pem: that one
 * certificate, malloc'ed.
 */
int sc_ca_fetch_root(const char *base, const char *fingerprint, long timeout,
    char **pem, struct sc_error *e);
/* The normal form of a fingerprint, 64 lower-case hex digits. */
int sc_ca_fingerprint(const char *text, char out[65], struct sc_error *e);

/* path "/roots" or "/federation"; appends. */
int sc_ca_fetch_roots(struct sc_ca *c, const char *path, struct sc_certs *out,
    struct sc_error *e);
/* All pages; *out is an array, the caller puts it. */
int sc_ca_provisioners(
    struct sc_ca *c, struct json_object **out, struct sc_error *e);
/* The encrypted key of a JWK provisioner; malloc'ed. */
int sc_ca_encrypted_key(
    struct sc_ca *c, const char *kid, char **out, struct sc_error *e);
/*
 * The certificates of an answer of /sign, /renew and /rekey, leaf first:
 * certChain, else crt and ca.  Appends.
 */
int sc_ca_chain(
    struct json_object *answer, struct sc_certs *out, struct sc_error *e);

#endif
