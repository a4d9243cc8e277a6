/*
 * One response in memory.
 */
#ifndef SC_WEB_RESPONSE_H
#define SC_WEB_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct sc_error;

/*
 * A part of an open file that follows the body: sent piece by piece, so that
 * its size costs no memory.
 */
struct sc_file_part {
	int fd; /* -1: none; owned */
	int64_t at;
	size_t len;
	const char *pem_label; /* not NULL: as PEM with this label; static */
};
/* Bytes on the wire. */
size_t sc_file_part_size(const struct sc_file_part *p);
/* To the web server; anything but 0 ends the sending. */
typedef int sc_write_fn(void *arg, const void *p, size_t n);
/*
 * Hand all of it to fn; SC_ERR_IO when the file cannot be read, else what fn
 * returned.
 */
int sc_file_part_send(const struct sc_file_part *p, sc_write_fn *fn, void *arg);
void sc_file_part_close(struct sc_file_part *p);

struct sc_response {
	int status;
	const char *content_type; /* static; NULL = no body */
	struct sc_buf *headers; /* extra header lines, CRLF after each */
	struct sc_buf *body;
	struct sc_file_part file;
};

/* SC_ERR_NOMEM leaves a response that can still be cleared. */
int sc_response_init(struct sc_response *rs);
void sc_response_clear(struct sc_response *rs);
/*
 * Add a header.  A name or value with CR, LF or NUL cannot come from here:
 * it is refused (MALFORMED) and nothing is added.
 */
int sc_response_header(
    struct sc_response *rs, const char *name, const char *value);
/* Status, application/json; the caller has filled body.  Adds the LF. */
int sc_response_json(struct sc_response *rs, int status);
/* A whole answer that fits into one string. */
int sc_response_text(struct sc_response *rs, int status,
    const char *content_type, const char *body);
/*
 * Replace whatever is there by the error document of *e:
 * {"status":N,"message":"..."} LF, with Retry-After on 503.
 */
int sc_response_error(struct sc_response *rs, const struct sc_error *e);

/*
 * The CGI form (RFC 3875 section 6): Status, headers, Content-Length, the
 * request id, an empty line, the body unless head_only.  Appended to out;
 * the file is counted, and left to the caller.
 */
int sc_response_format(const struct sc_response *rs, const char *request_id,
    int head_only, struct sc_buf *out);
/* "Not Found"; "Unknown" for codes outside of the table. */
const char *sc_status_text(int status);

#endif
