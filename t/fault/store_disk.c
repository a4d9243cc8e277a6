/*
 * A torn tail, a lock that does not come, a disk that is full.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/record.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define CHUNK 16384
#define LEDGER "ledger-00000001"

static char *
ledger_of(const char *dir)
{
	return sc_asprintf("%s/%s", dir, LEDGER);
}

static void
put_back(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	tap_int(write(fd, p, n), (int64_t)n);
	(void)close(fd);
}

/* Two whole records are left, and the third can be stored again. */
static void
check_torn(const char *dir, int heal)
{
	struct sc_store *s = kit_open(dir), *ro = NULL;

	tap_need(tap_ok(s != NULL));
	tap_int(sc_store_open(dir, 0, &ro, NULL), 0);
	tap_need(tap_ok(ro != NULL));
	tap_int(kit_count(ro), 2);
	tap_ok(kit_has(s, 1) && kit_has(s, 2) && kit_lacks(s, 3));
	if (heal) {
		tap_int(kit_issue(s, 3), 0);
		tap_has(sc_store_notice(s), "unfinished record");
		tap_ok(kit_has(ro, 3));
		tap_int(kit_issue(s, 4), 0);
		tap_int(kit_issue(s, 3), SC_ERR_REPLAYED);
		tap_int(kit_count(ro), 4);
	}
	sc_store_close(s);
	sc_store_close(ro);
}

/* The last record of a ledger, found by its header from the end backwards. */
static size_t
last_record(const char *p, size_t n, size_t *len)
{
	const uint8_t *b = (const uint8_t *)p;
	size_t off = n & ~(size_t)7;

	while (off >= 8) {
		off -= 8;
		*len = sc_record_length(b + off, n - off);
		if (*len != 0 && sc_record_intact(b + off, *len, NULL) == 1)
			return off;
	}
	return 0;
}

/* A shorter record in its place leaves nothing of a torn one behind it. */
static void
check_wiped(const char *dir)
{
	struct sc_store *s = kit_open(dir);

	tap_need(tap_ok(s != NULL));
	tap_int(sc_store_use_token(s, kit_spend(9), NULL, KIT_NOW, NULL), 0);
	tap_has(sc_store_notice(s), "unfinished record");
	tap_int(kit_issue(s, 3), 0);
	tap_ok(sc_store_notice(s) == NULL);
	tap_int(kit_count(s), 4);
	sc_store_close(s);
}

static void
torn(void)
{
	const char *dir = kit_dir("torn");
	struct sc_store *s;
	char *path, *all, *copy;
	size_t n, off, len = 0, i;

	sc_store_tuning.chunk = CHUNK;
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL));
	for (i = 1; i <= 3; i++)
		tap_int(kit_issue(s, i), 0);
	sc_store_close(s);
	path = ledger_of(dir);
	all = tap_slurp(path, &n);
	tap_need(tap_ok(all != NULL));
	copy = malloc(n);
	off = last_record(all, n, &len);
	tap_need(tap_ok(copy != NULL && off != 0));
	for (i = 0; i < len; i++) {
		tap_context("byte %zu of %zu garbled", i, len);
		memcpy(copy, all, n);
		copy[off + i] ^= 0x41;
		put_back(path, copy, n);
		check_torn(dir, i % 16 == 0);
		tap_context("cut after %zu bytes of %zu", i, len);
		memcpy(copy, all, n);
		memset(copy + off + i, 0, n - off - i);
		put_back(path, copy, n);
		check_torn(dir, i % 16 == 15);
		tap_context("file ends after %zu bytes of %zu", i, len);
		put_back(path, all, off + i);
		check_torn(dir, i % 16 == 8);
	}
	tap_context("%s", "");
	memcpy(copy, all, n);
	copy[off + len - 1] ^= 1;
	put_back(path, copy, n);
	check_wiped(dir);
	free(copy);
	free(path);
}

static void
stop_with_lock(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0 || sc_disk_lock(fd, 0, NULL) != 0)
		_exit(1);
	(void)raise(SIGSTOP);
	_exit(0);
}

/* S4: the wait is bounded, readers do not wait at all. */
static void
busy(void)
{
	const char *dir = kit_dir("busy");
	struct sc_store *s = kit_open(dir), *ro = NULL;
	char *path = sc_asprintf("%s/ledger.lock", dir);
	struct sc_error e = SC_ERROR_INIT;
	int64_t before, took;
	int status;
	pid_t pid;

	tap_need(tap_ok(s != NULL && path != NULL));
	tap_int(kit_issue(s, 1), 0);
	if ((pid = fork()) == 0)
		stop_with_lock(path);
	tap_int(waitpid(pid, &status, WUNTRACED), pid);
	tap_need(tap_ok(WIFSTOPPED(status)));
	sc_store_tuning.lock_wait = SC_SECOND / 5;
	before = sc_clock_monotonic();
	tap_int(sc_store_issue(s, kit_spend(2), kit_cert(2), NULL, KIT_NOW, &e),
	    SC_ERR_BUSY);
	took = sc_clock_monotonic() - before;
	tap_ok(took >= SC_SECOND / 5 && took < 3 * SC_SECOND);
	tap_int(sc_err_http_status(SC_ERR_BUSY), 503);
	tap_ok(kit_lacks(s, 2));
	tap_int(sc_store_open(dir, 0, &ro, &e), 0);
	if (ro != NULL)
		tap_ok(kit_has(ro, 1));
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	/* The kernel gives the lock back when its holder dies. */
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	tap_int(kit_issue(s, 2), 0);
	sc_store_tuning.lock_wait = 5 * SC_SECOND;
	sc_store_close(s);
	sc_store_close(ro);
	free(path);
}

static void
limit_files(rlim_t max)
{
	struct rlimit rl;

	tap_int(getrlimit(RLIMIT_FSIZE, &rl), 0);
	rl.rlim_cur = max;
	tap_int(setrlimit(RLIMIT_FSIZE, &rl), 0);
}

/* S7: a full disk refuses cleanly and heals when space returns. */
static void
full(void)
{
	const char *dir = kit_dir("full");
	struct sc_error e = SC_ERROR_INIT;
	char *path = ledger_of(dir);
	struct sc_store *s;
	struct stat st;
	uint64_t n;
	int r = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	sc_store_tuning.chunk = CHUNK;
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL && path != NULL));
	tap_need(tap_int(stat(path, &st), 0));
	limit_files((rlim_t)st.st_size + 1000);
	for (n = 1; n < 100 && r == 0; n++)
		r = sc_store_issue(
		    s, kit_spend(n), kit_cert(n), NULL, KIT_NOW, &e);
	n--;
	tap_int(r, SC_ERR_IO);
	tap_has(e.msg, "cannot grow");
	tap_ok(n > 5 && n < 99);
	tap_ok(kit_lacks(s, n));
	tap_int(kit_issue(s, n), SC_ERR_IO);
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(kit_count(s), (int)n - 1);
	limit_files(RLIM_INFINITY);
	tap_int(kit_issue(s, n), 0);
	tap_ok(kit_has(s, n) && kit_has(s, n - 1));
	tap_ok(sc_store_notice(s) == NULL);
	sc_store_close(s);
	free(path);
}

/* A checkpoint that finds no space costs nothing but speed. */
static void
full_index(void)
{
	const char *dir = kit_dir("fullindex");
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	uint64_t n;

	(void)signal(SIGXFSZ, SIG_IGN);
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL));
	for (n = 1; n <= 300; n++)
		tap_int(kit_issue(s, n), 0);
	sc_store_tuning.interval = 10;
	for (n = 4096; n <= 5 * 4096; n += 1000) {
		tap_context("%d bytes", (int)n);
		limit_files((rlim_t)n);
		tap_int(sc_store_idle(s, &e), SC_ERR_IO);
		limit_files(RLIM_INFINITY);
		tap_ok(kit_has(s, 300));
	}
	tap_context("%s", "");
	tap_int(sc_store_idle(s, &e), 0);
	sc_store_close(s);
	s = kit_open(dir);
	tap_need(tap_ok(s != NULL));
	tap_ok(sc_store_notice(s) == NULL);
	for (n = 1; n <= 300; n++)
		tap_ok(kit_has(s, n));
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
}

/* Calls of the C library as the store makes them (ld --wrap). */
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t off);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t off);

static int syncs_fail; /* so many next ones */
static int syncs; /* how many there were */
static int writes_fail; /* so many next ones */
static int half_fails; /* before those: one that writes only a part */
static off_t lowest; /* offset written to since it was set */

int
__wrap_fdatasync(int fd)
{
	syncs++;
	if (syncs_fail > 0) {
		syncs_fail--;
		errno = EIO;
		return -1;
	}
	return __real_fdatasync(fd);
}

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t off)
{
	if (off < lowest)
		lowest = off;
	if (half_fails) { /* some of it gets there, then an error */
		half_fails = 0;
		return __real_pwrite(fd, p, n / 2, off);
	}
	if (writes_fail > 0) {
		writes_fail--;
		errno = EIO;
		return -1;
	}
	return __real_pwrite(fd, p, n, off);
}

/* S5: one sync for an issuance; S1: none acknowledged without. */
static void
sync_fails(void)
{
	struct sc_store *s = kit_open(kit_dir("sync")), *other;
	off_t first;

	other = kit_open(kit_dir("sync"));
	tap_need(tap_ok(s != NULL && other != NULL));
	syncs = 0;
	lowest = 1 << 30;
	tap_int(kit_issue(s, 1), 0);
	tap_int(syncs, 1);
	first = lowest;
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(syncs, 1);
	lowest = 1 << 30;
	tap_int(kit_issue(s, 2), 0);
	tap_ok(lowest > first);
	syncs_fail = 1;
	lowest = 1 << 30;
	tap_int(kit_issue(s, 3), SC_ERR_IO);
	first = lowest;
	/* What is not known to be durable was written once more, no less. */
	lowest = 1 << 30;
	syncs_fail = 1;
	tap_int(kit_issue(other, 4), SC_ERR_IO);
	tap_ok(lowest < first);
	/* Not acknowledged, but never to be issued a second time. */
	tap_int(kit_issue(other, 3), SC_ERR_REPLAYED);
	tap_int(kit_issue(s, 4), SC_ERR_REPLAYED);
	tap_int(kit_issue(s, 5), 0);
	tap_int(kit_count(other), 5);
	sc_store_close(s);
	sc_store_close(other);
}

/* A record half written: nothing is stored, the next one goes in its place. */
static void
write_fails(void)
{
	struct sc_store *s = kit_open(kit_dir("write")), *other;
	int i;

	other = kit_open(kit_dir("write"));
	tap_need(tap_ok(s != NULL && other != NULL));
	tap_int(kit_issue(s, 1), 0);
	/* The wiping that follows a failed write fails as well, or half. */
	for (i = 1; i < 4; i++) {
		tap_context("%d", i);
		half_fails = i % 2;
		writes_fail = i;
		tap_int(kit_issue(s, 2), SC_ERR_IO);
		writes_fail = half_fails = 0;
		tap_ok(kit_lacks(s, 2) && kit_lacks(other, 2));
	}
	tap_context("%s", "");
	tap_int(kit_issue(s, 2), 0);
	tap_int(kit_issue(other, 3), 0);
	tap_ok(kit_has(s, 3));
	tap_int(kit_count(s), 3);
	sc_store_close(s);
	sc_store_close(other);
}

TAP_MAIN(TAP_TEST(torn), TAP_TEST(busy), TAP_TEST(full), TAP_TEST(full_index),
    TAP_TEST(sync_fails), TAP_TEST(write_fails))
