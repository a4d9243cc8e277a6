/*
 * Deterministic damage to a good sample, for the tests of parsers: whatever
 * happens to the bytes, a parser must come back with a verdict.
 */
#ifndef SC_T_MUTATE_H
#define SC_T_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One damaged copy; it has exactly n bytes of heap, so that a sanitizer sees
 * a read behind them (there is no NUL).  Returns whether it was accepted.
 */
typedef bool (*mutate_fn)(const uint8_t *p, size_t n, void *arg);

/*
 * Every bit turned, every byte inverted, every byte made zero, every
 * truncation at the end and at the start, one byte more at the end.  step > 1
 * treats only every step-th position (large samples).  Returns how many
 * damaged copies fn accepted; *cases, which may be NULL, how many there were.
 */
size_t mutate(const void *sample, size_t n, size_t step, mutate_fn fn,
    void *arg, size_t *cases);

#endif
