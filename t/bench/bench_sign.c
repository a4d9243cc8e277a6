/*
 * bench_sign CA-JSON PASSWORD-FILE ROOT-PEM PORT REQUESTS NGINX-PID PID...
 *
 * Certificates per second from a CA at https://localhost:PORT over 1, 8 and
 * 32 connections, and what its processes (the trees below the PIDs: nginx
 * first, then the supervisors of the handlers) spend on each, as a multiple of the
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

/* CPU nanoseconds per certificate between two looks at some processes. */
static double
cpu_ns(const struct bench_usage *before, const struct bench_usage *after,
    const struct bench_result *r)
{
	return (after->cpu_seconds - before->cpu_seconds) * 1e9 /
	    (double)r->done;
}

static void
report(unsigned connections, const struct bench_result *r, double nginx_ns,
    double handlers_ns, double floor_ns)
{
	printf("%11u  %8.0f  %7.2f ms  %7.2f ms  %5.0f us  %5.0f us  %5.0f us"
	       "  %5.2f x\n",
	    connections, (double)r->done / r->seconds, (double)r->p50_ns / 1e6,
	    (double)r->p99_ns / 1e6, nginx_ns / 1e3, handlers_ns / 1e3,
	    (nginx_ns + handlers_ns) / 1e3,
	    (nginx_ns + handlers_ns) / floor_ns);
	fflush(stdout);
}

static void
report_memory(const char *what, const struct bench_usage *u)
{
	printf("%s: %zu processes, RSS %.1f MB, PSS %.1f MB\n", what,
	    u->processes, (double)u->rss_kb / 1024, (double)u->pss_kb / 1024);
}

int
main(int argc, char **argv)
{
	static const unsigned connections[] = {1, 8, 32};
	const size_t runs = sizeof(connections) / sizeof(connections[0]);
	struct bench_primitives prim;
	struct bench_jobs jobs;
	struct bench_result result;
	struct bench_usage nginx[2], handlers[2];
	pid_t pids[MAX_PIDS];
	size_t i, n, npids = 0, warm;
	int k;

	if (argc < 8 || argc - 6 > MAX_PIDS)
		bench_die("usage: bench_sign CA-JSON PASSWORD-FILE ROOT-PEM "
			  "PORT REQUESTS NGINX-PID PID...");
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

	printf("%11s  %8s  %10s  %10s  %8s  %8s  %8s  %7s\n", "connections",
	    "signs/s", "p50", "p99", "nginx", "handlers", "CPU/sign",
	    "of bare");
	for (i = 0; i < runs; i++) {
		bench_usage(pids, 1, &nginx[0]);
		bench_usage(pids + 1, npids - 1, &handlers[0]);
		bench_load(&jobs, warm + i * n, n, connections[i], HOST,
		    argv[4], argv[3], &result);
		bench_usage(pids, 1, &nginx[1]);
		bench_usage(pids + 1, npids - 1, &handlers[1]);
		report(connections[i], &result,
		    cpu_ns(&nginx[0], &nginx[1], &result),
		    cpu_ns(&handlers[0], &handlers[1], &result),
		    bench_floor_ns(&prim));
	}
	report_memory("handlers and their supervisors", &handlers[1]);
	report_memory("nginx", &nginx[1]);
	bench_jobs_free(&jobs);
	return 0;
}
