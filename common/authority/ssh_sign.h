/*
 * Issuing SSH certificates: credential -> grant -> certificate -> record
 * (ssh.md of the wire contract).
 */
#ifndef SC_AUTHORITY_SSH_SIGN_H
#define SC_AUTHORITY_SSH_SIGN_H

#include <stdint.h>

#include "base/clock.h"
#include "base/mem.h"

struct json_object;
struct sc_authority;
struct sc_buf;
struct sc_cert;
struct sc_csr;
struct sc_error;
struct sc_sign_info;
struct sc_ssh_cert;
struct sc_ssh_key;

struct sc_ssh_sign_request {
	const struct sc_ssh_key *key; /* what to certify */
	const char *ott;
	const char *cert_type; /* "", "user" or "host" */
	const char *key_id; /* may be NULL */
	const struct sc_strlist *principals; /* may be NULL: none named */
	struct sc_timespec after, before;
	struct json_object *template_data; /* borrowed; NULL: none */
	const struct sc_ssh_key *add_user_key; /* may be NULL */
	/* For the certificate of identity.h, or NULL; signature verified. */
	const struct sc_csr *identity;
	const char *request_id, *peer;
};

/* What was issued; zero-initialise, clear when done. */
struct sc_ssh_issued {
	struct sc_ssh_cert *cert;
	/*
	 * For an account that makes the user's account on a host: only for
	 * user certificates of one principal, or of one and a mail address.
	 */
	struct sc_ssh_cert *add_user;
	struct sc_cert *identity; /* NULL: not asked for */
};
void sc_ssh_issued_clear(struct sc_ssh_issued *i);

/*
 * What the request asks for is checked against the token and only that:
 * type, principals and times must not contradict it, and all of the token's
 * principals are certified, unless the provisioner's template says otherwise.  Returns 0 only when the token's use and the
 * certificate are durably recorded in one commit; on any failure nothing is
 * issued, and before that commit nothing is stored.
 *
 * UNSUPPORTED (no key for the type), UNAUTHENTICATED, EXPIRED, REPLAYED,
 * FORBIDDEN (type, principals, times against the token; duration; key),
 * MALFORMED (times, principals that cannot be certified).
 */
int sc_authority_ssh_sign(struct sc_authority *ca,
    const struct sc_ssh_sign_request *rq, int64_t now,
    struct sc_ssh_issued *out, struct sc_sign_info *info, struct sc_error *e);

/* {"crt":...,"addUserCrt":...,"identityCrt":[...]}, appended to out. */
int sc_ssh_issued_json(const struct sc_authority *ca,
    const struct sc_ssh_issued *i, struct sc_buf *out, struct sc_error *e);

#endif
