/*
 * What a store costs that has grown: the time of a commit beside that to a
 * new store, of opening it, of a look-up, of making its index anew, and what
 * pruning gives back.
 *
 *	store_scale FOLDER CERTIFICATES
 *
 * It is filled without waiting for the disk; what is measured waits.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

#define DER_SIZE 900
#define TIMES 2000
#define NOW INT64_C(1700000000)
#define DAY INT64_C(86400)
#define LIVE_OF 10 /* one certificate of so many outlives the prune */

static const char *folder;
static struct sc_error e;
static int no_sync;

int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);

int
__wrap_fdatasync(int fd)
{
	return no_sync ? 0 : __real_fdatasync(fd);
}

int
__wrap_fsync(int fd)
{
	return no_sync ? 0 : __real_fsync(fd);
}

static void
die(const char *what)
{
	fprintf(stderr, "store_scale: %s: %s\n", what, e.msg);
	exit(1);
}

static struct sc_store *
open_store(const char *dir, unsigned flags)
{
	struct sc_store *s;

	if (sc_store_open(dir, flags, &s, &e) != 0)
		die("open");
	return s;
}

static struct sc_store_serial
serial_of(uint64_t n)
{
	static uint8_t bytes[16];
	size_t i;

	/* Spread, as random ones are. */
	for (i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)((n * UINT64_C(0x9e3779b97f4a7c15)) >>
		    (8 * (i % 8)));
	for (i = 0; i < 8; i++)
		bytes[8 + i] = (uint8_t)(n >> (8 * i));
	bytes[0] |= 1;
	return (struct sc_store_serial){bytes, sizeof bytes};
}

static void
commit(struct sc_store *s, uint64_t n)
{
	static uint8_t der[DER_SIZE];
	static const char *const names[] = {"a.example.com"};
	char token[40];
	struct sc_store_spend spend = {token, NOW + 300};
	struct sc_store_cert c = {.form = SC_STORE_X509,
	    .kind = SC_STORE_ISSUE,
	    .serial = serial_of(n),
	    .der = der,
	    .der_len = sizeof der,
	    .not_before = NOW,
	    .not_after = NOW + (n % LIVE_OF == 0 ? 3650 : 1) * DAY,
	    .names = names,
	    .names_n = 1};
	struct sc_store_origin o = {"request", "192.0.2.1", "admin:kid",
	    "admin", "JWK", "a.example.com"};

	snprintf(token, sizeof token, "token-%llu", (unsigned long long)n);
	if (sc_store_issue(s, &spend, &c, &o, NOW, &e) != 0)
		die("commit");
}

static int
by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
median_us(int64_t *v, size_t n)
{
	qsort(v, n, sizeof *v, by_value);
	return (double)v[n / 2] / 1e3;
}

/*
 * Median time of a commit to the store that has grown, and to a new one; in
 * turns, for a disk has good and bad times.
 */
static void
commits(uint64_t *next, double *full, double *empty)
{
	static int64_t took[2][TIMES];
	char *other = sc_asprintf("%s/new", folder);
	struct sc_store *s[2];
	int64_t began;
	size_t i, k;

	s[0] = open_store(folder, SC_STORE_WRITE);
	s[1] = open_store(other, SC_STORE_CREATE);
	for (i = 0; i < TIMES; i++) {
		++*next;
		for (k = 0; k < 2; k++) {
			began = sc_clock_monotonic();
			commit(s[k], *next);
			took[k][i] = sc_clock_monotonic() - began;
		}
	}
	sc_store_close(s[0]);
	sc_store_close(s[1]);
	free(other);
	*full = median_us(took[0], TIMES);
	*empty = median_us(took[1], TIMES);
}

static double
fill(uint64_t *next, uint64_t upto)
{
	struct sc_store *s = open_store(folder, SC_STORE_CREATE);
	int64_t began = sc_clock_monotonic();

	no_sync = 1;
	while (*next < upto) {
		commit(s, ++*next);
		if (sc_store_idle(s, &e) != 0)
			die("checkpoint");
	}
	no_sync = 0;
	sc_store_close(s);
	sync();
	return (double)(sc_clock_monotonic() - began) / 1e9;
}

static double
lookups(uint64_t n)
{
	static int64_t took[TIMES];
	struct sc_store *s = open_store(folder, 0);
	struct sc_store_found f;
	int64_t began;
	size_t i;

	for (i = 0; i < TIMES; i++) {
		began = sc_clock_monotonic();
		if (sc_store_get_cert(s, SC_STORE_X509,
			serial_of(1 + (i * UINT64_C(7919)) % n), &f, &e) != 0)
			die("look up");
		took[i] = sc_clock_monotonic() - began;
		sc_store_found_clear(&f);
	}
	sc_store_close(s);
	return median_us(took, TIMES);
}

static double
opening(unsigned flags)
{
	int64_t began = sc_clock_monotonic();

	sc_store_close(open_store(folder, flags));
	return (double)(sc_clock_monotonic() - began) / 1e6;
}

static double
megabytes(const char *prefix)
{
	char path[4096];
	struct dirent *d;
	struct stat st;
	double sum = 0;
	DIR *h = opendir(folder);

	while (h != NULL && (d = readdir(h)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
		if (strncmp(d->d_name, prefix, strlen(prefix)) == 0 &&
		    stat(path, &st) == 0)
			sum += (double)st.st_size / 1e6;
	}
	if (h != NULL)
		(void)closedir(h);
	return sum;
}

static void
remove_index(void)
{
	static const char *const names[] = {
	    "index", "index-a.gdbm", "index-b.gdbm"};
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
}

static void
prune(void)
{
	struct sc_store_prune how = {.revocations = INT64_MAX};
	struct sc_store_pruned done;
	struct sc_store *s = open_store(folder, SC_STORE_WRITE);
	int64_t began = sc_clock_monotonic();

	if (sc_store_prune(s, &how, NOW + 7 * DAY, &done, &e) != 0)
		die("prune");
	printf("pruned in %.1f s: %llu records of %llu kept, ledger %.0f MB, "
	       "index %.0f MB\n",
	    (double)(sc_clock_monotonic() - began) / 1e9,
	    (unsigned long long)done.carried, (unsigned long long)done.records,
	    megabytes("ledger-"), megabytes("index-"));
	sc_store_close(s);
}

int
main(int argc, char **argv)
{
	double empty, full, filled;
	int64_t n = 0;
	uint64_t next = 0;

	if (argc != 3 || sc_strtonum(argv[2], 10000, 100000000, &n) != 0) {
		fputs("usage: store_scale FOLDER CERTIFICATES\n", stderr);
		return 2;
	}
	folder = argv[1];
	filled = fill(&next, (uint64_t)n);
	commits(&next, &full, &empty);
	printf("%lld certificates, filled in %.1f s: ledger %.0f MB, "
	       "both index files %.0f MB\n",
	    (long long)n, filled, megabytes("ledger-"), megabytes("index-"));
	printf("commit (median): %.0f us to a new store, %.0f us to this one: "
	       "%.2f times (1.20 at most)\n",
	    empty, full, full / empty);
	printf("look-up (median): %.0f us; opening: %.1f ms (100 at most)\n",
	    lookups((uint64_t)n), opening(0));
	remove_index();
	printf("opening without an index, which makes it: %.1f s\n",
	    opening(SC_STORE_WRITE) / 1e3);
	prune();
	return 0;
}
