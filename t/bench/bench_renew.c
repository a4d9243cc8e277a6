/*
 * bench_renew CERT KEY ROOT-PEM PORT REQUESTS NGINX-PID [PID...]
 *
 * Renewals per second of one certificate from a CA at https://localhost:PORT,
 * shown in TLS: over connections that are kept, and over a new one for each
 * (never resumed).  What the CA's processes spend on each is a multiple of the
 * bare P-256 operations that it cannot do without: the certificate's path and
 * its successor's signature, and for a new connection the handshake's own.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>

#include "bench.h"

#define MAX_PIDS 64
#define REQUEST                                                                \
	"POST /1.0/renew HTTP/1.1\r\nHost: localhost\r\n"                      \
	"Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"

int
main(int argc, char **argv)
{
	static const unsigned connections[] = {1, 8, 32};
	struct bench_client by = {"localhost", NULL, NULL, NULL, NULL, 0};
	struct bench_primitives prim;
	struct bench_jobs jobs;
	struct bench_result result;
	pid_t pids[MAX_PIDS];
	struct bench_server server = {.pids = pids};
	double floor_ns;
	size_t i, n;
	int k;

	if (argc < 7 || argc - 6 > MAX_PIDS)
		bench_die("usage: bench_renew CERT KEY ROOT-PEM PORT REQUESTS "
			  "NGINX-PID [PID...]");
	by.cert_pem = argv[1];
	by.key_pem = argv[2];
	by.root_pem = argv[3];
	by.port = argv[4];
	n = (size_t)bench_number(argv[5], 1000000);
	for (k = 6; k < argc; k++)
		pids[server.n++] = (pid_t)bench_number(argv[k], 1 << 30);
	signal(SIGPIPE, SIG_IGN);

	bench_primitives(&prim);
	bench_jobs_repeat(&jobs, n, REQUEST, 201, 65536);
	bench_load_by(&jobs, 0, n / 10 + 1, 4, &by, &result);
	for (by.reconnect = 0; by.reconnect < 2; by.reconnect++) {
		/* New connections: two signatures more to check, and their
		 * path once more; one to make. */
		floor_ns = by.reconnect ? 5 * prim.verify_ns + 2 * prim.sign_ns
					: 2 * prim.verify_ns + prim.sign_ns;
		printf("renewal by TLS client certificate, %s (%s = %.1f us)\n",
		    by.reconnect ? "a new connection each" : "kept connections",
		    by.reconnect ? "5 verify + 2 sign" : "2 verify + 1 sign",
		    floor_ns / 1e3);
		bench_report_head("renews");
		for (i = 0; i < sizeof(connections) / sizeof(*connections);
		     i++) {
			bench_server_look(&server, 0);
			bench_load_by(
			    &jobs, 0, n, connections[i], &by, &result);
			bench_server_look(&server, 1);
			bench_report(
			    connections[i], &result, &server, floor_ns);
		}
	}
	bench_report_memory(&server);
	bench_jobs_free(&jobs);
	return 0;
}
