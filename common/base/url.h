/*
 * URLs (RFC 3986) as far as tokens and SAN typing need them, with the
 * verdicts of Go's net/url, which the reference uses: libcurl's URL parser
 * refuses schemes it does not know and normalises what must be compared
 * exactly.
 */
#ifndef SC_BASE_URL_H
#define SC_BASE_URL_H

struct sc_url {
	char *scheme; /* lower-cased; "" when absent */
	char *userinfo; /* "" when absent */
	char *host; /* without port; brackets of IPv6 kept; "" if none */
	char *port; /* "" when absent */
	char *path; /* undecoded */
	char *query; /* without '?'; "" when absent */
	char *fragment; /* percent-decoded; "" when absent */
	char *opaque; /* "mailto:x" -> "x"; "" otherwise */
};
/*
 * 0, SC_ERR_MALFORMED or SC_ERR_NOMEM.  Clear on success.  Stricter than Go
 * in three things that have no use in a name: an escaped NUL is refused, a
 * host has no colon outside brackets, and in brackets is an IPv6 address.
 */
int sc_url_parse(const char *s, struct sc_url *u);
void sc_url_clear(struct sc_url *u);

#endif
