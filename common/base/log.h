/*
 * The structured log: one line per event on stderr, written with one
 * write(2), values quoted and escaped so that user data cannot break a line
 * (control characters, quotes and non-UTF-8 become escapes; values are cut
 * at SC_MAX_LOG_VALUE bytes).
 *
 *   time=2024-01-02T03:04:05Z level=info program=sign msg="..." key=value
 *
 * Only main programs and the request loop log; libraries return sc_error.
 * Never hand it a token, a key or a password.
 */
#ifndef SC_BASE_LOG_H
#define SC_BASE_LOG_H

#include <stdint.h>

enum sc_log_level {
	SC_LOG_DEBUG,
	SC_LOG_INFO,
	SC_LOG_WARN,
	SC_LOG_ERROR
};

struct sc_error;

/* program is borrowed for the life of the process. */
void sc_log_init(const char *program, enum sc_log_level least);

struct sc_log_line {
	char buf[8192];
	unsigned len;
	int on;
};
void sc_log_begin(
    struct sc_log_line *l, enum sc_log_level level, const char *msg);
void sc_log_str(struct sc_log_line *l, const char *key, const char *value);
void sc_log_int(struct sc_log_line *l, const char *key, int64_t value);
void sc_log_error(struct sc_log_line *l, const struct sc_error *e);
void sc_log_end(struct sc_log_line *l);

/* A line without fields. */
void sc_log(enum sc_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
