/*
 * What the tests of the store make small.  Nobody else sets these.
 */
#ifndef SC_STORE_TUNING_H
#define SC_STORE_TUNING_H

#include <stdint.h>

struct sc_store_tuning {
	int64_t lock_wait; /* nanoseconds until SC_ERR_BUSY */
	uint64_t interval; /* records in the tail that make a checkpoint */
	uint64_t chunk; /* bytes by which a segment grows */
	uint64_t segment; /* bytes after which another one is begun */
};
extern struct sc_store_tuning sc_store_tuning;

#endif
