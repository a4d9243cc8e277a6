#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "template/value.h"

#define CHUNK_SIZE 16384
#define ALIGNMENT 16

struct sc_tpl_chunk {
	struct sc_tpl_chunk *next;
	size_t used, size;
};

struct sc_tpl_data *
sc_tpl_data_new_max(size_t max)
{
	struct sc_tpl_data *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->max = max;
	d->steps = SC_MAX_TEMPLATE_STEPS;
	d->root = sc_tpl_map(d);
	return d;
}

struct sc_tpl_data *
sc_tpl_data_new(void)
{
	return sc_tpl_data_new_max(SC_MAX_TEMPLATE_MEMORY);
}

void
sc_tpl_data_free(struct sc_tpl_data *d)
{
	struct sc_tpl_chunk *c, *next;

	if (d == NULL)
		return;
	for (c = d->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(d);
}

void
sc_tpl_data_fail(struct sc_tpl_data *d, int code)
{
	if (d->err == 0)
		d->err = code;
}

int
sc_tpl_data_error(const struct sc_tpl_data *d)
{
	return d == NULL ? SC_ERR_NOMEM : d->err;
}

bool
sc_tpl_spend(struct sc_tpl_data *d, size_t n)
{
	if (d->err == 0 && d->steps < n)
		d->err = SC_ERR_TOO_LARGE;
	if (d->err != 0)
		return false;
	d->steps -= n;
	return true;
}

static struct sc_tpl_chunk *
add_chunk(struct sc_tpl_data *d, size_t n)
{
	struct sc_tpl_chunk *c;
	size_t size = sizeof(*c) + ALIGNMENT + n;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	if ((c = malloc(size)) == NULL)
		return NULL;
	c->next = d->chunks;
	c->used = (sizeof(*c) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	c->size = size;
	d->chunks = c;
	return c;
}

void *
sc_tpl_alloc(struct sc_tpl_data *d, size_t n)
{
	struct sc_tpl_chunk *c;
	void *p;

	if (d == NULL || d->err != 0)
		return NULL;
	if (n > d->max - d->used || d->max - d->used - n < ALIGNMENT) {
		d->err = SC_ERR_TOO_LARGE;
		return NULL;
	}
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	c = d->chunks;
	if (c == NULL || c->size - c->used < n)
		c = add_chunk(d, n);
	if (c == NULL) {
		d->err = SC_ERR_NOMEM;
		return NULL;
	}
	p = (char *)c + c->used;
	c->used += n;
	d->used += n;
	memset(p, 0, n);
	return p;
}

char *
sc_tpl_copy(struct sc_tpl_data *d, const void *p, size_t n)
{
	char *s;

	if (n == SIZE_MAX || (s = sc_tpl_alloc(d, n + 1)) == NULL)
		return NULL;
	if (n > 0)
		memcpy(s, p, n);
	return s;
}

static struct sc_tpl_val *
make(struct sc_tpl_data *d, enum sc_tpl_kind kind)
{
	struct sc_tpl_val *v = sc_tpl_alloc(d, sizeof(*v));

	if (v != NULL)
		v->kind = kind;
	return v;
}

struct sc_tpl_val *
sc_tpl_nil(struct sc_tpl_data *d)
{
	return make(d, SC_TPL_NIL);
}

struct sc_tpl_val *
sc_tpl_bool(struct sc_tpl_data *d, bool b)
{
	struct sc_tpl_val *v = make(d, SC_TPL_BOOL);

	if (v != NULL)
		v->u.b = b;
	return v;
}

struct sc_tpl_val *
sc_tpl_int(struct sc_tpl_data *d, int64_t i)
{
	struct sc_tpl_val *v = make(d, SC_TPL_INT);

	if (v != NULL)
		v->u.i = i;
	return v;
}

struct sc_tpl_val *
sc_tpl_int64(struct sc_tpl_data *d, int64_t i)
{
	struct sc_tpl_val *v = make(d, SC_TPL_INT64);

	if (v != NULL)
		v->u.i = i;
	return v;
}

struct sc_tpl_val *
sc_tpl_float(struct sc_tpl_data *d, double f)
{
	struct sc_tpl_val *v = make(d, SC_TPL_FLOAT);

	if (v != NULL)
		v->u.f = f;
	return v;
}

struct sc_tpl_val *
sc_tpl_stringn(struct sc_tpl_data *d, const char *s, size_t n)
{
	struct sc_tpl_val *v = make(d, SC_TPL_STRING);

	if (v == NULL)
		return NULL;
	v->u.s.n = n;
	v->u.s.p = sc_tpl_copy(d, s, n);
	return v->u.s.p != NULL ? v : NULL;
}

struct sc_tpl_val *
sc_tpl_string(struct sc_tpl_data *d, const char *s)
{
	return sc_tpl_stringn(d, s, strlen(s));
}

struct sc_tpl_val *
sc_tpl_bytes(struct sc_tpl_data *d, const void *p, size_t n)
{
	struct sc_tpl_val *v = sc_tpl_stringn(d, p, n);

	if (v != NULL)
		v->kind = SC_TPL_BYTES;
	return v;
}

struct sc_tpl_val *
sc_tpl_take(struct sc_tpl_data *d, struct sc_buf *b)
{
	struct sc_tpl_val *v = NULL;
	int r = sc_buf_error(b);

	if (r == 0)
		v = sc_tpl_stringn(d, sc_buf_str(b), sc_buf_len(b));
	else if (d->err == 0)
		d->err = r;
	sc_buf_free(b);
	return v;
}

struct sc_tpl_val *
sc_tpl_instant(struct sc_tpl_data *d, const struct sc_tpl_instant *t)
{
	struct sc_tpl_val *v = make(d, SC_TPL_TIME);

	if (v != NULL)
		v->u.t = *t;
	return v;
}

struct sc_tpl_val *
sc_tpl_time(struct sc_tpl_data *d, int64_t t)
{
	const struct sc_tpl_instant i = {.sec = t, .zone = "UTC"};

	return sc_tpl_instant(d, &i);
}

struct sc_tpl_val *
sc_tpl_list(struct sc_tpl_data *d, const char *type)
{
	struct sc_tpl_val *v = make(d, SC_TPL_LIST);

	if (v != NULL)
		v->type = type;
	return v;
}

/* More room: twice of it, in new memory. */
static void *
grow(
    struct sc_tpl_data *d, const void *old, size_t n, size_t *room, size_t size)
{
	size_t want = *room < 4 ? 4 : *room * 2;
	void *p = sc_tpl_alloc(d, want * size);

	if (p == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, old, n * size);
	*room = want;
	return p;
}

void
sc_tpl_list_add(
    struct sc_tpl_data *d, struct sc_tpl_val *list, struct sc_tpl_val *v)
{
	void *p;

	if (list == NULL || v == NULL)
		return;
	if (list->u.l.n == list->u.l.room) {
		p = grow(d, list->u.l.v, list->u.l.n, &list->u.l.room,
		    sizeof(*list->u.l.v));
		if (p == NULL)
			return;
		list->u.l.v = p;
	}
	list->u.l.v[list->u.l.n++] = v;
}

struct sc_tpl_val *
sc_tpl_map(struct sc_tpl_data *d)
{
	return make(d, SC_TPL_MAP);
}

struct sc_tpl_val *
sc_tpl_struct(struct sc_tpl_data *d, const char *type)
{
	struct sc_tpl_val *v = make(d, SC_TPL_STRUCT);

	if (v != NULL)
		v->type = type;
	return v;
}

static int
compare_keys(const struct sc_tpl_entry *x, const char *key, size_t n)
{
	size_t least = x->key_len < n ? x->key_len : n;
	int c = least > 0 ? memcmp(x->key, key, least) : 0;

	if (c != 0)
		return c;
	return x->key_len < n ? -1 : x->key_len > n;
}

/* Where key is, or where it belongs. */
static size_t
place(const struct sc_tpl_val *map, const char *key, size_t n, bool *found)
{
	size_t low = 0, high = map->u.m.n, mid;
	int c;

	*found = false;
	while (low < high) {
		mid = low + (high - low) / 2;
		c = compare_keys(&map->u.m.v[mid], key, n);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct sc_tpl_entry *
sc_tpl_find(const struct sc_tpl_val *v, const char *key, size_t n)
{
	bool found;
	size_t i;

	if (v->kind == SC_TPL_MAP) {
		i = place(v, key, n, &found);
		return found ? &v->u.m.v[i] : NULL;
	}
	if (v->kind == SC_TPL_STRUCT)
		for (i = 0; i < v->u.m.n; i++)
			if (compare_keys(&v->u.m.v[i], key, n) == 0)
				return &v->u.m.v[i];
	return NULL;
}

/* A new entry at i. */
static struct sc_tpl_entry *
insert(struct sc_tpl_data *d, struct sc_tpl_val *map, size_t i)
{
	struct sc_tpl_entry *v;

	if (map->u.m.n == map->u.m.room) {
		v = grow(d, map->u.m.v, map->u.m.n, &map->u.m.room, sizeof(*v));
		if (v == NULL)
			return NULL;
		map->u.m.v = v;
	}
	v = &map->u.m.v[i];
	memmove(v + 1, v, (map->u.m.n - i) * sizeof(*v));
	map->u.m.n++;
	return v;
}

void
sc_tpl_map_setn(struct sc_tpl_data *d, struct sc_tpl_val *map, const char *key,
    size_t n, struct sc_tpl_val *v)
{
	struct sc_tpl_entry *x;
	const char *copy;
	bool found;
	size_t i;

	if (map == NULL || v == NULL)
		return;
	i = place(map, key, n, &found);
	if (found) {
		map->u.m.v[i].v = v;
		return;
	}
	if ((copy = sc_tpl_copy(d, key, n)) == NULL ||
	    (x = insert(d, map, i)) == NULL)
		return;
	*x = (struct sc_tpl_entry){.key = copy, .key_len = n, .v = v};
}

void
sc_tpl_map_set(struct sc_tpl_data *d, struct sc_tpl_val *map, const char *key,
    struct sc_tpl_val *v)
{
	sc_tpl_map_setn(d, map, key, strlen(key), v);
}

void
sc_tpl_map_delete(struct sc_tpl_val *map, const char *key, size_t n)
{
	struct sc_tpl_entry *v;
	bool found;
	size_t i = place(map, key, n, &found);

	if (!found)
		return;
	v = &map->u.m.v[i];
	map->u.m.n--;
	memmove(v, v + 1, (map->u.m.n - i) * sizeof(*v));
}

struct sc_tpl_val *
sc_tpl_map_copy(struct sc_tpl_data *d, const struct sc_tpl_val *map)
{
	struct sc_tpl_val *v = sc_tpl_map(d);
	size_t i;

	for (i = 0; v != NULL && i < map->u.m.n; i++)
		sc_tpl_map_setn(d, v, map->u.m.v[i].key, map->u.m.v[i].key_len,
		    map->u.m.v[i].v);
	return d->err == 0 ? v : NULL;
}

void
sc_tpl_field(struct sc_tpl_data *d, struct sc_tpl_val *object, const char *name,
    const char *json, struct sc_tpl_val *v)
{
	struct sc_tpl_entry *x;

	if (object == NULL || v == NULL ||
	    (x = insert(d, object, object->u.m.n)) == NULL)
		return;
	*x = (struct sc_tpl_entry){
	    .key = name, .key_len = strlen(name), .json = json, .v = v};
}

void
sc_tpl_data_set(struct sc_tpl_data *d, const char *key, struct sc_tpl_val *v)
{
	if (d != NULL)
		sc_tpl_map_set(d, d->root, key, v);
}

void
sc_tpl_data_merge(struct sc_tpl_data *d, struct json_object *members)
{
	if (d == NULL || !json_object_is_type(members, json_type_object))
		return;
	json_object_object_foreach(members, key, member)
	{
		sc_tpl_data_set(d, key, sc_tpl_json(d, member));
	}
}

static struct sc_tpl_val *
json_list(struct sc_tpl_data *d, struct json_object *obj)
{
	struct sc_tpl_val *v = sc_tpl_list(d, NULL);
	size_t i, n = json_object_array_length(obj);

	for (i = 0; i < n; i++)
		sc_tpl_list_add(
		    d, v, sc_tpl_json(d, json_object_array_get_idx(obj, i)));
	return v;
}

static struct sc_tpl_val *
json_map(struct sc_tpl_data *d, struct json_object *obj)
{
	struct sc_tpl_val *v = sc_tpl_map(d);

	json_object_object_foreach(obj, key, member)
	{
		sc_tpl_map_set(d, v, key, sc_tpl_json(d, member));
	}
	return v;
}

/* Recursion is bounded by the depth that JSON texts may have. */
struct sc_tpl_val *
sc_tpl_json(struct sc_tpl_data *d, struct json_object *obj)
{
	switch (json_object_get_type(obj)) {
	case json_type_boolean:
		return sc_tpl_bool(d, json_object_get_boolean(obj));
	case json_type_int:
	case json_type_double:
		return sc_tpl_float(d, json_object_get_double(obj));
	case json_type_string:
		return sc_tpl_stringn(d, json_object_get_string(obj),
		    (size_t)json_object_get_string_len(obj));
	case json_type_array:
		return json_list(d, obj);
	case json_type_object:
		return json_map(d, obj);
	case json_type_null:
	default:
		return sc_tpl_nil(d);
	}
}

bool
sc_tpl_truth(const struct sc_tpl_val *v)
{
	switch (v->kind) {
	case SC_TPL_BOOL:
		return v->u.b;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		return v->u.i != 0;
	case SC_TPL_FLOAT:
		return v->u.f != 0;
	case SC_TPL_STRING:
	case SC_TPL_BYTES:
		return v->u.s.n > 0;
	case SC_TPL_LIST:
		return v->u.l.n > 0;
	case SC_TPL_MAP:
		return v->u.m.n > 0;
	case SC_TPL_STRUCT:
	case SC_TPL_TIME:
		return true;
	case SC_TPL_NIL:
	default:
		return false;
	}
}

bool
sc_tpl_empty(const struct sc_tpl_val *v)
{
	return !sc_tpl_truth(v);
}

static bool same(struct sc_tpl_data *d, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b, int depth);

static bool
same_entries(struct sc_tpl_data *d, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b, int depth)
{
	const struct sc_tpl_entry *x, *y;
	size_t i;

	if (a->u.m.n != b->u.m.n)
		return false;
	for (i = 0; i < a->u.m.n; i++) {
		x = &a->u.m.v[i];
		y = &b->u.m.v[i];
		if (compare_keys(x, y->key, y->key_len) != 0 ||
		    !same(d, x->v, y->v, depth))
			return false;
	}
	return true;
}

static bool
same_items(struct sc_tpl_data *d, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b, int depth)
{
	size_t i;

	if (a->u.l.n != b->u.l.n)
		return false;
	for (i = 0; i < a->u.l.n; i++)
		if (!same(d, a->u.l.v[i], b->u.l.v[i], depth))
			return false;
	return true;
}

/* A template can make a map that holds itself: hence depth and steps. */
static bool
same(struct sc_tpl_data *d, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b, int depth)
{
	if (a->kind != b->kind || !sc_tpl_spend(d, 1))
		return false;
	if (depth > SC_TPL_DEPTH) {
		d->err = SC_ERR_TOO_LARGE;
		return false;
	}
	switch (a->kind) {
	case SC_TPL_BOOL:
		return a->u.b == b->u.b;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		return a->u.i == b->u.i;
	case SC_TPL_FLOAT:
		return a->u.f == b->u.f;
	case SC_TPL_STRING:
	case SC_TPL_BYTES:
		return sc_tpl_spend(d, a->u.s.n / 64) && a->u.s.n == b->u.s.n &&
		    memcmp(a->u.s.p, b->u.s.p, a->u.s.n) == 0;
	case SC_TPL_LIST:
		return same_items(d, a, b, depth + 1);
	case SC_TPL_MAP:
	case SC_TPL_STRUCT:
		return same_entries(d, a, b, depth + 1);
	case SC_TPL_TIME:
		return a->u.t.sec == b->u.t.sec && a->u.t.nsec == b->u.t.nsec;
	case SC_TPL_NIL:
	default:
		return true;
	}
}

bool
sc_tpl_same(struct sc_tpl_data *d, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b)
{
	return same(d, a, b, 0);
}

const char *
sc_tpl_type(const struct sc_tpl_val *v)
{
	static const char *const names[] = {
	    [SC_TPL_NIL] = "<nil>",
	    [SC_TPL_BOOL] = "bool",
	    [SC_TPL_INT] = "int",
	    [SC_TPL_INT64] = "int64",
	    [SC_TPL_FLOAT] = "float64",
	    [SC_TPL_STRING] = "string",
	    [SC_TPL_BYTES] = "[]uint8",
	    [SC_TPL_LIST] = "[]interface {}",
	    [SC_TPL_MAP] = "map[string]interface {}",
	    [SC_TPL_STRUCT] = "struct",
	    [SC_TPL_TIME] = "time.Time",
	};

	return v->type != NULL ? v->type : names[v->kind];
}

const char *
sc_tpl_kind_name(const struct sc_tpl_val *v)
{
	static const char *const names[] = {
	    [SC_TPL_NIL] = "invalid",
	    [SC_TPL_BOOL] = "bool",
	    [SC_TPL_INT] = "int",
	    [SC_TPL_INT64] = "int64",
	    [SC_TPL_FLOAT] = "float64",
	    [SC_TPL_STRING] = "string",
	    [SC_TPL_BYTES] = "slice",
	    [SC_TPL_LIST] = "slice",
	    [SC_TPL_MAP] = "map",
	    [SC_TPL_STRUCT] = "struct",
	    [SC_TPL_TIME] = "struct",
	};

	if (v->type != NULL && v->type[0] == '*')
		return "ptr";
	return names[v->kind];
}

static int
digit_value(char c)
{
	int v = sc_hex_digit(c);

	return v < 0 ? 99 : v;
}

/* The base that a prefix names; *i moves behind it. */
static int
base_of(const char *s, size_t n, size_t *i)
{
	if (n - *i < 2 || s[*i] != '0')
		return 10;
	*i += 2;
	switch (s[*i - 1] | 0x20) {
	case 'x':
		return 16;
	case 'o':
		return 8;
	case 'b':
		return 2;
	default:
		*i -= 1;
		return 8;
	}
}

bool
sc_tpl_parse_int(const char *s, size_t n, bool underscores, int64_t *out)
{
	uint64_t v = 0, limit = INT64_MAX;
	bool negative = false, any = false;
	size_t i = 0;
	int base, digit;

	if (n > 0 && (s[0] == '+' || s[0] == '-')) {
		negative = s[0] == '-';
		i++;
	}
	if (negative)
		limit++;
	base = base_of(s, n, &i);
	for (; i < n; i++) {
		if (s[i] == '_' && underscores)
			continue;
		digit = digit_value(s[i]);
		if (digit >= base || v > limit / (unsigned)base ||
		    v * (unsigned)base > limit - (unsigned)digit)
			return false;
		v = v * (unsigned)base + (unsigned)digit;
		any = true;
	}
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return any;
}

bool
sc_tpl_parse_float(const char *s, size_t n, double *out)
{
	char text[SC_MAX_JSON_NUMBER + 1], *end;
	size_t i;

	if (n == 0 || n >= sizeof(text))
		return false;
	for (i = 0; i < n; i++)
		if (strchr("0123456789+-.eE", s[i]) == NULL || s[i] == '\0')
			return false;
	memcpy(text, s, n);
	text[n] = '\0';
	*out = strtod(text, &end);
	return end == text + n;
}
