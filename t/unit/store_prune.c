/*
 * Pruning: size follows what is needed, nothing that is needed goes, and who
 * has the store open does not notice.  Time is what the tests say it is.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static struct sc_error e;

/* Certificate and token n at a time, both of a life (INT64_MAX: for ever). */
static int
issue_at(struct sc_store *s, uint64_t n, int64_t now, int64_t life)
{
	struct sc_store_spend spend = *kit_spend(n);
	struct sc_store_cert c = *kit_cert(n);

	c.not_before = now;
	c.not_after = life == INT64_MAX ? INT64_MAX : now + life;
	spend.expires = life == INT64_MAX ? 0 : now + 300;
	return sc_store_issue(s, &spend, &c, kit_origin(), now, &e);
}

static int
revoke_at(struct sc_store *s, uint64_t n, int64_t now, int64_t not_after)
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_store_revocation rev = {.form = c->form,
	    .serial = c->serial,
	    .reason_code = 1,
	    .not_after = not_after};

	return sc_store_revoke(s, NULL, &rev, kit_origin(), now, &e);
}

static int
get(struct sc_store *s, uint64_t n, struct sc_store_found *f)
{
	const struct sc_store_cert *c = kit_cert(n);

	return sc_store_get_cert(s, c->form, c->serial, f, &e);
}

static int
cert_is(struct sc_store *s, uint64_t n)
{
	struct sc_store_found f;
	int r = get(s, n, &f);

	sc_store_found_clear(&f);
	return r;
}

static int
token_is(struct sc_store *s, uint64_t n)
{
	return sc_store_token_spent(s, kit_spend(n)->token_id, &e);
}

static int
revocation_is(struct sc_store *s, uint64_t n)
{
	const struct sc_store_cert *c = kit_cert(n);

	return sc_store_get_revoked(s, c->form, c->serial, NULL, &e);
}

static uint64_t
bytes_of(const char *dir, const char *prefix)
{
	char path[4096];
	struct dirent *d;
	struct stat st;
	uint64_t n = 0;
	DIR *h = opendir(dir);

	while (h != NULL && (d = readdir(h)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", dir, d->d_name);
		if (strncmp(d->d_name, prefix, strlen(prefix)) == 0 &&
		    stat(path, &st) == 0)
			n += (uint64_t)st.st_size;
	}
	if (h != NULL)
		(void)closedir(h);
	return n;
}

static struct sc_store *
small_segments(const char *name, const char **dir)
{
	sc_store_tuning.segment = 32 * 1024;
	sc_store_tuning.chunk = 8192;
	sc_store_tuning.interval = 64;
	*dir = kit_dir(name);
	return kit_open(*dir);
}

static int
prune_at(struct sc_store *s, int64_t now, struct sc_store_pruned *done)
{
	struct sc_store_prune how = {.revocations = INT64_MAX};

	return sc_store_prune(s, &how, now, done, &e);
}

/* A certificate an hour, of a day each, and its token. */
static void
hours(struct sc_store *s, uint64_t *n, int64_t *now, int count)
{
	for (; count > 0; count--, *now += HOUR) {
		if (issue_at(s, ++*n, *now, DAY) != 0)
			tap_fail("issue %d: %s", (int)*n, e.msg);
		(void)sc_store_idle(s, &e);
	}
}

/* What is soon over: tokens alone. */
static void
litter(struct sc_store *s, uint64_t *n, int64_t now)
{
	struct sc_store_spend spend;
	int i;

	for (i = 0; i < 300; i++) {
		spend = *kit_spend(++*n);
		spend.expires = now + 300;
		tap_int(
		    sc_store_use_token(s, &spend, kit_origin(), now, &e), 0);
	}
}

/* A year; before a checker a month. */
static void
a_year(void)
{
	const int days = tap_below_checker() ? 30 : 365;
	uint64_t n = 0, ledger = 0, index = 0, one_day;
	struct sc_store_pruned done;
	struct sc_store *s;
	int64_t now = KIT_NOW;
	const char *dir;
	int day;

	s = small_segments("year", &dir);
	tap_need(s != NULL);
	/* What has to outlive it all. */
	tap_int(issue_at(s, 1000001, now, INT64_MAX), 0);
	tap_int(issue_at(s, 1000002, now, 10 * 365 * DAY), 0);
	tap_int(revoke_at(s, 1000003, now, 0), 0);
	hours(s, &n, &now, 24);
	one_day = bytes_of(dir, "ledger-");
	for (day = 1; day < days; day++) {
		hours(s, &n, &now, 24);
		if (prune_at(s, now, &done) != 0)
			tap_fail("day %d: %s", day, e.msg);
		if (bytes_of(dir, "ledger-") > ledger)
			ledger = bytes_of(dir, "ledger-");
		if (bytes_of(dir, "index-") > index)
			index = bytes_of(dir, "index-");
	}
	tap_note("%llu records: ledger at most %llu bytes, index %llu; "
		 "one day was %llu",
	    (unsigned long long)n, (unsigned long long)ledger,
	    (unsigned long long)index, (unsigned long long)one_day);
	/* Two days live, as much again that waits, a segment begun. */
	tap_ok(ledger <= 4 * one_day + 2 * sc_store_tuning.segment);
	tap_ok(index <= 200000);
	tap_int(cert_is(s, 1), SC_ERR_NOT_FOUND);
	tap_int(token_is(s, 1), 0);
	tap_int(cert_is(s, n), 0);
	tap_int(token_is(s, n), SC_ERR_REPLAYED);
	tap_int(cert_is(s, 1000001), 0);
	tap_int(token_is(s, 1000001), SC_ERR_REPLAYED);
	tap_int(cert_is(s, 1000002), 0);
	tap_int(revocation_is(s, 1000003), 0);
	tap_int(issue_at(s, 1000001, now, DAY), SC_ERR_REPLAYED);
	sc_store_close(s);
	/* And from the ledger alone. */
	tap_int(unlink(tap_path("year/index")), 0);
	s = kit_open(dir);
	tap_need(s != NULL);
	tap_int(cert_is(s, 1000001), 0);
	tap_int(token_is(s, 1000001), SC_ERR_REPLAYED);
	tap_int(revocation_is(s, 1000003), 0);
	tap_int(cert_is(s, n), 0);
	sc_store_close(s);
}

/* F10: pruned while the clock is a day ahead, and used when it is not. */
static void
clock_jumps(void)
{
	struct sc_store_pruned done;
	struct sc_store *s;
	int64_t now = KIT_NOW;
	const char *dir;
	uint64_t n = 0, i;

	s = small_segments("clock", &dir);
	tap_need(s != NULL);
	hours(s, &n, &now, 120);
	tap_int(prune_at(s, now + DAY, &done), 0);
	tap_ok(done.segments > 0);
	/* The tokens of this day at the least, all as they were. */
	for (i = n - 23; i <= n; i++) {
		tap_int(token_is(s, i), SC_ERR_REPLAYED);
		tap_int(issue_at(s, i, now, DAY), SC_ERR_REPLAYED);
	}
	/* Times in the ledger that fall do no harm. */
	tap_int(issue_at(s, n + 1, now - DAY, DAY), 0);
	tap_int(issue_at(s, n + 2, now + DAY, DAY), 0);
	tap_int(issue_at(s, n + 3, now, DAY), 0);
	tap_int(prune_at(s, now - DAY, &done), 0);
	sc_store_close(s);
	s = kit_open(dir);
	tap_need(s != NULL);
	for (i = n + 1; i <= n + 3; i++) {
		tap_int(cert_is(s, i), 0);
		tap_int(token_is(s, i), SC_ERR_REPLAYED);
	}
	sc_store_close(s);
}

struct audit {
	struct {
		uint64_t seq;
		int64_t time;
		uint8_t hash[32];
		int times;
	} v[600];
	size_t n;
	int strange;
};

static int
write_down(void *arg, const struct sc_store_entry *entry)
{
	struct audit *a = arg;

	a->v[a->n].seq = entry->seq;
	a->v[a->n].time = entry->time;
	memcpy(a->v[a->n].hash, entry->hash, 32);
	a->n++;
	return 0;
}

/* As it was written down before; once. */
static int
compare(void *arg, const struct sc_store_entry *entry)
{
	struct audit *a = arg;
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->v[i].seq == entry->seq)
			break;
	if (i == a->n || a->v[i].time != entry->time ||
	    memcmp(a->v[i].hash, entry->hash, 32) != 0 || a->v[i].times++ != 0)
		a->strange++;
	return 0;
}

static void
trail(void)
{
	static struct audit a;
	struct sc_store_pruned done;
	struct sc_store_found f;
	struct sc_store *s;
	int64_t now = KIT_NOW;
	const char *dir;
	uint64_t n = 0;
	size_t i, kept = 0;
	int round;

	s = small_segments("trail", &dir);
	tap_need(s != NULL);
	tap_int(issue_at(s, 5000, now, INT64_MAX), 0);
	tap_int(revoke_at(s, 5000, now + 1, 0), 0);
	hours(s, &n, &now, 200);
	tap_int(sc_store_each(s, write_down, &a, &e), 0);
	tap_int(a.n, 202);
	for (round = 0; round < 3; round++) {
		tap_int(prune_at(s, now + 23 * HOUR, &done), 0);
		tap_ok(round > 0 || done.segments > 3);
		for (i = 0; i < a.n; i++)
			a.v[i].times = 0;
		tap_int(sc_store_each(s, compare, &a, &e), 0);
		tap_int(a.strange, 0);
		tap_int(a.v[0].times, 1);
		tap_int(a.v[1].times, 1);
	}
	for (i = 0; i < a.n; i++)
		kept += (size_t)a.v[i].times;
	tap_ok(kept < 100);
	tap_need(tap_int(get(s, 5000, &f), 0));
	tap_int(f.seq, 1);
	tap_int(f.time, KIT_NOW);
	sc_store_found_clear(&f);
	sc_store_close(s);
}

/* Others have the store open from before. */
static void
others(void)
{
	struct sc_store *s, *writer, *reader, *blind;
	struct sc_store_pruned done;
	int64_t now = KIT_NOW;
	uint64_t n = 0, i;
	const char *dir;
	int round;

	s = small_segments("others", &dir);
	tap_need(s != NULL);
	writer = kit_open(dir);
	tap_need(tap_int(sc_store_open(dir, 0, &reader, &e), 0));
	tap_int(issue_at(s, 9000, now, INT64_MAX), 0);
	tap_int(revoke_at(s, 9001, now, 0), 0);
	for (round = 0; round < 5; round++) {
		hours(s, &n, &now, 150);
		/* One that wakes up only after the next prune. */
		tap_need(tap_int(sc_store_open(dir, 0, &blind, &e), 0));
		hours(s, &n, &now, 150);
		tap_int(prune_at(s, now, &done), 0);
		tap_ok(done.segments > 0);
		tap_int(cert_is(blind, 9000), 0);
		tap_int(cert_is(blind, n), 0);
		tap_int(cert_is(blind, n - 200), SC_ERR_NOT_FOUND);
		sc_store_close(blind);
		tap_int(cert_is(reader, 9000), 0);
		tap_int(revocation_is(reader, 9001), 0);
		tap_int(cert_is(reader, n), 0);
		tap_int(issue_at(writer, n, now, DAY), SC_ERR_REPLAYED);
		tap_int(issue_at(writer, 9000, now, DAY), SC_ERR_REPLAYED);
		tap_int(revoke_at(writer, 9001, now, 0), SC_ERR_REVOKED);
		tap_int(issue_at(writer, ++n, now, DAY), 0);
		for (i = n; i > n - 20; i--)
			tap_int(cert_is(reader, i), 0);
	}
	sc_store_close(s);
	sc_store_close(writer);
	sc_store_close(reader);
}

static int
count_revoked(void *arg, const struct sc_store_revoked *r)
{
	(void)r;
	++*(int *)arg;
	return 0;
}

static void
revocations(void)
{
	struct sc_store_prune how = {0};
	struct sc_store_pruned done;
	struct sc_store *s;
	int64_t now = KIT_NOW, end = now + 30 * DAY;
	uint64_t n = 0, before, after;
	const char *dir;
	int i, told = 0;

	s = small_segments("revocations", &dir);
	tap_need(s != NULL);
	for (i = 0; i < 10; i++)
		tap_int(
		    revoke_at(s, (uint64_t)(7000 + i), now, i < 5 ? end : 0),
		    0);
	tap_int(sc_store_last_revoked(s, &before, &e), 0);
	hours(s, &n, &now, 200);
	how.revocations = INT64_MAX;
	tap_int(sc_store_prune(s, &how, now, &done, &e), 0);
	tap_ok(done.carried >= 10);
	tap_int(sc_store_each_revoked(s, count_revoked, &told, &e), 0);
	tap_int(told, 10);
	tap_int(sc_store_last_revoked(s, &after, &e), 0);
	tap_int(after, before);
	/* Those whose end is known: a week longer, whatever is said, */
	how.revocations = 0;
	litter(s, &n, now);
	tap_int(sc_store_prune(s, &how, end + 7 * DAY, &done, &e), 0);
	tap_ok(done.segments > 0);
	tap_int(revocation_is(s, 7000), 0);
	/* and not for less than certificates. */
	how.certificates = 9 * DAY;
	litter(s, &n, now);
	tap_int(sc_store_prune(s, &how, end + 8 * DAY, &done, &e), 0);
	tap_ok(done.segments > 0);
	tap_int(revocation_is(s, 7000), 0);
	how.certificates = 0;
	litter(s, &n, now);
	tap_int(sc_store_prune(s, &how, end + 8 * DAY, &done, &e), 0);
	told = 0;
	tap_int(sc_store_each_revoked(s, count_revoked, &told, &e), 0);
	tap_int(told, 5);
	tap_int(revocation_is(s, 7000), SC_ERR_NOT_FOUND);
	tap_int(revocation_is(s, 7009), 0);
	tap_int(sc_store_last_revoked(s, &after, &e), 0);
	tap_int(after, before);
	sc_store_close(s);
}

static void
archived(void)
{
	struct sc_store_prune how = {.archive = tap_path("cold/archive")};
	struct sc_store_pruned done;
	struct sc_store *s;
	int64_t now = KIT_NOW;
	uint64_t n = 0;
	const char *dir;

	s = small_segments("archived", &dir);
	tap_need(s != NULL);
	hours(s, &n, &now, 300);
	tap_int(sc_store_prune(s, &how, now, &done, &e), 0);
	tap_ok(done.segments > 3);
	tap_ok(done.bytes_after < done.bytes_before / 2);
	tap_int(access(tap_path("cold/archive/ledger-00000001"), R_OK), 0);
	tap_ok(access(tap_path("archived/ledger-00000001"), R_OK) != 0);
	/* Laid together again, it is the ledger from its first record on. */
	sc_store_close(s);
	tap_need(tap_int(sc_store_open(how.archive, 0, &s, &e), 0));
	tap_int(cert_is(s, 1), 0);
	tap_int(kit_count(s), (int)done.records);
	sc_store_close(s);
}

/* A copy of the store, and the store itself, into one archive. */
static void
archived_twice(void)
{
	struct sc_store_prune how = {.archive = tap_path("one-archive")};
	struct sc_store_pruned done;
	struct sc_store *s;
	int64_t now = KIT_NOW;
	uint64_t n = 0;
	const char *dir;
	char *copy;

	s = small_segments("twice", &dir);
	tap_need(s != NULL);
	hours(s, &n, &now, 300);
	copy = sc_asprintf("cp -R %s %s-copy", dir, dir);
	tap_need(copy != NULL);
	tap_int(system(copy), 0);
	free(copy);
	tap_int(sc_store_prune(s, &how, now, &done, &e), 0);
	tap_ok(done.segments > 3);
	sc_store_close(s);
	/* The same bytes: those of a prune that was cut short. */
	s = kit_open(tap_path("twice-copy"));
	tap_need(s != NULL);
	tap_int(sc_store_prune(s, &how, now, &done, &e), 0);
	tap_ok(done.segments > 3);
	sc_store_close(s);
	/* Others of the same numbers. */
	s = small_segments("thrice", &dir);
	tap_need(s != NULL);
	n = 5000;
	hours(s, &n, &now, 300);
	tap_int(sc_store_prune(s, &how, now, &done, &e), SC_ERR_CONFLICT);
	tap_has(e.msg, "ledger-00000001");
	tap_int(done.carried, 0);
	tap_int(cert_is(s, 5001), 0);
	/* The folder of the store is none. */
	how.archive = dir;
	tap_int(sc_store_prune(s, &how, now, &done, &e), SC_ERR_CONFLICT);
	tap_int(cert_is(s, 5001), 0);
	how.archive = NULL;
	tap_int(sc_store_prune(s, &how, now, &done, &e), 0);
	tap_int(cert_is(s, 5001), SC_ERR_NOT_FOUND);
	sc_store_close(s);
	/* What is in the archive is of the first one. */
	tap_need(tap_int(sc_store_open(tap_path("one-archive"), 0, &s, &e), 0));
	tap_int(cert_is(s, 1), 0);
	sc_store_close(s);
}

/* The largest record there can be, and it has to be kept. */
static void
largest(void)
{
	static uint8_t der[SC_STORE_MAX_RECORD];
	struct sc_store_cert c = *kit_cert(77);
	struct sc_store_pruned done;
	struct sc_store_found f;
	struct sc_store *s;
	int64_t now = KIT_NOW;
	uint64_t n = 100;
	const char *dir;

	s = small_segments("largest", &dir);
	tap_need(s != NULL);
	sc_store_tuning.segment = SC_STORE_MAX_RECORD * 2;
	c.der = der;
	c.not_after = INT64_MAX;
	for (c.der_len = sizeof der; c.der_len > sizeof der - 2000; c.der_len--)
		if (sc_store_issue(s, NULL, &c, kit_origin(), now, &e) == 0)
			break;
	tap_ok(c.der_len > sizeof der - 2000);
	hours(s, &n, &now, 3000);
	tap_int(prune_at(s, now, &done), 0);
	tap_ok(done.segments > 0);
	tap_need(tap_int(get(s, 77, &f), 0));
	tap_int(f.der_len, c.der_len);
	tap_int(f.seq, 1);
	sc_store_found_clear(&f);
	/* Once more, for it must not grow. */
	hours(s, &n, &now, 3000);
	tap_int(prune_at(s, now, &done), 0);
	tap_ok(done.segments > 0);
	tap_int(cert_is(s, 77), 0);
	sc_store_close(s);
}

static void
refused(void)
{
	struct sc_store_prune how = {0};
	struct sc_store_pruned done;
	struct sc_store *s, *reader;
	int64_t now = KIT_NOW;
	uint64_t n = 0;
	const char *dir;

	s = small_segments("refused", &dir);
	tap_need(s != NULL);
	hours(s, &n, &now, 20);
	/* Nothing that could go is nothing done. */
	tap_int(prune_at(s, KIT_NOW, &done), 0);
	tap_int(done.segments, 0);
	tap_int(done.carried, 0);
	tap_int(done.bytes_after, done.bytes_before);
	tap_need(tap_int(sc_store_open(dir, 0, &reader, &e), 0));
	tap_int(sc_store_prune(reader, &how, now, &done, &e), SC_ERR_FORBIDDEN);
	sc_store_close(reader);
	sc_store_close(s);
}

TAP_MAIN(TAP_NAMED("F10 the clock jumps by a day", clock_jumps),
    TAP_TEST(a_year), TAP_TEST(trail), TAP_TEST(others), TAP_TEST(revocations),
    TAP_TEST(archived), TAP_TEST(archived_twice), TAP_TEST(largest),
    TAP_TEST(refused))
