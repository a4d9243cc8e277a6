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

#include "bench.h"

#define HOST "localhost"
#define MAX_PIDS 64

int
main(int argc, char **argv)
{
	static const unsigned connections[] = {1, 8, 32};
	const size_t runs = sizeof(connections) / sizeof(connections[0]);
	struct bench_primitives prim;
	struct bench_jobs jobs;
	struct bench_result result;
	pid_t pids[MAX_PIDS];
	struct bench_server server = {.pids = pids};
	size_t i, n, warm;
	int k;

	if (argc < 8 || argc - 6 > MAX_PIDS)
		bench_die("usage: bench_sign CA-JSON PASSWORD-FILE ROOT-PEM "
			  "PORT REQUESTS NGINX-PID PID...");
	n = (size_t)bench_number(argv[5], 1000000);
	warm = n / 10 + 1;
	for (k = 6; k < argc; k++)
		pids[server.n++] = (pid_t)bench_number(argv[k], 1 << 30);
	signal(SIGPIPE, SIG_IGN);

	bench_primitives(&prim);
	printf("bare primitives: P-256 verify %.1f us, sign %.1f us; "
	       "2 verify + 1 sign = %.1f us of CPU time\n",
	    prim.verify_ns / 1e3, prim.sign_ns / 1e3,
	    bench_floor_ns(&prim) / 1e3);
	bench_jobs_make(
	    &jobs, warm + runs * n, argv[1], argv[2], argv[3], HOST);
	bench_load(&jobs, 0, warm, 4, HOST, argv[4], argv[3], &result);

	bench_report_head("signs");
	for (i = 0; i < runs; i++) {
		bench_server_look(&server, 0);
		bench_load(&jobs, warm + i * n, n, connections[i], HOST,
		    argv[4], argv[3], &result);
		bench_server_look(&server, 1);
		bench_report(
		    connections[i], &result, &server, bench_floor_ns(&prim));
	}
	bench_report_memory(&server);
	bench_jobs_free(&jobs);
	return 0;
}
