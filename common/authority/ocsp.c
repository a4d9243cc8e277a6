#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "authority/internal.h"
#include "authority/ocsp.h"
#include "authority/ocsp_signer.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/ocsp.h"
#include "store/store.h"

#define MAX_SERIAL 40 /* what the store looks for */
#define MAX_BACKDATE 300 /* seconds */

/* Which file it was; another one has another inode or another time. */
struct identity {
	dev_t dev;
	ino_t ino;
	struct timespec changed;
};

struct sc_ocsp_state {
	struct sc_ocsp_issuer *issuer;
	struct sc_ocsp_signer *signer; /* NULL: none yet */
	struct identity from;
	char *crt, *key; /* paths; the same one for a signer of our own */
};

void
sc_ocsp_state_free(struct sc_ocsp_state *st)
{
	if (st == NULL)
		return;
	sc_ocsp_issuer_free(st->issuer);
	sc_ocsp_signer_free(st->signer);
	free(st->crt);
	free(st->key);
	free(st);
}

static bool
same_file(const struct identity *i, const struct stat *st)
{
	return i->dev == st->st_dev && i->ino == st->st_ino &&
	    i->changed.tv_sec == st->st_ctim.tv_sec &&
	    i->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static bool
is_valid(const struct sc_ocsp_signer *s, int64_t now)
{
	const struct sc_cert *c;

	if (s == NULL)
		return false;
	c = sc_ocsp_signer_cert(s);
	return sc_cert_not_before(c) <= now && now < sc_cert_not_after(c);
}

/*
 * Take the signer of the file when it is another one than before.  While the
 * one in hand is valid, a new one that cannot be used does not replace it.
 */
static int
refresh_signer(struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	struct sc_ocsp_state *o = ca->ocsp;
	struct sc_ocsp_signer *s = NULL;
	struct stat st;
	int r;

	if (is_valid(o->signer, now) && stat(o->crt, &st) == 0 &&
	    same_file(&o->from, &st))
		return 0;
	if (stat(o->crt, &st) != 0)
		memset(&st, 0, sizeof(st));
	if ((r = sc_ocsp_signer_load(ca, o->crt, o->key, now, &s, e)) != 0)
		return is_valid(o->signer, now) ? 0 : r;
	sc_ocsp_signer_free(o->signer);
	o->signer = s;
	o->from = (struct identity){st.st_dev, st.st_ino, st.st_ctim};
	return 0;
}

int
sc_ocsp_state_open(struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	const struct sc_config_ocsp *c = &ca->config->ocsp;
	struct sc_ocsp_state *o;
	int r;

	if (!c->enabled)
		return 0;
	if ((o = ca->ocsp = calloc(1, sizeof(*o))) == NULL)
		return sc_fail_nomem(e);
	o->crt = c->crt != NULL ? sc_strdup(c->crt) : sc_ocsp_signer_path(ca);
	o->key = c->key != NULL ? sc_strdup(c->key) : sc_strdup(o->crt);
	if (o->crt == NULL || o->key == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_ocsp_issuer_new(ca->intermediates.v[0], &o->issuer, e)) !=
	    0)
		return r;
	/* One of our own is replaced by who can, another one is not. */
	if (c->crt == NULL) {
		(void)refresh_signer(ca, now, NULL);
		return 0;
	}
	return refresh_signer(ca, now, e);
}

/* There may have been no store yet when this program started. */
static int
open_store(struct sc_authority *ca, struct sc_error *e)
{
	if (ca->store != NULL)
		return 0;
	return sc_store_open(ca->config->store_dir, 0, &ca->store, e);
}

static int
find_issued(struct sc_authority *ca, struct sc_store_serial serial,
    enum sc_ocsp_status *status, struct sc_error *e)
{
	struct sc_store_found found;
	int r;

	r = sc_store_get_cert(ca->store, SC_STORE_X509, serial, &found, e);
	if (r != 0)
		return r;
	if (sc_ocsp_issuer_issued(ca->ocsp->issuer, found.der, found.der_len))
		*status = SC_OCSP_GOOD;
	sc_store_found_clear(&found);
	return 0;
}

static int
look_up(struct sc_authority *ca, const struct sc_ocsp_cert_id *id,
    struct sc_ocsp_single *single, struct sc_error *e)
{
	struct sc_error none = SC_ERROR_INIT;
	struct sc_store_serial serial = {id->serial.p, id->serial.n};
	struct sc_store_revoked revoked;
	int r;

	single->status = SC_OCSP_UNKNOWN;
	if (serial.n == 0 || serial.n > MAX_SERIAL ||
	    !sc_ocsp_issuer_is(ca->ocsp->issuer, id))
		return 0;
	r = sc_store_get_revoked(
	    ca->store, SC_STORE_X509, serial, &revoked, &none);
	if (r == 0) {
		single->status = SC_OCSP_REVOKED;
		single->revoked_at = revoked.time;
		single->reason = revoked.reason_code;
		return 0;
	}
	if (r == SC_ERR_NOT_FOUND)
		r = find_issued(ca, serial, &single->status, &none);
	if (r == 0 || r == SC_ERR_NOT_FOUND)
		return 0;
	*e = none;
	return r;
}

static const char *
status_name(enum sc_ocsp_status s)
{
	return s == SC_OCSP_GOOD   ? "good"
	    : s == SC_OCSP_REVOKED ? "revoked"
				   : "unknown";
}

/* For clients whose clocks are behind, as for certificates. */
static int64_t
backdated(const struct sc_authority *ca, int64_t now)
{
	int64_t back = ca->config->backdate / SC_SECOND;

	return now - (back < MAX_BACKDATE ? back : MAX_BACKDATE);
}

/*
 * What is unknown may be issued in a second: its answer has no nextUpdate and
 * is not to be kept.
 */
static void
set_times(const struct sc_authority *ca, struct sc_ocsp_single *single,
    size_t n, int64_t now, struct sc_ocsp_info *info)
{
	int64_t end = sc_cert_not_after(sc_ocsp_signer_cert(ca->ocsp->signer));
	int64_t next = now + ca->config->ocsp.cache;
	size_t i;

	next = next < end ? next : end;
	info->this_update = backdated(ca, now);
	info->fresh_until = next;
	info->status = status_name(single[0].status);
	for (i = 0; i < n; i++) {
		single[i].this_update = info->this_update;
		if (single[i].this_update < single[i].revoked_at)
			single[i].this_update = single[i].revoked_at;
		if (single[i].status == SC_OCSP_UNKNOWN)
			info->fresh_until = 0;
		else
			single[i].next_update = next;
		if (single[i].status != single[0].status)
			info->status = "mixed";
	}
}

static void
note_serial(const struct sc_ocsp_request *rq, struct sc_ocsp_info *info)
{
	struct sc_ocsp_bytes s = rq->id[0].serial;
	char *text;

	if (s.n == 0 || s.n > MAX_SERIAL)
		return;
	text = sc_serial_decimal(s.p, s.n);
	(void)snprintf(
	    info->serial, sizeof(info->serial), "%s", text != NULL ? text : "");
	free(text);
}

static bool
is_for_us(const struct sc_authority *ca, const struct sc_ocsp_request *rq)
{
	size_t i;

	for (i = 0; i < rq->n; i++)
		if (sc_ocsp_issuer_is(ca->ocsp->issuer, &rq->id[i]))
			return true;
	return false;
}

static int
refuse(struct sc_buf *out, enum sc_ocsp_refusal why, const char *name,
    struct sc_ocsp_info *info)
{
	info->status = name;
	sc_ocsp_refusal_put(out, why);
	return sc_buf_error(out);
}

static int
answer(struct sc_authority *ca, const struct sc_ocsp_request *rq, int64_t now,
    struct sc_buf *out, struct sc_ocsp_info *info, struct sc_error *e)
{
	struct sc_ocsp_single single[SC_MAX_OCSP_IDS];
	size_t i;

	if (refresh_signer(ca, now, e) != 0 || open_store(ca, e) != 0)
		return refuse(out, SC_OCSP_TRY_LATER, "tryLater", info);
	for (i = 0; i < rq->n; i++) {
		single[i] = (struct sc_ocsp_single){.id = &rq->id[i]};
		if (look_up(ca, &rq->id[i], &single[i], e) != 0)
			return refuse(out, SC_OCSP_TRY_LATER, "tryLater", info);
	}
	set_times(ca, single, rq->n, now, info);
	if (sc_ocsp_response_put(
		out, ca->ocsp->signer, single, rq->n, rq->nonce, now, e) == 0)
		return sc_buf_error(out);
	info->fresh_until = 0;
	return refuse(out, SC_OCSP_INTERNAL_ERROR, "internalError", info);
}

int
sc_authority_ocsp(struct sc_authority *ca, const uint8_t *request, size_t n,
    int64_t now, struct sc_buf *out, struct sc_ocsp_info *info,
    struct sc_error *e)
{
	struct sc_ocsp_request rq;

	*info = (struct sc_ocsp_info){.status = ""};
	if (ca->ocsp == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND, "OCSP is not enabled");
	if (sc_ocsp_request_parse(request, n, &rq, e) != 0)
		return refuse(
		    out, SC_OCSP_MALFORMED_REQUEST, "malformedRequest", info);
	note_serial(&rq, info);
	if (!is_for_us(ca, &rq)) {
		(void)sc_fail(e, SC_ERR_FORBIDDEN,
		    "asked about certificates of another issuer");
		return refuse(out, SC_OCSP_UNAUTHORIZED, "unauthorized", info);
	}
	/* A copy of a response with a nonce is nothing to anybody else. */
	n = rq.nonce.n;
	if (answer(ca, &rq, now, out, info, e) != 0)
		return sc_fail_nomem(e);
	if (n > 0)
		info->fresh_until = 0;
	return 0;
}
