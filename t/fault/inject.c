/*
 * F10 of the attack list, at the store: every call that a verb makes on the
 * disk fails once, and from then on, with each error that a disk or a kernel
 * may have; and every allocation.  The verb then says that it was the disk or
 * the memory (S7: a status 503), has stored all or nothing (S2), never takes
 * what is spent for new (S3), and goes on without help when the fault is gone.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/err.h"
#include "disk_log.h"
#include "shim.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define BASE 24 /* certificates that are there */
#define INDEXED 18 /* of them in the index */
#define JUNK 12 /* tokens that have expired */
#define JUNK_EXPIRES (KIT_NOW - 1000000)
#define SEGMENT 10000
#define SEQ_MAX 512
#define REVOKED 4 /* the first ones of them, two of them in the index */
#define FRESH 100 /* the number that the verbs use */
#define AFTER 101
#define REVOKING 100000
#define CALLS_MAX 5000

/* --- faults ------------------------------------------------------------- */

#define ANY_CALL SHIM_CALLS
#define ALLOCATION (SHIM_CALLS + 1)
#define SORTS (SHIM_CALLS + 2)

static const char *const sort_names[SORTS] = {
    [SHIM_OPEN] = "open",
    [SHIM_READ] = "read",
    [SHIM_WRITE] = "write",
    [SHIM_SYNC] = "sync",
    [SHIM_TRUNCATE] = "truncate",
    [SHIM_RENAME] = "rename",
    [SHIM_UNLINK] = "unlink",
    [SHIM_STAT] = "stat",
    [SHIM_LOCK] = "lock",
    [SHIM_CLOSE] = "close",
    [ANY_CALL] = "any call",
    [ALLOCATION] = "allocation",
};

static struct {
	int on;
	int sort;
	int nth;
	int forever;
	int err;
	int count;
	int fired;
} fault;

static int
strikes(int sort)
{
	if (!fault.on ||
	    (sort != fault.sort &&
		(fault.sort != ANY_CALL || sort == ALLOCATION)))
		return 0;
	fault.count++;
	if (fault.count != fault.nth &&
	    (!fault.forever || fault.count < fault.nth))
		return 0;
	fault.fired = 1;
	return 1;
}

static int
before(const struct shim_event *ev)
{
	return strikes((int)ev->call) ? fault.err : 0;
}

/* Allocations of ours (ld --wrap) and of OpenSSL (by its own hook). */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

static int
starved(void)
{
	if (!strikes(ALLOCATION))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
__wrap_malloc(size_t n)
{
	return starved() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return starved() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return starved() ? NULL : __real_realloc(p, n);
}

static void *
crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return starved() ? NULL : __real_malloc(n);
}

static void *
crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return starved() ? NULL : __real_realloc(p, n);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* GDBM (1.23) forgets the header of a file that it cannot read to its end. */
const char *__lsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:gdbm_fd_open\n";
}

/* --- verbs -------------------------------------------------------------- */

struct trial {
	const char *dir;
	struct sc_store *s;
	int records; /* there before the verb */
};

static int
open_with(struct trial *t, unsigned flags)
{
	struct sc_error e = SC_ERROR_INIT;

	sc_store_close(t->s);
	return sc_store_open(t->dir, flags, &t->s, &e);
}

static int
do_create(struct trial *t)
{
	return open_with(t, SC_STORE_CREATE);
}

static int
do_open(struct trial *t)
{
	return open_with(t, SC_STORE_WRITE);
}

static int
do_read(struct trial *t)
{
	return open_with(t, 0);
}

static int
do_issue(struct trial *t)
{
	return kit_issue(t->s, FRESH);
}

static int
do_use(struct trial *t)
{
	return sc_store_use_token(
	    t->s, kit_spend(FRESH), kit_origin(), KIT_NOW, NULL);
}

static int
revoke_nth(struct sc_store *s, uint64_t n)
{
	struct sc_store_revocation rev = {
	    .form = SC_STORE_X509, .reason_code = 1};

	rev.serial = kit_cert(n)->serial;
	return sc_store_revoke(
	    s, kit_spend(REVOKING + n), &rev, kit_origin(), KIT_NOW, NULL);
}

static int
do_revoke(struct trial *t)
{
	return revoke_nth(t->s, BASE);
}

static int
renew_of(struct trial *t, uint64_t old)
{
	struct sc_store_serial replaces;
	struct sc_store_cert c;
	uint8_t hold[16];

	replaces = kit_cert(old)->serial;
	memcpy(hold, replaces.p, replaces.n);
	replaces.p = hold;
	c = *kit_cert(FRESH);
	c.kind = SC_STORE_RENEW;
	c.replaces = replaces;
	return sc_store_issue(
	    t->s, kit_spend(FRESH), &c, kit_origin(), KIT_NOW, NULL);
}

static int
do_renew(struct trial *t)
{
	return renew_of(t, BASE);
}

static int
do_renew_revoked(struct trial *t)
{
	return renew_of(t, 1);
}

static int
do_replay(struct trial *t)
{
	return kit_issue(t->s, 2);
}

static int
do_idle(struct trial *t)
{
	int r;

	sc_store_tuning.interval = 1;
	r = sc_store_idle(t->s, NULL);
	sc_store_tuning.interval = 4096;
	return r;
}

static int
get_nth(struct trial *t, uint64_t n)
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_store_found f;
	int r = sc_store_get_cert(t->s, c->form, c->serial, &f, NULL);

	sc_store_found_clear(&f);
	return r;
}

static int
do_get(struct trial *t)
{
	return get_nth(t, 3);
}

static int
do_get_new(struct trial *t)
{
	return get_nth(t, BASE);
}

static int
do_get_none(struct trial *t)
{
	return get_nth(t, 999);
}

static int
do_spent(struct trial *t)
{
	return sc_store_token_spent(t->s, kit_spend(5)->token_id, NULL);
}

static int
do_revoked(struct trial *t)
{
	return sc_store_get_revoked(
	    t->s, SC_STORE_X509, kit_cert(1)->serial, NULL, NULL);
}

static int
count_revoked(void *arg, const struct sc_store_revoked *revoked)
{
	int *n = arg;

	(void)revoked;
	++*n;
	return 0;
}

static int
do_each_revoked(struct trial *t)
{
	int n = 0, r = sc_store_each_revoked(t->s, count_revoked, &n, NULL);

	return r != 0 ? r : n == REVOKED ? 0 : SC_ERR_INTERNAL;
}

/* All but junk; what a prune that failed left twice counts once. */
static int
count_one(void *arg, const struct sc_store_entry *entry)
{
	uint8_t *seen = arg;

	if (entry->seq >= SEQ_MAX)
		return SC_ERR_INTERNAL;
	if (entry->token == NULL || entry->token_expires != JUNK_EXPIRES)
		seen[entry->seq] = 1;
	return 0;
}

static int
count(struct sc_store *s)
{
	uint8_t seen[SEQ_MAX] = {0};
	int n = 0, i, r = sc_store_each(s, count_one, seen, NULL);

	for (i = 0; i < SEQ_MAX; i++)
		n += seen[i];
	return r != 0 ? r : n;
}

static int
do_prune(struct trial *t)
{
	static const struct sc_store_prune how = {
	    .certificates = INT64_MAX, .revocations = INT64_MAX};
	struct sc_store_pruned done;

	return sc_store_prune(t->s, &how, KIT_NOW, &done, NULL);
}

static int
do_each(struct trial *t)
{
	int n = count(t->s);

	return n < 0 ? n : n == t->records ? 0 : SC_ERR_INTERNAL;
}

static const struct verb {
	const char *name;
	int (*run)(struct trial *t);
	int want; /* its answer when nothing goes wrong */
	int repeated; /* its answer when it has stored already */
	int stores; /* a record */
	int opens; /* a store of its own, 2: a new one */
	uint64_t chunk;
	uint64_t segment;
} verbs[] = {
    {.name = "create", .run = do_create, .opens = 2, .chunk = 4096},
    {.name = "open", .run = do_open, .opens = 1},
    {.name = "open for reading", .run = do_read, .opens = 1},
    {.name = "issue",
	.run = do_issue,
	.repeated = SC_ERR_REPLAYED,
	.stores = 1},
    {.name = "issue and grow",
	.run = do_issue,
	.repeated = SC_ERR_REPLAYED,
	.stores = 1,
	.chunk = 512},
    {.name = "issue and begin a segment",
	.run = do_issue,
	.repeated = SC_ERR_REPLAYED,
	.stores = 1,
	.segment = 1},
    {.name = "prune", .run = do_prune},
    {.name = "use a token",
	.run = do_use,
	.repeated = SC_ERR_REPLAYED,
	.stores = 1},
    {.name = "revoke",
	.run = do_revoke,
	.repeated = SC_ERR_REPLAYED,
	.stores = 1},
    {.name = "renew",
	.run = do_renew,
	.repeated = SC_ERR_REPLAYED,
	.stores = 1},
    {.name = "renew what is revoked",
	.run = do_renew_revoked,
	.want = SC_ERR_REVOKED,
	.repeated = SC_ERR_REVOKED},
    {.name = "issue for a spent token",
	.run = do_replay,
	.want = SC_ERR_REPLAYED},
    {.name = "checkpoint", .run = do_idle},
    {.name = "get a certificate", .run = do_get},
    {.name = "get a new certificate", .run = do_get_new},
    {.name = "get what is not there",
	.run = do_get_none,
	.want = SC_ERR_NOT_FOUND},
    {.name = "is it spent", .run = do_spent, .want = SC_ERR_REPLAYED},
    {.name = "is it revoked", .run = do_revoked},
    {.name = "list revocations", .run = do_each_revoked},
    {.name = "list records", .run = do_each},
};

/* --- trials ------------------------------------------------------------- */

static struct image filled, empty;
static char dir[512];
static int trials;

static void
litter(struct sc_store *s)
{
	struct sc_store_origin who = *kit_origin();
	struct sc_store_spend spend;
	static char long_id[900];
	int i;

	memset(long_id, 'x', sizeof long_id - 1);
	who.request_id = long_id;
	for (i = 0; i < JUNK; i++) {
		spend = *kit_spend(5000 + (uint64_t)i);
		spend.expires = JUNK_EXPIRES;
		tap_int(sc_store_use_token(s, &spend, &who, KIT_NOW, NULL), 0);
	}
}

static void
fill(void)
{
	struct sc_store *s = kit_open(dir);
	uint64_t n;

	tap_need(tap_ok(s != NULL));
	for (n = 1; n <= BASE; n++) {
		tap_int(kit_issue(s, n), 0);
		if (n == 1)
			litter(s);
		if (n == 2 || n == BASE)
			tap_int(revoke_nth(s, n / 2), 0);
		if (n == 3 || n == BASE - 1)
			tap_int(revoke_nth(s, n - 1), 0);
		if (n == INDEXED) {
			sc_store_tuning.interval = 1;
			tap_int(sc_store_idle(s, NULL), 0);
			sc_store_tuning.interval = 4096;
		}
	}
	sc_store_close(s);
	tap_int(image_read(dir, &filled), 0);
}

/* All that was there is there. */
static void
check_base(struct sc_store *s)
{
	uint64_t n;

	for (n = 1; n <= BASE; n++)
		tap_ok(kit_has(s, n));
	tap_int(sc_store_get_revoked(
		    s, SC_STORE_X509, kit_cert(1)->serial, NULL, NULL),
	    0);
}

/* The store works as if nothing had been. */
static void
check_after(struct trial *t, const struct verb *v, int records)
{
	struct sc_store *o = kit_open(t->dir);

	tap_need(tap_ok(o != NULL));
	if (v->opens == 2)
		(void)sc_store_notice(o);
	tap_int(kit_issue(o, AFTER), 0);
	tap_ok(kit_has(t->s, AFTER));
	tap_int(count(t->s), records + 1);
	sc_store_tuning.interval = 1;
	tap_int(sc_store_idle(o, NULL), 0);
	sc_store_tuning.interval = 4096;
	sc_store_close(o);
	sc_store_close(t->s);
	t->s = NULL;
	o = kit_open(t->dir);
	tap_need(tap_ok(o != NULL));
	tap_str(sc_store_notice(o), NULL);
	if (v->opens != 2)
		check_base(o);
	tap_ok(kit_has(o, AFTER));
	tap_int(count(o), records + 1);
	sc_store_close(o);
}

static int
count_on_disk(const char *path)
{
	struct sc_store *ro = NULL;
	int n = sc_store_open(path, 0, &ro, NULL);

	if (n == 0)
		n = count(ro);
	sc_store_close(ro);
	return n;
}

/* After the verb has answered r, and the fault is gone. */
static void
check_answer(struct trial *t, const struct verb *v, int r)
{
	int stored, again;

	if (r != v->want && r != SC_ERR_IO)
		tap_int(r, SC_ERR_NOMEM);
	if (r != v->want)
		tap_int(sc_err_http_status(r), 503);
	if (v->opens != 0 && r != 0)
		tap_ok(t->s == NULL);
	stored = v->opens == 2 ? 0 : count_on_disk(t->dir) - t->records;
	tap_ok(stored == 0 || (stored == 1 && v->stores));
	if (r == 0)
		tap_int(stored, v->stores);
	/* Only a sync may leave in doubt what was refused. */
	if (r != 0 && stored != 0)
		tap_ok(fault.sort == SHIM_SYNC || fault.sort == ANY_CALL);
	t->records += stored;
	again = v->run(t);
	tap_int(again, stored ? v->repeated : v->want);
	if (v->stores && !stored)
		t->records++;
}

/* 1: the fault struck. */
static int
try_one(const struct verb *v, int sort, int nth, int forever, int err)
{
	struct trial t = {dir, NULL, 0};
	int r;

	tap_context("%s, %s %d%s: %s", v->name, sort_names[sort], nth,
	    forever ? " and all after it" : "", strerror(err));
	if (image_write(dir, v->opens == 2 ? &empty : &filled) != 0)
		abort();
	sc_store_tuning.chunk = v->chunk != 0 ? v->chunk : 8192;
	sc_store_tuning.segment = v->segment != 0 ? v->segment : SEGMENT;
	t.records = v->opens == 2 ? 0 : BASE + REVOKED;
	shim.dir = dir;
	if (v->opens == 0)
		t.s = kit_open(dir);
	fault.sort = sort;
	fault.nth = nth;
	fault.forever = forever;
	fault.err = err;
	fault.count = fault.fired = 0;
	fault.on = 1;
	r = v->run(&t);
	fault.on = 0;
	trials += fault.fired;
	check_answer(&t, v, r);
	if (t.s != NULL)
		check_after(&t, v, t.records);
	sc_store_close(t.s);
	shim.dir = NULL;
	return fault.fired;
}

/* Each error once at each call; and from each call on, one of them. */
static void
try_all(int sort, const int *errs, size_t errs_n)
{
	size_t v, e;
	int nth;

	for (v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
		for (e = 0; e < errs_n && sort != ANY_CALL; e++)
			for (nth = 1; nth < CALLS_MAX; nth++)
				if (!try_one(&verbs[v], sort, nth, 0, errs[e]))
					break;
		for (nth = 1; nth < CALLS_MAX; nth++)
			if (!try_one(&verbs[v], sort, nth, 1,
				errs[(size_t)nth % errs_n]))
				break;
	}
	tap_context("%s", "");
}

static void
prepare(void)
{
	if (dir[0] != '\0')
		return;
	snprintf(dir, sizeof dir, "/dev/shm/stepc-inject.XXXXXX");
	if (mkdtemp(dir) == NULL) {
		snprintf(dir, sizeof dir, "%s", tap_path("inject"));
		(void)mkdir(dir, 0700);
	}
	shim.no_sync = 1;
	shim.before = before;
	sc_store_tuning.chunk = 8192;
	sc_store_tuning.segment = SEGMENT;
	fill();
}

static void
calls(void)
{
	static const int errs[] = {ENOSPC, EIO, EMFILE, ENOMEM, EROFS};
	int sort;

	prepare();
	for (sort = 0; sort <= ANY_CALL; sort++) {
		trials = 0;
		try_all(sort, errs, sizeof errs / sizeof errs[0]);
		tap_note("%s: failed %d times", sort_names[sort], trials);
	}
}

static void
allocations(void)
{
	static const int errs[] = {ENOMEM};

	prepare();
	trials = 0;
	try_all(ALLOCATION, errs, 1);
	tap_note("failed %d times", trials);
	tap_ok(trials > 100);
}

static void
clean_up(void)
{
	(void)image_write(dir, &empty);
	(void)rmdir(dir);
	image_clear(&filled);
}

/* Before OpenSSL allocates anything. */
__attribute__((constructor)) static void
hook_crypto(void)
{
	if (CRYPTO_set_mem_functions(
		crypto_malloc, crypto_realloc, crypto_free) != 1)
		abort();
}

TAP_MAIN(TAP_NAMED("F10 each call on the disk fails", calls),
    TAP_NAMED("F10 each allocation fails", allocations), TAP_TEST(clean_up))
