/*
 * bench_ssh CA-JSON PASSWORD-FILE ROOT-PEM HOST-CA-KEY PORT REQUESTS NGINX-PID
 *     [PID...]
 *
 * SSH certificates per second from a CA at https://localhost:PORT: issued for
 * a token, and renewed by themselves.  What the CA's processes spend on each is
 * a multiple of the bare P-256 operations that it cannot do without: a token
 * to verify and a certificate to sign; for a renewal the old one to verify too.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>

#include "bench.h"

#define HOST "localhost"
#define MAX_PIDS 64

static void
measure(const char *what, const struct bench_jobs *jobs, size_t n,
    struct bench_server *server, char **argv, double floor_ns)
{
	static const unsigned connections[] = {1, 8, 32};
	struct bench_result result;
	size_t i, warm = n / 10 + 1;

	bench_load(jobs, 0, warm, 4, HOST, argv[5], argv[3], &result);
	bench_report_head(what);
	for (i = 0; i < 3; i++) {
		bench_server_look(server, 0);
		bench_load(jobs, warm + i * n, n, connections[i], HOST, argv[5],
		    argv[3], &result);
		bench_server_look(server, 1);
		bench_report(connections[i], &result, server, floor_ns);
	}
}

int
main(int argc, char **argv)
{
	struct bench_primitives prim;
	struct bench_jobs jobs;
	pid_t pids[MAX_PIDS];
	struct bench_server server = {.pids = pids};
	double floor_ns;
	size_t n, total;
	int k;

	if (argc < 8 || argc - 7 > MAX_PIDS)
		bench_die("usage: bench_ssh CA-JSON PASSWORD-FILE ROOT-PEM "
			  "HOST-CA-KEY PORT REQUESTS NGINX-PID [PID...]");
	n = (size_t)bench_number(argv[6], 1000000);
	total = n / 10 + 1 + 3 * n;
	for (k = 7; k < argc; k++)
		pids[server.n++] = (pid_t)bench_number(argv[k], 1 << 30);
	signal(SIGPIPE, SIG_IGN);

	bench_primitives(&prim);
	floor_ns = prim.verify_ns + prim.sign_ns;
	printf("SSH certificates for tokens (1 verify + 1 sign = %.1f us)\n",
	    floor_ns / 1e3);
	bench_jobs_make_ssh(&jobs, total, argv[1], argv[2], argv[3], HOST);
	measure("signs", &jobs, n, &server, argv, floor_ns);
	bench_jobs_free(&jobs);

	floor_ns = 2 * prim.verify_ns + prim.sign_ns;
	printf("SSH certificates of hosts renewed (2 verify + 1 sign = "
	       "%.1f us)\n",
	    floor_ns / 1e3);
	bench_jobs_make_ssh_renew(&jobs, total, argv[4], argv[2], HOST);
	measure("renews", &jobs, n, &server, argv, floor_ns);
	bench_jobs_free(&jobs);
	bench_report_memory(&server);
	return 0;
}
