/*
 * The OCSP signer that an authority makes for itself, and what is answered
 * with it, by fixed clocks and checked by libcrypto (attack rows V7, V8).
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

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "authority/authority.h"
#include "authority/internal.h"
#include "authority/ocsp.h"
#include "authority_kit.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "store/store.h"
#include "tap.h"
#include "x509_kit.h"

#define NOW KIT_CA_NOW
#define DAY INT64_C(86400)
#define BACKDATE 60
#define ENABLED "{\"enabled\":true}"
#define SIGNER "db/stepc/ocsp-signer.pem"

static struct sc_error e;

static struct sc_authority *
open_maker(void)
{
	return kit_ca_open(SC_NEED_CRL_KEY | SC_NEED_STORE_WRITE);
}

static struct sc_authority *
open_responder(void)
{
	return kit_ca_open(SC_NEED_OCSP_SIGNER | SC_NEED_STORE_READ);
}

/* As a program that starts at that time. */
static int
rotate(int64_t now)
{
	struct sc_authority *ca = open_maker();
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	r = ca != NULL ? sc_authority_ocsp_rotate(ca, now, &e) : -1;
	if (r != 0)
		tap_note("%s", e.msg);
	sc_authority_close(ca);
	return r;
}

/* The signer of the file; NULL when there is none. */
static struct sc_cert *
signer(void)
{
	struct sc_certs certs = {0};
	struct sc_cert *c = NULL;
	size_t n = 0;
	char *pem = NULL;

	if (sc_file_read(kit_ca_path(SIGNER), 65536, &pem, &n, NULL) == 0 &&
	    sc_certs_from_pem(pem, n, &certs, NULL) == 0)
		c = sc_cert_dup(certs.v[0]);
	sc_certs_clear(&certs);
	free(pem);
	return c;
}

/* Of the signer in the file; "" when there is none. */
static const char *
signer_serial(void)
{
	static char text[2][128];
	static unsigned i;
	struct sc_cert *c = signer();
	const uint8_t *p;
	char *s = NULL;
	size_t n;

	i = !i;
	if (c != NULL) {
		p = sc_cert_serial(c, &n);
		s = sc_serial_decimal(p, n);
	}
	(void)snprintf(text[i], sizeof(text[i]), "%s", s != NULL ? s : "");
	free(s);
	sc_cert_free(c);
	return text[i];
}

/* --- asking --------------------------------------------------------------- */

struct seen {
	int response; /* OCSP_RESPONSE_STATUS_* */
	int status, reason; /* V_OCSP_CERTSTATUS_* */
	int64_t revoked, from, to; /* 0: absent */
	struct sc_ocsp_info info;
};

static int64_t
seconds(const ASN1_GENERALIZEDTIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return timegm(&tm);
}

static OCSP_CERTID *
cert_id(struct sc_authority *ca, const uint8_t *serial, size_t n)
{
	X509 *x = sc_cert_x509(ca->intermediates.v[0]);
	BIGNUM *bn = BN_bin2bn(serial, (int)n, NULL);
	ASN1_INTEGER *number = BN_to_ASN1_INTEGER(bn, NULL);
	OCSP_CERTID *id = OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(x),
	    X509_get0_pubkey_bitstr(x), number);

	ASN1_INTEGER_free(number);
	BN_free(bn);
	return id;
}

/* libcrypto believes it, as a client that trusts the issuer at that time. */
static int
is_believed(struct sc_authority *ca, OCSP_BASICRESP *basic, int64_t now)
{
	X509_STORE *trust = X509_STORE_new();
	X509_VERIFY_PARAM *p = X509_STORE_get0_param(trust);
	int good;

	X509_STORE_add_cert(trust, sc_cert_x509(ca->intermediates.v[0]));
	X509_VERIFY_PARAM_set_time(p, (time_t)now);
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
	good = OCSP_basic_verify(basic, NULL, trust, 0) == 1;
	X509_STORE_free(trust);
	return good;
}

static void
look(struct sc_authority *ca, OCSP_RESPONSE *rs, OCSP_CERTID *id, int64_t now,
    struct seen *s)
{
	ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *to = NULL;
	OCSP_BASICRESP *basic;

	s->response = OCSP_response_status(rs);
	if (s->response != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return;
	basic = OCSP_response_get1_basic(rs);
	tap_ok(is_believed(ca, basic, now));
	tap_int(OCSP_resp_find_status(
		    basic, id, &s->status, &s->reason, &revoked, &from, &to),
	    1);
	s->revoked = seconds(revoked);
	s->from = seconds(from);
	s->to = seconds(to);
	OCSP_BASICRESP_free(basic);
}

static struct seen
ask(struct sc_authority *ca, const uint8_t *serial, size_t n, int64_t now)
{
	struct seen s = {.response = -1};
	OCSP_REQUEST *rq = OCSP_REQUEST_new();
	OCSP_CERTID *id = cert_id(ca, serial, n);
	struct sc_buf *out = sc_buf_new(65536);
	OCSP_RESPONSE *rs;
	unsigned char *der = NULL;
	const unsigned char *p;
	int len;

	OCSP_request_add0_id(rq, OCSP_CERTID_dup(id));
	len = i2d_OCSP_REQUEST(rq, &der);
	e = (struct sc_error)SC_ERROR_INIT;
	tap_int(
	    sc_authority_ocsp(ca, der, (size_t)len, now, out, &s.info, &e), 0);
	p = sc_buf_data(out);
	rs = d2i_OCSP_RESPONSE(NULL, &p, (long)sc_buf_len(out));
	if (tap_ok(rs != NULL && p == sc_buf_data(out) + sc_buf_len(out)))
		look(ca, rs, id, now, &s);
	OCSP_RESPONSE_free(rs);
	OPENSSL_free(der);
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(rq);
	sc_buf_free(out);
	return s;
}

/* About the signer itself, which is in the store as every certificate is. */
static struct seen
ask_signer(struct sc_authority *ca, int64_t now)
{
	struct sc_cert *c = signer();
	struct seen s = {.response = -1};
	const uint8_t *p;
	size_t n;

	if (c != NULL) {
		p = sc_cert_serial(c, &n);
		s = ask(ca, p, n, now);
	}
	sc_cert_free(c);
	return s;
}

static int
revoke_one(const uint8_t *serial, size_t n, int64_t now)
{
	struct sc_authority *ca = kit_ca_open(SC_NEED_STORE_WRITE);
	struct sc_store_revocation rev = {.form = SC_STORE_X509,
	    .serial = {serial, n},
	    .reason_code = 1,
	    .not_after = now + DAY};
	struct sc_store_origin who = {.request_id = "id", .subject = "s"};
	int r = sc_store_revoke(ca->store, NULL, &rev, &who, now, &e);

	sc_authority_close(ca);
	return r;
}

/* --- tests ----------------------------------------------------------------- */

static void
not_enabled(void)
{
	struct sc_buf *out = sc_buf_new(65536);
	struct sc_ocsp_info info;
	struct sc_authority *ca;

	kit_ca_make("off", "ocsp", "{\"enabled\":false}");
	tap_need((ca = open_maker()) != NULL);
	tap_ok(ca->key == NULL);
	tap_ok(!sc_ocsp_is_ours(ca));
	tap_int(sc_authority_ocsp_rotate(ca, NOW, &e), 0);
	sc_authority_close(ca);
	tap_ok(!sc_file_exists(kit_ca_path(SIGNER)));
	tap_need((ca = open_responder()) != NULL);
	tap_int(
	    sc_authority_ocsp(ca, (const uint8_t *)"x", 1, NOW, out, &info, &e),
	    SC_ERR_NOT_FOUND);
	tap_int(sc_buf_len(out), 0);
	sc_authority_close(ca);
	sc_buf_free(out);
}

static void
answers(void)
{
	static const uint8_t lost[] = {0x41, 1}, never[] = {0x41, 2};
	struct sc_authority *ca;
	struct stat st;
	struct seen s;

	kit_ca_make("answers", "ocsp", ENABLED);
	tap_int(revoke_one(lost, 2, NOW - 10), 0);
	tap_need((ca = open_responder()) != NULL);
	tap_ok(ca->key == NULL && ca->issuer == NULL);
	s = ask(ca, never, 2, NOW);
	tap_int(s.response, OCSP_RESPONSE_STATUS_TRYLATER);
	tap_str(s.info.status, "tryLater");

	tap_int(rotate(NOW), 0);
	tap_ok(
	    stat(kit_ca_path(SIGNER), &st) == 0 && (st.st_mode & 0777) == 0600);
	s = ask_signer(ca, NOW);
	tap_int(s.response, OCSP_RESPONSE_STATUS_SUCCESSFUL);
	tap_int(s.status, V_OCSP_CERTSTATUS_GOOD);
	tap_int(s.from, NOW - BACKDATE);
	tap_int(s.to, NOW + 3600);
	tap_int(s.info.fresh_until, NOW + 3600);
	tap_str(s.info.serial, signer_serial());
	s = ask(ca, lost, 2, NOW);
	tap_int(s.status, V_OCSP_CERTSTATUS_REVOKED);
	tap_int(s.reason, 1);
	tap_int(s.revoked, NOW - 10);
	/* Not before it was true. */
	tap_int(s.from, NOW - 10);
	s = ask(ca, never, 2, NOW);
	tap_int(s.status, V_OCSP_CERTSTATUS_UNKNOWN);
	tap_int(s.to, 0);
	tap_int(s.info.fresh_until, 0);
	/* What comes to be revoked shows at once. */
	tap_int(revoke_one(never, 2, NOW), 0);
	s = ask(ca, never, 2, NOW);
	tap_int(s.status, V_OCSP_CERTSTATUS_REVOKED);
	sc_authority_close(ca);
}

static void
replaced_in_time(void)
{
	const int64_t end = NOW + 14 * DAY;
	const int64_t half = (NOW - BACKDATE + end + 1) / 2;
	struct sc_authority *ca;
	char first[128];
	struct seen s;

	kit_ca_make("half", "ocsp", ENABLED);
	tap_int(rotate(NOW), 0);
	(void)snprintf(first, sizeof(first), "%s", signer_serial());
	tap_ok(first[0] != '\0');
	tap_need((ca = open_responder()) != NULL);
	tap_int(rotate(half - 1), 0);
	tap_str(signer_serial(), first);

	/* What nobody has replaced is good to its end. */
	s = ask_signer(ca, end - 100);
	tap_int(s.status, V_OCSP_CERTSTATUS_GOOD);
	tap_int(s.to, end);
	s = ask_signer(ca, end);
	tap_int(s.response, OCSP_RESPONSE_STATUS_TRYLATER);
	tap_has(e.msg, "it expired at");
	s = ask_signer(ca, NOW - BACKDATE - 1);
	tap_int(s.response, OCSP_RESPONSE_STATUS_TRYLATER);
	tap_has(e.msg, "it is not valid before");

	tap_int(rotate(half), 0);
	tap_ok(strcmp(signer_serial(), first) != 0);
	s = ask_signer(ca, half);
	tap_int(s.status, V_OCSP_CERTSTATUS_GOOD);
	(void)snprintf(first, sizeof(first), "%s", signer_serial());
	/* Not valid yet: another clock made it. */
	tap_int(rotate(NOW - DAY), 0);
	tap_ok(strcmp(signer_serial(), first) != 0);
	sc_authority_close(ca);
}

static void
issuer_ends(void)
{
	struct sc_authority *ca;
	struct sc_cert *c;
	char first[128];
	int64_t end;

	kit_ca_make("end", "ocsp", ENABLED);
	tap_need((ca = open_responder()) != NULL);
	end = sc_cert_not_after(ca->intermediates.v[0]);
	tap_int(rotate(end - 3 * DAY), 0);
	tap_need((c = signer()) != NULL);
	tap_int(sc_cert_not_after(c), end);
	sc_cert_free(c);
	(void)snprintf(first, sizeof(first), "%s", signer_serial());
	tap_int(rotate(end - DAY), 0);
	tap_str(signer_serial(), first);
	sc_authority_close(ca);
}

static void
looked_at_now_and_then(void)
{
	struct sc_authority *ca;

	kit_ca_make("pause", "ocsp", ENABLED);
	tap_need((ca = open_maker()) != NULL);
	tap_int(sc_authority_ocsp_rotate(ca, NOW, &e), 0);
	tap_int(unlink(kit_ca_path(SIGNER)), 0);
	tap_int(sc_authority_ocsp_rotate(ca, NOW + 29, &e), 0);
	tap_ok(!sc_file_exists(kit_ca_path(SIGNER)));
	tap_int(sc_authority_ocsp_rotate(ca, NOW + 30, &e), 0);
	tap_ok(sc_file_exists(kit_ca_path(SIGNER)));
	tap_int(unlink(kit_ca_path(SIGNER)), 0);
	/* The clock was put back. */
	tap_int(sc_authority_ocsp_rotate(ca, NOW, &e), 0);
	tap_ok(sc_file_exists(kit_ca_path(SIGNER)));
	sc_authority_close(ca);
}

static int
count_one(void *arg, const struct sc_store_entry *entry)
{
	int *n = arg;

	*n += entry->cert != NULL;
	return 0;
}

/* Certificates in the store. */
static int
issued(void)
{
	struct sc_authority *ca = kit_ca_open(SC_NEED_STORE_READ);
	int n = 0;

	tap_int(sc_store_each(ca->store, count_one, &n, &e), 0);
	sc_authority_close(ca);
	return n;
}

static void
many_processes(void)
{
	struct sc_authority *ca;
	int gate[2], status, i, k;
	pid_t pids[8];
	char c;

	kit_ca_make("race", "ocsp", ENABLED);
	for (k = 0; k < 2; k++) {
		tap_context("round %d", k);
		(void)unlink(kit_ca_path(SIGNER));
		tap_need(pipe(gate) == 0);
		for (i = 0; i < 8; i++)
			if ((pids[i] = fork()) == 0) {
				ca = open_maker();
				(void)close(gate[1]);
				(void)!read(gate[0], &c, 1);
				status = sc_authority_ocsp_rotate(ca, NOW, &e);
				sc_authority_close(ca);
				_exit(status != 0);
			}
		(void)close(gate[0]);
		(void)close(gate[1]);
		for (i = 0; i < 8; i++)
			tap_ok(waitpid(pids[i], &status, 0) == pids[i] &&
			    status == 0);
		tap_ok(signer_serial()[0] != '\0');
		tap_int(issued(), k + 1);
	}
	tap_context("%s", "");
}

static void
health(void)
{
	char why[256] = "", own[600], pem_path[300];
	struct sc_authority *ca;
	struct timespec times[2] = {{.tv_sec = NOW}, {.tv_sec = NOW}};
	char *pem = NULL;

	kit_ca_make("health", "ocsp", ENABLED);
	tap_need((ca = kit_ca_open(0)) != NULL);
	tap_ok(!sc_authority_ocsp_healthy(ca, NOW, why, sizeof(why)));
	tap_str(why, "there is no OCSP signer");
	tap_int(rotate(NOW), 0);
	/* The file is as old as the clock of this machine says. */
	tap_int(utimensat(AT_FDCWD, kit_ca_path(SIGNER), times, 0), 0);
	tap_ok(sc_authority_ocsp_healthy(
	    ca, NOW + 14 * DAY - 1, why, sizeof(why)));
	tap_ok(
	    !sc_authority_ocsp_healthy(ca, NOW + 14 * DAY, why, sizeof(why)));
	tap_str(why, "the OCSP signer expired at 2030-01-15T00:00:00Z");
	sc_authority_close(ca);

	/* Somebody else's: by its certificate. */
	(void)snprintf(pem_path, sizeof(pem_path), "%s", kit_ca_path("crt"));
	(void)snprintf(own, sizeof(own),
	    "{\"enabled\":true,\"crt\":\"%s\",\"key\":\"/nowhere\"}", pem_path);
	kit_ca_configure("ocsp", own);
	tap_need((ca = kit_ca_open(0)) != NULL);
	tap_ok(!sc_authority_ocsp_healthy(ca, NOW, why, sizeof(why)));
	tap_int(sc_cert_to_pem(kit_root(KIT_P256), &pem), 0);
	tap_int(sc_file_write(pem_path, pem, strlen(pem), 0644, &e), 0);
	free(pem);
	tap_ok(sc_authority_ocsp_healthy(ca, KIT_NOW, why, sizeof(why)));
	tap_ok(!sc_authority_ocsp_healthy(
	    ca, sc_cert_not_after(kit_root(KIT_P256)), why, sizeof(why)));
	tap_has(why, "the OCSP signer expired at ");
	sc_authority_close(ca);
}

static void
limit_files(rlim_t max)
{
	struct rlimit r;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = max;
	tap_int(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void
disk_full(void)
{
	struct sc_authority *ca;
	char first[128];
	int r;

	kit_ca_make("full", "ocsp", ENABLED);
	tap_int(rotate(NOW), 0);
	(void)snprintf(first, sizeof(first), "%s", signer_serial());
	tap_need((ca = open_maker()) != NULL);
	limit_files(200);
	r = sc_authority_ocsp_rotate(ca, NOW + 8 * DAY, &e);
	limit_files(RLIM_INFINITY);
	tap_ok(r != 0);
	tap_has(e.msg, "cannot make a new OCSP signer");
	tap_str(signer_serial(), first);
	tap_int(sc_authority_ocsp_rotate(ca, NOW + 8 * DAY + 60, &e), 0);
	tap_ok(strcmp(signer_serial(), first) != 0);
	sc_authority_close(ca);
}

/* A root as the issuer: its signer has a key of the same kind. */
static void
kinds_of_keys(void)
{
	static const struct {
		const char *name;
		enum kit_kind kind;
		int type;
	} kinds[] = {{"rsa", KIT_RSA, SC_KEY_RSA},
	    {"ed25519", KIT_ED25519, SC_KEY_ED25519},
	    {"p384", KIT_P384, SC_KEY_EC}};
	char *pem = NULL, member[600];
	struct sc_authority *ca;
	struct sc_key *key;
	struct sc_cert *c;
	struct seen s;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tap_context("%s", kinds[i].name);
		kit_ca_make(kinds[i].name, "ocsp", ENABLED);
		tap_int(sc_cert_to_pem(kit_root(kinds[i].kind), &pem), 0);
		tap_int(sc_file_write(
			    kit_ca_path("crt"), pem, strlen(pem), 0600, &e),
		    0);
		free(pem);
		tap_int(
		    sc_key_to_pem(kit_key(kinds[i].kind), NULL, &pem, &e), 0);
		tap_int(sc_file_write(
			    kit_ca_path("key"), pem, strlen(pem), 0600, &e),
		    0);
		free(pem);
		(void)snprintf(
		    member, sizeof(member), "\"%s\"", kit_ca_path("crt"));
		kit_ca_configure("crt", member);
		(void)snprintf(
		    member, sizeof(member), "\"%s\"", kit_ca_path("key"));
		kit_ca_configure("key", member);
		tap_int(rotate(KIT_NOW), 0);
		tap_need((ca = open_responder()) != NULL);
		s = ask_signer(ca, KIT_NOW);
		tap_int(s.status, V_OCSP_CERTSTATUS_GOOD);
		sc_authority_close(ca);
		tap_need((c = signer()) != NULL);
		if (tap_int(sc_cert_key(c, &key, &e), 0))
			tap_int(sc_key_type(key), kinds[i].type);
		sc_key_free(key);
		sc_cert_free(c);
	}
	tap_context("%s", "");
}

TAP_MAIN(TAP_TEST(not_enabled),
    TAP_NAMED("V7 good, revoked, unknown and their times", answers),
    TAP_NAMED("V8 replaced at half of its life", replaced_in_time),
    TAP_NAMED("V8 the issuer ends first", issuer_ends),
    TAP_NAMED("V8 lost, looked at every half minute", looked_at_now_and_then),
    TAP_NAMED("V8 eight processes make one", many_processes), TAP_TEST(health),
    TAP_NAMED("V8 disk full", disk_full),
    TAP_NAMED("V8 issuers of all kinds of keys", kinds_of_keys))
