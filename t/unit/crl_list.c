/*
 * The list of an authority on disk: when it is made, what is in it, and what
 * is left when making it fails (attack rows R17, V1 to V4).
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "authority/authority.h"
#include "authority/crl.h"
#include "authority/internal.h"
#include "authority_kit.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "store/store.h"
#include "tap.h"

#define NOW KIT_CA_NOW
#define HOUR INT64_C(3600)

static struct sc_error e;

/* A worker. */
static struct sc_authority *
open_ca(void)
{
	return kit_ca_open(SC_NEED_CRL_KEY | SC_NEED_STORE_WRITE);
}

static int
revoke_one(
    struct sc_authority *ca, unsigned serial, int64_t not_after, int64_t now)
{
	uint8_t v[5] = {0x40, (uint8_t)(serial >> 24), (uint8_t)(serial >> 16),
	    (uint8_t)(serial >> 8), (uint8_t)serial};
	struct sc_store_revocation rev = {.form = SC_STORE_X509,
	    .serial = {v, sizeof(v)},
	    .reason_code = 1,
	    .not_after = not_after};
	struct sc_store_origin who = {.request_id = "id", .subject = "s"};

	return sc_store_revoke(ca->store, NULL, &rev, &who, now, &e);
}

/* The list as a relying party gets it; its signature holds. */
static X509_CRL *
fetch(struct sc_authority *ca, int64_t now, struct sc_crl_list *list)
{
	X509_CRL *crl = NULL;
	const unsigned char *p;
	uint8_t *der;

	e = (struct sc_error)SC_ERROR_INIT;
	if (sc_authority_crl(ca, now, list, &e) != 0) {
		tap_note("%s", e.msg);
		return NULL;
	}
	p = der = malloc(list->len);
	if (der != NULL &&
	    pread(list->fd, der, list->len, list->at) == (ssize_t)list->len)
		crl = d2i_X509_CRL(NULL, &p, (long)list->len);
	tap_ok(p == der + list->len);
	tap_ok(crl != NULL &&
	    X509_CRL_verify(crl,
		X509_get0_pubkey(sc_cert_x509(ca->intermediates.v[0]))) == 1);
	free(der);
	(void)close(list->fd);
	return crl;
}

static int
has_serial(X509_CRL *crl, unsigned serial)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	X509_REVOKED *rev = NULL;
	int found;

	(void)ASN1_INTEGER_set_uint64(
	    n, (UINT64_C(0x40) << 32) + (uint64_t)serial);
	found = X509_CRL_get0_by_serial(crl, &rev, n) == 1;
	ASN1_INTEGER_free(n);
	return found;
}

/* The number of the list; 0 on failure.  *n entries, when not NULL. */
static uint64_t
number(struct sc_authority *ca, int64_t now, int *n)
{
	struct sc_crl_list list;
	X509_CRL *crl = fetch(ca, now, &list);
	ASN1_INTEGER *v;
	uint64_t told = 0;
	int count;

	if (crl == NULL)
		return 0;
	count = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
	if (n != NULL)
		*n = count > 0 ? count : 0;
	v = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	(void)ASN1_INTEGER_get_uint64(&told, v);
	tap_ok(told == list.number);
	ASN1_INTEGER_free(v);
	X509_CRL_free(crl);
	return list.number;
}

static void
disabled(void)
{
	struct sc_authority *ca;
	struct sc_crl_list list;
	char why[256] = "";

	kit_ca_make("disabled", "crl", "{\"enabled\":false}");
	tap_need((ca = open_ca()) != NULL);
	tap_int(sc_authority_crl(ca, NOW, &list, &e), SC_ERR_NOT_FOUND);
	tap_int(list.fd, -1);
	tap_str(e.client,
	    "The certificate authority received an unexpected HTTP status "
	    "code - '404'. Please see the certificate authority logs for more "
	    "info.");
	tap_int(e.whole, 1);
	tap_ok(ca->key == NULL);
	tap_int(sc_authority_crl_refresh(ca, NOW, &e), 0);
	tap_ok(!sc_file_exists(kit_ca_path("db/stepc/crl")));
	tap_ok(sc_authority_crl_healthy(ca, NOW, why, sizeof(why)));
	sc_authority_close(ca);
}

static void
made_when_due(void)
{
	struct sc_authority *ca;
	struct sc_crl_list list;
	X509_CRL *crl;
	uint64_t first, second;
	int n;

	kit_ca_make(
	    "due", "crl", "{\"enabled\":true,\"cacheDuration\":\"3h\"}");
	tap_need((ca = open_ca()) != NULL);
	tap_need((crl = fetch(ca, NOW, &list)) != NULL);
	tap_int(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), -1);
	X509_CRL_free(crl);
	tap_int(list.this_update, NOW);
	tap_int(list.next_update, NOW + 3 * HOUR);
	tap_int(list.fresh_until, NOW + 2 * HOUR);
	tap_ok(list.number == (uint64_t)NOW * 1000);
	first = list.number;
	tap_int(revoke_one(ca, 1, 0, NOW + 1), 0);
	/* Without generateOnRevoke only the period counts. */
	tap_ok(number(ca, NOW + 2 * HOUR - 1, &n) == first);
	tap_int(n, 0);
	second = number(ca, NOW + 2 * HOUR, &n);
	tap_ok(second > first);
	tap_int(n, 1);
	tap_ok(number(ca, NOW + 2 * HOUR, NULL) == second);
	sc_authority_close(ca);
}

static void
made_on_revocation(void)
{
	struct sc_authority *a, *b;
	struct sc_crl_list list;
	X509_CRL *crl;
	uint64_t last = 0, now_a, now_b;
	unsigned i;
	int n;

	kit_ca_make(
	    "revoke", "crl", "{\"enabled\":true,\"generateOnRevoke\":true}");
	tap_need((a = open_ca()) != NULL && (b = open_ca()) != NULL);
	for (i = 1; i <= 20; i++) {
		tap_int(revoke_one(i % 2 ? a : b, i, 0, NOW), 0);
		now_a = number(a, NOW, &n);
		tap_int(n, i);
		now_b = number(b, NOW, &n);
		tap_int(n, i);
		tap_ok(now_a > last && now_b == now_a);
		last = now_a;
	}
	tap_need((crl = fetch(b, NOW, &list)) != NULL);
	tap_int(list.fresh_until, 0);
	for (i = 1; i <= 20; i++)
		tap_ok(has_serial(crl, i));
	tap_ok(!has_serial(crl, 21));
	X509_CRL_free(crl);
	sc_authority_close(a);
	sc_authority_close(b);
	tap_need((a = open_ca()) != NULL);
	tap_ok(number(a, NOW, NULL) == last);
	tap_int(revoke_one(a, 21, 0, NOW), 0);
	tap_ok(number(a, NOW, NULL) > last);
	sc_authority_close(a);
}

/* One process: revoke, look, note which bytes had which number. */
static int
race(unsigned who, int out)
{
	struct sc_authority *ca = open_ca();
	struct {
		uint64_t number;
		uint8_t digest[32];
	} seen;
	struct sc_crl_list list;
	X509_CRL *crl;
	uint64_t last = 0;
	unsigned i, serial;
	int bad = ca == NULL;

	for (i = 0; !bad && i < 25; i++) {
		serial = 1000 * who + i;
		bad = revoke_one(ca, serial, 0, NOW) != 0 ||
		    (crl = fetch(ca, NOW, &list)) == NULL;
		if (bad)
			break;
		bad = list.stale[0] != '\0' || list.number < last ||
		    !has_serial(crl, serial);
		last = list.number;
		X509_CRL_free(crl);
		seen.number = list.number;
		memcpy(seen.digest, list.digest, sizeof(seen.digest));
		bad |= write(out, &seen, sizeof(seen)) != sizeof(seen);
	}
	sc_authority_close(ca);
	return bad;
}

static int
same_number_other_bytes(const char *p, size_t n)
{
	size_t i, k;
	int bad = 0;

	for (i = 0; i + 40 <= n; i += 40)
		for (k = 0; k < i; k += 40)
			bad += memcmp(p + i, p + k, 8) == 0 &&
			    memcmp(p + i, p + k, 40) != 0;
	return bad;
}

static void
many_processes(void)
{
	const char *path = tap_file("seen", "", 0);
	struct sc_authority *ca;
	pid_t pids[6];
	char *seen;
	size_t n = 0;
	int i, fd, status;

	kit_ca_make(
	    "race", "crl", "{\"enabled\":true,\"generateOnRevoke\":true}");
	tap_need((ca = open_ca()) != NULL);
	sc_authority_close(ca);
	for (i = 0; i < 6; i++)
		if ((pids[i] = fork()) == 0) {
			fd = open(path, O_WRONLY | O_APPEND);
			_exit(race((unsigned)i + 1, fd));
		}
	for (i = 0; i < 6; i++)
		tap_ok(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	seen = tap_slurp(path, &n);
	tap_int(n, 6 * 25 * 40);
	tap_int(same_number_other_bytes(seen, n), 0);
	tap_need((ca = open_ca()) != NULL);
	(void)number(ca, NOW, &i);
	tap_int(i, 150);
	sc_authority_close(ca);
}

static void
damage(const char *name, int64_t at, int cut)
{
	const char *path = kit_ca_path(name);
	size_t n = 0;
	int fd;
	char *p = tap_slurp(path, &n);

	tap_need(p != NULL && n > 200);
	if (at < 0)
		at += (int64_t)n;
	p[at] ^= 1;
	/* In place, as a disk does it: the same file, changed. */
	fd = open(path, O_WRONLY);
	tap_ok(pwrite(fd, p + at, 1, (off_t)at) == 1);
	if (cut)
		tap_int(ftruncate(fd, (off_t)at), 0);
	(void)close(fd);
}

static void
lost_or_damaged(void)
{
	struct sc_authority *ca;
	uint64_t last, next;
	const char *told;
	int n, i;

	kit_ca_make("lost", "crl", "{\"enabled\":true}");
	tap_need((ca = open_ca()) != NULL);
	tap_int(revoke_one(ca, 7, 0, NOW), 0);
	last = number(ca, NOW, NULL);
	for (i = 0; i < 8; i++) {
		tap_context("way %d", i);
		if (i % 2) { /* in a new worker, too */
			sc_authority_close(ca);
			tap_need((ca = open_ca()) != NULL);
		}
		if (i < 2)
			tap_int(unlink(kit_ca_path("db/stepc/crl")), 0);
		else
			damage("db/stepc/crl",
			    i < 4	? 20
				: i < 6 ? -10
					: 150,
			    i >= 6);
		next = number(ca, NOW, &n);
		tap_ok(next > last);
		tap_int(n, 1);
		told = sc_authority_notice(ca);
		if (i >= 2)
			tap_has(told, "it is made again");
		else
			tap_str(told, "");
		last = next;
	}
	tap_context("%s", "");
	tap_int(unlink(kit_ca_path("db/stepc/crl.lock")), 0);
	tap_int(unlink(kit_ca_path("db/stepc/crl")), 0);
	sc_authority_close(ca);
	tap_need((ca = open_ca()) != NULL);
	/* With both gone it is the clock that goes on. */
	tap_ok(number(ca, NOW + 1, NULL) > last);
	sc_authority_close(ca);
}

static void
other_configuration(void)
{
	struct sc_authority *ca;
	struct sc_crl_list list;
	X509_CRL *crl;
	uint64_t last;

	kit_ca_make("config", "crl", "{\"enabled\":true}");
	tap_need((ca = open_ca()) != NULL);
	last = number(ca, NOW, NULL);
	/* A clock that was put back makes a list that is valid already. */
	tap_ok(number(ca, NOW - 60, NULL) == last);
	tap_need((crl = fetch(ca, NOW - HOUR, &list)) != NULL);
	X509_CRL_free(crl);
	tap_int(list.this_update, NOW - HOUR);
	tap_ok(list.number > last);
	last = list.number;
	sc_authority_close(ca);
	kit_ca_configure(
	    "crl", "{\"enabled\":true,\"idpURL\":\"http://ca/crl\"}");
	tap_need((ca = open_ca()) != NULL);
	tap_need((crl = fetch(ca, NOW, &list)) != NULL);
	tap_ok(list.number > last);
	tap_ok(X509_CRL_get_ext_by_NID(
		   crl, NID_issuing_distribution_point, -1) >= 0);
	X509_CRL_free(crl);
	sc_authority_close(ca);
}

static void
expired_entries(void)
{
	struct sc_authority *ca;
	struct sc_crl_list list;
	X509_CRL *crl;
	int64_t ends = NOW + 5 * HOUR;

	kit_ca_make(
	    "expiry", "crl", "{\"enabled\":true,\"cacheDuration\":\"2h\"}");
	tap_need((ca = open_ca()) != NULL);
	tap_int(revoke_one(ca, 1, ends, NOW), 0);
	tap_int(revoke_one(ca, 2, 0, NOW), 0); /* not known to the store */
	tap_int(revoke_one(ca, 3, INT64_MAX, NOW), 0);
	tap_need((crl = fetch(ca, NOW, &list)) != NULL);
	tap_ok(has_serial(crl, 1) && has_serial(crl, 2) && has_serial(crl, 3));
	X509_CRL_free(crl);
	/* Days later, but in no list made after its expiry so far. */
	tap_need((crl = fetch(ca, ends + 48 * HOUR, &list)) != NULL);
	tap_ok(has_serial(crl, 1));
	X509_CRL_free(crl);
	tap_need((crl = fetch(ca, ends + 50 * HOUR, &list)) != NULL);
	tap_ok(!has_serial(crl, 1) && has_serial(crl, 2) && has_serial(crl, 3));
	X509_CRL_free(crl);
	sc_authority_close(ca);

	kit_ca_make(
	    "expiry2", "crl", "{\"enabled\":true,\"cacheDuration\":\"2h\"}");
	tap_need((ca = open_ca()) != NULL);
	tap_int(revoke_one(ca, 1, ends, NOW), 0);
	/* In one just after, and for a period of lists behind that. */
	tap_need((crl = fetch(ca, ends + 1, &list)) != NULL);
	tap_ok(has_serial(crl, 1));
	X509_CRL_free(crl);
	tap_need((crl = fetch(ca, ends + 2 * HOUR, &list)) != NULL);
	tap_int(list.this_update, ends + 2 * HOUR);
	tap_ok(has_serial(crl, 1));
	X509_CRL_free(crl);
	/* Revoked when it had expired already: one list at least. */
	tap_int(revoke_one(ca, 4, NOW, ends + 2 * HOUR + 1), 0);
	tap_need((crl = fetch(ca, ends + 4 * HOUR, &list)) != NULL);
	tap_ok(!has_serial(crl, 1) && has_serial(crl, 4));
	X509_CRL_free(crl);
	tap_need((crl = fetch(ca, ends + 6 * HOUR, &list)) != NULL);
	tap_ok(!has_serial(crl, 4));
	X509_CRL_free(crl);
	sc_authority_close(ca);
}

/* No file may grow beyond n bytes; RLIM_INFINITY ends it. */
static void
limit_files(rlim_t n)
{
	struct rlimit l = {n, RLIM_INFINITY};

	(void)signal(SIGXFSZ, SIG_IGN);
	tap_int(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void
disk_full(void)
{
	struct sc_authority *ca;
	struct sc_crl_list list;
	X509_CRL *crl;
	uint64_t last;

	kit_ca_make(
	    "full", "crl", "{\"enabled\":true,\"generateOnRevoke\":true}");
	tap_need((ca = open_ca()) != NULL);
	tap_int(revoke_one(ca, 1, 0, NOW), 0);
	last = number(ca, NOW, NULL);
	tap_int(revoke_one(ca, 2, 0, NOW), 0);
	limit_files(200);
	crl = fetch(ca, NOW, &list);
	limit_files(RLIM_INFINITY);
	tap_need(crl != NULL);
	tap_ok(list.number == last);
	tap_ok(has_serial(crl, 1) && !has_serial(crl, 2));
	tap_has(list.stale, "File too large");
	tap_int(list.fresh_until, 0);
	X509_CRL_free(crl);
	tap_ok(!sc_file_exists(kit_ca_path("db/stepc/crl.tmp")));
	tap_need((crl = fetch(ca, NOW, &list)) != NULL);
	tap_ok(list.number > last);
	tap_str(list.stale, "");
	tap_ok(has_serial(crl, 2));
	X509_CRL_free(crl);
	/* Without any list it is an error, not an empty answer. */
	tap_int(unlink(kit_ca_path("db/stepc/crl")), 0);
	limit_files(200);
	tap_int(sc_authority_crl(ca, NOW, &list, &e), SC_ERR_IO);
	tap_int(list.fd, -1);
	limit_files(RLIM_INFINITY);
	sc_authority_close(ca);
}

static void
killed_while_writing(void)
{
	struct sc_authority *ca;
	uint64_t last = 0, next;
	unsigned serial = 1;
	int i, n, status;
	pid_t pid;

	kit_ca_make(
	    "kill", "crl", "{\"enabled\":true,\"generateOnRevoke\":true}");
	tap_need((ca = open_ca()) != NULL);
	sc_authority_close(ca);
	for (i = 0; i < 40; i++, serial += 1000) {
		if ((pid = fork()) == 0) {
			ca = open_ca();
			for (n = 0; ca != NULL && n < 1000; n++) {
				(void)revoke_one(
				    ca, serial + (unsigned)n, 0, NOW);
				(void)sc_authority_crl_refresh(ca, NOW, &e);
			}
			_exit(0);
		}
		(void)usleep(4000 + (useconds_t)i * 700);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		tap_need((ca = open_ca()) != NULL);
		/* Whatever there was is whole, and the next one is made. */
		(void)revoke_one(ca, serial + 999, 0, NOW);
		next = number(ca, NOW, &n);
		tap_ok(next > last);
		tap_str(sc_authority_notice(ca), "");
		last = next;
		sc_authority_close(ca);
	}
}

static void
without_key(void)
{
	char key[700], aside[720], why[256] = "";
	struct sc_authority *ca;
	struct sc_crl_list list;
	X509_CRL *crl;
	uint64_t last;

	kit_ca_make("nokey", "crl",
	    "{\"enabled\":true,\"generateOnRevoke\":true,"
	    "\"cacheDuration\":\"1h\"}");
	tap_need((ca = open_ca()) != NULL);
	tap_ok(!sc_authority_crl_healthy(ca, NOW, why, sizeof(why)));
	tap_str(why, "there is no revocation list");
	last = number(ca, NOW, NULL);
	tap_ok(sc_authority_crl_healthy(ca, NOW, why, sizeof(why)));
	(void)snprintf(key, sizeof(key), "%s", ca->config->key);
	(void)snprintf(aside, sizeof(aside), "%s.aside", key);
	sc_authority_close(ca);
	tap_int(rename(key, aside), 0);
	tap_need((ca = open_ca()) != NULL);
	tap_has(sc_authority_warning(ca), "no revocation list can be made: ");
	tap_int(revoke_one(ca, 1, 0, NOW), 0);
	tap_need((crl = fetch(ca, NOW, &list)) != NULL);
	tap_ok(list.number == last && !has_serial(crl, 1));
	tap_has(list.stale, "the issuing key is not available: ");
	X509_CRL_free(crl);
	tap_ok(sc_authority_crl_healthy(ca, NOW + HOUR - 1, why, sizeof(why)));
	tap_ok(!sc_authority_crl_healthy(ca, NOW + HOUR, why, sizeof(why)));
	tap_str(why, "the revocation list expired at 2030-01-01T01:00:00Z");
	tap_int(sc_authority_crl_refresh(ca, NOW + HOUR, &e), SC_ERR_INTERNAL);
	sc_authority_close(ca);
	tap_int(rename(aside, key), 0);
	tap_need((ca = open_ca()) != NULL);
	tap_str(sc_authority_warning(ca), "");
	tap_ok(number(ca, NOW + HOUR, NULL) > last);
	tap_ok(sc_authority_crl_healthy(ca, NOW + HOUR, why, sizeof(why)));
	sc_authority_close(ca);
	damage("db/stepc/crl", 20, 0);
	tap_need((ca = open_ca()) != NULL);
	tap_ok(!sc_authority_crl_healthy(ca, NOW, why, sizeof(why)));
	tap_str(why, "there is no intact revocation list");
	sc_authority_close(ca);
}

TAP_MAIN(TAP_TEST(disabled), TAP_NAMED("R17 within one refresh", made_when_due),
    TAP_NAMED("V1 two workers, a restart", made_on_revocation),
    TAP_NAMED("V1 six processes", many_processes),
    TAP_NAMED("V1 the file lost or damaged", lost_or_damaged),
    TAP_TEST(other_configuration),
    TAP_NAMED("V2 after expiry and one more list", expired_entries),
    TAP_NAMED("V3 disk full", disk_full),
    TAP_NAMED("V3 killed while writing", killed_while_writing),
    TAP_NAMED("V4 key unavailable, nextUpdate passed", without_key))
