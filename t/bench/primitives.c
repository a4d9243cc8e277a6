#include <config.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/*
 * One process per other processor signs and verifies as well: under load all
 * processors are busy, and one that shares a core with another is slower.
 * They end when the pipe does.
 */
static int
keep_others_busy(EVP_PKEY *key, const unsigned char *msg, size_t n)
{
	long others = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	unsigned char sig[128];
	struct pollfd p;
	size_t siglen;
	int fds[2];

	if (pipe(fds) != 0)
		bench_die("pipe failed");
	for (; others > 0; others--) {
		switch (fork()) {
		case -1:
			bench_die("fork failed");
		case 0:
			close(fds[1]);
			p.fd = fds[0];
			p.events = POLLIN;
			while (poll(&p, 1, 0) == 0) {
				siglen = sizeof(sig);
				sign_once(key, msg, n, sig, &siglen);
				verify_once(key, msg, n, sig, siglen);
			}
			_exit(0);
		default:
			break;
		}
	}
	close(fds[0]);
	return fds[1];
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	return v[ROUNDS / 2];
}

void
bench_primitives(struct bench_primitives *p)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char msg[600] = {0}, sig[128];
	double sign[ROUNDS], verify[ROUNDS], t0, t1;
	size_t siglen = sizeof(sig);
	int i, round, others;

	if (key == NULL)
		bench_die("cannot make a key");
	others = keep_others_busy(key, msg, sizeof(msg));
	for (round = 0; round < ROUNDS; round++) {
		t0 = cpu_ns();
		for (i = 0; i < TIMES; i++) {
			siglen = sizeof(sig);
			sign_once(key, msg, sizeof(msg), sig, &siglen);
		}
		t1 = cpu_ns();
		for (i = 0; i < TIMES; i++)
			verify_once(key, msg, sizeof(msg), sig, siglen);
		sign[round] = (t1 - t0) / TIMES;
		verify[round] = (cpu_ns() - t1) / TIMES;
	}
	close(others);
	while (wait(NULL) > 0)
		;
	EVP_PKEY_free(key);
	p->sign_ns = median(sign);
	p->verify_ns = median(verify);
}

double
bench_floor_ns(const struct bench_primitives *p)
{
	return 2 * p->verify_ns + p->sign_ns;
}
