/*
 * The terminal itself: opened, without echo, given back as it was found even
 * when a signal ends the program.
 */
#ifndef SC_CLIENT_TTY_H
#define SC_CLIENT_TTY_H

#include <stddef.h>

struct sc_error;

struct sc_tty {
	int in, out; /* descriptors */
	int opened; /* in is /dev/tty and ours to close */
};

/* Without echo, line editing and signal keys until sc_tty_close. */
int sc_tty_open(struct sc_tty *t, struct sc_error *e);
void sc_tty_close(struct sc_tty *t);

/* Beyond the bytes 0-255. */
enum {
	SC_KEY_EOF = 256,
	SC_KEY_UP,
	SC_KEY_DOWN,
	SC_KEY_OTHER
};
/* One key; escape sequences are read whole. */
int sc_tty_key(struct sc_tty *t);
void sc_tty_put(struct sc_tty *t, const char *s);

#endif
