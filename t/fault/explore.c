/*
 * The power may go at any time.  A workload is recorded; then the disk is
 * rebuilt as it may have been after each of its calls, with what was not
 * synced applied, dropped, torn between sectors or mixed by the dice, opened,
 * and looked at: what was acknowledged is there (S1), nothing is half there
 * (S2), what was spent stays spent (S3), the store goes on without help and
 * is as good as new (S7).  The same is done to the recovery itself.
 *
 * STEPC_EXPLORE=N multiplies the rolls of the dice by N and tries every cut;
 * STEPC_EXPLORE_SEED=N changes the dice.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "disk_log.h"
#include "shim.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define OPS 160
#define SEQ_MAX 512
#define INTERVAL 6
#define CHUNK 8192
#define SEGMENT 6000
#define REASON 4
/* Tokens of revocations; those of certificates have the same number. */
#define REVOKING 100000
#define JUNK_EXPIRES (KIT_NOW - 1000000)

enum kind {
	CREATE,
	ISSUE,
	USE,
	REVOKE,
	RENEW,
	JUNK /* a token that has expired: it may go or stay */
};

enum fate {
	NOT_BEGUN,
	BEGUN,
	ACKNOWLEDGED,
	FATES
};

/* All that was ever tried, in the workload and in recoveries. */
static struct op {
	enum kind kind;
	uint64_t n; /* of the certificate, token or revocation */
	uint64_t of; /* the certificate that is renewed or revoked */
} ops[OPS];
static int ops_n;

/* What became of them up to some point. */
struct view {
	uint8_t fate[OPS];
};

struct result {
	uint64_t seed;
	unsigned rolls; /* of the dice, for each point */
	int every_cut;
	unsigned enough; /* so many problems are expected; 0: none is */
	unsigned points, images, problems;
	uint64_t *seen; /* a table of hashes */
};
#define SEEN_SIZE (1u << 21)

/* The recorded workload has pruned, and so do recoveries. */
static int pruning;

/* In memory, where there is such a folder. */
static char image_dir[512];

/* --- the verbs ---------------------------------------------------------- */

static struct sc_store_serial
serial_of(uint64_t n, uint8_t hold[16])
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_store_serial s = {hold, c->serial.n};

	memcpy(hold, c->serial.p, c->serial.n);
	return s;
}

static int
renew_cert(struct sc_store *s, uint64_t n, uint64_t of)
{
	struct sc_store_cert c;
	uint8_t hold[16];
	struct sc_store_serial old = serial_of(of, hold);

	c = *kit_cert(n);
	c.kind = SC_STORE_RENEW;
	c.replaces = old;
	return sc_store_issue(s, kit_spend(n), &c, kit_origin(), KIT_NOW, NULL);
}

static int
revoke_cert(struct sc_store *s, uint64_t of)
{
	uint8_t hold[16];
	struct sc_store_revocation rev = {.form = SC_STORE_X509,
	    .reason_code = REASON,
	    .reason = "superseded",
	    .not_after = KIT_NOW + 1000};

	rev.serial = serial_of(of, hold);
	return sc_store_revoke(
	    s, kit_spend(REVOKING + of), &rev, kit_origin(), KIT_NOW, NULL);
}

static int
spend_junk(struct sc_store *s, uint64_t n)
{
	struct sc_store_spend spend = *kit_spend(n);
	struct sc_store_origin who = *kit_origin();
	static char long_id[900];

	memset(long_id, 'x', sizeof long_id - 1);
	who.request_id = long_id;
	spend.expires = JUNK_EXPIRES;
	return sc_store_use_token(s, &spend, &who, KIT_NOW, NULL);
}

/* Expired tokens go, all else is to be kept. */
static int
prune(struct sc_store *s, uint64_t *segments)
{
	static const struct sc_store_prune how = {
	    .certificates = INT64_MAX, .revocations = INT64_MAX};
	struct sc_store_pruned done;
	int r = sc_store_prune(s, &how, KIT_NOW, &done, NULL);

	*segments = done.segments;
	return r;
}

static int
carry_out(struct sc_store *s, const struct op *op)
{
	switch (op->kind) {
	case ISSUE:
		return kit_issue(s, op->n);
	case USE:
		return sc_store_use_token(
		    s, kit_spend(op->n), kit_origin(), KIT_NOW, NULL);
	case REVOKE:
		return revoke_cert(s, op->of);
	case RENEW:
		return renew_cert(s, op->n, op->of);
	case JUNK:
		return spend_junk(s, op->n);
	default:
		return 0;
	}
}

static int
add_op(enum kind kind, uint64_t n, uint64_t of)
{
	if (ops_n == OPS)
		abort();
	ops[ops_n].kind = kind;
	ops[ops_n].n = n;
	ops[ops_n].of = of;
	return ops_n++;
}

static void
mark(int op, enum fate fate)
{
	disk_log_mark(op * FATES + (int)fate);
}

/* Try it, and put on record that it was begun and acknowledged. */
static int
perform(struct sc_store *s, enum kind kind, uint64_t n, uint64_t of)
{
	int i = add_op(kind, n, of), r;

	mark(i, BEGUN);
	r = carry_out(s, &ops[i]);
	if (r == 0)
		mark(i, ACKNOWLEDGED);
	return r;
}

/* --- judging ------------------------------------------------------------ */

static int
spent(struct sc_store *s, uint64_t n)
{
	int r = sc_store_token_spent(s, kit_spend(n)->token_id, NULL);

	return r == SC_ERR_REPLAYED ? 1 : r == 0 ? 0 : r;
}

static int
same_cert(const struct op *op, const struct sc_store_found *f)
{
	uint8_t hold[16];
	struct sc_store_serial old = serial_of(op->of, hold);
	const struct sc_store_cert *c = kit_cert(op->n);

	if (f->der_len != c->der_len ||
	    memcmp(f->der, c->der, c->der_len) != 0 ||
	    f->not_after != c->not_after)
		return 0;
	if (op->kind == ISSUE)
		return f->kind == SC_STORE_ISSUE && f->replaces_len == 0;
	return f->kind == SC_STORE_RENEW && f->replaces_len == old.n &&
	    memcmp(f->replaces, old.p, old.n) == 0;
}

static int
cert_there(struct sc_store *s, const struct op *op, int *lacks)
{
	const struct sc_store_cert *c = kit_cert(op->n);
	struct sc_store_found f;
	int r, t = spent(s, op->n), same = 0;

	r = sc_store_get_cert(s, c->form, c->serial, &f, NULL);
	if (r == 0) {
		same = same_cert(op, &f);
		sc_store_found_clear(&f);
	}
	*lacks = r == SC_ERR_NOT_FOUND && t == 0;
	return same && t == 1;
}

static int
revoked_there(struct sc_store *s, const struct op *op, int *lacks)
{
	struct sc_store_revoked rv;
	uint8_t hold[16];
	int r, t = spent(s, REVOKING + op->of);

	r = sc_store_get_revoked(
	    s, SC_STORE_X509, serial_of(op->of, hold), &rv, NULL);
	*lacks = r == SC_ERR_NOT_FOUND && t == 0;
	return r == 0 && rv.reason_code == REASON && t == 1;
}

/* 1: whole, 0: nothing of it, -1: something between. */
static int
there(struct sc_store *s, const struct op *op)
{
	int lacks, has;

	switch (op->kind) {
	case USE:
		has = spent(s, op->n);
		lacks = has == 0;
		break;
	case REVOKE:
		has = revoked_there(s, op, &lacks);
		break;
	default:
		has = cert_there(s, op, &lacks);
	}
	return has == 1 && !lacks ? 1 : lacks ? 0 : -1;
}

static char said[256];

static const char *
say(const char *when, const char *what, int number)
{
	snprintf(said, sizeof said, "%s: %s %d", when, what, number);
	return said;
}

static int
count_revoked(void *arg, const struct sc_store_revoked *revoked)
{
	int *n = arg;

	(void)revoked;
	++*n;
	return 0;
}

/* What is told twice by a prune that was cut short counts once. */
struct told {
	uint8_t seen[SEQ_MAX];
	int n;
};

static int
count_record(void *arg, const struct sc_store_entry *entry)
{
	struct told *t = arg;

	if (entry->seq >= SEQ_MAX)
		return SC_ERR_INTERNAL;
	if (entry->token != NULL && entry->token_expires == JUNK_EXPIRES)
		return 0;
	t->n += !t->seen[entry->seq];
	t->seen[entry->seq] = 1;
	return 0;
}

static int
count_records(struct sc_store *s)
{
	struct told t = {{0}, 0};
	int r = sc_store_each(s, count_record, &t, NULL);

	return r != 0 ? r : t.n;
}

/* NULL: all is as it must be; and then *v knows what was found. */
static const char *
look(struct sc_store *s, struct view *v, const char *when)
{
	int i, is, records = 0, revocations = 0, listed = 0;

	for (i = 1; i < ops_n; i++) {
		if (ops[i].kind == JUNK)
			continue;
		is = there(s, &ops[i]);
		if (is < 0)
			return say(when, "half there: operation", i);
		if (is == 0 && v->fate[i] == ACKNOWLEDGED)
			return say(when, "lost: operation", i);
		if (is == 1 && v->fate[i] == NOT_BEGUN)
			return say(when, "there too early: operation", i);
		records += is;
		revocations += is && ops[i].kind == REVOKE;
		/* Once seen it has to stay; and what is not seen, to be new. */
		v->fate[i] = is ? ACKNOWLEDGED : NOT_BEGUN;
	}
	if ((i = count_records(s)) != records)
		return say(when, "records told", i);
	i = sc_store_each_revoked(s, count_revoked, &listed, NULL);
	if (i != 0 || listed != revocations)
		return say(when, "revocations told", i != 0 ? i : listed);
	return NULL;
}

/* A reader sees the same, and leaves all as it was. */
static const char *
read_only(const char *dir, struct view *v, const struct image *img)
{
	struct sc_store *s = NULL;
	const char *problem = NULL;
	struct image after;
	int r = sc_store_open(dir, 0, &s, NULL);

	if (r == 0)
		problem = look(s, v, "read only");
	else if (v->fate[0] == ACKNOWLEDGED)
		problem = say("read only", "open:", r);
	sc_store_close(s);
	if (problem == NULL && image_read(dir, &after) == 0) {
		if (image_differs(&after, img) != NULL)
			problem = "read only: it has written";
		image_clear(&after);
	}
	return problem;
}

static struct sc_store *
open_again(const char *dir, const char *when, const char **problem)
{
	struct sc_store *s = NULL;
	int r = sc_store_open(dir, SC_STORE_CREATE, &s, NULL);

	if (r != 0)
		*problem = say(when, "open:", r);
	return s;
}

/* What was spent stays spent: the last few, for all would take too long. */
static const char *
replay(struct sc_store *s, const struct view *v)
{
	int i, r, tried = 0;

	for (i = ops_n - 1; i > 0 && tried < 4; i--) {
		if (v->fate[i] != ACKNOWLEDGED || ops[i].kind == JUNK)
			continue;
		tried++;
		if ((r = carry_out(s, &ops[i])) != SC_ERR_REPLAYED)
			return say("replay", "not refused as replayed:", r);
	}
	return NULL;
}

/* Opening, one more certificate, a checkpoint; opening again. */
static const char *
recover(const char *dir, struct view *v, uint64_t fresh)
{
	static unsigned times;
	int thorough = times++ % 4 == 0;
	const char *problem = NULL;
	uint64_t segments;
	struct sc_store *s;
	int r;

	if ((s = open_again(dir, "recovery", &problem)) == NULL)
		return problem;
	mark(0, ACKNOWLEDGED);
	v->fate[0] = ACKNOWLEDGED;
	if ((problem = look(s, v, "recovery")) != NULL ||
	    (problem = replay(s, v)) != NULL)
		goto out;
	if ((r = perform(s, ISSUE, fresh, 0)) != 0) {
		problem = say("recovery", "issue:", r);
		goto out;
	}
	v->fate[ops_n - 1] = ACKNOWLEDGED;
	sc_store_tuning.interval = 1;
	if ((r = sc_store_idle(s, NULL)) != 0)
		problem = say("checkpoint", "idle:", r);
	else if (thorough)
		problem = look(s, v, "checkpoint");
	if (problem == NULL && pruning && (r = prune(s, &segments)) != 0)
		problem = say("prune", "answer:", r);
	else if (problem == NULL && pruning && thorough)
		problem = look(s, v, "pruned");
	sc_store_tuning.interval = INTERVAL;
	sc_store_close(s);
	if (problem != NULL ||
	    (s = open_again(dir, "reopened", &problem)) == NULL)
		return problem;
	if (sc_store_notice(s) != NULL)
		problem = "reopened: it has still something to tell";
	else
		problem = look(s, v, "reopened");
out:
	sc_store_close(s);
	return problem;
}

static int
seen_before(struct result *res, const struct view *v, const struct image *img)
{
	uint64_t h = image_hash(img);
	size_t i;

	for (i = 0; i < OPS; i++)
		h = (h ^ v->fate[i]) * UINT64_C(0x100000001b3);
	h |= 1;
	for (i = (size_t)(h >> 20) % SEEN_SIZE; res->seen[i] != 0;
	     i = (i + 1) % SEEN_SIZE)
		if (res->seen[i] == h)
			return 1;
	res->seen[i] = h;
	return 0;
}

static void explore(const struct disk_log *log, const struct image *base,
    const struct view *start, int depth, struct result *res);

/* The power goes again while the store recovers. */
static void
again(const struct image *img, const struct view *before, struct result *res)
{
	struct view v = *before;
	struct disk_log log = {0};
	int mine = ops_n;

	if (image_write(image_dir, img) != 0)
		abort();
	disk_log_start(&log, image_dir);
	(void)recover(image_dir, &v, (uint64_t)mine + 1000);
	disk_log_stop();
	explore(&log, img, before, 1, res);
	disk_log_clear(&log);
	ops_n = mine;
}

static void
judge(const struct image *img, const struct view *before, const char *how,
    size_t point, int depth, struct result *res)
{
	const char *problem;
	struct view v = *before;
	int mine = ops_n;

	if (seen_before(res, before, img))
		return;
	res->images++;
	if (image_write(image_dir, img) != 0)
		abort();
	shim.dir = image_dir;
	problem = res->images % 16 == 0 ? read_only(image_dir, &v, img) : NULL;
	if (problem == NULL)
		problem = recover(image_dir, &v, (uint64_t)mine + 1000);
	shim.dir = NULL;
	ops_n = mine;
	if (problem != NULL && res->problems++ < 5 && res->enough == 0)
		tap_fail("call %zu%s, %s: %s", point,
		    depth == 0 ? "" : " of the recovery", how, problem);
	if (problem == NULL && depth == 0 &&
	    (res->every_cut || res->images % 97 == 0))
		again(img, before, res);
}

/* The write that is to come arrives in part. */
static void
tear(const struct disk *d, const struct logged *l, const struct view *v,
    size_t point, int depth, struct result *res)
{
	size_t n = disk_sectors(l), at, step = n / 2;
	struct image img;

	if (step == 0 || res->every_cut)
		step = 1;
	for (at = step; at < n; at += step) {
		disk_torn(d, l, 0, at, &img);
		judge(&img, v, "the head of a write", point, depth, res);
		image_clear(&img);
		disk_torn(d, l, at, n, &img);
		judge(&img, v, "the tail of a write", point, depth, res);
		image_clear(&img);
	}
}

static void
cut(const struct disk *d, const struct view *v, size_t point, int depth,
    struct result *res)
{
	static const struct {
		enum disk_fate data, names;
		const char *how;
	} sorts[] = {
	    {DISK_ALL, DISK_ALL, "all applied"},
	    {DISK_NONE, DISK_NONE, "all dropped"},
	    {DISK_ALL, DISK_NONE, "names dropped"},
	    {DISK_NONE, DISK_ALL, "data dropped"},
	    {DISK_SOME, DISK_SOME, "mixed"},
	};
	size_t sort, k, times;
	struct image img;

	for (sort = 0; sort < sizeof sorts / sizeof sorts[0]; sort++) {
		times = 1;
		if (sorts[sort].data == DISK_SOME && depth == 0)
			times = res->rolls;
		for (k = 0; k < times; k++) {
			disk_image(d, sorts[sort].data, sorts[sort].names,
			    &res->seed, &img);
			judge(&img, v, sorts[sort].how, point, depth, res);
			image_clear(&img);
		}
	}
}

static void
explore(const struct disk_log *log, const struct image *base,
    const struct view *start, int depth, struct result *res)
{
	struct disk *d = disk_new(base);
	const struct logged *l;
	struct view v = *start;
	size_t i;

	for (i = 0; i < log->n; i++) {
		if (res->enough != 0 && res->problems >= res->enough)
			break;
		l = &log->entry[i];
		if (l->mark != 0) {
			v.fate[l->mark / FATES] = (uint8_t)(l->mark % FATES);
		} else {
			res->points++;
			tear(d, l, &v, i, depth, res);
			disk_apply(d, l);
			if (l->call == SHIM_CLOSE)
				continue;
		}
		cut(d, &v, i, depth, res);
	}
	disk_free(d);
}

/* --- the workload ------------------------------------------------------- */

/* What the next sync of the ledger, or the next write to it, meets. */
static struct {
	struct sc_store *other; /* commits before the sync */
	uint64_t n;
	enum shim_call call; /* or before this call */
	const char *name; /* on such a file */
	int sync_fails;
	int dies; /* half a record is written, and nothing more */
	int dead;
} plot;

static int
interfere(const struct shim_event *ev)
{
	struct sc_store *other = plot.other;

	if (plot.name != NULL && ev->call == plot.call &&
	    strncmp(ev->name, plot.name, strlen(plot.name)) == 0) {
		plot.name = NULL;
		plot.other = NULL;
		tap_int(perform(other, ISSUE, plot.n, 0), 0);
	}
	if (plot.name != NULL)
		return 0;
	other = plot.other;
	if (strncmp(ev->name, "ledger-", 7) != 0)
		return 0;
	/* Not the one under the lock, when the file grows. */
	if (ev->call == SHIM_SYNC && ev->flags && other != NULL) {
		plot.other = NULL;
		tap_int(perform(other, ISSUE, plot.n, 0), 0);
	}
	if (ev->call == SHIM_SYNC && ev->flags && plot.sync_fails) {
		plot.sync_fails = 0;
		return EIO;
	}
	if (ev->call == SHIM_WRITE && plot.dies) {
		plot.dies = 0;
		plot.dead =
		    pwrite(ev->fd, ev->p, ev->n / 2, (off_t)ev->off) > 0;
	}
	return ev->call == SHIM_WRITE && plot.dead ? EIO : 0;
}

static void
both_at_once(struct sc_store *a, struct sc_store *b, uint64_t n)
{
	plot.other = b;
	plot.n = n + 1;
	tap_int(perform(a, ISSUE, n, 0), 0);
	tap_ok(plot.other == NULL);
}

static void
drop_index(const char *dir)
{
	static const char *const files[] = {
	    "index", "index-a.gdbm", "index-b.gdbm"};
	char path[600];
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
}

static void
some_of_each(struct sc_store *a, struct sc_store *b, uint64_t n)
{
	tap_int(perform(a, ISSUE, n, 0), 0);
	tap_int(perform(b, USE, n + 1, 0), 0);
	both_at_once(a, b, n + 2);
	tap_int(perform(b, RENEW, n + 4, n), 0);
	tap_int(perform(a, REVOKE, n + 5, n), 0);
	tap_int(renew_cert(b, n + 6, n), SC_ERR_REVOKED);
	both_at_once(b, a, n + 7);
	tap_int(sc_store_idle(a, NULL), 0);
	tap_int(sc_store_idle(b, NULL), 0);
}

static void
workload(const char *dir)
{
	struct sc_store *a, *b;

	mark(add_op(CREATE, 0, 0), BEGUN);
	a = kit_open(dir);
	tap_need(tap_ok(a != NULL));
	mark(0, ACKNOWLEDGED);
	b = kit_open(dir);
	tap_need(tap_ok(b != NULL));
	some_of_each(a, b, 10);
	some_of_each(b, a, 20);
	some_of_each(a, b, 30);
	/* A sync that fails: refused, and made good by the next one. */
	plot.sync_fails = 1;
	tap_int(perform(a, ISSUE, 40, 0), SC_ERR_IO);
	tap_int(perform(b, ISSUE, 41, 0), 0);
	tap_int(perform(a, ISSUE, 42, 0), 0);
	/* One is killed while writing, the other clears up. */
	plot.dies = 1;
	tap_int(perform(a, ISSUE, 43, 0), SC_ERR_IO);
	sc_store_close(a);
	plot.dead = 0;
	tap_int(perform(b, USE, 44, 0), 0);
	tap_has(sc_store_notice(b), "unfinished record");
	drop_index(dir);
	a = kit_open(dir);
	tap_need(tap_ok(a != NULL));
	some_of_each(a, b, 50);
	sc_store_close(a);
	sc_store_close(b);
}

static void
litter(struct sc_store *s, uint64_t n, int count)
{
	for (; count > 0; count--, n++)
		tap_int(perform(s, JUNK, n, 0), 0);
}

/* Prune while the other one issues n, before such a call. */
static void
prune_while(struct sc_store *s, struct sc_store *other, enum shim_call call,
    const char *name, uint64_t n)
{
	uint64_t segments = 0;

	plot.other = other;
	plot.n = n;
	plot.call = call;
	plot.name = name;
	tap_int(prune(s, &segments), 0);
	tap_ok(segments > 0);
	tap_ok(plot.name == NULL);
}

/* Segments are begun and removed. */
static void
segments_workload(const char *dir)
{
	struct sc_store *a, *b;

	mark(add_op(CREATE, 0, 0), BEGUN);
	a = kit_open(dir);
	tap_need(tap_ok(a != NULL));
	mark(0, ACKNOWLEDGED);
	b = kit_open(dir);
	tap_need(tap_ok(b != NULL));
	tap_int(perform(a, ISSUE, 10, 0), 0);
	tap_int(perform(b, ISSUE, 11, 0), 0);
	tap_int(perform(b, REVOKE, 12, 10), 0);
	litter(a, 1000, 8);
	tap_int(sc_store_idle(b, NULL), 0);
	tap_int(perform(b, RENEW, 13, 11), 0);
	prune_while(a, b, SHIM_RENAME, "index.tmp", 14);
	/* It has not seen yet what was carried on. */
	tap_int(renew_cert(b, 15, 10), SC_ERR_REVOKED);
	/* Both index files come of the new segments alone. */
	sc_store_tuning.interval = 1;
	tap_int(sc_store_idle(a, NULL), 0);
	tap_int(perform(b, USE, 15, 0), 0);
	tap_int(sc_store_idle(b, NULL), 0);
	sc_store_tuning.interval = INTERVAL;
	tap_int(perform(b, RENEW, 16, 11), 0);
	tap_int(perform(a, USE, 17, 0), 0);
	litter(b, 1100, 9);
	tap_int(perform(a, REVOKE, 18, 11), 0);
	prune_while(b, a, SHIM_UNLINK, "ledger-", 19);
	tap_int(perform(a, ISSUE, 20, 0), 0);
	drop_index(dir);
	sc_store_close(a);
	a = kit_open(dir);
	tap_need(tap_ok(a != NULL));
	tap_int(perform(a, ISSUE, 21, 0), 0);
	sc_store_close(a);
	sc_store_close(b);
}

static void
record_workload(const char *dir, struct disk_log *log)
{
	const struct image empty = {0};
	struct image real, played;
	const char *name;
	uint64_t seed = 0;
	struct disk *d;
	size_t i;

	ops_n = 0;
	(void)mkdir(dir, 0700);
	sc_store_tuning.interval = INTERVAL;
	sc_store_tuning.chunk = CHUNK;
	shim.no_sync = 1;
	shim.before = interfere;
	sc_store_tuning.segment = pruning ? SEGMENT : 64 * 1024 * 1024;
	disk_log_start(log, dir);
	if (pruning)
		segments_workload(dir);
	else
		workload(dir);
	disk_log_stop();
	shim.before = NULL;
	/* The recording is complete when it leads to what there is. */
	d = disk_new(&empty);
	for (i = 0; i < log->n; i++)
		disk_apply(d, &log->entry[i]);
	disk_image(d, DISK_ALL, DISK_ALL, &seed, &played);
	tap_int(image_read(dir, &real), 0);
	name = image_differs(&real, &played);
	tap_str(name, NULL);
	disk_free(d);
	image_clear(&real);
	image_clear(&played);
}

static unsigned
setting(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	int64_t n;

	if (text == NULL || sc_strtonum(text, 1, 1000000, &n) != 0)
		return otherwise;
	return (unsigned)n;
}

static void
make_image_dir(void)
{
	snprintf(image_dir, sizeof image_dir, "/dev/shm/stepc-explore.XXXXXX");
	if (mkdtemp(image_dir) != NULL)
		return;
	snprintf(image_dir, sizeof image_dir, "%s", tap_path("image"));
	(void)mkdir(image_dir, 0700);
}

static void
run(const char *name, unsigned enough, struct result *res)
{
	const struct image empty = {0};
	struct disk_log log = {.deaf = enough != 0};
	struct view v = {{0}};
	unsigned more = setting("STEPC_EXPLORE", 1);

	memset(res, 0, sizeof *res);
	res->seed = setting("STEPC_EXPLORE_SEED", 1);
	res->rolls = 2 * more;
	res->every_cut = more > 1;
	res->enough = enough;
	res->seen = calloc(SEEN_SIZE, sizeof *res->seen);
	tap_need(tap_ok(res->seen != NULL));
	make_image_dir();
	record_workload(kit_dir(name), &log);
	explore(&log, &empty, &v, 0, res);
	disk_log_clear(&log);
	free(res->seen);
	(void)image_write(image_dir, &empty);
	(void)rmdir(image_dir);
	tap_note("%d operations, %u calls, %u images, %u problems", ops_n,
	    res->points, res->images, res->problems);
}

static void
power_cuts(void)
{
	struct result res;

	run("power", 0, &res);
	tap_ok(res.images > 1000);
	tap_int(res.problems, 0);
}

static void
segment_cuts(void)
{
	struct result res;

	pruning = 1;
	run("segments", 0, &res);
	pruning = 0;
	tap_ok(res.images > 1000);
	tap_int(res.problems, 0);
}

/* The explorer finds out a store that does not sync its ledger. */
static void
self_test(void)
{
	struct result res;

	run("deaf", 10, &res);
	tap_ok(res.problems >= 10);
}

TAP_MAIN(TAP_NAMED("S1 S2 S3 S7 power cuts", power_cuts),
    TAP_NAMED("S1 S2 S3 S6 S7 power cuts while pruning", segment_cuts),
    TAP_TEST(self_test))
