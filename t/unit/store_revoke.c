/* Revocations in the store: once, in order, and no renewal after one. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

static struct sc_error e;

/* Of certificate n of the kit. */
static int
revoke_one(struct sc_store *s, uint64_t n, const struct sc_store_spend *spend)
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_store_revocation rev = {.form = c->form,
	    .serial = c->serial,
	    .reason_code = (int)(n % 11),
	    .reason = "lost",
	    .not_after = c->not_after};

	return sc_store_revoke(s, spend, &rev, kit_origin(), KIT_NOW + 5, &e);
}

static int
is_revoked(struct sc_store *s, uint64_t n, struct sc_store_revoked *out)
{
	const struct sc_store_cert *c = kit_cert(n);

	return sc_store_get_revoked(s, c->form, c->serial, out, &e);
}

/* A certificate n + 1000 in place of certificate n. */
static int
renew_one(struct sc_store *s, uint64_t n, enum sc_store_kind kind)
{
	struct sc_store_cert c = *kit_cert(n);
	uint8_t old[40], serial[9] = {0x11};
	size_t i;

	memcpy(old, c.serial.p, c.serial.n);
	c.kind = kind;
	c.replaces.p = old;
	c.replaces.n = c.serial.n;
	for (i = 0; i < 8; i++)
		serial[1 + i] = (uint8_t)((n + 1000) >> (56 - 8 * i));
	c.serial.p = serial;
	return sc_store_issue(s, NULL, &c, kit_origin(), KIT_NOW, &e);
}

struct seen {
	uint64_t n, last;
	int bad;
};

/* In the order in which they were made: certificate 1, 2, 3 ... */
static int
in_order(void *arg, const struct sc_store_revoked *r)
{
	const struct sc_store_cert *c;
	struct seen *seen = arg;

	c = kit_cert(++seen->n);
	if (r->seq <= seen->last || r->form != c->form ||
	    r->serial_len != c->serial.n ||
	    memcmp(r->serial, c->serial.p, c->serial.n) != 0 ||
	    r->reason_code != (int)(seen->n % 11) ||
	    r->not_after != c->not_after || r->time != KIT_NOW + 5)
		seen->bad = 1;
	seen->last = r->seq;
	return 0;
}

/* The first n certificates are what is listed. */
static void
lists(struct sc_store *s, uint64_t n)
{
	struct seen seen = {0};
	uint64_t last = 77;

	tap_int(sc_store_each_revoked(s, in_order, &seen, &e), 0);
	tap_int(seen.n, n);
	tap_int(seen.bad, 0);
	tap_int(sc_store_last_revoked(s, &last, &e), 0);
	tap_int(last, seen.last);
}

static void
once(void)
{
	struct sc_store *s = kit_open(kit_dir("once"));
	struct sc_store_revoked found;

	tap_need(tap_ok(s != NULL));
	lists(s, 0);
	tap_int(kit_issue(s, 1), 0);
	tap_int(is_revoked(s, 1, NULL), SC_ERR_NOT_FOUND);
	tap_int(revoke_one(s, 1, kit_spend(11)), 0);
	tap_int(is_revoked(s, 1, &found), 0);
	tap_int(found.seq, 2);
	tap_int(found.reason_code, 1);
	tap_int(found.time, KIT_NOW + 5);
	tap_int(sc_store_token_spent(s, kit_spend(11)->token_id, &e),
	    SC_ERR_REPLAYED);
	/* Neither of the two when one of them cannot be. */
	tap_int(revoke_one(s, 1, kit_spend(12)), SC_ERR_REVOKED);
	tap_int(sc_store_token_spent(s, kit_spend(12)->token_id, &e), 0);
	tap_int(revoke_one(s, 2, kit_spend(11)), SC_ERR_REPLAYED);
	tap_int(is_revoked(s, 2, NULL), SC_ERR_NOT_FOUND);
	tap_int(kit_count(s), 2);
	/* One that the store does not know. */
	tap_int(revoke_one(s, 2, NULL), 0);
	lists(s, 2);
	sc_store_close(s);
}

static void
names_of_numbers(void)
{
	static const uint8_t padded[] = {0, 0, 5}, plain[] = {5};
	struct sc_store_revocation rev = {
	    .form = SC_STORE_X509, .serial = {padded, sizeof padded}};
	struct sc_store_serial serial = {plain, sizeof plain};
	struct sc_store_revoked found;
	struct sc_store *s = kit_open(kit_dir("numbers"));

	tap_need(tap_ok(s != NULL));
	tap_int(sc_store_revoke(s, NULL, &rev, NULL, KIT_NOW, &e), 0);
	tap_int(sc_store_get_revoked(s, SC_STORE_X509, serial, &found, &e), 0);
	tap_mem(found.serial, found.serial_len, plain, sizeof plain);
	tap_int(sc_store_get_revoked(s, SC_STORE_SSH_USER, serial, NULL, &e),
	    SC_ERR_NOT_FOUND);
	rev.form = SC_STORE_SSH_USER;
	tap_int(sc_store_revoke(s, NULL, &rev, NULL, KIT_NOW, &e), 0);
	rev.form = SC_STORE_SSH_HOST;
	tap_int(
	    sc_store_revoke(s, NULL, &rev, NULL, KIT_NOW, &e), SC_ERR_REVOKED);
	rev.serial.n = 0;
	tap_int(sc_store_revoke(s, NULL, &rev, NULL, KIT_NOW, &e),
	    SC_ERR_MALFORMED);
	sc_store_close(s);
}

static void
no_renewal(void)
{
	struct sc_store *s = kit_open(kit_dir("renewal"));
	struct sc_store *other = kit_open(kit_dir("renewal"));
	struct sc_store_found f;

	tap_need(tap_ok(s != NULL && other != NULL));
	tap_int(kit_issue(s, 1), 0);
	tap_int(kit_issue(s, 2), 0);
	tap_int(renew_one(s, 1, SC_STORE_RENEW), 0);
	tap_int(revoke_one(other, 1, NULL), 0);
	tap_int(revoke_one(other, 2, NULL), 0);
	tap_int(renew_one(s, 2, SC_STORE_RENEW), SC_ERR_REVOKED);
	tap_int(renew_one(s, 2, SC_STORE_REKEY), SC_ERR_REVOKED);
	tap_int(kit_count(s), 5);
	/* The record itself stays. */
	tap_int(
	    sc_store_get_cert(s, SC_STORE_X509, kit_cert(2)->serial, &f, &e),
	    0);
	tap_int(f.kind, SC_STORE_ISSUE);
	sc_store_found_clear(&f);
	sc_store_close(s);
	sc_store_close(other);
}

static void
listed_in_order(void)
{
	struct sc_store *s = kit_open(kit_dir("order"));
	struct sc_store *other = kit_open(kit_dir("order"));
	uint64_t i;

	tap_need(tap_ok(s != NULL && other != NULL));
	sc_store_tuning.interval = 16;
	for (i = 1; i <= 100; i++) {
		if (i % 3 == 0)
			tap_int(kit_issue(s, 500 + i), 0);
		tap_int(revoke_one(i % 2 ? s : other, i, NULL), 0);
		tap_int(sc_store_idle(i % 5 ? s : other, &e), 0);
		if (i % 10 == 0) {
			lists(s, i);
			lists(other, i);
		}
	}
	sc_store_close(other);
	tap_need(tap_ok((other = kit_open(kit_dir("order"))) != NULL));
	lists(other, 100);
	sc_store_close(other);
	sc_store_close(s);
	/* From the ledger alone, by a reader and then a writer. */
	tap_int(unlink(kit_dir("order/index")), 0);
	tap_int(sc_store_open(kit_dir("order"), 0, &s, &e), 0);
	lists(s, 100);
	tap_int(is_revoked(s, 50, NULL), 0);
	sc_store_close(s);
	tap_need(tap_ok((s = kit_open(kit_dir("order"))) != NULL));
	lists(s, 100);
	tap_int(revoke_one(s, 50, NULL), SC_ERR_REVOKED);
	tap_int(revoke_one(s, 101, NULL), 0);
	lists(s, 101);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
}

/* Everybody revokes the same hundred; each of them is revoked once. */
static int
race(int who)
{
	struct sc_store *s = kit_open(kit_dir("race"));
	int i, r, won = 0;

	sc_store_tuning.interval = 16;
	for (i = 0; s != NULL && i < 100; i++) {
		r = revoke_one(
		    s, 1 + (uint64_t)(i * (2 * who + 1) % 100), NULL);
		if (r == 0)
			won++;
		else if (r != SC_ERR_REVOKED)
			return 255;
		(void)sc_store_idle(s, NULL);
	}
	sc_store_close(s);
	return won;
}

static int
count_one(void *arg, const struct sc_store_revoked *r)
{
	int *n = arg;

	(void)r;
	(*n)++;
	return 0;
}

static void
raced(void)
{
	int i, status, won = 0, n = 0;
	struct sc_store *s;
	pid_t pid[4];

	for (i = 0; i < 4; i++)
		if ((pid[i] = fork()) == 0)
			_exit(race(i));
	for (i = 0; i < 4; i++) {
		tap_ok(waitpid(pid[i], &status, 0) == pid[i]);
		tap_ok(WIFEXITED(status) && WEXITSTATUS(status) != 255);
		won += WEXITSTATUS(status);
	}
	tap_int(won, 100);
	tap_need(tap_ok((s = kit_open(kit_dir("race"))) != NULL));
	tap_int(sc_store_each_revoked(s, count_one, &n, &e), 0);
	tap_int(n, 100);
	tap_int(kit_count(s), 100);
	sc_store_close(s);
}

TAP_MAIN(TAP_NAMED("R13 once", once), TAP_TEST(names_of_numbers),
    TAP_NAMED("R15 no renewal after it", no_renewal), TAP_TEST(listed_in_order),
    TAP_NAMED("R13 raced", raced))
