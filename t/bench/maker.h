/*
 * Tokens of a provisioner, for those who make jobs.
 */
#ifndef T_BENCH_MAKER_H
#define T_BENCH_MAKER_H

#include <stdint.h>

struct json_object;
struct sc_jwk;

struct bench_maker {
	struct sc_jwk *jwk;
	char *provisioner;
	char *sha; /* the root's fingerprint, as in tokens of stepc */
	char audience[512];
};
/* The first JWK provisioner and its key, opened with the password. */
void bench_maker_open(struct bench_maker *m, const char *ca_json,
    const char *password_file, const char *root_pem);
void bench_maker_close(struct bench_maker *m);
/* malloc'ed; takes over more, which may be NULL, as the claim of that name. */
char *bench_make_token(const struct bench_maker *m, const char *sub,
    const char *name, struct json_object *more, int64_t now);

#endif
