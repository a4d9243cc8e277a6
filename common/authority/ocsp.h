/*
 * The OCSP responder (RFC 6960): what the store says of certificates, signed
 * by a delegated signer.
 *
 * Who holds what: responses are signed by a program that never opens the
 * issuing key (SC_NEED_OCSP_SIGNER).  Its own key and certificate are made
 * and replaced by a program that has the issuing key anyway
 * (sc_authority_ocsp_rotate), through the file ocsp-signer.pem in the folder
 * of the store: readable by its owner only, the key without a password, so
 * that the responder needs none.  It may sign OCSP responses and nothing
 * else, for two weeks, and is replaced after one.  With ocsp.crt and ocsp.key
 * of ca.json somebody else does all that.
 */
#ifndef SC_AUTHORITY_OCSP_H
#define SC_AUTHORITY_OCSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_authority;
struct sc_buf;
struct sc_error;

/* What was answered: for the log line and the headers. */
struct sc_ocsp_info {
	const char *status; /* "good" ... "unauthorized"; several: "mixed" */
	char serial[128]; /* decimal, of the first certificate; or "" */
	/* Until when the response may be kept; 0: not at all. */
	int64_t fresh_until;
	int64_t this_update;
};

/*
 * Answer an OCSPRequest of n bytes: one OCSPResponse is appended to out,
 * whatever happens.
 *
 *   good          the store has the certificate, of this issuer, and no
 *                 revocation; the serial number was issued, that is
 *   revoked       there is a revocation, known certificate or not
 *   unknown       neither; and another issuer beside certificates of ours
 *   unauthorized  no certificate of ours is asked about
 *   malformedRequest
 *   tryLater      the store cannot be read, or there is no valid signer
 *   internalError the response cannot be built
 *
 * 0, with the reason of a refusal in *e all the same; NOT_FOUND when OCSP is
 * not enabled, NOMEM, TOO_LARGE: nothing was appended.
 */
int sc_authority_ocsp(struct sc_authority *ca, const uint8_t *request, size_t n,
    int64_t now, struct sc_buf *out, struct sc_ocsp_info *info,
    struct sc_error *e);

/*
 * For a program with the issuing key and a store that it may write: make a
 * new signer when there is none, or one that is unfit, not yet or no longer
 * valid, revoked, or past half of its life; one process at a time, and recorded in
 * the store as every certificate is.  Looks at most every half minute, so
 * that it may be called as often as one likes.  0 also when OCSP is not enabled or the signer is somebody else's.
 */
int sc_authority_ocsp_rotate(
    struct sc_authority *ca, int64_t now, struct sc_error *e);

/*
 * False when responses cannot be signed, with the reason in text.  Reads no
 * private key: of a signer of our own it looks at the age of its file only.
 */
bool sc_authority_ocsp_healthy(
    const struct sc_authority *ca, int64_t now, char *text, size_t n);

/* Enabled, with a signer that the authority makes for itself. */
bool sc_ocsp_is_ours(const struct sc_authority *ca);

/* What a worker keeps between calls; for authority.c. */
struct sc_ocsp_state;
/*
 * For SC_NEED_OCSP_SIGNER.  A signer of ocsp.crt must be usable: MALFORMED,
 * EXPIRED, NOT_FOUND ... otherwise.  The authority's own may still be to come.
 */
int sc_ocsp_state_open(
    struct sc_authority *ca, int64_t now, struct sc_error *e);
void sc_ocsp_state_free(struct sc_ocsp_state *st); /* NULL is fine */

#endif
