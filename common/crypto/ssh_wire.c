#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/ssh_wire.h"

int
sc_ssh_put_mpint(struct sc_buf *b, const uint8_t *p, size_t n)
{
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	if (n == 0 || (*p & 0x80) == 0)
		return sc_buf_put_string(b, p, n);
	sc_buf_put_u32(b, (uint32_t)n + 1);
	sc_buf_put_u8(b, 0);
	return sc_buf_put(b, p, n);
}

struct sc_num
sc_ssh_get_mpint(struct sc_reader *r)
{
	struct sc_num v = {0};

	v.p = sc_reader_string(r, &v.n);
	if (v.p != NULL && v.n > 1 && v.p[0] == 0 && v.p[1] & 0x80) {
		v.p++;
		v.n--;
	} else if (v.p == NULL || v.n == 0 || v.p[0] == 0 || v.p[0] & 0x80) {
		r->err = SC_ERR_MALFORMED;
		v.p = NULL;
		v.n = 0;
	}
	return v;
}

int
sc_ssh_put_buf(struct sc_buf *b, const struct sc_buf *b2)
{
	int r = sc_buf_error(b2);

	return r != 0 ? r
		      : sc_buf_put_string(b, sc_buf_data(b2), sc_buf_len(b2));
}

int
sc_ssh_put_text(struct sc_buf *b, const char *s)
{
	return sc_buf_put_string(b, s, strlen(s));
}

char *
sc_ssh_get_text(struct sc_reader *r, size_t max)
{
	size_t n;
	const uint8_t *p = sc_reader_string(r, &n);
	char *s;

	if (p == NULL || n > max || (n > 0 && memchr(p, 0, n) != NULL) ||
	    !sc_utf8_valid(p, n)) {
		if (r->err == 0)
			r->err = SC_ERR_MALFORMED;
		return NULL;
	}
	s = sc_strndup((const char *)p, n);
	if (s == NULL)
		r->err = SC_ERR_NOMEM;
	return s;
}

bool
sc_ssh_is(const uint8_t *p, size_t n, const char *s)
{
	return p != NULL && n == strlen(s) && memcmp(p, s, n) == 0;
}

/* --- lines ------------------------------------------------------------- */

#define MAX_LINE (128 * 1024)

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line; *n is its length, 0 at the end. */
static const char *
word(const char **line, const char *end, size_t *n)
{
	const char *s = *line, *p;

	while (s < end && is_blank(*s))
		s++;
	for (p = s; p < end && !is_blank(*p); p++)
		;
	*n = (size_t)(p - s);
	*line = p;
	return s;
}

int
sc_ssh_line_parse(
    const char *line, size_t n, struct sc_ssh_line *out, struct sc_error *e)
{
	const char *end = line + n, *type, *b64;
	size_t type_len, b64_len;
	int r;

	memset(out, 0, sizeof *out);
	if (end > line && end[-1] == '\n')
		end--;
	if (end > line && end[-1] == '\r')
		end--;
	type = word(&line, end, &type_len);
	b64 = word(&line, end, &b64_len);
	while (line < end && is_blank(*line))
		line++;
	n = (size_t)(end - line);
	if (b64_len == 0 || b64_len > MAX_LINE || n > MAX_LINE ||
	    (n > 0 && (memchr(line, '\n', n) || memchr(line, '\0', n))))
		return sc_fail(e, SC_ERR_MALFORMED, "not an SSH key line");
	r = sc_b64_decode(SC_B64_STD, b64, b64_len, &out->blob, &out->blob_len);
	if (r != 0)
		return sc_fail(e, r, "not an SSH key line");
	out->type = sc_strndup(type, type_len);
	out->comment = sc_strndup(line, n);
	if (out->type == NULL || out->comment == NULL) {
		sc_ssh_line_clear(out);
		return sc_fail_nomem(e);
	}
	return 0;
}

void
sc_ssh_line_clear(struct sc_ssh_line *l)
{
	free(l->type);
	free(l->comment);
	free(l->blob);
	memset(l, 0, sizeof *l);
}

int
sc_ssh_line_format(const char *type, const uint8_t *blob, size_t n,
    const char *comment, char **line)
{
	struct sc_buf *b = sc_buf_new(2 * MAX_LINE);

	sc_buf_putf(b, "%s ", type);
	sc_b64_put(b, SC_B64_STD, blob, n);
	if (comment != NULL && *comment != '\0')
		sc_buf_putf(b, " %s", comment);
	*line = sc_buf_steal(b, NULL);
	return *line != NULL ? 0 : SC_ERR_NOMEM;
}
