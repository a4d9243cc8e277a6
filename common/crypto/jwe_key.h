/*
 * How the key of a JWE's content gets to the holder of a private key: RSA-OAEP
 * and ECDH-ES (RFC 7518 sections 4.3 and 4.6).
 */
#ifndef SC_CRYPTO_JWE_KEY_H
#define SC_CRYPTO_JWE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct sc_error;
struct sc_jwe_key_alg;
struct sc_key;

/* The longest wrapped key: RSA of SC_MAX_RSA_BITS. */
#define SC_JWE_MAX_ENCRYPTED 1024

/*
 * RSA-OAEP, RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW, +A192KW, +A256KW; exact
 * names, NULL when not supported.  (RSA1_5 is not: its padding is an oracle.)
 */
const struct sc_jwe_key_alg *sc_jwe_key_alg_by_name(const char *name);
const char *sc_jwe_key_alg_name(const struct sc_jwe_key_alg *a);
/* RSA algorithms fit RSA keys, the others EC keys. */
bool sc_jwe_key_alg_fits(
    const struct sc_jwe_key_alg *a, const struct sc_key *key);
/* What a key uses when nothing is said: RSA-OAEP-256, ECDH-ES; or NULL. */
const char *sc_jwe_key_default_alg(const struct sc_key *key);

/*
 * The key of the content, cek_len octets for the encryption called enc: made,
 * and in out what the JWE carries of it (*outlen 0 with ECDH-ES alone).
 * *epk is the header member of ECDH-ES, which the caller puts; NULL with RSA.
 */
int sc_jwe_key_wrap(const struct sc_jwe_key_alg *a, const struct sc_key *to,
    const char *enc, uint8_t *cek, size_t cek_len,
    uint8_t out[SC_JWE_MAX_ENCRYPTED], size_t *outlen, struct json_object **epk,
    struct sc_error *e);

struct sc_jwe_sent { /* what came with it; borrowed */
	const uint8_t *key;
	size_t key_len;
	struct json_object *epk; /* NULL when absent */
	const uint8_t *apu, *apv; /* decoded; NULL when absent */
	size_t apu_len, apv_len;
};
/* UNAUTHENTICATED: another key, or altered; MALFORMED (epk). */
int sc_jwe_key_unwrap(const struct sc_jwe_key_alg *a, const struct sc_key *key,
    const char *enc, const struct sc_jwe_sent *sent, uint8_t *cek,
    size_t cek_len, struct sc_error *e);

#endif
