/*
 * The keys of an identity provider: its configuration (OpenID Connect
 * Discovery 1.0) and its key set, fetched over HTTPS when they are needed and
 * kept.  The process that keeps them is one worker; each has its own.
 *
 * A key set is good for the max-age of its Cache-Control (12 hours where there
 * is none; at least SC_JWKS_PAUSE seconds, at most a day) less a random part,
 * as the reference has it.  A kid that is not in it has it fetched again, but
 * not more often than every SC_JWKS_PAUSE seconds, however many such kids come.
 * While the provider fails, it is asked after 1, 2, 4 ... SC_JWKS_PAUSE
 * seconds, and what was fetched before is good for SC_JWKS_STALE more.
 */
#ifndef SC_PROVISIONER_JWKS_H
#define SC_PROVISIONER_JWKS_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_http_request;
struct sc_http_response;
struct sc_jws;

#define SC_JWKS_AGE (12 * 3600) /* seconds, where the provider says nothing */
#define SC_JWKS_AGE_MAX (24 * 3600)
#define SC_JWKS_PAUSE 60
#define SC_JWKS_STALE (24 * 3600)
/* Of each of the two documents; seconds. */
#define SC_JWKS_TIMEOUT 5
#define SC_JWKS_BYTES (512 * 1024)

struct sc_jwks;

/*
 * Where the configuration is of the provider that endpoint names, with or
 * without the well-known path.  malloc'ed; NULL: no URL, or out of memory.
 */
char *sc_jwks_discovery_url(const char *endpoint);

struct sc_jwks_source { /* borrowed while sc_jwks_new runs */
	const char *discovery; /* URL of the configuration; NULL: none */
	const char *uri; /* then that of the key set */
	const char *tenant; /* for {tenantid} in the issuer; NULL: none */
};
/* Nothing is fetched.  MALFORMED for an URL that is not https. */
int sc_jwks_new(const struct sc_jwks_source *from, struct sc_jwks **out,
    struct sc_error *e);
void sc_jwks_free(struct sc_jwks *k);
/* Who may vouch for the provider's server beside the system's; borrowed. */
void sc_jwks_set_roots(struct sc_jwks *k, const char *pem);
/* In place of sc_http_send, for tests. */
typedef int sc_jwks_send_fn(const struct sc_http_request *q,
    struct sc_http_response *out, struct sc_error *e);
void sc_jwks_set_send(struct sc_jwks *k, sc_jwks_send_fn *send);

/*
 * Who issues tokens, as the configuration says; NULL without one.  BUSY, with
 * client text, when nothing usable can be had of the provider.  *issuer is good
 * until the next call.
 */
int sc_jwks_issuer(
    struct sc_jwks *k, int64_t now, const char **issuer, struct sc_error *e);
/* The token's signature.  UNAUTHENTICATED, or BUSY as above. */
int sc_jwks_verify(
    struct sc_jwks *k, const struct sc_jws *j, int64_t now, struct sc_error *e);

#endif
