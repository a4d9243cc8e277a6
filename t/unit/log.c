#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "tap.h"

#define HEAD "time=2024-01-02T03:04:05Z level=info program=test msg="

static int saved_stderr = -1;

/* From here to captured() standard error goes to a file. */
static void
capture(void)
{
	int fd;

	sc_clock_fix(INT64_C(1704164645));
	sc_log_init("test", SC_LOG_INFO);
	saved_stderr = dup(STDERR_FILENO);
	fd = open(tap_path("log"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd != -1) {
		(void)dup2(fd, STDERR_FILENO);
		(void)close(fd);
	}
}

static const char *
captured(void)
{
	size_t n;

	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	sc_clock_fix(0);
	return tap_slurp(tap_path("log"), &n);
}

static void
writes_a_line(void)
{
	struct sc_log_line l;

	capture();
	sc_log_begin(&l, SC_LOG_INFO, "request done");
	sc_log_str(&l, "path", "/1.0/sign");
	sc_log_str(&l, "empty", "");
	sc_log_str(&l, "null", NULL);
	sc_log_int(&l, "status", -201);
	sc_log_end(&l);
	sc_log(SC_LOG_ERROR, "bad %d", 5);
	tap_str(captured(),
	    HEAD "\"request done\" path=/1.0/sign empty=\"\" null=\"\" "
		 "status=-201\n"
		 "time=2024-01-02T03:04:05Z level=error program=test "
		 "msg=\"bad 5\"\n");
}

static void
keeps_to_its_level(void)
{
	struct sc_log_line l;

	capture();
	sc_log_init("test", SC_LOG_WARN);
	sc_log(SC_LOG_DEBUG, "a");
	sc_log_begin(&l, SC_LOG_INFO, "b");
	sc_log_str(&l, "k", "v");
	sc_log_end(&l);
	sc_log(SC_LOG_WARN, "c");
	tap_str(captured(),
	    "time=2024-01-02T03:04:05Z level=warn program=test msg=c\n");
}

static void
escapes_values(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"a b", "\"a b\""},
	    {"a=b", "\"a=b\""},
	    {"x\nlevel=error", "\"x\\nlevel=error\""},
	    {"\r\t\"\\", "\"\\r\\t\\\"\\\\\""},
	    {"\x1b[31m\x7f", "\"\\x1b[31m\\x7f\""},
	    {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
	    {"\xff\xc3", "\"\\xff\\xc3\""},
	    {"\xc2\x9b", "\"\\xc2\\x9b\""},
	    {"\xc2\xa0", "\"\xc2\xa0\""},
	    {"\xe2\x80\xa8", "\"\\xe2\\x80\\xa8\""},
	    {"\xe2\x80\xae", "\"\\xe2\\x80\\xae\""},
	    {"\xe2\x82\xac", "\"\xe2\x82\xac\""},
	};
	struct sc_log_line l;
	char want[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		capture();
		sc_log_begin(&l, SC_LOG_INFO, "m");
		sc_log_str(&l, "k", cases[i].in);
		sc_log_end(&l);
		(void)snprintf(
		    want, sizeof(want), HEAD "m k=%s\n", cases[i].out);
		tap_str(captured(), want);
	}
}

static void
logs_errors(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_log_line l;
	const char *s;

	sc_fail(&e, SC_ERR_NOT_FOUND, "no %s", "file");
	e.file = "x.c";
	e.line = 7;
	capture();
	sc_log_begin(&l, SC_LOG_INFO, "m");
	sc_log_error(&l, &e);
	sc_log_error(&l, NULL);
	sc_log_end(&l);
	s = captured();
	tap_str(s, HEAD "m code=\"not found\" error=\"no file\" at=x.c:7\n");
}

/* One line, whatever comes in; the value cut, the quotes closed. */
static void
cuts_long_values(void)
{
	struct sc_log_line l;
	char big[9000];
	const char *s;
	size_t n;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	capture();
	sc_log_begin(&l, SC_LOG_INFO, "m");
	big[SC_MAX_LOG_VALUE] = '\0';
	sc_log_str(&l, "a", big);
	sc_log_end(&l);
	s = captured();
	tap_int(strlen(s), sizeof(HEAD "m a=\n") - 1 + SC_MAX_LOG_VALUE);

	big[SC_MAX_LOG_VALUE] = 'x';
	big[SC_MAX_LOG_VALUE + 1] = '\0';
	capture();
	sc_log_begin(&l, SC_LOG_INFO, "m");
	sc_log_str(&l, "a", big);
	sc_log_str(&l, "b", "after");
	sc_log_end(&l);
	s = captured();
	tap_has(s, "x...\" b=after\n");
	n = strlen(s);
	tap_int(n, sizeof(HEAD "m a=\"...\" b=after\n") - 1 + SC_MAX_LOG_VALUE);
}

static void
cuts_long_lines(void)
{
	struct sc_log_line l;
	char big[9000], key[16];
	const char *s;
	int i;

	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	capture();
	sc_log_begin(&l, SC_LOG_INFO, big);
	for (i = 0; i < 30; i++) {
		(void)snprintf(key, sizeof(key), "key%d", i);
		sc_log_str(&l, key, big);
		sc_log_int(&l, "n", i);
	}
	sc_log_end(&l);
	s = captured();
	tap_ok(strlen(s) <= sizeof(l.buf));
	tap_ok(strlen(s) > sizeof(l.buf) / 2);
	tap_has(s, " cut=true\n");
	tap_ok(strchr(s, '\n') == s + strlen(s) - 1);
}

TAP_MAIN(TAP_TEST(writes_a_line), TAP_TEST(keeps_to_its_level),
    TAP_TEST(escapes_values), TAP_TEST(logs_errors), TAP_TEST(cuts_long_values),
    TAP_TEST(cuts_long_lines))
