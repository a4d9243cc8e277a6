/*
 * The harness of the C tests: named test functions, checks that show both
 * sides, temporary folders, TAP output.
 *
 *	static void
 *	adds(void)
 *	{
 *		tap_int(1 + 1, 2);
 *	}
 *
 *	TAP_MAIN(TAP_TEST(adds))
 *
 * Each test function is one "ok" or "not ok" line.  A failed check is told in
 * a "#" line before it and makes the function fail, but does not end it: the
 * checks return whether they held, and tap_need() returns from the function.
 */
#ifndef SC_T_TAP_H
#define SC_T_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tap_test {
	const char *name;
	void (*fn)(void);
};

#define TAP_TEST(fn)                                                           \
	{                                                                      \
#fn, fn                                                        \
	}
/* Names with blanks, e.g. of an attack: TAP_NAMED("T22 twice sub", fn). */
#define TAP_NAMED(name, fn)                                                    \
	{                                                                      \
		name, fn                                                       \
	}
#define TAP_MAIN(...)                                                          \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		static const struct tap_test tests[] = {__VA_ARGS__};          \
		return tap_run(                                                \
		    tests, sizeof(tests) / sizeof(tests[0]), argc, argv);      \
	}
/* With names as arguments only these tests are run. */
int tap_run(const struct tap_test *tests, size_t n, int argc, char **argv);

#define tap_ok(cond) tap_check_((cond), #cond, __FILE__, __LINE__)
/* got, want */
#define tap_int(a, b)                                                          \
	tap_int_((int64_t)(a), (int64_t)(b), #a, __FILE__, __LINE__)
#define tap_str(a, b) tap_str_((a), (b), #a, __FILE__, __LINE__)
#define tap_mem(a, an, b, bn)                                                  \
	tap_mem_((a), (an), (b), (bn), #a, __FILE__, __LINE__)
#define tap_has(text, part) tap_has_((text), (part), __FILE__, __LINE__)
#define tap_fail(...) tap_fail_(__FILE__, __LINE__, __VA_ARGS__)
/* Return from the test function when the check did not hold. */
#define tap_need(check)                                                        \
	do {                                                                   \
		if (!(check)) {                                                \
			tap_fail("cannot go on without this");                 \
			return;                                                \
		}                                                              \
	} while (0)
/* The function is reported as skipped; the caller returns. */
void tap_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Put before the "#" lines of failures, e.g. the case at hand; "" ends it. */
void tap_context(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One folder per program, made when first asked for, removed at the end. */
const char *tap_tempdir(void);
/* tap_tempdir()/name; lives to the end of the program. */
const char *tap_path(const char *name);
/* The same for a file of the sources: tap_source("t/cases/json"). */
const char *tap_source(const char *name);
/* Write a file under tap_tempdir() and return its path. */
const char *tap_file(const char *name, const void *p, size_t n);
/* Contents of a file, NUL behind them, or NULL; lives to the end. */
char *tap_slurp(const char *path, size_t *n);
/*
 * Call fn for each plain file in a folder, in the order of their names;
 * returns how many there were.
 */
size_t tap_each_file(const char *dir,
    void (*fn)(const char *name, const char *path, void *arg), void *arg);

/*
 * Does a memory checker (a sanitizer, or valgrind with STEPC_VALGRIND set)
 * watch?  It keeps books of its own beside each allocation, and is slow.
 */
bool tap_below_checker(void);

bool tap_check_(bool held, const char *what, const char *file, int line);
bool tap_int_(
    int64_t a, int64_t b, const char *what, const char *file, int line);
bool tap_str_(
    const char *a, const char *b, const char *what, const char *file, int line);
bool tap_mem_(const void *a, size_t an, const void *b, size_t bn,
    const char *what, const char *file, int line);
bool tap_has_(const char *text, const char *part, const char *file, int line);
void tap_fail_(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
