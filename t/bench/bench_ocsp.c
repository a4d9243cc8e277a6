/*
 * bench_ocsp REQUEST-DER ROOT-PEM PORT REQUESTS NGINX-PID PID...
 *
 * OCSP responses per second from a CA at https://localhost:PORT, by POST and
 * by GET, over 1, 8 and 32 connections, and what nginx and the trees below
 * the PIDs spend on each, as a multiple of the one P-256 signature in it.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "bench.h"

#define HOST "localhost"
#define MAX_PIDS 64
#define HEAD "Host: " HOST "\r\nContent-Type: application/ocsp-request\r\n"

static char *
make_post(const char *der, size_t n, size_t *len)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY);

	sc_buf_putf(
	    b, "POST /ocsp HTTP/1.1\r\n" HEAD "Content-Length: %zu\r\n\r\n", n);
	sc_buf_put(b, der, n);
	return sc_buf_steal(b, len);
}

static char *
make_get(const char *der, size_t n, size_t *len)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY);
	char *text = sc_b64_encode(SC_B64_STD, der, n);
	const char *s;

	sc_buf_puts(b, "GET /ocsp/");
	for (s = text; s != NULL && *s != '\0'; s++)
		if (*s == '/' || *s == '+' || *s == '=')
			sc_buf_putf(b, "%%%02X", (unsigned)*s);
		else
			sc_buf_putc(b, *s);
	sc_buf_puts(b, " HTTP/1.1\r\n" HEAD "\r\n");
	free(text);
	return sc_buf_steal(b, len);
}

static void
measure(const char *method, const struct bench_jobs *jobs,
    const struct bench_client *by, struct bench_server *server, double sign_ns)
{
	static const unsigned connections[] = {1, 8, 32};
	struct bench_result r;
	size_t i;

	printf("OCSP by %s, each response signed anew (1 sign = %.1f us)\n",
	    method, sign_ns / 1e3);
	bench_report_head("OCSP");
	for (i = 0; i < sizeof(connections) / sizeof(*connections); i++) {
		bench_server_look(server, 0);
		bench_load_by(jobs, 0, jobs->n, connections[i], by, &r);
		bench_server_look(server, 1);
		bench_report(connections[i], &r, server, sign_ns);
	}
}

/* The same request n times; it may have zeros in it. */
static void
repeat(struct bench_jobs *jobs, size_t n, char *request, size_t len)
{
	size_t i;

	*jobs = (struct bench_jobs){.n = n, .status = 200, .max = 65536};
	jobs->request = calloc(n, sizeof(*jobs->request));
	jobs->len = calloc(n, sizeof(*jobs->len));
	if (jobs->request == NULL || jobs->len == NULL || request == NULL)
		bench_die("out of memory");
	for (i = 0; i < n; i++) {
		jobs->request[i] = request;
		jobs->len[i] = len;
	}
}

int
main(int argc, char **argv)
{
	char *(*const make[])(const char *, size_t, size_t *) = {
	    make_post, make_get};
	struct bench_client by = {HOST, NULL, NULL, NULL, NULL, 0};
	struct sc_error e = SC_ERROR_INIT;
	struct bench_primitives prim;
	struct bench_jobs jobs;
	pid_t pids[MAX_PIDS];
	struct bench_server server = {.pids = pids};
	char *der = NULL, *request;
	size_t n = 0, len = 0, count, i;
	int k;

	if (argc < 7 || argc - 5 > MAX_PIDS)
		bench_die("usage: bench_ocsp REQUEST-DER ROOT-PEM PORT "
			  "REQUESTS NGINX-PID PID...");
	by.root_pem = argv[2];
	by.port = argv[3];
	count = (size_t)bench_number(argv[4], 1000000);
	for (k = 5; k < argc; k++)
		pids[server.n++] = (pid_t)bench_number(argv[k], 1 << 30);
	signal(SIGPIPE, SIG_IGN);
	if (sc_file_read(argv[1], SC_MAX_OCSP_REQUEST, &der, &n, &e) != 0)
		bench_die("%s", e.msg);
	bench_primitives(&prim);
	for (i = 0; i < 2; i++) {
		request = make[i](der, n, &len);
		repeat(&jobs, count, request, len);
		measure(
		    i == 0 ? "POST" : "GET", &jobs, &by, &server, prim.sign_ns);
		free(jobs.request);
		free(jobs.len);
		free(request);
	}
	bench_report_memory(&server);
	free(der);
	return 0;
}
