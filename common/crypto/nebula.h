/*
 * Certificates of Nebula, an overlay network: version 1 (protocol buffers)
 * and version 2 (DER), and what makes one valid.
 *
 * Only the one spelling that Nebula itself writes is read: fields in order,
 * no unknown ones, no second occurrence.  So what is signed is what was
 * received, without writing it anew.
 */
#ifndef SC_CRYPTO_NEBULA_H
#define SC_CRYPTO_NEBULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct sc_error;
struct sc_key;
struct sc_sans;

struct sc_nebula_net {
	uint8_t ip[16];
	size_t ip_len; /* 4 or 16 */
	unsigned bits; /* of the network's prefix */
};
struct sc_nebula_nets {
	struct sc_nebula_net *v;
	size_t n;
};

struct sc_nebula_cert {
	int version; /* 1 or 2 */
	char *name; /* may be "" in version 1 */
	/* Of a CA: what its certificates may have; none: anything. */
	struct sc_nebula_nets networks, unsafe_networks;
	struct sc_strlist groups;
	bool is_ca;
	bool p256; /* else Curve25519: X25519, or Ed25519 of a CA */
	int64_t not_before, not_after; /* both included */
	uint8_t public_key[65]; /* a P-256 point is uncompressed */
	size_t public_key_len; /* 32 or 65 */
	bool has_issuer;
	uint8_t issuer[32]; /* the fingerprint of its CA */
	uint8_t fingerprint[32];
	uint8_t *tbs, *signature; /* what is signed, and by what */
	size_t tbs_len, signature_len;
};

/*
 * Exactly one certificate, of at most SC_MAX_NEBULA_CERT bytes and
 * SC_MAX_NEBULA_ITEMS networks and groups of a kind.  MALFORMED, TOO_LARGE,
 * NOMEM.
 */
int sc_nebula_cert_parse(const uint8_t *p, size_t n,
    struct sc_nebula_cert **out, struct sc_error *e);
void sc_nebula_cert_free(struct sc_nebula_cert *c); /* NULL is fine */
/* "10.1.0.2" and "10.1.0.2/16". */
#define SC_NEBULA_NET_TEXT 64
void sc_nebula_net_address(
    const struct sc_nebula_net *n, char out[SC_NEBULA_NET_TEXT]);
void sc_nebula_net_text(
    const struct sc_nebula_net *n, char out[SC_NEBULA_NET_TEXT]);
/* True when name is the certificate's, or one of its addresses. */
bool sc_nebula_cert_names(const struct sc_nebula_cert *c, const char *name);

struct sc_nebula_roots { /* zero-initialise; clear when done */
	struct sc_nebula_cert **v;
	size_t n;
};
/*
 * All blocks of pem, of which each must be a certificate of a CA, signed by
 * itself.  MALFORMED.
 */
int sc_nebula_roots_from_pem(
    const char *pem, struct sc_nebula_roots *out, struct sc_error *e);
void sc_nebula_roots_clear(struct sc_nebula_roots *l);
/*
 * c is a host's, signed by one of roots, both valid at now, and within what
 * its CA may grant: time, groups, networks.  UNAUTHENTICATED or EXPIRED.
 */
int sc_nebula_cert_verify(const struct sc_nebula_cert *c,
    const struct sc_nebula_roots *roots, int64_t now, struct sc_error *e);

/* --- for the two versions ------------------------------------------------ */

int sc_nebula_parse_v1(
    const uint8_t *p, size_t n, struct sc_nebula_cert *c, struct sc_error *e);
int sc_nebula_parse_v2(
    const uint8_t *p, size_t n, struct sc_nebula_cert *c, struct sc_error *e);
/* "nebula certificate: what". */
int sc_nebula_bad(struct sc_error *e, const char *what);
int sc_nebula_add_net(struct sc_nebula_nets *l, const uint8_t *ip,
    size_t ip_len, unsigned bits, struct sc_error *e);
int sc_nebula_add_group(
    struct sc_nebula_cert *c, const uint8_t *p, size_t n, struct sc_error *e);
/* Text without NUL, in UTF-8. */
int sc_nebula_text(const uint8_t *p, size_t n, char **out, struct sc_error *e);
int sc_nebula_set_key(
    struct sc_nebula_cert *c, const uint8_t *p, size_t n, struct sc_error *e);
int sc_nebula_set_issuer(
    struct sc_nebula_cert *c, const uint8_t *p, size_t n, struct sc_error *e);
/* Copy. */
int sc_nebula_set_signed(struct sc_nebula_cert *c, const uint8_t *tbs,
    size_t tbs_len, const uint8_t *sig, size_t sig_len, struct sc_error *e);

#endif
