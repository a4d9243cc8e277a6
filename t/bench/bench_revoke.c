/*
 * bench_revoke CA-JSON PASSWORD-FILE ROOT-PEM STORE PORT REQUESTS ENTRIES
 *     NGINX-PID REVOKE-PID CRL-PID
 *
 * Revocations per second through nginx; then, with ENTRIES revocations in
 * the store, how long the list takes to make, how fast it is served, and how
 * large its workers get; the same for the SSH list.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench.h"
#include "revoke_kit.h"

#define HOST "localhost"
#define LIST_MAX (64 * 1024 * 1024)

struct setup {
	const char *ca_json, *password, *root, *store, *port;
	size_t requests, entries;
	pid_t nginx, revoke, crl;
};

static int64_t
number(const char *s)
{
	int64_t n;

	if (sc_strtonum(s, 1, 1 << 30, &n) != 0)
		bench_die("not a number: %s", s);
	return n;
}

/* Run and print one line. */
static void
measure(const struct setup *s, const char *what, const struct bench_jobs *j,
    size_t from, size_t n, unsigned connections, pid_t handler)
{
	struct bench_usage nginx[2], own[2];
	struct bench_result r;

	bench_usage(&s->nginx, 1, &nginx[0]);
	bench_usage(&handler, 1, &own[0]);
	bench_load(j, from, n, connections, HOST, s->port, s->root, &r);
	bench_usage(&s->nginx, 1, &nginx[1]);
	bench_usage(&handler, 1, &own[1]);
	printf("%-22s  %11u  %8.0f  %7.2f ms  %7.2f ms  %6.0f us  %6.0f us\n",
	    what, connections, (double)r.done / r.seconds,
	    (double)r.p50_ns / 1e6, (double)r.p99_ns / 1e6,
	    (nginx[1].cpu_seconds - nginx[0].cpu_seconds) * 1e6 /
		(double)r.done,
	    (own[1].cpu_seconds - own[0].cpu_seconds) * 1e6 / (double)r.done);
	fflush(stdout);
}

static void
revocations(const struct setup *s)
{
	static const unsigned connections[] = {1, 8, 32};
	size_t i, n = s->requests;
	struct bench_jobs j;

	bench_jobs_make_revoke(
	    &j, 3 * n, 1000000, s->ca_json, s->password, s->root, HOST);
	for (i = 0; i < 3; i++)
		measure(
		    s, "POST /revoke", &j, i * n, n, connections[i], s->revoke);
	bench_jobs_free(&j);
}

static void
lists(const struct setup *s)
{
	static const char get[] =
	    "GET /1.0/crl HTTP/1.1\r\nHost: " HOST "\r\n\r\n";
	static const char cached[] = "GET /1.0/crl HTTP/1.1\r\nHost: " HOST
				     "\r\nIf-None-Match: *\r\n\r\n";
	struct bench_usage before, after;
	struct bench_jobs j;
	int64_t began = sc_clock_monotonic();

	if (revoke_kit_fill(s->store, s->entries) != 0)
		bench_die("cannot fill the store");
	printf("%zu revocations in the store after %.1f s\n", s->entries,
	    (double)(sc_clock_monotonic() - began) / 1e9);
	bench_usage(&s->crl, 1, &before);
	bench_jobs_repeat(&j, 64, get, 200, LIST_MAX);
	measure(s, "first GET /crl (made)", &j, 0, 1, 1, s->crl);
	measure(s, "GET /crl", &j, 0, 64, 1, s->crl);
	measure(s, "GET /crl", &j, 0, 64, 8, s->crl);
	bench_jobs_free(&j);
	bench_jobs_repeat(&j, 3000, cached, 304, 65536);
	measure(s, "GET /crl, 304", &j, 0, 3000, 8, s->crl);
	bench_jobs_free(&j);
	bench_usage(&s->crl, 1, &after);
	printf("crl and its supervisor: %zu processes, RSS %.1f MB before the "
	       "list, %.1f MB after\n",
	    after.processes, (double)before.rss_kb / 1024,
	    (double)after.rss_kb / 1024);
}

/* The SSH list; the X.509 revocations are in the way of the walk. */
static void
ssh_lists(const struct setup *s)
{
	static const char get[] =
	    "GET /1.0/ssh/krl HTTP/1.1\r\nHost: " HOST "\r\n\r\n";
	static const char cached[] = "GET /1.0/ssh/krl HTTP/1.1\r\nHost: " HOST
				     "\r\nIf-None-Match: *\r\n\r\n";
	struct bench_jobs j;

	if (revoke_kit_fill_ssh(s->store, s->entries) != 0)
		bench_die("cannot fill the store");
	printf("%zu revocations of SSH certificates more\n", s->entries);
	bench_jobs_repeat(&j, 64, get, 200, LIST_MAX);
	measure(s, "first GET /ssh/krl", &j, 0, 1, 1, s->crl);
	measure(s, "GET /ssh/krl", &j, 0, 64, 1, s->crl);
	measure(s, "GET /ssh/krl", &j, 0, 64, 8, s->crl);
	bench_jobs_free(&j);
	bench_jobs_repeat(&j, 3000, cached, 304, 65536);
	measure(s, "GET /ssh/krl, 304", &j, 0, 3000, 8, s->crl);
	bench_jobs_free(&j);
}

int
main(int argc, char **argv)
{
	struct setup s;

	if (argc != 11)
		bench_die("usage: bench_revoke CA-JSON PASSWORD-FILE ROOT-PEM "
			  "STORE PORT REQUESTS ENTRIES NGINX-PID REVOKE-PID "
			  "CRL-PID");
	s = (struct setup){argv[1], argv[2], argv[3], argv[4], argv[5],
	    (size_t)number(argv[6]), (size_t)number(argv[7]),
	    (pid_t)number(argv[8]), (pid_t)number(argv[9]),
	    (pid_t)number(argv[10])};
	signal(SIGPIPE, SIG_IGN);
	printf("%-22s  %11s  %8s  %10s  %10s  %9s  %9s\n", "", "connections",
	    "per s", "p50", "p99", "nginx", "handler");
	revocations(&s);
	lists(&s);
	ssh_lists(&s);
	return 0;
}
