/*
 * Pieces of the benchmark: jobs to post, connections that post them, and what
 * the server's processes spent meanwhile.
 */
#ifndef T_BENCH_BENCH_H
#define T_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * CPU nanoseconds of this process for one P-256 operation, in process, with
 * every processor busy: medians.
 */
struct bench_primitives {
	double sign_ns, verify_ns;
};
void bench_primitives(struct bench_primitives *p);
/* Two verifies and one sign: what one issuance cannot do without. */
double bench_floor_ns(const struct bench_primitives *p);

/* Complete HTTP requests, each with a token of its own. */
struct bench_jobs {
	char **request;
	size_t *len;
	size_t n;
	int status; /* of every answer */
	size_t max; /* bytes of an answer */
};
/* Exits with a message on failure, as everything here. */
void bench_jobs_make(struct bench_jobs *j, size_t n, const char *ca_json,
    const char *password_file, const char *root_pem, const char *host);
/* The same for revoking the serial numbers first to first + n - 1. */
void bench_jobs_make_revoke(struct bench_jobs *j, size_t n, uint64_t first,
    const char *ca_json, const char *password_file, const char *root_pem,
    const char *host);
/* Signing SSH certificates for a user with a P-256 key. */
void bench_jobs_make_ssh(struct bench_jobs *j, size_t n, const char *ca_json,
    const char *password_file, const char *root_pem, const char *host);
/*
 * Renewing the certificate of a host with a P-256 key, made with the host CA's
 * key at host_key, whose password is in password_file.
 */
void bench_jobs_make_ssh_renew(struct bench_jobs *j, size_t n,
    const char *host_key, const char *password_file, const char *host);
/* Room for n requests that the caller fills in. */
void bench_jobs_init(struct bench_jobs *j, size_t n, int status, size_t max);
/* n times the same request. */
void bench_jobs_repeat(struct bench_jobs *j, size_t n, const char *request,
    int status, size_t max);
void bench_jobs_free(struct bench_jobs *j);

struct bench_result {
	double seconds; /* wall clock */
	size_t done;
	int64_t p50_ns, p99_ns;
};
struct bench_client {
	const char *host, *port, *root_pem;
	const char *cert_pem, *key_pem; /* to show; NULL: none */
	int reconnect; /* a connection for each request, never resumed */
};
/* Post jobs[from, from + n) over so many connections at a time. */
void bench_load_by(const struct bench_jobs *j, size_t from, size_t n,
    unsigned connections, const struct bench_client *by,
    struct bench_result *out);
/* The same without a certificate, over keep-alive connections. */
void bench_load(const struct bench_jobs *j, size_t from, size_t n,
    unsigned connections, const char *host, const char *port,
    const char *root_pem, struct bench_result *out);

/* All processes that descend from (or are) one of roots. */
struct bench_usage {
	double cpu_seconds; /* user + system, waited-for children included */
	long rss_kb, pss_kb;
	size_t processes;
};
void bench_usage(const pid_t *roots, size_t n, struct bench_usage *out);

/* What a server spent: its nginx and its handlers, before and after a run. */
struct bench_server {
	const pid_t *pids; /* nginx, then the supervisors */
	size_t n;
	struct bench_usage nginx[2], handlers[2];
};
void bench_server_look(struct bench_server *s, int after);
void bench_report_head(const char *what);
/* One line; floor_ns is what the CPU time is a multiple of, 0: of nothing. */
void bench_report(unsigned connections, const struct bench_result *r,
    const struct bench_server *s, double floor_ns);
void bench_report_memory(const struct bench_server *s);
/* A decimal argument of at least 1. */
int64_t bench_number(const char *s, int64_t max);

void bench_die(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

#endif
