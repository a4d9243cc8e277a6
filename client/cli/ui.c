#include "config.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/tty.h"
#include "client/cli/ui.h"

#define LINE_MAX_BYTES 4096
#define CTRL_C 3
#define CTRL_D 4
#define CTRL_U 21

static bool
plain(void)
{
	const char *s = getenv("NO_COLOR");

	return s != NULL && s[0] != '\0';
}

/* s itself, or "" where colours are not wanted. */
static const char *
ansi(const char *s)
{
	return plain() ? "" : s;
}

static char *
cleaned(const char *s)
{
	char *c = sc_strdup(s);

	if (c != NULL)
		sc_text_clean(c);
	return c;
}

/* malloc'ed "✔ NAME: VALUE" LF. */
static char *
status_line(const char *name, const char *value)
{
	char *c = cleaned(value), *line;

	line = sc_asprintf("%s%s\342\234\224%s %s%s%s%s:%s %s\n",
	    ansi("\033[32m"), ansi("\033[32m"), ansi("\033[0m"),
	    ansi("\033[1m"), name, ansi("\033[0m"), ansi("\033[1m"),
	    ansi("\033[0m"), c != NULL ? c : "");
	free(c);
	return line;
}

void
sc_ui_status(const char *name, const char *value)
{
	char *line = status_line(name, value);

	fputs(line != NULL ? line : name, stderr);
	free(line);
}

void
sc_ui_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Take the last character, of however many bytes, away again. */
static void
rub_out(struct sc_tty *t, struct sc_buf *b, bool echo)
{
	size_t n = sc_buf_len(b);

	if (n == 0)
		return;
	while (n > 0 && (sc_buf_data(b)[n - 1] & 0xc0) == 0x80)
		n--;
	sc_buf_truncate(b, n > 0 ? n - 1 : 0);
	if (echo)
		sc_tty_put(t, "\b \b");
}

static int
read_line(struct sc_tty *t, struct sc_buf *b, bool echo, struct sc_error *e)
{
	char shown[2] = "";
	int c;

	for (;;) {
		c = sc_tty_key(t);
		if (c == CTRL_C)
			return sc_fail(
			    e, SC_ERR_FORBIDDEN, "error running prompt: ^C");
		if (c == SC_KEY_EOF || (c == CTRL_D && sc_buf_len(b) == 0))
			return sc_fail(
			    e, SC_ERR_FORBIDDEN, "error running prompt: ^D");
		if (c == '\r' || c == '\n')
			return sc_buf_error(b) == 0
			    ? 0
			    : sc_fail(e, sc_buf_error(b),
				  "error running prompt: too long");
		if (c == 0x7f || c == '\b')
			rub_out(t, b, echo);
		else if (c == CTRL_U) {
			while (sc_buf_len(b) > 0)
				rub_out(t, b, echo);
		} else if (c >= 0x20 && c < 256) {
			(void)sc_buf_putc(b, (char)c);
			shown[0] = (char)c;
			if (echo)
				sc_tty_put(t, shown);
		}
	}
}

/* Ask on the terminal: question, line, and what takes the line's place. */
static int
ask(const char *question, const char *prefill, const char *label, bool echo,
    char **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(LINE_MAX_BYTES);
	char *line = NULL;
	struct sc_tty t;
	int r;

	*out = NULL;
	r = sc_buf_puts(b, prefill != NULL ? prefill : "");
	if (r != 0) {
		sc_buf_free(b);
		return sc_fail(e, r, "error running prompt: too long");
	}
	r = sc_tty_open(&t, e);
	if (r != 0) {
		sc_buf_free(b);
		return r;
	}
	sc_tty_put(&t, question);
	sc_tty_put(&t, prefill != NULL ? prefill : "");
	r = read_line(&t, b, echo, e);
	sc_tty_put(&t, "\r\n");
	if (r == 0 && label != NULL && !plain() &&
	    (line = status_line(label, sc_buf_str(b))) != NULL) {
		sc_tty_put(&t, "\033[1A\033[2K\r");
		sc_tty_put(&t, line);
	}
	sc_tty_close(&t);
	free(line);
	if (r != 0) {
		sc_buf_free(b);
		return r;
	}
	*out = sc_buf_steal(b, NULL);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

int
sc_ui_prompt(
    const char *label, const char *prefill, char **out, struct sc_error *e)
{
	char *question;
	int r;

	*out = NULL;
	question = sc_asprintf("%s?%s %s%s%s%s:%s ", ansi("\033[34m"),
	    ansi("\033[0m"), ansi("\033[1m"), label, ansi("\033[0m"),
	    ansi("\033[1m"), ansi("\033[0m"));
	if (question == NULL)
		return sc_fail_nomem(e);
	r = ask(question, prefill, label, true, out, e);
	free(question);
	return r;
}

int
sc_ui_password(const char *label, char **out, struct sc_error *e)
{
	char *question = sc_asprintf("%s: ", label);
	size_t n;
	int r;

	*out = NULL;
	if (question == NULL)
		return sc_fail_nomem(e);
	r = ask(question, NULL, NULL, false, out, e);
	free(question);
	if (r != 0)
		return r;
	n = strlen(*out);
	while (n > 0 && isspace((unsigned char)(*out)[n - 1]))
		(*out)[--n] = '\0';
	return 0;
}

int
sc_ui_confirm(const char *question, bool *yes, struct sc_error *e)
{
	char *label = sc_asprintf("%s [y/n]", question), *answer = NULL;
	int r = 0;

	if (label == NULL)
		return sc_fail_nomem(e);
	for (;;) {
		free(answer);
		r = sc_ui_prompt(label, NULL, &answer, e);
		if (r != 0)
			break;
		*yes = sc_strcaseeq(answer, "y") || sc_strcaseeq(answer, "yes");
		if (*yes || sc_strcaseeq(answer, "n") ||
		    sc_strcaseeq(answer, "no"))
			break;
	}
	free(answer);
	free(label);
	return r;
}

static void
show_item(struct sc_tty *t, size_t i, const char *item, bool current)
{
	char number[32], *c = cleaned(item);

	snprintf(number, sizeof(number), "%zu. ", i + 1);
	sc_tty_put(t, ansi("\033[2K"));
	sc_tty_put(t, current ? "  \342\226\270 " : "    ");
	sc_tty_put(t, number);
	sc_tty_put(t, c != NULL ? c : "");
	sc_tty_put(t, "\r\n");
	free(c);
}

static void
move_up(struct sc_tty *t, size_t lines)
{
	char code[32];

	snprintf(code, sizeof(code), "\033[%zuA\r", lines);
	sc_tty_put(t, code);
}

/* Let the keys move until Enter; numbers choose at once below ten items. */
static int
choose(struct sc_tty *t, const char *const *items, size_t n, size_t *at,
    struct sc_error *e)
{
	size_t i;
	int c;

	for (;;) {
		for (i = 0; i < n; i++)
			show_item(t, i, items[i], i == *at);
		c = sc_tty_key(t);
		if (c == CTRL_C || c == CTRL_D || c == SC_KEY_EOF)
			return sc_fail(e, SC_ERR_FORBIDDEN,
			    "error running prompt: %s",
			    c == CTRL_C ? "^C" : "^D");
		if (c == '\r' || c == '\n')
			return 0;
		if ((c == SC_KEY_UP || c == 'k') && *at > 0)
			--*at;
		else if ((c == SC_KEY_DOWN || c == 'j') && *at + 1 < n)
			++*at;
		else if (c >= '1' && c <= '9' && (size_t)(c - '1') < n) {
			*at = (size_t)(c - '1');
			if (n < 10)
				return 0;
		}
		move_up(t, n);
	}
}

int
sc_ui_select(const char *label, const char *name, const char *const *items,
    size_t n, size_t *out, struct sc_error *e)
{
	struct sc_tty t;
	size_t at = 0;
	char *line;
	int r;

	r = sc_tty_open(&t, e);
	if (r != 0)
		return r;
	line = sc_asprintf("%s?%s %s%s%s: \r\n", ansi("\033[34m"),
	    ansi("\033[0m"), ansi("\033[1m"), label, ansi("\033[0m"));
	sc_tty_put(&t, line != NULL ? line : label);
	free(line);
	r = choose(&t, items, n, &at, e);
	if (r == 0 && !plain()) {
		move_up(&t, n + 1);
		sc_tty_put(&t, "\033[J");
	}
	if (r == 0 && (line = status_line(name, items[at])) != NULL) {
		sc_tty_put(&t, line);
		free(line);
	}
	sc_tty_close(&t);
	*out = at;
	return r;
}
