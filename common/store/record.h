/*
 * Records of the ledger: bytes to fields and back.  No files here.
 * FORMAT describes the bytes.
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

/* A record taken apart; everything is borrowed from its bytes. */
struct sc_record {
	int type; /* enum sc_store_kind */
	uint64_t seq;
	int64_t time;
	uint64_t durable;
	const uint8_t *prev; /* SC_RECORD_HASH bytes, as is hash */
	const uint8_t *hash;
	struct sc_span origin[6]; /* in the order of struct sc_store_origin */
	const uint8_t *token; /* SHA-256 of its id, or NULL */
	int64_t token_expires;
	int has_cert;
	struct sc_span serial;
	struct sc_span der;
	int64_t not_before;
	int64_t not_after;
	uint32_t names_n;
	struct sc_span names; /* names_n strings, each behind its u32 length */
};

/*
 * Build a record: header with zeros for what seal sets, and the payload; *rec
 * is malloc'ed.  cert may be NULL (then it is SC_STORE_USE_TOKEN), spend too
 * but not both.  SC_ERR_MALFORMED for a serial number of no or too many
 * bytes, SC_ERR_TOO_LARGE, SC_ERR_NOMEM.
 */
int sc_record_encode(const struct sc_store_spend *spend,
    const struct sc_store_cert *cert, const struct sc_store_origin *origin,
    int64_t now, uint8_t **rec, size_t *n, struct sc_error *e);
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

/* Index keys: of a token id, of the hash of one, of a serial number. */
int sc_record_token_key(
    const char *id, uint8_t key[SC_RECORD_KEY], struct sc_error *e);
void sc_record_token_hash_key(
    const uint8_t hash[32], uint8_t key[SC_RECORD_KEY]);
int sc_record_serial_key(const uint8_t *serial, size_t n,
    uint8_t key[SC_RECORD_KEY], struct sc_error *e);

/* Owned copies; sc_store_found_clear when done. */
int sc_record_found(
    const struct sc_record *r, struct sc_store_found *out, struct sc_error *e);
/*
 * For a callback: strings live in hold, which the caller clears afterwards.
 */
int sc_record_entry(const struct sc_record *r, struct sc_store_entry *out,
    struct sc_store_found *hold, struct sc_error *e);

#endif
