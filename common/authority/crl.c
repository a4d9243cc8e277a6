#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/crl.h"
#include "authority/crl_state.h"
#include "authority/internal.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/crl.h"
#include "crypto/key.h"
#include "crypto/serial.h"
#include "store/disk.h"
#include "store/store.h"

#define LEAST_GRACE 3600 /* seconds in the list after expiry */
#define CLOCK_BACK 60 /* more than that is another clock */

const char *
sc_crl_notice(struct sc_crl_state *st, char out[256])
{
	out[0] = '\0';
	if (st != NULL) {
		memcpy(out, st->notice, sizeof(st->notice));
		st->notice[0] = '\0';
	}
	return out;
}

/* Whatever changes the list without a revocation. */
static int
digest_config(
    const struct sc_authority *ca, uint8_t out[32], struct sc_error *e)
{
	const struct sc_config_crl *c = &ca->config->crl;
	struct sc_buf *b = sc_buf_new(1024 * 1024);
	const uint8_t *der;
	size_t n;
	int r;

	der = sc_cert_der(ca->intermediates.v[0], &n);
	(void)sc_buf_put_string(b, der, n);
	(void)sc_buf_put_u64(b, (uint64_t)c->cache);
	if (c->url != NULL)
		(void)sc_buf_put_string(b, c->url, strlen(c->url));
	if ((r = sc_buf_error(b)) == 0)
		r = sc_sha256(sc_buf_data(b), sc_buf_len(b), out);
	sc_buf_free(b);
	return r != 0 ? sc_fail(e, r, "revocation list: digest") : 0;
}

static int
open_state(struct sc_authority *ca, struct sc_error *e)
{
	uint8_t config[32];
	int r;

	if (ca->crl != NULL)
		return 0;
	if ((r = digest_config(ca, config, e)) != 0)
		return r;
	return sc_crl_state_open(ca->config->store_dir, config, &ca->crl, e);
}

static bool
is_due(const struct sc_authority *ca, uint64_t last, int64_t now)
{
	const struct sc_crl_file *f = &ca->crl->file;

	return f->fd < 0 ||
	    memcmp(f->config, ca->crl->config, sizeof(f->config)) != 0 ||
	    now - f->this_update >= ca->config->crl.renew ||
	    now < f->this_update - CLOCK_BACK ||
	    (ca->config->crl.on_revoke && f->upto != last);
}

struct filling {
	struct sc_crl *crl;
	const struct sc_crl_file *old; /* fd -1: none */
	int64_t gone_before; /* expiry of what may leave the list */
	uint64_t upto;
	struct sc_error *e;
};

/*
 * A certificate leaves the list some time after its expiry, and not before
 * it was in one that was made after it (RFC 5280 section 3.3).
 */
static bool
may_leave(const struct filling *f, const struct sc_store_revoked *r)
{
	return r->not_after != 0 && r->not_after < f->gone_before &&
	    f->old->fd >= 0 && r->not_after < f->old->this_update &&
	    r->time <= f->old->this_update;
}

static int
fill(void *arg, const struct sc_store_revoked *r)
{
	struct filling *f = arg;

	if (r->seq > f->upto)
		f->upto = r->seq;
	if (r->form != SC_STORE_X509 || r->serial_len > SC_SERIAL_OCTETS ||
	    may_leave(f, r))
		return 0;
	return sc_crl_add(
	    f->crl, r->serial, r->serial_len, r->time, r->reason_code, f->e);
}

/*
 * The next list, from what the store has.  last is read before the walk, so
 * that a revocation in between is in the list, or makes another one.
 */
static int
build(struct sc_authority *ca, uint64_t last, int64_t now,
    struct sc_crl_file *f, uint8_t **der, size_t *n, struct sc_error *e)
{
	const struct sc_config_crl *c = &ca->config->crl;
	int64_t grace = c->cache > LEAST_GRACE ? c->cache : LEAST_GRACE;
	struct filling in = {.old = &ca->crl->file,
	    .gone_before = now - grace,
	    .upto = last,
	    .e = e};
	struct sc_crl_head head = {.number = f->number,
	    .this_update = now,
	    .next_update = now + c->cache,
	    .url = c->url};
	int r;

	if ((in.crl = sc_crl_new()) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_store_each_revoked(ca->store, fill, &in, e)) == 0)
		r = sc_crl_sign(in.crl, &head, ca->issuer, der, n, e);
	sc_crl_free(in.crl);
	f->this_update = head.this_update;
	f->next_update = head.next_update;
	f->upto = in.upto;
	return r;
}

/* Make the next list and have it in place; the lock is held. */
static int
generate(struct sc_authority *ca, uint64_t last, uint64_t previous, int64_t now,
    struct sc_error *e)
{
	struct sc_crl_state *st = ca->crl;
	struct sc_crl_file f = {.fd = -1};
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (ca->issuer == NULL)
		return sc_fail(e, SC_ERR_INTERNAL,
		    "the issuing key is not available: %s",
		    ca->key_failure != NULL ? ca->key_failure : "not opened");
	memcpy(f.config, st->config, sizeof(f.config));
	if ((r = sc_crl_state_next_number(st, previous, now, &f.number, e)) !=
	    0)
		return r;
	r = build(ca, last, now, &f, &der, &n, e);
	if (r == 0)
		r = sc_crl_file_write(st->dirfd, &f, der, n, e);
	free(der);
	return r;
}

/* Once more under the lock: somebody else may have done it meanwhile. */
static int
renew(struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	struct sc_crl_state *st = ca->crl;
	uint64_t last, number;
	int r;

	if ((r = sc_crl_state_lock(st, e)) != 0)
		return r;
	if ((r = sc_crl_state_look(st, &number, e)) == 0 &&
	    (r = sc_store_last_revoked(ca->store, &last, e)) == 0 &&
	    is_due(ca, last, now) &&
	    (r = generate(ca, last, number, now, e)) == 0)
		r = sc_crl_state_look(st, &number, e);
	sc_disk_unlock(st->lock);
	return r;
}

int
sc_authority_crl_refresh(
    struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	struct sc_error found = SC_ERROR_INIT; /* also what was mended */
	uint64_t last, number;
	int r;

	if (!ca->config->crl.enabled)
		return 0;
	if ((r = open_state(ca, &found)) != 0 ||
	    (r = sc_crl_state_look(ca->crl, &number, &found)) != 0 ||
	    (r = sc_store_last_revoked(ca->store, &last, &found)) != 0 ||
	    (is_due(ca, last, now) && (r = renew(ca, now, &found)) != 0)) {
		if (e != NULL)
			*e = found;
		return r;
	}
	return 0;
}

static int
hand_out(
    const struct sc_authority *ca, struct sc_crl_list *out, struct sc_error *e)
{
	const struct sc_config_crl *c = &ca->config->crl;

	if (!c->on_revoke && out->stale[0] == '\0')
		out->fresh_until = ca->crl->file.this_update + c->renew;
	return sc_crl_state_hand_out(ca->crl, out, e);
}

int
sc_authority_crl(struct sc_authority *ca, int64_t now, struct sc_crl_list *out,
    struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	int r;

	*out = (struct sc_crl_list){.fd = -1};
	if (!ca->config->crl.enabled) {
		r = sc_fail(e, SC_ERR_NOT_FOUND, "crl.enabled is not set");
		sc_error_client_whole(e,
		    "The certificate authority received an unexpected HTTP "
		    "status code - '404'. Please see the certificate authority "
		    "logs for more info.");
		return r;
	}
	r = sc_authority_crl_refresh(ca, now, &why);
	if (r != 0 && (ca->crl == NULL || ca->crl->file.fd < 0)) {
		*e = why;
		return r;
	}
	if (r != 0)
		(void)snprintf(
		    out->stale, sizeof(out->stale), "%.255s", why.msg);
	return hand_out(ca, out, e);
}

bool
sc_authority_crl_healthy(
    const struct sc_authority *ca, int64_t now, char *text, size_t n)
{
	char when[SC_TIME_MAX];
	struct sc_crl_file f;
	int dirfd, r;

	if (!ca->config->crl.enabled)
		return true;
	dirfd = open(ca->config->store_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dirfd >= 0 ? sc_crl_file_open(dirfd, &f, NULL) : SC_ERR_NOT_FOUND;
	if (dirfd >= 0)
		(void)close(dirfd);
	if (r != 0) {
		(void)snprintf(text, n, "there is no %srevocation list",
		    r == SC_ERR_NOT_FOUND ? "" : "intact ");
		return false;
	}
	sc_crl_file_close(&f);
	if (now < f.next_update)
		return true;
	sc_time_format(f.next_update, when);
	(void)snprintf(text, n, "the revocation list expired at %s", when);
	return false;
}
