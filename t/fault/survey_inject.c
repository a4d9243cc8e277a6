/*
 * Status, verify, backup and the making of a new index, while each call on the
 * files fails once and each allocation: nothing is called whole that was not
 * read, nothing damaged that is not, no copy is left that is not one.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "shim.h"
#include "store/store.h"
#include "store/survey.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define RECORDS 40
#define ENTRIES (2 * RECORDS)
#define MOST 20000

/* The n-th call or allocation from now on fails; 0: none. */
static struct {
	int memory; /* allocations, else calls */
	long nth;
	int fired;
} fault;

static int
strikes(int memory)
{
	if (fault.nth == 0 || memory != fault.memory || --fault.nth != 0)
		return 0;
	fault.fired = 1;
	return 1;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	return strikes(1) ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return strikes(1) ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return strikes(1) ? NULL : __real_realloc(p, n);
}

static int
before(const struct shim_event *ev)
{
	/* Nobody can do anything about a close of what was read. */
	if (ev->call == SHIM_CLOSE)
		return 0;
	return strikes(0) ? EIO : 0;
}

/* GDBM (1.23) forgets the header of a file that it cannot read to its end. */
const char *__lsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:gdbm_fd_open\n";
}

static const char *dir, *copy;

static int
whole(const char *where)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_check c;

	return sc_store_verify(where, NULL, NULL, &c, &e) == 0 &&
	    c.damages == 0 && c.index_ok && c.records == RECORDS &&
	    c.entries == ENTRIES;
}

/* Each answers NULL, or what is wrong. */
static const char *
do_verify(int *r)
{
	struct sc_store_check c;

	*r = sc_store_verify(dir, NULL, NULL, &c, NULL);
	if (*r != 0)
		return NULL;
	if (fault.fired && fault.memory && c.damages > 0)
		return "damage for want of memory";
	if (c.damages == 0 && c.index_ok &&
	    (c.records != RECORDS || c.entries != ENTRIES))
		return "whole, but not read";
	return NULL;
}

static const char *
do_status(int *r)
{
	struct sc_store_status st;

	*r = sc_store_status(dir, NULL, &st, NULL);
	if (*r == 0 && st.damage[0] == '\0' && st.last.seq != RECORDS)
		return "another end";
	return NULL;
}

static const char *
do_backup(int *r)
{
	struct sc_store_check c;
	const char *bad = NULL;
	struct shim hold = shim;
	char *part, *rm;

	*r = sc_store_backup(dir, copy, NULL, &c, NULL);
	fault.nth = 0;
	shim.dir = NULL;
	part = sc_asprintf("%s.part", copy);
	if (*r == 0 && !whole(copy))
		bad = "no copy";
	else if (*r != 0 && access(copy, F_OK) == 0 && !whole(copy))
		bad = "half a copy";
	/* What could not be removed is at least not called a copy. */
	rm = sc_asprintf("rm -rf %s %s", copy, part);
	if (system(rm) != 0)
		bad = "rm";
	free(rm);
	free(part);
	shim = hold;
	return bad;
}

static const char *
do_reindex(int *r)
{
	struct sc_store_status st;
	const char *bad = NULL;
	struct sc_store *s;
	uint64_t n;

	*r = sc_store_reindex(dir, NULL, &st, NULL);
	fault.nth = 0;
	if (sc_store_open(dir, SC_STORE_WRITE, &s, NULL) != 0)
		return "does not open";
	for (n = 1; n <= RECORDS; n++)
		if (!kit_has(s, n))
			bad = "a record is gone";
	sc_store_close(s);
	return bad != NULL || whole(dir) ? bad : "not whole";
}

static void
exhaust(const char *name, const char *(*op)(int *r), int memory)
{
	const char *bad;
	long n;
	int r = -1;

	for (n = 1; n < MOST; n++) {
		fault.memory = memory;
		fault.fired = 0;
		fault.nth = n;
		bad = op(&r);
		fault.nth = 0;
		if (bad != NULL)
			tap_fail("%s: %s %ld fails: %s (%d)", name,
			    memory ? "allocation" : "call", n, bad, r);
		if (!fault.fired)
			break;
	}
	tap_note("%s: %ld %s", name, n - 1, memory ? "allocations" : "calls");
	tap_int(r, 0);
	tap_ok(n > 3 && n < MOST);
}

static void
both(const char *name, const char *(*op)(int *r))
{
	shim.dir = dir;
	shim.no_sync = 1;
	shim.before = before;
	exhaust(name, op, 0);
	exhaust(name, op, 1);
	shim.dir = NULL;
}

static void
verify(void)
{
	both("verify", do_verify);
}

static void
status(void)
{
	both("status", do_status);
}

static void
reindex(void)
{
	both("reindex", do_reindex);
}

static void
backup(void)
{
	char *part = sc_asprintf("%s.part", copy);

	both("backup, the store", do_backup);
	shim.dir = part;
	exhaust("backup, the copy", do_backup, 0);
	shim.dir = NULL;
	free(part);
}

static void
make(void)
{
	struct sc_store_status st;
	struct sc_store *s;
	int i;

	dir = kit_dir("store");
	copy = kit_dir("copy");
	sc_store_tuning.segment = 16 * 1024;
	sc_store_tuning.chunk = 8192;
	sc_store_tuning.lock_wait = 100000000;
	s = kit_open(dir);
	for (i = 1; s != NULL && i <= RECORDS; i++)
		tap_int(kit_issue(s, (uint64_t)i), 0);
	sc_store_close(s);
	tap_int(sc_store_reindex(dir, NULL, &st, NULL), 0);
	tap_ok(st.segments > 2);
	tap_ok(whole(dir));
}

TAP_MAIN(TAP_TEST(make), TAP_TEST(verify), TAP_TEST(status), TAP_TEST(reindex),
    TAP_TEST(backup))
