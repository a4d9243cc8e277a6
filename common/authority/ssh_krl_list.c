#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/crl.h"
#include "authority/crl_state.h"
#include "authority/internal.h"
#include "authority/ssh_keys.h"
#include "authority/ssh_krl_list.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "config/ca_json.h"
#include "crypto/key.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_krl.h"
#include "store/disk.h"
#include "store/store.h"

/* A host whose clock is behind takes a certificate for longer. */
#define GRACE (24 * 3600)

static const enum sc_ssh_cert_type types[] = {SC_SSH_USER, SC_SSH_HOST};

/* Another key is another list, as is another key id. */
static int
digest_config(
    const struct sc_authority *ca, uint8_t out[32], struct sc_error *e)
{
	const struct sc_strlist *ids = &ca->config->ssh.revoked_key_ids;
	struct sc_buf *b = sc_buf_new(4 * 1024 * 1024);
	const struct sc_ssh_key *k;
	const uint8_t *blob;
	size_t i, t, n;
	int r;

	for (t = 0; t < 2; t++)
		for (i = 0;
		     (k = sc_authority_ssh_trusted(ca, types[t], i)) != NULL;
		     i++) {
			blob = sc_ssh_key_blob(k, &n);
			(void)sc_buf_put_string(b, blob, n);
		}
	for (i = 0; i < ids->n; i++)
		(void)sc_buf_put_string(b, ids->v[i], strlen(ids->v[i]));
	if ((r = sc_buf_error(b)) == 0)
		r = sc_sha256(sc_buf_data(b), sc_buf_len(b), out);
	sc_buf_free(b);
	return r != 0 ? sc_fail(e, r, "SSH revocation list: digest") : 0;
}

static int
open_state(struct sc_authority *ca, struct sc_error *e)
{
	uint8_t config[32];
	char *dir;
	int r;

	if (ca->krl != NULL)
		return 0;
	dir = sc_path_join(ca->config->store_dir, SC_KRL_FOLDER);
	if (dir == NULL)
		return sc_fail_nomem(e);
	if ((r = digest_config(ca, config, e)) == 0 &&
	    (r = sc_mkdirs(dir, 0700, e)) == 0)
		r = sc_crl_state_open(dir, config, &ca->krl, e);
	free(dir);
	return r;
}

static bool
is_due(const struct sc_crl_state *st, uint64_t last)
{
	return st->file.fd < 0 || st->file.upto != last ||
	    memcmp(st->file.config, st->config, sizeof(st->config)) != 0;
}

struct filling {
	const struct sc_authority *ca;
	struct sc_ssh_krl *krl;
	int64_t gone_before; /* expiry of what is left out */
	uint64_t upto;
	struct sc_error *e;
};

static int
fill(void *arg, const struct sc_store_revoked *rev)
{
	struct filling *f = arg;
	const struct sc_ssh_key *k;
	uint64_t serial = 0;
	size_t i, t;
	int r = 0;

	if (rev->seq > f->upto)
		f->upto = rev->seq;
	if (rev->form == SC_STORE_X509 || rev->serial_len > 8 ||
	    (rev->not_after != 0 && rev->not_after < f->gone_before))
		return 0;
	for (i = 0; i < rev->serial_len; i++)
		serial = serial << 8 | rev->serial[i];
	/* Users and hosts have one name space of serial numbers. */
	for (t = 0; t < 2; t++)
		for (i = 0; r == 0 &&
		     (k = sc_authority_ssh_trusted(f->ca, types[t], i)) != NULL;
		     i++)
			r = sc_ssh_krl_add_serial(f->krl, k, serial, f->e);
	return r;
}

/* Whoever has such a key id, from any of our keys, now and later. */
static int
add_key_ids(struct filling *f)
{
	const struct sc_strlist *ids = &f->ca->config->ssh.revoked_key_ids;
	const struct sc_ssh_key *k;
	size_t i, n, t;
	int r = 0;

	for (t = 0; t < 2; t++)
		for (i = 0; r == 0 &&
		     (k = sc_authority_ssh_trusted(f->ca, types[t], i)) != NULL;
		     i++)
			for (n = 0; r == 0 && n < ids->n; n++)
				r = sc_ssh_krl_add_key_id(
				    f->krl, k, ids->v[n], f->e);
	return r;
}

/*
 * last is read before the walk, so that a revocation in between is in the
 * list, or makes another one.
 */
static int
build(struct sc_authority *ca, uint64_t last, int64_t now,
    struct sc_crl_file *f, uint8_t **krl, size_t *n, struct sc_error *e)
{
	const struct sc_ssh_krl_head head = {
	    .version = f->number, .generated = now};
	struct filling in = {
	    .ca = ca, .gone_before = now - GRACE, .upto = last, .e = e};
	int r;

	if ((in.krl = sc_ssh_krl_new()) == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_store_each_revoked(ca->store, fill, &in, e)) == 0 &&
	    (r = add_key_ids(&in)) == 0)
		r = sc_ssh_krl_write(in.krl, &head, krl, n, e);
	sc_ssh_krl_free(in.krl);
	f->this_update = f->next_update = now;
	f->upto = in.upto;
	return r;
}

/* The lock is held. */
static int
generate(struct sc_authority *ca, uint64_t last, uint64_t previous, int64_t now,
    struct sc_error *e)
{
	struct sc_crl_state *st = ca->krl;
	struct sc_crl_file f = {.fd = -1};
	uint8_t *krl = NULL;
	size_t n = 0;
	int r;

	memcpy(f.config, st->config, sizeof(f.config));
	if ((r = sc_crl_state_next_number(st, previous, now, &f.number, e)) !=
	    0)
		return r;
	if ((r = build(ca, last, now, &f, &krl, &n, e)) == 0)
		r = sc_crl_file_write(st->dirfd, &f, krl, n, e);
	free(krl);
	return r;
}

/* Once more under the lock: somebody else may have done it meanwhile. */
static int
renew(struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	struct sc_crl_state *st = ca->krl;
	uint64_t last, number;
	int r;

	if ((r = sc_crl_state_lock(st, e)) != 0)
		return r;
	if ((r = sc_crl_state_look(st, &number, e)) == 0 &&
	    (r = sc_store_last_revoked(ca->store, &last, e)) == 0 &&
	    is_due(st, last) && (r = generate(ca, last, number, now, e)) == 0)
		r = sc_crl_state_look(st, &number, e);
	sc_disk_unlock(st->lock);
	return r;
}

int
sc_authority_ssh_krl_refresh(
    struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	struct sc_error found = SC_ERROR_INIT; /* also what was mended */
	uint64_t last, number;
	int r;

	if (sc_authority_ssh_enabled(ca, NULL) != 0)
		return 0;
	if ((r = open_state(ca, &found)) != 0 ||
	    (r = sc_crl_state_look(ca->krl, &number, &found)) != 0 ||
	    (r = sc_store_last_revoked(ca->store, &last, &found)) != 0 ||
	    (is_due(ca->krl, last) && (r = renew(ca, now, &found)) != 0)) {
		if (e != NULL)
			*e = found;
		return r;
	}
	return 0;
}

int
sc_authority_ssh_krl(struct sc_authority *ca, int64_t now,
    struct sc_crl_list *out, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	int r;

	*out = (struct sc_crl_list){.fd = -1};
	if (sc_authority_ssh_enabled(ca, e) != 0) {
		if (e != NULL)
			e->code = SC_ERR_NOT_FOUND;
		return SC_ERR_NOT_FOUND;
	}
	r = sc_authority_ssh_krl_refresh(ca, now, &why);
	if (r != 0 && (ca->krl == NULL || ca->krl->file.fd < 0)) {
		*e = why;
		return r;
	}
	if (r != 0)
		(void)snprintf(
		    out->stale, sizeof(out->stale), "%.255s", why.msg);
	return sc_crl_state_hand_out(ca->krl, out, e);
}
