/*
 * The port of this machine that a browser comes back to (RFC 8252 section
 * 7.3).  Of HTTP it reads the first line of a request, within SC_MAX_URI; a
 * whole server would be more than the one GET that is expected.  Browsers
 * open connections that they never use: several are held at once.
 */
#ifndef SC_CLIENT_OAUTH_LISTEN_H
#define SC_CLIENT_OAUTH_LISTEN_H

#include <stdint.h>

struct sc_error;
struct sc_oauth_listener;

/*
 * address: HOST:PORT, where HOST may be empty (127.0.0.1) and PORT 0 (a free
 * one); NULL: both.  MALFORMED or IO.
 */
int sc_oauth_listen(
    const char *address, struct sc_oauth_listener **out, struct sc_error *e);
/* "http://127.0.0.1:4711"; borrowed. */
const char *sc_oauth_listener_url(const struct sc_oauth_listener *l);
/*
 * The next GET of path, whatever its query: its connection stays open for
 * sc_oauth_reply, and *query is its query (borrowed until then).  Others get
 * an answer of their own: 404, or 400.  deadline: of sc_clock_monotonic; IO
 * when it is over.
 */
int sc_oauth_accept(struct sc_oauth_listener *l, const char *path,
    int64_t deadline, const char **query, struct sc_error *e);
/*
 * A short page for the person, or another place to go to (NULL: none).
 * title and text are put into HTML as they are.
 */
void sc_oauth_reply(struct sc_oauth_listener *l, int status, const char *title,
    const char *text, const char *location);
void sc_oauth_listener_free(struct sc_oauth_listener *l);

#endif
