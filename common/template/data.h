/*
 * The data of one execution of a template, built from above.
 *
 * Values live in the memory of their sc_tpl_data and go with it.  Functions
 * that make a value return NULL when memory or its bound is reached, and take
 * NULL for a value likewise, so that a run of them needs one check:
 * sc_tpl_data_error.  Texts are copied and may hold any bytes.
 */
#ifndef SC_TEMPLATE_DATA_H
#define SC_TEMPLATE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct sc_buf;
struct sc_tpl_data;
struct sc_tpl_val;

struct sc_tpl_data *sc_tpl_data_new(void);
void sc_tpl_data_free(struct sc_tpl_data *d);
/* 0, NOMEM or TOO_LARGE: the first failure of what was done with d. */
int sc_tpl_data_error(const struct sc_tpl_data *d);
/* The same for what failed elsewhere, so that d is of no more use. */
void sc_tpl_data_fail(struct sc_tpl_data *d, int code);
/* A variable at the top: {{ .key }}.  Replaces one of that name. */
void sc_tpl_data_set(
    struct sc_tpl_data *d, const char *key, struct sc_tpl_val *v);
/* Each member of a JSON object as such a variable; NULL adds none. */
void sc_tpl_data_merge(struct sc_tpl_data *d, struct json_object *members);

struct sc_tpl_val *sc_tpl_nil(struct sc_tpl_data *d);
struct sc_tpl_val *sc_tpl_bool(struct sc_tpl_data *d, bool b);
struct sc_tpl_val *sc_tpl_int(struct sc_tpl_data *d, int64_t i);
struct sc_tpl_val *sc_tpl_float(struct sc_tpl_data *d, double f);
struct sc_tpl_val *sc_tpl_string(struct sc_tpl_data *d, const char *s);
struct sc_tpl_val *sc_tpl_stringn(
    struct sc_tpl_data *d, const char *s, size_t n);
/* Go's []byte: base64 in JSON. */
struct sc_tpl_val *sc_tpl_bytes(struct sc_tpl_data *d, const void *p, size_t n);
struct sc_tpl_val *sc_tpl_time(struct sc_tpl_data *d, int64_t t);
/* Numbers become floats, as when Go reads JSON. */
struct sc_tpl_val *sc_tpl_json(struct sc_tpl_data *d, struct json_object *obj);

/* type is Go's name for it ("[]string"), static; NULL: []interface {}. */
struct sc_tpl_val *sc_tpl_list(struct sc_tpl_data *d, const char *type);
void sc_tpl_list_add(
    struct sc_tpl_data *d, struct sc_tpl_val *list, struct sc_tpl_val *v);
struct sc_tpl_val *sc_tpl_map(struct sc_tpl_data *d);
void sc_tpl_map_set(struct sc_tpl_data *d, struct sc_tpl_val *map,
    const char *key, struct sc_tpl_val *v);

/*
 * An object with fields, as Go's struct: a template names them by name, toJson
 * writes them as json, which NULL leaves out and a trailing ",omitempty" when
 * it is not empty.  type, name and json are static.
 */
struct sc_tpl_val *sc_tpl_struct(struct sc_tpl_data *d, const char *type);
void sc_tpl_field(struct sc_tpl_data *d, struct sc_tpl_val *object,
    const char *name, const char *json, struct sc_tpl_val *v);

/* Append v as Go writes it in JSON.  NOMEM, TOO_LARGE; MALFORMED for NaN. */
int sc_tpl_put_value(
    struct sc_tpl_data *d, const struct sc_tpl_val *v, struct sc_buf *out);

#endif
