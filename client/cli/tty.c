#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "client/cli/tty.h"

static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
#define ENDING (sizeof(ending) / sizeof(ending[0]))

/* Needed by the signal handler. */
static struct termios saved;
static volatile sig_atomic_t saved_fd = -1;
static struct sigaction old_actions[ENDING];

static void
restore_and_die(int sig)
{
	if (saved_fd >= 0)
		(void)tcsetattr(saved_fd, TCSANOW, &saved);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
catch_signals(void)
{
	struct sigaction sa;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = restore_and_die;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < ENDING; i++) {
		sigaction(ending[i], NULL, &old_actions[i]);
		if (old_actions[i].sa_handler != SIG_IGN)
			sigaction(ending[i], &sa, NULL);
	}
}

int
sc_tty_open(struct sc_tty *t, struct sc_error *e)
{
	struct termios raw;

	t->in = STDIN_FILENO;
	t->out = STDERR_FILENO;
	t->opened = 0;
	if (!isatty(t->in)) {
		t->in = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		if (t->in < 0)
			return sc_fail(e, SC_ERR_IO,
			    "error allocating terminal: open /dev/tty: %s",
			    strerror(errno));
		t->out = t->in;
		t->opened = 1;
	}
	if (tcgetattr(t->in, &saved) != 0) {
		sc_tty_close(t);
		return sc_fail(e, SC_ERR_IO, "error allocating terminal: %s",
		    strerror(errno));
	}
	saved_fd = t->in;
	catch_signals();
	raw = saved;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* What was typed before the question is no answer to it. */
	(void)tcsetattr(t->in, TCSAFLUSH, &raw);
	return 0;
}

void
sc_tty_close(struct sc_tty *t)
{
	size_t i;

	if (saved_fd >= 0) {
		(void)tcsetattr(t->in, TCSADRAIN, &saved);
		saved_fd = -1;
		for (i = 0; i < ENDING; i++)
			sigaction(ending[i], &old_actions[i], NULL);
	}
	if (t->opened)
		close(t->in);
	t->opened = 0;
}

static int
get_byte(struct sc_tty *t)
{
	unsigned char c;
	ssize_t n;

	do
		n = read(t->in, &c, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? c : SC_KEY_EOF;
}

/* The rest of an escape sequence follows at once or not at all. */
static int
more_at_once(struct sc_tty *t)
{
	struct pollfd p = {.fd = t->in, .events = POLLIN};

	return poll(&p, 1, 50) == 1;
}

int
sc_tty_key(struct sc_tty *t)
{
	int c;

	c = get_byte(t);
	if (c != 0x1b || !more_at_once(t))
		return c;
	c = get_byte(t);
	if (c != '[' && c != 'O')
		return SC_KEY_OTHER;
	do
		c = get_byte(t);
	while (c < 0x40);
	if (c == 'A')
		return SC_KEY_UP;
	return c == 'B' ? SC_KEY_DOWN : SC_KEY_OTHER;
}

void
sc_tty_put(struct sc_tty *t, const char *s)
{
	size_t n = strlen(s);
	ssize_t k;

	while (n > 0) {
		k = write(t->out, s, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return;
		s += k;
		n -= (size_t)k;
	}
}
