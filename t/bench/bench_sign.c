/*
 * bench_sign CA-JSON PASSWORD-FILE ROOT-PEM PORT REQUESTS PID...
 *
 * Certificates per second from a CA at https://localhost:PORT over 1, 8 and
 * 32 connections, and what its processes (the trees below the PIDs: nginx
 * and the supervisors of the handlers) spend on each, as a multiple of the
 * bare P-256 operations measured in the same run.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench.h"

#define HOST "localhost"
#define MAX_PIDS 64

static int64_t
number(const char *s, int64_t max)
{
	int64_t n;

	if (sc_strtonum(s, 1, max, &n) != 0)
		bench_die("not a number: %s", s);
	return n;
}

static void
report(unsigned connections, const struct bench_result *r,
    const struct bench_usage *a, const struct bench_usage *b, double floor_ns)
{
	double cpu = (b->cpu_seconds - a->cpu_seconds) / (double)r->done;

	printf("%11u  %9.0f  %7.2f ms  %7.2f ms  %8.0f us  %6.2f x\n",
	    connections, (double)r->done / r->seconds, (double)r->p50_ns / 1e6,
	    (double)r->p99_ns / 1e6, cpu * 1e6, cpu * 1e9 / floor_ns);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const unsigned connections[] = {1, 8, 32};
	const size_t runs = sizeof(connections) / sizeof(connections[0]);
	struct bench_primitives prim;
	struct bench_jobs jobs;
	struct bench_result result;
	struct bench_usage before, after;
	pid_t pids[MAX_PIDS];
	size_t i, n, npids = 0, warm;
	int k;

	if (argc < 7 || argc - 6 > MAX_PIDS)
		bench_die("usage: bench_sign CA-JSON PASSWORD-FILE ROOT-PEM "
			  "PORT REQUESTS PID...");
	n = (size_t)number(argv[5], 1000000);
	warm = n / 10 + 1;
	for (k = 6; k < argc; k++)
		pids[npids++] = (pid_t)number(argv[k], 1 << 30);
	signal(SIGPIPE, SIG_IGN);

	bench_primitives(&prim);
	printf("bare primitives: P-256 verify %.1f us, sign %.1f us; "
	       "2 verify + 1 sign = %.1f us of CPU time\n",
	    prim.verify_ns / 1e3, prim.sign_ns / 1e3,
	    bench_floor_ns(&prim) / 1e3);
	bench_jobs_make(
	    &jobs, warm + runs * n, argv[1], argv[2], argv[3], HOST);
	bench_load(&jobs, 0, warm, 4, HOST, argv[4], argv[3], &result);

	printf("%11s  %9s  %10s  %10s  %11s  %8s\n", "connections", "signs/s",
	    "p50", "p99", "CPU/sign", "of bare");
	for (i = 0; i < runs; i++) {
		bench_usage(pids, npids, &before);
		bench_load(&jobs, warm + i * n, n, connections[i], HOST,
		    argv[4], argv[3], &result);
		bench_usage(pids, npids, &after);
		report(connections[i], &result, &before, &after,
		    bench_floor_ns(&prim));
	}
	bench_usage(pids + 1, npids - 1, &after);
	printf("handlers: %zu processes with their supervisors, "
	       "RSS %.1f MB, PSS %.1f MB\n",
	    after.processes, (double)after.rss_kb / 1024,
	    (double)after.pss_kb / 1024);
	bench_usage(pids, 1, &after);
	printf("nginx: %zu processes, RSS %.1f MB, PSS %.1f MB\n",
	    after.processes, (double)after.rss_kb / 1024,
	    (double)after.pss_kb / 1024);
	bench_jobs_free(&jobs);
	return 0;
}
