/*
 * Commits per second of the store with 1, 2, 4 and 8 processes, beside an
 * append and fdatasync of as many bytes without a store, on the same disk.
 *
 *	store_bench [FOLDER [SECONDS]]
 *
 * The folder is left behind to be looked at; without one, it is made in the
 * current folder.
 */
#include "config.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

#define DER_SIZE 900
#define RAW_SIZE 1120
#define RAW_SPACE (64 * 1024 * 1024)
#define WORKERS_MAX 8

struct tally {
	atomic_ullong next; /* number of the next certificate, raw record */
	atomic_ullong done[WORKERS_MAX];
	atomic_llong worst[WORKERS_MAX]; /* nanoseconds of the slowest */
};

static struct tally *tally;
static const char *folder;
static int64_t until;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "store_bench: %s: %s\n", what, why);
	_exit(1);
}

static int
commit_one(struct sc_store *s, uint64_t n, struct sc_error *e)
{
	static uint8_t der[DER_SIZE];
	char token[40];
	uint8_t serial[8];
	struct sc_store_spend spend = {token, 2000000000};
	struct sc_store_cert c = {.form = SC_STORE_X509,
	    .kind = SC_STORE_ISSUE,
	    .serial = {serial, sizeof serial},
	    .der = der,
	    .der_len = sizeof der,
	    .not_after = 2000000000};
	struct sc_store_origin o = {"request", "192.0.2.1", "admin:kid",
	    "admin", "JWK", "a.example.com"};

	snprintf(token, sizeof token, "token-%llu", (unsigned long long)n);
	n |= UINT64_C(1) << 62;
	memcpy(serial, &n, sizeof serial);
	return sc_store_issue(s, &spend, &c, &o, 1700000000, e);
}

static void
count(size_t who, int64_t began)
{
	int64_t took = sc_clock_monotonic() - began;

	atomic_fetch_add(&tally->done[who], 1);
	if (took > atomic_load(&tally->worst[who]))
		atomic_store(&tally->worst[who], took);
}

static void
run_store(size_t who)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	int64_t began;

	if (sc_store_open(folder, SC_STORE_CREATE, &s, &e) != 0)
		die("open", e.msg);
	while ((began = sc_clock_monotonic()) < until) {
		if (commit_one(s, atomic_fetch_add(&tally->next, 1), &e) != 0)
			die("commit", e.msg);
		count(who, began);
		if (sc_store_idle(s, &e) != 0)
			die("checkpoint", e.msg);
	}
	sc_store_close(s);
}

static void
run_raw(size_t who)
{
	static const uint8_t record[RAW_SIZE] = {1};
	char *path = sc_asprintf("%s/raw", folder);
	int fd = path == NULL ? -1 : open(path, O_RDWR);
	uint64_t off;
	int64_t began;

	if (fd < 0)
		die("open", "raw");
	while ((began = sc_clock_monotonic()) < until) {
		off = atomic_fetch_add(&tally->next, 1) * RAW_SIZE;
		off %= RAW_SPACE - RAW_SIZE;
		if (pwrite(fd, record, sizeof record, (off_t)off) < 0 ||
		    fdatasync(fd) != 0)
			die("write", "raw");
		count(who, began);
	}
	(void)close(fd);
	free(path);
}

static void
prepare_raw(void)
{
	static const uint8_t zeros[65536];
	char *path = sc_asprintf("%s/raw", folder);
	int fd =
	    path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t i;

	for (i = 0; i < RAW_SPACE / sizeof zeros; i++)
		if (write(fd, zeros, sizeof zeros) != (ssize_t)sizeof zeros)
			die("write", "raw");
	if (fsync(fd) != 0 || close(fd) != 0)
		die("fsync", "raw");
	free(path);
}

static double
run(void (*fn)(size_t), size_t workers, int seconds, double *worst)
{
	unsigned long long sum = 0;
	long long w = 0, one;
	size_t i;

	memset(tally->done, 0, sizeof tally->done);
	memset(tally->worst, 0, sizeof tally->worst);
	until = sc_clock_monotonic() + seconds * SC_SECOND;
	for (i = 0; i < workers; i++) {
		if (fork() == 0) {
			fn(i);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (i = 0; i < workers; i++) {
		sum += atomic_load(&tally->done[i]);
		one = atomic_load(&tally->worst[i]);
		w = one > w ? one : w;
	}
	*worst = (double)w / 1e6;
	return (double)sum / seconds;
}

int
main(int argc, char **argv)
{
	static const size_t workers[] = {1, 2, 4, 8};
	char made[] = "store-bench-XXXXXX";
	double raw, store, raw_worst, store_worst;
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	int64_t seconds = 2;
	size_t i;

	folder = argc > 1 ? argv[1] : mkdtemp(made);
	if (argc > 2 && sc_strtonum(argv[2], 1, 600, &seconds) != 0)
		die("SECONDS", argv[2]);
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (folder == NULL || tally == MAP_FAILED)
		die("start", "no folder or no memory");
	if (sc_store_open(folder, SC_STORE_CREATE, &s, &e) != 0)
		die("open", e.msg);
	sc_store_close(s);
	prepare_raw();
	printf("commits into the store, beside as many bytes appended with "
	       "fdatasync\n"
	       "processes  raw/s  worst ms  store/s  worst ms  of raw\n");
	(void)fflush(stdout);
	for (i = 0; i < sizeof workers / sizeof workers[0]; i++) {
		raw = run(run_raw, workers[i], (int)seconds, &raw_worst);
		store = run(run_store, workers[i], (int)seconds, &store_worst);
		printf("%9zu %6.0f %9.1f %8.0f %9.1f %5.0f %%\n", workers[i],
		    raw, raw_worst, store, store_worst, 100 * store / raw);
		(void)fflush(stdout);
	}
	return 0;
}
