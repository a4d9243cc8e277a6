/*
 * The tail: keys of the records since the checkpoint, in memory.
 */
#ifndef SC_STORE_TAIL_H
#define SC_STORE_TAIL_H

#include <stddef.h>
#include <stdint.h>

#include "store/record.h"

/* Where a key's record is; also the value in the index. */
struct sc_place {
	uint32_t segment;
	uint64_t offset;
	uint64_t seq;
	int64_t until; /* when it may be forgotten; 0 never */
};

/* Zero-initialise. */
struct sc_tail {
	struct sc_tail_entry {
		uint8_t key[SC_RECORD_KEY]; /* key[0] 0: free */
		struct sc_place at;
	} * slots;
	size_t cap; /* a power of two, or 0 */
	size_t used;
	struct sc_place *revoked; /* revocations, oldest first */
	size_t revoked_n, revoked_cap;
	uint64_t last_revoked; /* number of the latest one's first record */
};

void sc_tail_clear(struct sc_tail *t);
/* 0 or SC_ERR_NOMEM; a key that is there is left as it is. */
int sc_tail_add(struct sc_tail *t, const uint8_t key[SC_RECORD_KEY],
    const struct sc_place *at);
/* One more revocation, told first by record seq; 0 or SC_ERR_NOMEM. */
int sc_tail_add_revoked(
    struct sc_tail *t, const struct sc_place *at, uint64_t seq);
/* Borrowed until the next change; NULL when not there. */
const struct sc_place *sc_tail_find(
    const struct sc_tail *t, const uint8_t key[SC_RECORD_KEY]);
/* Forget what is in the index: records up to seq.  0 or SC_ERR_NOMEM. */
int sc_tail_prune(struct sc_tail *t, uint64_t seq);

#endif
