#include "config.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/limits.h"
#include "base/mem.h"

int
sc_json_parse(const char *s, size_t n, unsigned flags, struct json_object **out,
    struct sc_error *e)
{
	struct json_tokener *tok;
	struct json_object *obj;
	enum json_tokener_error err;
	size_t start, end;
	int r;

	*out = NULL;
	r = sc_json_check(
	    s, n, (flags & SC_JSON_FIRST_VALUE) != 0, &start, &end, e);
	if (r != 0)
		return r;
	if (end - start > INT_MAX)
		return sc_fail(e, SC_ERR_TOO_LARGE, "JSON text too large");
	/* json-c counts the scalar inside the innermost container too. */
	tok = json_tokener_new_ex(SC_MAX_JSON_DEPTH + 2);
	if (tok == NULL)
		return sc_fail_nomem(e);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	obj = json_tokener_parse_ex(tok, s + start, (int)(end - start));
	err = json_tokener_get_error(tok);
	if (err == json_tokener_continue) {
		/* A number at the top ends only where the text does. */
		obj = json_tokener_parse_ex(tok, "", 1);
		err = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	if (err == json_tokener_success) {
		*out = obj;
		return 0;
	}
	json_object_put(obj);
	/* The text was found good, so json-c can only lack memory. */
	return sc_fail(
	    e, SC_ERR_NOMEM, "JSON: %s", json_tokener_error_desc(err));
}

struct json_object *
sc_json_member_exact(struct json_object *obj, const char *name)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(obj, json_type_object))
		return NULL;
	(void)json_object_object_get_ex(obj, name, &v);
	return v;
}

struct json_object *
sc_json_member(struct json_object *obj, const char *name)
{
	struct json_object *v = NULL;
	struct json_object_iterator it, end;

	if (!json_object_is_type(obj, json_type_object))
		return NULL;
	if (json_object_object_get_ex(obj, name, &v))
		return v;
	it = json_object_iter_begin(obj);
	end = json_object_iter_end(obj);
	while (!json_object_iter_equal(&it, &end)) {
		if (sc_strcaseeq(json_object_iter_peek_name(&it), name))
			return json_object_iter_peek_value(&it);
		json_object_iter_next(&it);
	}
	return NULL;
}

/*
 * The member when it has that type; NULL with *r 0 when it is missing or
 * null.
 */
static struct json_object *
typed_member(struct json_object *obj, const char *name, enum json_type type,
    int *r, struct sc_error *e)
{
	struct json_object *v;

	*r = 0;
	v = sc_json_member(obj, name);
	if (v != NULL && !json_object_is_type(v, type)) {
		*r = sc_fail(e, SC_ERR_MALFORMED,
		    "member %s is of type %s, wanted %s", name,
		    json_type_to_name(json_object_get_type(v)),
		    json_type_to_name(type));
		return NULL;
	}
	return v;
}

int
sc_json_get_string(struct json_object *obj, const char *name, const char **out,
    struct sc_error *e)
{
	struct json_object *v;
	int r;

	*out = NULL;
	v = typed_member(obj, name, json_type_string, &r, e);
	if (v != NULL)
		*out = json_object_get_string(v);
	return r;
}

int
sc_json_get_bool(
    struct json_object *obj, const char *name, bool *out, struct sc_error *e)
{
	struct json_object *v;
	int r;

	v = typed_member(obj, name, json_type_boolean, &r, e);
	if (v != NULL)
		*out = json_object_get_boolean(v) != 0;
	return r;
}

int
sc_json_get_int(
    struct json_object *obj, const char *name, int64_t *out, struct sc_error *e)
{
	struct json_object *v;
	int64_t i;
	int r;

	v = typed_member(obj, name, json_type_int, &r, e);
	if (v == NULL)
		return r;
	i = json_object_get_int64(v);
	/* json-c saturates: its ends may stand for anything beyond them. */
	if (i == INT64_MAX || i == INT64_MIN)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "member %s is out of range", name);
	*out = i;
	return 0;
}

int
sc_json_get_object(struct json_object *obj, const char *name,
    struct json_object **out, struct sc_error *e)
{
	int r;

	*out = typed_member(obj, name, json_type_object, &r, e);
	return r;
}

int
sc_json_get_array(struct json_object *obj, const char *name,
    struct json_object **out, struct sc_error *e)
{
	int r;

	*out = typed_member(obj, name, json_type_array, &r, e);
	return r;
}

int
sc_json_get_strings(struct json_object *obj, const char *name,
    struct sc_strlist *out, struct sc_error *e)
{
	struct json_object *list = NULL, *v;
	size_t i;
	int r = sc_json_get_array(obj, name, &list, e);

	for (i = 0;
	     r == 0 && list != NULL && i < json_object_array_length(list);
	     i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "%s[%zu]: expected a string", name, i);
		else if (sc_strlist_add(out, json_object_get_string(v)) != 0)
			r = sc_fail_nomem(e);
	}
	return r;
}
