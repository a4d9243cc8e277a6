#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

/* Kept free at the end of every line, for its newline and this mark. */
#define CUT_MARK " cut=true\n"

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static const char *program_name = "stepc";
static enum sc_log_level least_level = SC_LOG_INFO;

void
sc_log_init(const char *program, enum sc_log_level least)
{
	program_name = program;
	least_level = least;
}

static size_t
room(const struct sc_log_line *l)
{
	size_t used = l->len + sizeof(CUT_MARK);

	return used < sizeof(l->buf) ? sizeof(l->buf) - used : 0;
}

static void
put(struct sc_log_line *l, const char *p, size_t n)
{
	memcpy(l->buf + l->len, p, n);
	l->len += (unsigned)n;
}

/* A value of these characters needs no quotes. */
static bool
is_plain(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '+' && *s <= ':') && *s != '@' && *s != '_')
			return false;
	return true;
}

/*
 * Characters that a terminal or a viewer acts on: C1 controls, line and
 * paragraph separators, marks that turn the writing direction.
 */
static bool
is_disruptive(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n != 3 || p[0] != 0xe2)
		return false;
	if (p[1] == 0x80)
		return (p[2] >= 0x8e && p[2] <= 0x8f) ||
		    (p[2] >= 0xa8 && p[2] <= 0xae);
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

/* The written form of the character at s; returns how much of s it covers. */
static size_t
escape(const char *s, size_t left, char out[8])
{
	size_t n;

	switch (*s) {
	case '"':
	case '\\':
		(void)snprintf(out, 8, "\\%c", *s);
		return 1;
	case '\n':
		(void)snprintf(out, 8, "\\n");
		return 1;
	case '\r':
		(void)snprintf(out, 8, "\\r");
		return 1;
	case '\t':
		(void)snprintf(out, 8, "\\t");
		return 1;
	default:
		break;
	}
	n = sc_utf8_sequence(s, left);
	if (n == 0 || (unsigned char)*s < ' ' || *s == 0x7f ||
	    is_disruptive(s, n)) {
		(void)snprintf(out, 8, "\\x%02x", (unsigned char)*s);
		return 1;
	}
	memcpy(out, s, n);
	out[n] = '\0';
	return n;
}

static void
put_quoted(struct sc_log_line *l, const char *s, size_t limit)
{
	size_t left, n, used, written = 0;
	char esc[8];

	put(l, "\"", 1);
	for (left = strlen(s); left > 0; s += used, left -= used) {
		used = escape(s, left, esc);
		n = strlen(esc);
		if (written + n > limit) {
			put(l, "...", 3);
			break;
		}
		put(l, esc, n);
		written += n;
	}
	put(l, "\"", 1);
}

/* on: 0 the level is not wanted, 1 writing, 2 a field did not fit. */
void
sc_log_str(struct sc_log_line *l, const char *key, const char *value)
{
	size_t n, fixed, limit;

	if (l->on != 1)
		return;
	if (value == NULL)
		value = "";
	fixed = strlen(key) + sizeof(" =\"...\"");
	if (room(l) < fixed) {
		l->on = 2;
		return;
	}
	limit = room(l) - fixed;
	if (limit > SC_MAX_LOG_VALUE)
		limit = SC_MAX_LOG_VALUE;
	put(l, " ", l->len == 0 ? 0 : 1);
	put(l, key, strlen(key));
	put(l, "=", 1);
	n = strlen(value);
	if (n <= limit && is_plain(value))
		put(l, value, n);
	else
		put_quoted(l, value, limit);
}

void
sc_log_int(struct sc_log_line *l, const char *key, int64_t value)
{
	char s[32];

	(void)snprintf(s, sizeof(s), "%" PRId64, value);
	sc_log_str(l, key, s);
}

void
sc_log_begin(struct sc_log_line *l, enum sc_log_level level, const char *msg)
{
	char now[SC_TIME_MAX];

	l->len = 0;
	l->on = level >= least_level;
	if (!l->on)
		return;
	sc_time_format(sc_clock_now(), now);
	sc_log_str(l, "time", now);
	sc_log_str(l, "level", level_names[level]);
	sc_log_str(l, "program", program_name);
	sc_log_str(l, "msg", msg);
}

void
sc_log_error(struct sc_log_line *l, const struct sc_error *e)
{
	char at[256];

	if (e == NULL || e->code == 0)
		return;
	sc_log_str(l, "code", sc_err_text(e->code));
	sc_log_str(l, "error", e->msg);
	if (e->file != NULL) {
		(void)snprintf(at, sizeof(at), "%s:%d", e->file, e->line);
		sc_log_str(l, "at", at);
	}
}

void
sc_log_end(struct sc_log_line *l)
{
	ssize_t r;

	if (l->on == 0)
		return;
	if (l->on == 2)
		put(l, CUT_MARK, sizeof(CUT_MARK) - 1);
	else
		put(l, "\n", 1);
	/* Where would a failure to log be told? */
	do {
		r = write(STDERR_FILENO, l->buf, l->len);
	} while (r < 0 && errno == EINTR);
	l->on = 0;
}

void
sc_log(enum sc_log_level level, const char *fmt, ...)
{
	struct sc_log_line l;
	char msg[SC_MAX_LOG_VALUE + 1];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	sc_log_begin(&l, level, msg);
	sc_log_end(&l);
}
