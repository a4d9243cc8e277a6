#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "revoke_kit.h"
#include "store/store.h"

#define PROCESSES 8
#define BETWEEN_IDLES 1000

static int
revoke_one(
    struct sc_store *s, bool ssh, size_t i, int64_t now, struct sc_error *e)
{
	uint8_t serial[16] = {0x5a};
	/* An odd factor: no two of them are the same, few are neighbours. */
	uint64_t v = ssh ? ((uint64_t)i + 1) * UINT64_C(0x9e3779b97f4a7c15)
			 : (uint64_t)i;
	struct sc_store_revocation rev = {
	    .form = ssh ? SC_STORE_SSH_USER : SC_STORE_X509,
	    .serial = {ssh ? serial + 8 : serial, ssh ? 8 : sizeof(serial)},
	    .reason_code = (int)(i % 6),
	    .not_after = now + 86400};
	struct sc_store_origin who = {
	    .request_id = "fill", .peer = "192.0.2.1", .subject = "fill"};
	size_t k;

	for (k = 0; k < sizeof(v); k++)
		serial[15 - k] = (uint8_t)(v >> (8 * k));
	return sc_store_revoke(s, NULL, &rev, &who, now, e);
}

/* Every PROCESSES-th number from first on. */
static int
fill(const char *folder, bool ssh, size_t first, size_t n)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s = NULL;
	int64_t now = sc_clock_now();
	size_t i, done = 0;
	int r = sc_store_open(folder, SC_STORE_WRITE | SC_STORE_CREATE, &s, &e);

	for (i = first; r == 0 && i < n; i += PROCESSES) {
		r = revoke_one(s, ssh, i, now, &e);
		if (r == 0 && ++done % BETWEEN_IDLES == 0)
			r = sc_store_idle(s, &e);
	}
	if (r == 0)
		r = sc_store_idle(s, &e);
	sc_store_close(s);
	if (r != 0)
		fprintf(stderr, "%s: %s\n", folder, e.msg);
	return r;
}

static int
fill_by_many(const char *folder, bool ssh, size_t n)
{
	pid_t pid[PROCESSES];
	size_t i;
	int status, bad = 0;

	for (i = 0; i < PROCESSES; i++)
		if ((pid[i] = fork()) == 0)
			_exit(fill(folder, ssh, i, n) != 0);
	for (i = 0; i < PROCESSES; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status != 0)
			bad = 1;
	return bad;
}

int
revoke_kit_fill(const char *folder, size_t n)
{
	return fill_by_many(folder, false, n);
}

int
revoke_kit_fill_ssh(const char *folder, size_t n)
{
	return fill_by_many(folder, true, n);
}
