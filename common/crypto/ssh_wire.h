/*
 * What RFC 4251 section 5 and OpenSSH's formats have beyond the puts and
 * gets of base/buf.h: multiple precision integers, text, lines.
 */
#ifndef SC_CRYPTO_SSH_WIRE_H
#define SC_CRYPTO_SSH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/key_build.h"

struct sc_error;

/* Append an mpint of a big-endian magnitude (leading zeros are dropped). */
int sc_ssh_put_mpint(struct sc_buf *b, const uint8_t *p, size_t n);
/*
 * A positive mpint in its shortest form, as a magnitude borrowed from r;
 * anything else sets r->err.
 */
struct sc_num sc_ssh_get_mpint(struct sc_reader *r);
/* Append a string of the bytes of b2 (whose failure is passed on). */
int sc_ssh_put_buf(struct sc_buf *b, const struct sc_buf *b2);
int sc_ssh_put_text(struct sc_buf *b, const char *s);
/*
 * A string of valid UTF-8 without NUL, as a malloc'ed text; NULL and r->err
 * set for anything else, and for more than max bytes.
 */
char *sc_ssh_get_text(struct sc_reader *r, size_t max);
/* One line "TYPE BASE64 [COMMENT]" of a .pub file. */
struct sc_ssh_line {
	char *type, *comment; /* comment "" when there is none */
	uint8_t *blob;
	size_t blob_len;
};
/* A final LF or CRLF is fine.  MALFORMED, NOMEM. */
int sc_ssh_line_parse(
    const char *line, size_t n, struct sc_ssh_line *out, struct sc_error *e);
void sc_ssh_line_clear(struct sc_ssh_line *l);
/* Without LF, malloc'ed; comment may be NULL. */
int sc_ssh_line_format(const char *type, const uint8_t *blob, size_t n,
    const char *comment, char **line);

/* Is the string p[0..n) the text s? */
bool sc_ssh_is(const uint8_t *p, size_t n, const char *s);

#endif
