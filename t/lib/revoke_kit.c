#include "config.h"

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
revoke_one(struct sc_store *s, size_t i, int64_t now, struct sc_error *e)
{
	uint8_t serial[16] = {0x5a};
	struct sc_store_revocation rev = {.form = SC_STORE_X509,
	    .serial = {serial, sizeof(serial)},
	    .reason_code = (int)(i % 6),
	    .not_after = now + 86400};
	struct sc_store_origin who = {
	    .request_id = "fill", .peer = "192.0.2.1", .subject = "fill"};
	size_t k;

	for (k = 0; k < sizeof(i); k++)
		serial[15 - k] = (uint8_t)(i >> (8 * k));
	return sc_store_revoke(s, NULL, &rev, &who, now, e);
}

/* Every PROCESSES-th number from first on. */
static int
fill(const char *folder, size_t first, size_t n)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s = NULL;
	int64_t now = sc_clock_now();
	size_t i, done = 0;
	int r = sc_store_open(folder, SC_STORE_WRITE | SC_STORE_CREATE, &s, &e);

	for (i = first; r == 0 && i < n; i += PROCESSES) {
		r = revoke_one(s, i, now, &e);
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

int
revoke_kit_fill(const char *folder, size_t n)
{
	pid_t pid[PROCESSES];
	size_t i;
	int status, bad = 0;

	for (i = 0; i < PROCESSES; i++)
		if ((pid[i] = fork()) == 0)
			_exit(fill(folder, i, n) != 0);
	for (i = 0; i < PROCESSES; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status != 0)
			bad = 1;
	return bad;
}
