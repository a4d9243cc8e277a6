#include <config.h>

#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "bench.h"

#define ROUNDS 5
#define TIMES 1000

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
sign_once(EVP_PKEY *key, const unsigned char *msg, size_t n, unsigned char *sig,
    size_t *siglen)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c == NULL ||
	    EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(c, sig, siglen, msg, n) != 1)
		bench_die("cannot sign");
	EVP_MD_CTX_free(c);
}

static void
verify_once(EVP_PKEY *key, const unsigned char *msg, size_t n,
    const unsigned char *sig, size_t siglen)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c == NULL ||
	    EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestVerify(c, sig, siglen, msg, n) != 1)
		bench_die("cannot verify");
	EVP_MD_CTX_free(c);
}

/* The best round: the others were disturbed. */
void
bench_primitives(struct bench_primitives *p)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char msg[600] = {0}, sig[128];
	size_t siglen = sizeof(sig);
	double t0, t1, t2;
	int i, round;

	if (key == NULL)
		bench_die("cannot make a key");
	sign_once(key, msg, sizeof(msg), sig, &siglen);
	p->sign_ns = p->verify_ns = 1e18;
	for (round = 0; round < ROUNDS; round++) {
		t0 = cpu_ns();
		for (i = 0; i < TIMES; i++) {
			siglen = sizeof(sig);
			sign_once(key, msg, sizeof(msg), sig, &siglen);
		}
		t1 = cpu_ns();
		for (i = 0; i < TIMES; i++)
			verify_once(key, msg, sizeof(msg), sig, siglen);
		t2 = cpu_ns();
		if ((t1 - t0) / TIMES < p->sign_ns)
			p->sign_ns = (t1 - t0) / TIMES;
		if ((t2 - t1) / TIMES < p->verify_ns)
			p->verify_ns = (t2 - t1) / TIMES;
	}
	EVP_PKEY_free(key);
}

double
bench_floor_ns(const struct bench_primitives *p)
{
	return 2 * p->verify_ns + p->sign_ns;
}
