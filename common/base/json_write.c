#include "config.h"

#include <stdint.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

/* Short escapes; the rest of what needs one is written as \u00XX. */
static char
short_escape(char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p;

	p = c == '\0' ? NULL : strchr(from, c);
	return p == NULL ? '\0' : to[p - from];
}

static void
put_ascii(struct sc_buf *b, char c)
{
	char esc;

	esc = short_escape(c);
	if (esc != '\0') {
		(void)sc_buf_putc(b, '\\');
		(void)sc_buf_putc(b, esc);
	} else if ((unsigned char)c < ' ' || c == '<' || c == '>' || c == '&')
		(void)sc_buf_putf(b, "\\u%04x", (unsigned char)c);
	else
		(void)sc_buf_putc(b, c);
}

/* Characters that stand for themselves, up to the first that does not. */
static size_t
plain_run(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' ||
		    c == '<' || c == '>' || c == '&')
			break;
	}
	return i;
}

int
sc_json_put_string(struct sc_buf *b, const char *s, size_t n)
{
	size_t len;

	(void)sc_buf_putc(b, '"');
	for (; n > 0; s += len, n -= len) {
		if ((len = plain_run(s, n)) > 0) {
			(void)sc_buf_put(b, s, len);
			continue;
		}
		len = sc_utf8_sequence(s, n);
		if (len == 1) {
			put_ascii(b, *s);
		} else if (len == 0) {
			(void)sc_buf_puts(b, "\\ufffd");
			len = 1;
		} else if (len == 3 && strncmp(s, "\xe2\x80\xa8", 3) == 0)
			(void)sc_buf_puts(b, "\\u2028");
		else if (len == 3 && strncmp(s, "\xe2\x80\xa9", 3) == 0)
			(void)sc_buf_puts(b, "\\u2029");
		else
			(void)sc_buf_put(b, s, len);
	}
	return sc_buf_putc(b, '"');
}

static void
new_line(struct sc_buf *b, const char *indent, unsigned depth)
{
	if (indent == NULL)
		return;
	(void)sc_buf_putc(b, '\n');
	for (; depth > 0; depth--)
		(void)sc_buf_puts(b, indent);
}

static void put_value(struct sc_buf *b, struct json_object *obj,
    const char *indent, unsigned depth);

static void
put_object(struct sc_buf *b, struct json_object *obj, const char *indent,
    unsigned depth)
{
	struct json_object_iterator it, end;
	const char *name;
	bool first = true;

	(void)sc_buf_putc(b, '{');
	it = json_object_iter_begin(obj);
	end = json_object_iter_end(obj);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		if (!first)
			(void)sc_buf_putc(b, ',');
		first = false;
		new_line(b, indent, depth + 1);
		name = json_object_iter_peek_name(&it);
		(void)sc_json_put_string(b, name, strlen(name));
		(void)sc_buf_puts(b, indent == NULL ? ":" : ": ");
		put_value(
		    b, json_object_iter_peek_value(&it), indent, depth + 1);
	}
	if (!first)
		new_line(b, indent, depth);
	(void)sc_buf_putc(b, '}');
}

static void
put_array(struct sc_buf *b, struct json_object *obj, const char *indent,
    unsigned depth)
{
	size_t i, n = json_object_array_length(obj);

	(void)sc_buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			(void)sc_buf_putc(b, ',');
		new_line(b, indent, depth + 1);
		put_value(
		    b, json_object_array_get_idx(obj, i), indent, depth + 1);
	}
	if (n > 0)
		new_line(b, indent, depth);
	(void)sc_buf_putc(b, ']');
}

static void
put_value(struct sc_buf *b, struct json_object *obj, const char *indent,
    unsigned depth)
{
	const char *s;

	if (sc_buf_error(b) != 0)
		return;
	switch (json_object_get_type(obj)) {
	case json_type_null:
		(void)sc_buf_puts(b, "null");
		break;
	case json_type_object:
		put_object(b, obj, indent, depth);
		break;
	case json_type_array:
		put_array(b, obj, indent, depth);
		break;
	case json_type_string:
		(void)sc_json_put_string(b, json_object_get_string(obj),
		    (size_t)json_object_get_string_len(obj));
		break;
	case json_type_boolean:
	case json_type_int:
	case json_type_double:
		/* A number keeps the spelling it was parsed from. */
		s = json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN);
		(void)sc_buf_puts(b, s == NULL ? "null" : s);
		break;
	}
}

int
sc_json_put(struct sc_buf *b, struct json_object *obj, const char *indent)
{
	put_value(b, obj, indent, 0);
	return sc_buf_error(b);
}
