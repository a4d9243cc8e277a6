/*
 * The store: which one-time ids are spent, which certificates were issued and
 * which of them are revoked.
 *
 * Verbs, not a key-value pipe, so that another backend can implement the
 * same ones.  Any number of processes may have one store open; none of them
 * may use one struct sc_store from two threads, nor keep one across fork().
 *
 * What a verb that writes has answered with 0 survives the death of every
 * process and loss of power.  Any other answer means that nothing was stored,
 * with one exception: after SC_ERR_IO from the final sync the record may or
 * may not be there, and the one-time id counts as spent if it is.
 *
 * Codes shared by all verbs: SC_ERR_IO (the disk is full or failed),
 * SC_ERR_CORRUPT (the ledger is damaged; named in the message), SC_ERR_NOMEM.
 * The formats on disk are described in FORMAT beside this file.
 */
#ifndef SC_STORE_STORE_H
#define SC_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_store;

enum {
	SC_STORE_WRITE = 1,
	SC_STORE_CREATE = 2
};

/*
 * Open the store in the folder dir.  Without SC_STORE_WRITE nothing in the
 * folder is ever changed.  SC_STORE_CREATE (which implies SC_STORE_WRITE)
 * makes the folder (0700, parents too) and an empty store when missing;
 * otherwise SC_ERR_NOT_FOUND.  SC_ERR_CORRUPT when a record in the middle is
 * damaged, for the ones behind it must not be forgotten.  *out is NULL on
 * failure.
 */
int sc_store_open(
    const char *dir, unsigned flags, struct sc_store **out, struct sc_error *e);
void sc_store_close(struct sc_store *s); /* NULL is fine */

/*
 * What the caller ought to log: that an index was found damaged or missing
 * and rebuilt, that a torn record of a killed writer was dropped.  NULL when
 * there is nothing new; borrowed until the next call on s.  Each is told once.
 */
const char *sc_store_notice(struct sc_store *s);

/* Who asked, for the audit; any member may be NULL. */
struct sc_store_origin {
	const char *request_id;
	const char *peer;
	const char *provisioner_id;
	const char *provisioner_name;
	const char *provisioner_type;
	const char *subject;
};

/* A one-time id (of any length) and when it may be forgotten. */
struct sc_store_spend {
	const char *token_id;
	int64_t expires; /* 0: never */
};

/*
 * What a certificate is.  X.509 serial numbers and those of SSH certificates
 * are two name spaces; users and hosts share one.
 */
enum sc_store_form {
	SC_STORE_X509 = 1,
	SC_STORE_SSH_USER = 2,
	SC_STORE_SSH_HOST = 3
};

/* What a record of the ledger tells. */
enum sc_store_kind {
	SC_STORE_ISSUE = 1,
	SC_STORE_USE_TOKEN = 2,
	SC_STORE_RENEW = 3, /* same key */
	SC_STORE_REKEY = 4, /* another key, names of the old certificate */
	SC_STORE_REVOKE = 5
};

/* Serial numbers: big-endian, leading zeros do not count; 1-40 bytes. */
struct sc_store_serial {
	const uint8_t *p;
	size_t n;
};

struct sc_store_cert {
	enum sc_store_form form;
	enum sc_store_kind kind; /* ISSUE, RENEW or REKEY */
	struct sc_store_serial serial;
	struct sc_store_serial replaces; /* of RENEW and REKEY; n 0: none */
	const uint8_t *der; /* X.509: DER; SSH: the certificate's blob */
	size_t der_len;
	int64_t not_before;
	int64_t not_after; /* INT64_MAX: never */
	const char *const *names; /* SANs, or principals */
	size_t names_n;
};

/*
 * One atomic, durable commit: the token is spent and the certificate is
 * recorded, or neither.  spend may be NULL.  SC_ERR_REPLAYED when the token
 * was spent before, SC_ERR_CONFLICT when the serial number is taken,
 * SC_ERR_REVOKED when the certificate it replaces is revoked (decided under
 * the store's lock: there is no renewal after an acknowledged revocation),
 * SC_ERR_BUSY when the lock was not had in time, SC_ERR_TOO_LARGE when the
 * record would pass SC_STORE_MAX_RECORD, SC_ERR_FORBIDDEN when the store was
 * opened for reading.
 */
#define SC_STORE_MAX_RECORD (1024u * 1024)
int sc_store_issue(struct sc_store *s, const struct sc_store_spend *spend,
    const struct sc_store_cert *cert, const struct sc_store_origin *origin,
    int64_t now, struct sc_error *e);

struct sc_store_revocation {
	enum sc_store_form form; /* either SSH form means both */
	struct sc_store_serial serial;
	int reason_code; /* RFC 5280 5.3.1 */
	const char *reason; /* text, may be NULL */
	/*
	 * When the certificate expires and the revocation may be forgotten;
	 * 0 when unknown: then it is kept for ever.
	 */
	int64_t not_after;
};

/*
 * One commit: the token (may be NULL) is spent and the revocation recorded,
 * or neither.  SC_ERR_REVOKED when it is revoked already; else as
 * sc_store_issue.  The serial number need not be known to the store.
 */
int sc_store_revoke(struct sc_store *s, const struct sc_store_spend *spend,
    const struct sc_store_revocation *rev, const struct sc_store_origin *origin,
    int64_t now, struct sc_error *e);

/* A revocation as found. */
struct sc_store_revoked {
	uint64_t seq;
	int64_t time; /* `now` of its commit */
	enum sc_store_form form;
	uint8_t serial[40];
	size_t serial_len; /* without leading zeros */
	int reason_code;
	int64_t not_after; /* 0: unknown */
};

/* Is it revoked?  0 with *out filled (may be NULL), or SC_ERR_NOT_FOUND. */
int sc_store_get_revoked(struct sc_store *s, enum sc_store_form form,
    struct sc_store_serial serial, struct sc_store_revoked *out,
    struct sc_error *e);

/*
 * Call fn for every revocation kept (X.509 and SSH), oldest first (but those
 * that a prune has carried on come behind), without reading the rest of the
 * ledger.  As sc_store_each otherwise.
 */
int sc_store_each_revoked(struct sc_store *s,
    int (*fn)(void *arg, const struct sc_store_revoked *revoked), void *arg,
    struct sc_error *e);

/*
 * The number of the latest revocation's record, 0 when there never was one:
 * what a list made from sc_store_each_revoked is as new as.  Cheap.
 */
int sc_store_last_revoked(
    struct sc_store *s, uint64_t *seq, struct sc_error *e);

/* Spend a token with no certificate; errors as sc_store_issue. */
int sc_store_use_token(struct sc_store *s, const struct sc_store_spend *spend,
    const struct sc_store_origin *origin, int64_t now, struct sc_error *e);

/* 0: not spent; SC_ERR_REPLAYED: spent. */
int sc_store_token_spent(
    struct sc_store *s, const char *token_id, struct sc_error *e);

/* A certificate as found; owned by the caller, strings never NULL. */
struct sc_store_found {
	uint64_t seq; /* its number in the ledger, from 1 */
	int64_t time; /* `now` of the commit */
	enum sc_store_form form;
	enum sc_store_kind kind;
	uint8_t *replaces; /* NULL: none */
	size_t replaces_len;
	int64_t not_before;
	int64_t not_after;
	uint8_t *der;
	size_t der_len;
	char *request_id;
	char *peer;
	char *provisioner_id;
	char *provisioner_name;
	char *provisioner_type;
	char *subject;
	char **names;
	size_t names_n;
};

/*
 * The certificate with this serial number, or SC_ERR_NOT_FOUND.  *out is
 * cleared storage on failure; sc_store_found_clear it on success.
 */
int sc_store_get_cert(struct sc_store *s, enum sc_store_form form,
    struct sc_store_serial serial, struct sc_store_found *out,
    struct sc_error *e);
void sc_store_found_clear(struct sc_store_found *f); /* NULL is fine */

/*
 * The whole record of the certificate with this serial number, or with revoked
 * that of its revocation, lent to fn as sc_store_each does; the answer of fn
 * is returned.  SC_ERR_NOT_FOUND when there is none.
 */
struct sc_store_entry;
int sc_store_show(struct sc_store *s, enum sc_store_form form,
    struct sc_store_serial serial, int revoked,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e);

/*
 * To be called after a reply was sent: brings the index up to date when many
 * records wait.  Never waits for another process.  A failure costs nothing
 * but speed and is tried again at the next call.
 */
int sc_store_idle(struct sc_store *s, struct sc_error *e);

/*
 * What to forget, and how.  A token is forgotten two days after it expired; a
 * certificate and a revocation (whose certificate's end is known) when the
 * certificate has been expired for as many seconds as told here, INT64_MAX:
 * never.  A revocation is kept for SC_STORE_KEEP_REVOKED at least, for it has
 * to be on a list made after the end (RFC 5280 section 3.3), and not for less
 * than certificates.  Forget none where expired certificates may be renewed.
 */
#define SC_STORE_KEEP_REVOKED (INT64_C(7) * 24 * 3600)
struct sc_store_prune {
	int64_t certificates;
	int64_t revocations;
	/*
	 * A folder (made when missing) for the segments removed, or NULL.
	 * SC_ERR_CONFLICT, with nothing changed, when it has others of the
	 * same names: those of another store, or of another history of this.
	 */
	const char *archive;
	/* Called often, done out of total, for each of a few steps; or NULL. */
	void (*progress)(
	    void *arg, const char *step, uint64_t done, uint64_t total);
	void *arg;
};

struct sc_store_pruned {
	uint64_t segments; /* removed */
	uint64_t records; /* in them, */
	uint64_t carried; /* and of those appended anew */
	uint64_t bytes_before, bytes_after; /* of all segments */
};

/*
 * Remove the oldest segments in which little is needed any more; what is
 * needed is appended anew first.  Works while others read and write; one
 * process at a time (SC_ERR_BUSY after a minute).  A crash leaves everything
 * that is needed, perhaps with segments that the next prune removes.
 */
int sc_store_prune(struct sc_store *s, const struct sc_store_prune *how,
    int64_t now, struct sc_store_pruned *result, struct sc_error *e);

/* One record of the ledger, lent to a callback of sc_store_each. */
struct sc_store_entry {
	uint64_t seq;
	int64_t time;
	enum sc_store_kind kind;
	struct sc_store_origin origin; /* members never NULL */
	uint8_t hash[32]; /* of this record; the next one carries it */
	const uint8_t *token; /* SHA-256 of the token id, or NULL */
	int64_t token_expires;
	const struct sc_store_cert *cert; /* of ISSUE, RENEW, REKEY; or NULL */
	const struct sc_store_revocation *revocation; /* of REVOKE; or NULL */
};

/*
 * Call fn for every record, oldest first, up to the end as it is at the time
 * of the call; what a prune has carried on comes behind what followed it, with
 * its own number, time and hash.  A non-zero answer of fn ends the walk and is
 * returned.  fn must not use s.  SC_ERR_BUSY when it was pruned meanwhile.
 */
int sc_store_each(struct sc_store *s,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e);

/*
 * The same from where the last call on s ended: *seq is 0 at first, and
 * advanced.  What was told before may be told again, when another call was
 * made with another *seq in between, or after the oldest records were pruned.
 * After a failure *seq is where it happened.
 */
int sc_store_each_after(struct sc_store *s, uint64_t *seq,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e);

#endif
