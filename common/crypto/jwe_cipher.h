/*
 * The cryptography of a JWE: PBES2 and AES key wrapping (RFC 7518 sections
 * 4.8 and 4.4) and content encryption (section 5).
 */
#ifndef SC_CRYPTO_JWE_CIPHER_H
#define SC_CRYPTO_JWE_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#define SC_JWE_MAX_CEK 64
#define SC_JWE_MAX_WRAPPED (SC_JWE_MAX_CEK + 8)
#define SC_JWE_MAX_IV 16
#define SC_JWE_MAX_TAG 32

struct sc_jwe_alg; /* key wrapping */
struct sc_jwe_enc; /* content encryption */

/* Exact names, PBES2-...; NULL when not supported. */
const struct sc_jwe_alg *sc_jwe_alg_by_name(const char *name);
const struct sc_jwe_enc *sc_jwe_enc_by_name(const char *name);
const char *sc_jwe_alg_name(const struct sc_jwe_alg *alg);
const char *sc_jwe_enc_name(const struct sc_jwe_enc *enc);
size_t sc_jwe_enc_cek_len(const struct sc_jwe_enc *enc);
size_t sc_jwe_enc_iv_len(const struct sc_jwe_enc *enc);
size_t sc_jwe_enc_tag_len(const struct sc_jwe_enc *enc);

/*
 * Wrap cek into out (cek_len + 8 octets), or unwrap wrapped into out (8 octets
 * less), with the key derived from the password.  0, UNAUTHENTICATED (wrong
 * password or altered), CRYPTO, NOMEM.
 */
int sc_jwe_wrap(const struct sc_jwe_alg *alg, const char *password,
    const uint8_t *p2s, size_t p2s_len, unsigned p2c, const uint8_t *cek,
    size_t cek_len, uint8_t *out);
int sc_jwe_unwrap(const struct sc_jwe_alg *alg, const char *password,
    const uint8_t *p2s, size_t p2s_len, unsigned p2c, const uint8_t *wrapped,
    size_t wrapped_len, uint8_t *out);

/*
 * AES key wrap (RFC 3394) with a key of 16, 24 or 32 octets: cek_len + 8
 * octets to out; or the other way, 8 octets less.  Errors as above.
 */
int sc_jwe_aes_wrap(const uint8_t *kek, size_t kek_len, const uint8_t *cek,
    size_t cek_len, uint8_t *out);
int sc_jwe_aes_unwrap(const uint8_t *kek, size_t kek_len,
    const uint8_t *wrapped, size_t wrapped_len, uint8_t *out);

struct sc_jwe_content {
	const uint8_t *cek; /* of the size of enc */
	uint8_t iv[SC_JWE_MAX_IV];
	uint8_t tag[SC_JWE_MAX_TAG];
	const void *aad;
	size_t aad_len;
};
/* out: n octets plus a block; *outlen set; c->tag filled. */
int sc_jwe_seal(const struct sc_jwe_enc *enc, struct sc_jwe_content *c,
    const uint8_t *p, size_t n, uint8_t *out, size_t *outlen);
/* out: n octets.  UNAUTHENTICATED: nothing of out may be used. */
int sc_jwe_open(const struct sc_jwe_enc *enc, const struct sc_jwe_content *c,
    const uint8_t *p, size_t n, uint8_t *out, size_t *outlen);

#endif
