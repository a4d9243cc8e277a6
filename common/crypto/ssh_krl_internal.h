/*
 * What the writer and the reader of SSH revocation lists share.
 */
#ifndef SC_CRYPTO_SSH_KRL_INTERNAL_H
#define SC_CRYPTO_SSH_KRL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

#define KRL_MAGIC "SSHKRL\n" /* its NUL belongs to it */
#define KRL_FORMAT 1

enum {
	SECTION_CERTIFICATES = 1,
	SECTION_KEYS = 2,
	SECTION_SHA1 = 3,
	SECTION_SIGNATURE = 4,
	SECTION_SHA256 = 5,
	SECTION_EXTENSION = 255
};
enum {
	CERT_SERIAL_LIST = 0x20,
	CERT_SERIAL_RANGE = 0x21,
	CERT_SERIAL_BITMAP = 0x22,
	CERT_KEY_ID = 0x23,
	CERT_EXTENSION = 0x39
};

/* Serials from..to, both included. */
struct range {
	uint64_t from, to;
};

/* What is revoked of one CA key; of all of them when ca_len is 0. */
struct ca_section {
	uint8_t *ca;
	size_t ca_len;
	struct range *ranges;
	size_t n, size;
	bool sorted; /* and merged */
	struct sc_strlist ids;
};

/* Hashes of revoked keys, each of them "each" bytes. */
struct hashes {
	uint8_t *v;
	size_t n, size, each;
};

struct sc_ssh_krl {
	struct ca_section *v;
	size_t n;
	struct hashes keys, sha1, sha256; /* whole keys by SHA-256 too */
	uint64_t version;
	int64_t generated;
	char *comment;
};

/* The section of a CA key, made when there is none; NULL: no room for it. */
struct ca_section *sc_ssh_krl_section(
    struct sc_ssh_krl *k, const uint8_t *ca, size_t n);
/* MALFORMED for serial 0 and a range the wrong way round; NOMEM, TOO_LARGE. */
int sc_ssh_krl_add_range(struct ca_section *s, uint64_t from, uint64_t to);
/* Put the ranges in order, without overlaps. */
void sc_ssh_krl_sort(struct ca_section *s);

#endif
