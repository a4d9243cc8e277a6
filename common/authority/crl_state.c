#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/crl.h"
#include "authority/crl_state.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/disk.h"

#define LOCK_WAIT (5 * SC_SECOND)

void
sc_crl_state_free(struct sc_crl_state *st)
{
	if (st == NULL)
		return;
	sc_crl_file_close(&st->file);
	if (st->lock >= 0)
		(void)close(st->lock);
	if (st->dirfd >= 0)
		(void)close(st->dirfd);
	free(st);
}

int
sc_crl_state_open(const char *dir, const uint8_t config[32],
    struct sc_crl_state **out, struct sc_error *e)
{
	struct sc_crl_state *st;
	int r = 0;

	*out = NULL;
	if ((st = calloc(1, sizeof(*st))) == NULL)
		return sc_fail_nomem(e);
	st->lock = st->file.fd = -1;
	memcpy(st->config, config, sizeof(st->config));
	st->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st->dirfd < 0)
		r = sc_fail(e, SC_ERR_IO, "open %s: %s", dir, strerror(errno));
	if (r == 0)
		r = sc_disk_lock_open(
		    st->dirfd, SC_CRL_FILE_LOCK, &st->lock, e);
	if (r != 0)
		sc_crl_state_free(st);
	else
		*out = st;
	return r;
}

int
sc_crl_state_look(struct sc_crl_state *st, uint64_t *number, struct sc_error *e)
{
	struct sc_crl_file f;
	int r;

	if (sc_crl_file_current(st->dirfd, &st->file)) {
		*number = st->file.number;
		return 0;
	}
	*number = 0;
	r = sc_crl_file_open(st->dirfd, &f, e);
	if (r == 0) {
		*number = f.number;
		r = sc_crl_file_check(&f, e);
	}
	sc_crl_file_close(&st->file);
	if (r != 0) {
		sc_crl_file_close(&f);
		if (r == SC_ERR_CORRUPT)
			(void)snprintf(st->notice, sizeof(st->notice),
			    "%.200s; it is made again", e->msg);
		return r == SC_ERR_NOT_FOUND || r == SC_ERR_CORRUPT ? 0 : r;
	}
	st->file = f;
	return 0;
}

int
sc_crl_state_lock(struct sc_crl_state *st, struct sc_error *e)
{
	return sc_disk_lock(st->lock, LOCK_WAIT, e);
}

/*
 * They follow the clock, unless lists are made faster than that, and the last
 * one is in the lock file.
 */
int
sc_crl_state_next_number(struct sc_crl_state *st, uint64_t previous,
    int64_t now, uint64_t *number, struct sc_error *e)
{
	uint64_t noted = 0, least = now > 0 ? (uint64_t)now * 1000 : 0;
	uint8_t be[8];
	size_t i, got;
	int r;

	if ((r = sc_disk_pread(st->lock, be, sizeof(be), 0, &got, e)) != 0)
		return r;
	for (i = 0; got == sizeof(be) && i < sizeof(be); i++)
		noted = noted << 8 | be[i];
	if (noted > previous)
		previous = noted;
	*number = previous >= least ? previous + 1 : least;
	for (i = 0; i < sizeof(be); i++)
		be[i] = (uint8_t)(*number >> (56 - 8 * i));
	if ((r = sc_disk_pwrite(st->lock, be, sizeof(be), 0, e)) != 0)
		return r;
	return sc_disk_sync(st->lock, e);
}

int
sc_crl_state_hand_out(
    const struct sc_crl_state *st, struct sc_crl_list *out, struct sc_error *e)
{
	const struct sc_crl_file *f = &st->file;

	if ((out->fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return sc_fail(e, SC_ERR_IO, "dup: %s", strerror(errno));
	out->number = f->number;
	out->this_update = f->this_update;
	out->next_update = f->next_update;
	memcpy(out->digest, f->digest, sizeof(out->digest));
	out->at = SC_CRL_FILE_HEAD;
	out->len = (size_t)f->len;
	return 0;
}
