/*
 * The digest algorithms that --alg names.
 */
#ifndef SC_CLIENT_HASH_ALG_H
#define SC_CLIENT_HASH_ALG_H

struct sc_args;
struct sc_error;

/* For the help of --alg. */
#define SC_HASH_ALGS                                                           \
	"sha1, sha224, sha256, sha384, sha512, sha512-224, sha512-256 or md5"

/*
 * OpenSSL's name of what --alg says, in upper or lower case; static.
 * MALFORMED: unknown, or md5 without --insecure.
 */
int sc_hash_alg(const struct sc_args *a, const char **out, struct sc_error *e);

#endif
