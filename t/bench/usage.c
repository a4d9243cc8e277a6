#include <config.h>

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define MAX_PROCESSES 32768

struct process {
	pid_t pid, parent;
	unsigned long ticks, children;
	int counted;
};

void
bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* proc(5): the name in parentheses may hold anything, so start behind it. */
static int
read_stat(const char *name, struct process *p)
{
	char path[64], text[1024];
	unsigned long user, sys, cuser, csys;
	const char *s;
	FILE *f;
	size_t n;
	int pid, parent;

	if (sscanf(name, "%d", &pid) != 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if ((s = strrchr(text, ')')) == NULL ||
	    sscanf(s + 1,
		" %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
		&parent, &user, &sys, &cuser, &csys) != 5)
		return 0;
	p->pid = pid;
	p->parent = parent;
	p->ticks = user + sys;
	p->children = cuser + csys;
	p->counted = 0;
	return 1;
}

static size_t
read_all(struct process *p, size_t max)
{
	struct dirent *d;
	DIR *dir = opendir("/proc");
	size_t n = 0;

	if (dir == NULL)
		bench_die("no /proc");
	while (n < max && (d = readdir(dir)) != NULL)
		if (read_stat(d->d_name, &p[n]))
			n++;
	closedir(dir);
	return n;
}

static void
mark_tree(struct process *p, size_t n, pid_t root)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i].counted)
			continue;
		if (p[i].pid == root || p[i].parent == root) {
			p[i].counted = 1;
			if (p[i].pid != root)
				mark_tree(p, n, p[i].pid);
		}
	}
}

/* The value of "name:  N kB" in a file of /proc/PID. */
static long
kilobytes(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0) {
			sscanf(line + strlen(name), ": %ld", &kb);
			break;
		}
	fclose(f);
	return kb;
}

void
bench_usage(const pid_t *roots, size_t n, struct bench_usage *out)
{
	struct process *p = calloc(MAX_PROCESSES, sizeof(*p));
	unsigned long ticks = 0;
	size_t i, count;

	if (p == NULL)
		bench_die("out of memory");
	memset(out, 0, sizeof(*out));
	count = read_all(p, MAX_PROCESSES);
	for (i = 0; i < n; i++)
		mark_tree(p, count, roots[i]);
	for (i = 0; i < count; i++) {
		if (!p[i].counted)
			continue;
		ticks += p[i].ticks + p[i].children;
		out->rss_kb += kilobytes(p[i].pid, "status", "VmRSS");
		out->pss_kb += kilobytes(p[i].pid, "smaps_rollup", "Pss");
		out->processes++;
	}
	out->cpu_seconds = (double)ticks / (double)sysconf(_SC_CLK_TCK);
	free(p);
}
