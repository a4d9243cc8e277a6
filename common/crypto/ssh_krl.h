/*
 * OpenSSH key revocation lists (PROTOCOL.krl): written with certificates by
 * serial and by key id, each for one CA key; read whole.
 */
#ifndef SC_CRYPTO_SSH_KRL_H
#define SC_CRYPTO_SSH_KRL_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_ssh_cert;
struct sc_ssh_key;
struct sc_ssh_krl;

#define SC_MAX_SSH_KRL (64 * 1024 * 1024) /* bytes */

struct sc_ssh_krl *sc_ssh_krl_new(void); /* NULL when out of memory */
void sc_ssh_krl_free(struct sc_ssh_krl *k); /* NULL is fine */
/*
 * Revoke certificates that ca signed.  Entries may come in any order and
 * more than once.  MALFORMED for serial 0 and an empty key id, NOMEM.
 */
int sc_ssh_krl_add_serial(struct sc_ssh_krl *k, const struct sc_ssh_key *ca,
    uint64_t serial, struct sc_error *e);
int sc_ssh_krl_add_key_id(struct sc_ssh_krl *k, const struct sc_ssh_key *ca,
    const char *id, struct sc_error *e);

struct sc_ssh_krl_head {
	uint64_t version; /* grows with each list */
	int64_t generated;
	const char *comment; /* NULL is "" */
};
/*
 * The list, malloc'ed: per CA key the lone serials as a list, runs of three
 * and more as ranges.  (Bitmaps pay for dense serials only; ours are random.)
 * TOO_LARGE, NOMEM.
 */
int sc_ssh_krl_write(struct sc_ssh_krl *k, const struct sc_ssh_krl_head *head,
    uint8_t **out, size_t *n, struct sc_error *e);

/*
 * Read a list of any writer: serial lists, ranges and bitmaps, key ids, for
 * one CA key or for all; whole keys, SHA-1 and SHA-256 hashes of keys.
 * Signatures of lists, which OpenSSH has given up, and critical extensions
 * are UNSUPPORTED.  MALFORMED, TOO_LARGE, NOMEM.
 */
int sc_ssh_krl_parse(
    const uint8_t *p, size_t n, struct sc_ssh_krl **out, struct sc_error *e);
/* Of a list that was read; the comment is borrowed. */
void sc_ssh_krl_head(const struct sc_ssh_krl *k, struct sc_ssh_krl_head *head);
/* How many serials (saturating) and key ids it revokes. */
uint64_t sc_ssh_krl_serials(const struct sc_ssh_krl *k);
size_t sc_ssh_krl_key_ids(const struct sc_ssh_krl *k);
/* REVOKED when the list has the key, the certificate, or who signed it. */
int sc_ssh_krl_check_key(const struct sc_ssh_krl *k,
    const struct sc_ssh_key *key, struct sc_error *e);
int sc_ssh_krl_check_cert(const struct sc_ssh_krl *k,
    const struct sc_ssh_cert *c, struct sc_error *e);

#endif
