/*
 * What a run has cost, as lines of a table.
 */
#include <config.h>

#include <stdio.h>

#include "base/mem.h"
#include "bench.h"

int64_t
bench_number(const char *s, int64_t max)
{
	int64_t n;

	if (sc_strtonum(s, 1, max, &n) != 0)
		bench_die("not a number: %s", s);
	return n;
}

void
bench_server_look(struct bench_server *s, int after)
{
	bench_usage(s->pids, 1, &s->nginx[after]);
	bench_usage(s->pids + 1, s->n - 1, &s->handlers[after]);
}

/* CPU nanoseconds per answer between two looks at some processes. */
static double
cpu_ns(const struct bench_usage look[2], const struct bench_result *r)
{
	return (look[1].cpu_seconds - look[0].cpu_seconds) * 1e9 /
	    (double)r->done;
}

void
bench_report_head(const char *what)
{
	printf("%11s  %6s/s  %10s  %10s  %8s  %8s  %8s  %7s\n", "connections",
	    what, "p50", "p99", "nginx", "handlers", "CPU/each", "of bare");
}

void
bench_report(unsigned connections, const struct bench_result *r,
    const struct bench_server *s, double floor_ns)
{
	double nginx = cpu_ns(s->nginx, r), handlers = cpu_ns(s->handlers, r);

	printf("%11u  %8.0f  %7.2f ms  %7.2f ms  %5.0f us  %5.0f us  %5.0f us",
	    connections, (double)r->done / r->seconds, (double)r->p50_ns / 1e6,
	    (double)r->p99_ns / 1e6, nginx / 1e3, handlers / 1e3,
	    (nginx + handlers) / 1e3);
	if (floor_ns > 0)
		printf("  %5.2f x", (nginx + handlers) / floor_ns);
	printf("\n");
	fflush(stdout);
}

static void
memory(const char *what, const struct bench_usage *u)
{
	printf("%s: %zu processes, RSS %.1f MB, PSS %.1f MB\n", what,
	    u->processes, (double)u->rss_kb / 1024, (double)u->pss_kb / 1024);
}

void
bench_report_memory(const struct bench_server *s)
{
	memory("handlers and their supervisors", &s->handlers[1]);
	memory("nginx", &s->nginx[1]);
}
