/*
 * bench_sign CA-JSON PASSWORD-FILE ROOT-PEM PORT REQUESTS NGINX-PID [PID...]
 *
 * Certificates per second from a CA at https://localhost:PORT over 1, 8 and
 * 32 connections, and what its processes (the trees below the PIDs: nginx
 * first, then the supervisors of the handlers) spend on each, as a multiple of the
 * bare P-256 operations measured in the same run.  Then what part of it no
 * signing by these means can do without: a request of that size that is refused
 * at its first byte, and an append with fdatasync.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

#define HOST "localhost"
#define MAX_PIDS 64
#define RECORD 1160 /* bytes, of a certificate in the ledger */
#define APPENDS 2000

/* CPU nanoseconds of this process. */
static double
cpu_ns(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return ((double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec) * 1e9 +
	    ((double)u.ru_utime.tv_usec + (double)u.ru_stime.tv_usec) * 1e3;
}

/* What it takes to put a record behind another, durably. */
static double
append_ns(void)
{
	static const char record[RECORD] = {1};
	FILE *f = tmpfile();
	double began;
	int fd, i;

	if (f == NULL || (fd = fileno(f)) < 0)
		bench_die("cannot make a file");
	for (i = 0; i < APPENDS; i++)
		if (write(fd, record, sizeof(record)) < 0)
			bench_die("cannot write");
	if (fsync(fd) != 0)
		bench_die("cannot sync");
	began = cpu_ns();
	for (i = 0; i < APPENDS; i++)
		if (pwrite(fd, record, sizeof(record), (off_t)i * RECORD) < 0 ||
		    fdatasync(fd) != 0)
			bench_die("cannot append");
	began = (cpu_ns() - began) / APPENDS;
	(void)fclose(f);
	return began;
}

/* The CPU time of a request as this one, but refused as no JSON. */
static void
bench_refused(const char *request, size_t n, const char *port,
    const char *root_pem, struct bench_server *server)
{
	char *bad = strdup(request), *body;
	struct bench_result result;
	struct bench_jobs jobs;

	if (bad == NULL || (body = strstr(bad, "\r\n\r\n")) == NULL)
		bench_die("no request");
	body[4] = 'x';
	bench_jobs_repeat(&jobs, n, bad, 400, 65536);
	free(bad);
	bench_report_head("refused");
	bench_server_look(server, 0);
	bench_load(&jobs, 0, n, 8, HOST, port, root_pem, &result);
	bench_server_look(server, 1);
	bench_report(8, &result, server, 0);
	bench_jobs_free(&jobs);
}

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

	if (argc < 7 || argc - 6 > MAX_PIDS)
		bench_die("usage: bench_sign CA-JSON PASSWORD-FILE ROOT-PEM "
			  "PORT REQUESTS NGINX-PID [PID...]");
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
	bench_refused(jobs.request[0], n, argv[4], argv[3], &server);
	printf("append of %d bytes with fdatasync: %.0f us of CPU time\n",
	    RECORD, append_ns() / 1e3);
	bench_jobs_free(&jobs);
	return 0;
}
