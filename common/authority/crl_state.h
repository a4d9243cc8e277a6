/*
 * What a worker keeps of a revocation list between requests: the folder it
 * lies in, the lock of whoever makes the next one, the list itself, verified.
 */
#ifndef SC_AUTHORITY_CRL_STATE_H
#define SC_AUTHORITY_CRL_STATE_H

#include <stdint.h>

#include "authority/crl_file.h"

struct sc_crl_list;
struct sc_error;

struct sc_crl_state {
	int dirfd;
	int lock;
	uint8_t config[32]; /* stands for what lists are made with now */
	struct sc_crl_file file; /* verified; fd -1: none */
	char notice[256]; /* what there is to report; "" */
};

/* The folder must be there.  IO, NOMEM. */
int sc_crl_state_open(const char *dir, const uint8_t config[32],
    struct sc_crl_state **out, struct sc_error *e);
void sc_crl_state_free(struct sc_crl_state *st); /* NULL is fine */
/*
 * Have the file as it is now in st->file, verified once.  One that is
 * damaged counts as none, but for the number in a header that is not.
 */
int sc_crl_state_look(
    struct sc_crl_state *st, uint64_t *number, struct sc_error *e);
/* Until sc_disk_unlock of st->lock; BUSY when it is not had in time. */
int sc_crl_state_lock(struct sc_crl_state *st, struct sc_error *e);
/*
 * The number of the next list, written down before it is used; the lock is
 * held.  Numbers rise even when the file is lost, or restored from a backup.
 */
int sc_crl_state_next_number(struct sc_crl_state *st, uint64_t previous,
    int64_t now, uint64_t *number, struct sc_error *e);
/* Fill what a caller gets of st->file; fresh_until and stale are his. */
int sc_crl_state_hand_out(
    const struct sc_crl_state *st, struct sc_crl_list *out, struct sc_error *e);

#endif
