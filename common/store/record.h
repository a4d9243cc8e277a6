/*
 * Records of the ledger: bytes to fields and back, and the keys under which
 * the index knows them.  No files here.  FORMAT describes the bytes.
 */
#ifndef SC_STORE_RECORD_H
#define SC_STORE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct sc_error;

#define SC_RECORD_VERSION 1
#define SC_RECORD_HEADER 72 /* bytes before the payload */
#define SC_RECORD_HASH 32 /* bytes behind it: the record's hash */
#define SC_RECORD_ALIGN 8
#define SC_RECORD_KEY 33 /* bytes of an index key: kind and SHA-256 */
#define SC_SERIAL_MAX 40 /* bytes of a serial number */

/* A place in the ledger, between two records. */
struct sc_ledger_pos {
	uint32_t segment;
	uint64_t offset; /* where the next record begins */
	uint64_t seq; /* of the record before; 0 at the very start */
	uint8_t hash[SC_RECORD_HASH]; /* of the record (or header) before */
};

/* A span of borrowed bytes. */
struct sc_span {
	const uint8_t *p;
	size_t n;
};

/*
 * What stands for a record that is not there any more: the segment it was in
 * has been pruned, but what it tells is still needed.
 */
struct sc_carried {
	uint64_t seq; /* 0: the record is not a carried one */
	int64_t time;
	uint8_t hash[SC_RECORD_HASH];
};

/* A record taken apart; everything is borrowed from its bytes. */
struct sc_record {
	int type; /* enum sc_store_kind */
	uint64_t seq;
	int64_t time;
	uint64_t durable;
	const uint8_t *prev; /* SC_RECORD_HASH bytes, as is hash */
	const uint8_t *hash;
	struct sc_span who; /* the bytes of origin, */
	struct sc_span what; /* and of all behind carried */
	struct sc_span origin[6]; /* in the order of struct sc_store_origin */
	struct sc_carried carried;
	const uint8_t *token; /* SHA-256 of its id, or NULL */
	int64_t token_expires;
	enum sc_store_form form; /* of the certificate or revocation; or 0 */
	struct sc_span serial; /* of the same */
	int64_t not_after; /* of the same */
	/* Of ISSUE, RENEW and REKEY. */
	struct sc_span replaces;
	struct sc_span der;
	int64_t not_before;
	uint32_t names_n;
	struct sc_span names; /* names_n strings, each behind its u32 length */
	/* Of REVOKE. */
	int reason_code;
	struct sc_span reason;
};

/* True for the types that record a certificate. */
int sc_record_has_cert(const struct sc_record *r);

/* What a new record tells; any may be NULL, but not all but origin. */
struct sc_record_parts {
	const struct sc_store_spend *spend;
	const struct sc_store_cert *cert;
	const struct sc_store_revocation *revocation;
	const struct sc_store_origin *origin;
};

/*
 * Build a record: header with zeros for what seal sets, and the payload; *rec
 * is malloc'ed.  SC_ERR_MALFORMED for a serial number of no or too many
 * bytes, SC_ERR_TOO_LARGE, SC_ERR_NOMEM.
 */
int sc_record_encode(const struct sc_record_parts *parts, int64_t now,
    uint8_t **rec, size_t *n, struct sc_error *e);
/* Build the record that carries r on; TOO_LARGE, NOMEM. */
int sc_record_carry(const struct sc_record *r, int64_t now, uint8_t **rec,
    size_t *n, struct sc_error *e);
/*
 * Finish a record of n bytes to stand at pos: number, hash of the one before,
 * what the writer knows to be durable in this segment, own hash.
 */
int sc_record_seal(uint8_t *rec, size_t n, const struct sc_ledger_pos *pos,
    uint64_t durable, struct sc_error *e);

/*
 * Length of the whole record that starts at p, judged by its fixed header
 * alone (n >= SC_RECORD_HEADER); 0 when no record starts here.
 */
size_t sc_record_length(const uint8_t *p, size_t n);
/* 1: a whole record whose hash is right; 0: not; negative: error. */
int sc_record_intact(const uint8_t *p, size_t n, struct sc_error *e);
/* True when the record (by its header) is the one to stand at pos. */
int sc_record_follows(const uint8_t *p, const struct sc_ledger_pos *pos);
/* Take an intact record apart; SC_ERR_CORRUPT names what is wrong. */
int sc_record_parse(
    const uint8_t *p, size_t n, struct sc_record *out, struct sc_error *e);

/*
 * The keys under which the index finds a record, each with the time until
 * which it is needed (0: always).
 */
enum sc_record_key_kind {
	SC_KEY_TOKEN = 'T', /* SHA-256 of a token id */
	SC_KEY_X509 = 'C', /* SHA-256 of a serial number, as below */
	SC_KEY_SSH = 'S',
	SC_KEY_X509_REVOKED = 'R',
	SC_KEY_SSH_REVOKED = 'Q'
};
struct sc_record_key {
	uint8_t key[SC_RECORD_KEY];
	int64_t until;
};
#define SC_RECORD_KEYS_MAX 2
/* The keys of r; *n of them.  SC_ERR_CRYPTO, NOMEM. */
int sc_record_keys(const struct sc_record *r,
    struct sc_record_key keys[SC_RECORD_KEYS_MAX], size_t *n,
    struct sc_error *e);
int sc_record_token_key(
    const char *id, uint8_t key[SC_RECORD_KEY], struct sc_error *e);
/* Of a certificate, or with revoked of its revocation. */
int sc_record_serial_key(enum sc_store_form form, struct sc_store_serial serial,
    int revoked, uint8_t key[SC_RECORD_KEY], struct sc_error *e);
/* True for the key of a revocation. */
int sc_record_key_revokes(const uint8_t key[SC_RECORD_KEY]);

/* Owned copies of a certificate's record; sc_store_found_clear when done. */
int sc_record_found(
    const struct sc_record *r, struct sc_store_found *out, struct sc_error *e);
void sc_record_revoked(const struct sc_record *r, struct sc_store_revoked *out);
/*
 * For a callback: what entry points to lives in hold, which the caller clears
 * afterwards.
 */
struct sc_record_hold {
	struct sc_store_found found;
	struct sc_store_cert cert;
	struct sc_store_revocation revocation;
	char *reason;
};
int sc_record_entry(const struct sc_record *r, struct sc_store_entry *out,
    struct sc_record_hold *hold, struct sc_error *e);
void sc_record_hold_clear(struct sc_record_hold *hold);

#endif
