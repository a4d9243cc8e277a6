/*
 * What the tests of the store share: made-up certificates and tokens, told
 * apart by a number.
 */
#ifndef SC_T_STORE_KIT_H
#define SC_T_STORE_KIT_H

#include <stdint.h>

#include "store/store.h"

#define KIT_NOW INT64_C(1700000000)

/* A fresh folder for a store under tap_tempdir(); lives to the end. */
const char *kit_dir(const char *name);
/* Open with SC_STORE_CREATE; NULL (and a failed check) when it fails. */
struct sc_store *kit_open(const char *dir);
/* Certificate and token number n; borrowed until the next call. */
const struct sc_store_cert *kit_cert(uint64_t n);
const struct sc_store_spend *kit_spend(uint64_t n);
const struct sc_store_origin *kit_origin(void);
/* Issue certificate n for token n. */
int kit_issue(struct sc_store *s, uint64_t n);
/* 1: certificate n is there as it was issued, and token n is spent. */
int kit_has(struct sc_store *s, uint64_t n);
/* 1: neither of them is there. */
int kit_lacks(struct sc_store *s, uint64_t n);
/* How many records sc_store_each tells, or a negative code. */
int kit_count(struct sc_store *s);

#endif
