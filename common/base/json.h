/*
 * JSON over json-c, with what json-c does not do: a strict check of the text
 * before it is parsed, member getters that say what was wrong, and output in
 * the form the reference writes.
 *
 * The strict check (RFC 8259 grammar, UTF-8, no lone surrogates, no NUL in
 * strings, bounded depth, no duplicate members) is our own because json-c
 * silently keeps the last duplicate and replaces broken surrogates: two
 * readers of one token would see two tokens.
 */
#ifndef SC_BASE_JSON_H
#define SC_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct sc_buf;
struct sc_error;
struct sc_strlist;

enum {
	/* Stop after the first value; ignore what follows (request bodies). */
	SC_JSON_FIRST_VALUE = 1
};

/*
 * *out is a new reference (json_object_put); NULL on failure, and also for
 * the JSON value null.  SC_ERR_MALFORMED (with line and column), TOO_LARGE
 * (deeper than SC_MAX_JSON_DEPTH), NOMEM.  A number of more than
 * SC_MAX_JSON_NUMBER characters is malformed.
 */
int sc_json_parse(const char *s, size_t n, unsigned flags,
    struct json_object **out, struct sc_error *e);

/*
 * Member getters.  The name is matched exactly, else ASCII
 * case-insensitively, as the reference does.  A missing member and JSON null
 * leave *out NULL/unchanged and return 0; a wrong type is SC_ERR_MALFORMED
 * naming the member.  Results are borrowed from obj.
 */
struct json_object *sc_json_member(struct json_object *obj, const char *name);
/* Same, case-sensitive (tokens, JWK). */
struct json_object *sc_json_member_exact(
    struct json_object *obj, const char *name);
int sc_json_get_string(struct json_object *obj, const char *name,
    const char **out, struct sc_error *e);
int sc_json_get_bool(
    struct json_object *obj, const char *name, bool *out, struct sc_error *e);
int sc_json_get_int(struct json_object *obj, const char *name, int64_t *out,
    struct sc_error *e);
int sc_json_get_object(struct json_object *obj, const char *name,
    struct json_object **out, struct sc_error *e);
int sc_json_get_array(struct json_object *obj, const char *name,
    struct json_object **out, struct sc_error *e);
/* An array of strings, appended. */
int sc_json_get_strings(struct json_object *obj, const char *name,
    struct sc_strlist *out, struct sc_error *e);

/*
 * Append a JSON string literal as Go's encoder writes it: <, >, & and
 * U+2028/2029 escaped as \uXXXX, control characters escaped.
 */
int sc_json_put_string(struct sc_buf *b, const char *s, size_t n);
/*
 * Append obj (NULL = null), members in insertion order.  indent NULL gives
 * the compact form; else one indent per level and ": " after names.
 */
int sc_json_put(struct sc_buf *b, struct json_object *obj, const char *indent);

#endif
