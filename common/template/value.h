/*
 * Values inside the template engine, and the memory they live in.
 */
#ifndef SC_TEMPLATE_VALUE_H
#define SC_TEMPLATE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "template/data.h"

struct sc_buf;

enum sc_tpl_kind {
	SC_TPL_NIL,
	SC_TPL_BOOL,
	SC_TPL_INT, /* Go's int */
	SC_TPL_INT64,
	SC_TPL_FLOAT,
	SC_TPL_STRING,
	SC_TPL_BYTES,
	SC_TPL_LIST,
	SC_TPL_MAP, /* kept in the order of its keys */
	SC_TPL_STRUCT, /* kept in the order of its fields */
	SC_TPL_TIME
};

struct sc_tpl_entry {
	const char *key;
	size_t key_len;
	const char *json; /* of a struct */
	struct sc_tpl_val *v;
};

struct sc_tpl_instant {
	int64_t sec;
	int32_t nsec;
	int32_t offset; /* seconds east of UTC */
	const char *zone; /* its abbreviation */
};

struct sc_tpl_val {
	enum sc_tpl_kind kind;
	bool literal; /* written as a constant in the template */
	bool none; /* a nil that is no value in Go: so is each field of it */
	const char *type; /* Go's name of it where the kind has several */
	union {
		bool b;
		int64_t i;
		double f;
		struct {
			const char *p; /* NUL behind it */
			size_t n;
		} s;
		struct {
			struct sc_tpl_val **v;
			size_t n, room;
		} l;
		struct {
			struct sc_tpl_entry *v;
			size_t n, room;
		} m;
		struct sc_tpl_instant t;
	} u;
};

struct sc_tpl_chunk;
struct sc_tpl_data {
	struct sc_tpl_chunk *chunks;
	size_t used, max;
	size_t steps; /* that are left */
	int err;
	struct sc_tpl_val *root;
};

/* Values nest no deeper than this when they are written or compared. */
#define SC_TPL_DEPTH 100

/* False when there are no n steps left; d->err is TOO_LARGE then. */
bool sc_tpl_spend(struct sc_tpl_data *d, size_t n);

/* Zeroed, aligned for anything; NULL with d->err set. */
void *sc_tpl_alloc(struct sc_tpl_data *d, size_t n);
char *sc_tpl_copy(struct sc_tpl_data *d, const void *p, size_t n);
struct sc_tpl_data *sc_tpl_data_new_max(size_t max);

struct sc_tpl_val *sc_tpl_int64(struct sc_tpl_data *d, int64_t i);
struct sc_tpl_val *sc_tpl_instant(
    struct sc_tpl_data *d, const struct sc_tpl_instant *t);
/* The contents of b as a string; frees b. */
struct sc_tpl_val *sc_tpl_take(struct sc_tpl_data *d, struct sc_buf *b);

/* The entry, or NULL; map or struct. */
struct sc_tpl_entry *sc_tpl_find(
    const struct sc_tpl_val *v, const char *key, size_t n);
void sc_tpl_map_setn(struct sc_tpl_data *d, struct sc_tpl_val *map,
    const char *key, size_t n, struct sc_tpl_val *v);
void sc_tpl_map_delete(struct sc_tpl_val *map, const char *key, size_t n);
/* A map with the same members. */
struct sc_tpl_val *sc_tpl_map_copy(
    struct sc_tpl_data *d, const struct sc_tpl_val *map);

/* What {{ if }} makes of it. */
bool sc_tpl_truth(const struct sc_tpl_val *v);
/* What sprig's empty makes of it. */
bool sc_tpl_empty(const struct sc_tpl_val *v);
/* reflect.DeepEqual; false when d has no steps left. */
bool sc_tpl_same(struct sc_tpl_data *d, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b);
/* %T and the kind's name, static. */
const char *sc_tpl_type(const struct sc_tpl_val *v);
const char *sc_tpl_kind_name(const struct sc_tpl_val *v);

/* Go's integer literal of base 0: sign, prefix, underscores if asked. */
bool sc_tpl_parse_int(const char *s, size_t n, bool underscores, int64_t *out);
/* A decimal floating point number, all of it. */
bool sc_tpl_parse_float(const char *s, size_t n, double *out);

#endif
