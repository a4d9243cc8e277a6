/*
 * A certificate and its key in two files, as a program that uses them sees
 * them: read together, checked against each other, replaced together.
 */
#ifndef SC_CLIENT_CERT_PAIR_H
#define SC_CLIENT_CERT_PAIR_H

#include "crypto/cert.h"

struct sc_error;
struct sc_key;

struct sc_pair { /* zero-initialise; clear when done */
	struct sc_certs chain; /* leaf first */
	struct sc_key *key;
};
void sc_pair_clear(struct sc_pair *p);

/* Where the password of the key comes from. */
struct sc_pair_secret { /* zero-initialise; clear when done */
	const char *file; /* read each time; NULL: ask once, and keep it */
	char *kept;
};
void sc_pair_secret_clear(struct sc_pair_secret *s);

/*
 * CONFLICT when the key is not that of the certificate, or both are in one
 * file.  What sc_pair_replace had begun when its process died is ended first.
 */
int sc_pair_load(const char *crt, const char *key, struct sc_pair_secret *s,
    struct sc_pair *out, struct sc_error *e);

/*
 * Replace both files.  Two files cannot be replaced in one step, but all that
 * takes time or may be refused happens before: both are written beside the
 * old ones as *.next and synced, then renamed, the certificate first.  When
 * the second renaming is refused, the old certificate is put back; when the
 * process dies between the two, the next sc_pair_load renames the key.
 */
int sc_pair_replace(const char *crt, const struct sc_certs *chain,
    const char *key, const struct sc_key *k, struct sc_error *e);

#endif
