/*
 * The inside of struct sc_store, for the files of this folder that make up
 * its verbs: store.c opens it, view.c keeps what it knows up to date,
 * commit.c writes, lookup.c reads.
 */
#ifndef SC_STORE_INTERNAL_H
#define SC_STORE_INTERNAL_H

#include "store/index_gdbm.h"
#include "store/ledger.h"
#include "store/store.h"
#include "store/tail.h"

/*
 * What a process knows: everything up to ix.upto is in the index, everything
 * from there to pos in the tail.  Both only ever grow, and the index file at
 * hand is never written by anybody, so that look-ups in it need no lock.
 */
struct sc_store {
	int dirfd;
	int lock_fd; /* of the ledger; -1 when opened for reading */
	int writable;
	int looked; /* all behind the ledger's end has been looked at */
	int redo; /* a sync failed: write again from durable on */
	uint32_t durable_segment; /* up to which place the ledger is known */
	uint64_t durable; /* to be on the disk */
	struct sc_ledger ledger;
	struct sc_ledger_pos pos;
	struct sc_index ix;
	struct sc_tail tail;
	struct sc_ledger_pos walked; /* where sc_store_each_after ended */
	char *notice;
	int told;
};

/* Something for sc_store_notice; detail may be NULL. */
void sc_store_note(struct sc_store *s, const char *what, const char *detail);

/*
 * Be as new as the files: the index that is live, and in the tail all that
 * was appended since.
 */
int sc_store_refresh(struct sc_store *s, struct sc_error *e);
/*
 * The same, but perhaps without what stands in another segment: for who will
 * catch up under the lock, and wants to have little to do there.
 */
int sc_store_look(struct sc_store *s, struct sc_error *e);
/* As refresh, without a look at the index; NOT_FOUND: pruned meanwhile. */
int sc_store_catch_up(struct sc_store *s, struct sc_error *e);
/* Open the live index, or make one; NOT_FOUND: pruned meanwhile. */
int sc_store_load_index(struct sc_store *s, struct sc_error *e);
/*
 * There is no usable index.  A writer makes a new one from the whole ledger;
 * who may not, or while another process is at it, keeps all in memory.
 */
int sc_store_rebuild(struct sc_store *s, struct sc_error *e);
/* The index at hand cannot be read: go on with a new one, or with none. */
int sc_store_give_up_index(
    struct sc_store *s, const char *why, struct sc_error *e);
/* Put into the tail a record that stands at a place behind the index. */
int sc_store_remember(struct sc_store *s, const struct sc_record *rec,
    const struct sc_place *where, struct sc_error *e);
/* Up to which offset of the segment of s->pos is known to be on the disk. */
uint64_t sc_store_durable(const struct sc_store *s);
/* 1 found, 0 not there.  The tail is as old as the last refresh. */
int sc_store_find(struct sc_store *s, const uint8_t key[SC_RECORD_KEY],
    struct sc_place *at, struct sc_error *e);
/*
 * Steps of a commit.  Under the ledger's lock: be ready to append (be up to
 * date, wipe what a killed writer left; NOT_FOUND: pruned meanwhile), append
 * one record, begin another segment.  Without the lock:
 * make all that was appended durable.
 */
int sc_store_ready(struct sc_store *s, struct sc_error *e);
int sc_store_append(struct sc_store *s, uint8_t *rec, size_t n, int64_t now,
    struct sc_error *e);
int sc_store_rotate(struct sc_store *s, int64_t now, struct sc_error *e);
int sc_store_make_durable(struct sc_store *s, struct sc_error *e);
/* SC_ERR_REPLAYED. */
int sc_store_replayed(struct sc_error *e);

#endif
