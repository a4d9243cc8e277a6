/*
 * The certificate revocation list of the authority: made when it is due,
 * once for all workers, kept in a file, served from there.
 */
#ifndef SC_AUTHORITY_CRL_H
#define SC_AUTHORITY_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_authority;
struct sc_error;

struct sc_crl_list {
	uint64_t number;
	int64_t this_update, next_update;
	/*
	 * Until when nobody needs to ask again: 0 when a revocation may make
	 * a new list at any time, or one is overdue.
	 */
	int64_t fresh_until;
	uint8_t digest[32]; /* SHA-256 of the DER */
	int fd; /* owned by the caller; the DER is [at, at + len) */
	int64_t at;
	size_t len;
	char stale[256]; /* why there is no newer one, or "" */
};

/*
 * The list, made anew when it is due: when there is none or it is damaged,
 * when it has reached crl.renewPeriod, when the configuration or the issuing
 * certificate is another one, and with crl.generateOnRevoke when there are
 * revocations that it does not have.  One that is due and cannot be made is
 * answered by the last one, with the reason in out->stale.  NOT_FOUND when
 * lists are not enabled.
 */
int sc_authority_crl(struct sc_authority *ca, int64_t now,
    struct sc_crl_list *out, struct sc_error *e);
/* Make it when it is due; 0 when lists are not enabled. */
int sc_authority_crl_refresh(
    struct sc_authority *ca, int64_t now, struct sc_error *e);
/*
 * False when relying parties have no valid list, with the reason in text.
 * Needs neither store nor key.
 */
bool sc_authority_crl_healthy(
    const struct sc_authority *ca, int64_t now, char *text, size_t n);

/* What a worker keeps between calls; for authority.c. */
struct sc_crl_state;
/* What there is to report, once, copied to out; st may be NULL. */
const char *sc_crl_notice(struct sc_crl_state *st, char out[256]);

#endif
