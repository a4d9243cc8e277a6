/*
 * Revocation of X.509 certificates: by a token that names the serial number,
 * or by the certificate itself.
 *
 * Any provisioner that can make revoke tokens may revoke any certificate of
 * the authority, whichever provisioner it was issued by, as in the reference:
 * whoever may issue for every name may as well revoke every name, and the
 * record says who did.
 */
#ifndef SC_AUTHORITY_REVOKE_H
#define SC_AUTHORITY_REVOKE_H

#include <stdbool.h>
#include <stdint.h>

struct sc_authority;
struct sc_error;

struct sc_revoke_request {
	const char *serial; /* as crypto/serial.h reads it; NULL: missing */
	const char *ott; /* NULL or "": the client certificate counts */
	int64_t reason_code; /* 0 to 10 */
	const char *reason; /* may be NULL */
	bool passive; /* must be true */
	/* What the web server says of the TLS client; may be NULL. */
	const char *client_cert, *client_verify;
	const char *request_id, *peer;
};

/* For the log line, as far as known; "" otherwise. */
struct sc_revoke_info {
	char provisioner[256];
	char subject[256];
	char serial[64]; /* decimal */
};

/*
 * Record the revocation and spend the token in one commit, or do neither.
 * MALFORMED (a member is missing or wrong; revoked already), UNSUPPORTED (not
 * passive), UNAUTHENTICATED, EXPIRED, REPLAYED, FORBIDDEN (the credential is
 * for another serial number), and what the store says.
 */
int sc_authority_revoke(struct sc_authority *ca,
    const struct sc_revoke_request *rq, int64_t now,
    struct sc_revoke_info *info, struct sc_error *e);

/*
 * The same for an SSH certificate: serial is a decimal number of 64 bits as
 * the token's subject writes it, and only a token counts, of a provisioner or
 * of the certificate itself (ssh_pop.h).  The two kinds of certificates have
 * serial numbers, and tokens, of their own.
 */
int sc_authority_ssh_revoke(struct sc_authority *ca,
    const struct sc_revoke_request *rq, int64_t now,
    struct sc_revoke_info *info, struct sc_error *e);

#endif
