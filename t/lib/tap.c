#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

/* A test program that hangs dies. */
#define SECONDS_MAX 600

static bool failed;
static char skipped[256];
static char context[256];
static char tempdir[4096];

/* What lives to the end of the program. */
static void **kept;
static size_t nkept;

static void *
keep(void *p)
{
	void **v;

	v = reallocarray(kept, nkept + 1, sizeof(*v));
	if (p == NULL || v == NULL) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	kept = v;
	kept[nkept++] = p;
	return p;
}

static int
remove_entry(
    const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void
clean_up(void)
{
	size_t i;

	if (tempdir[0] != '\0')
		(void)nftw(tempdir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	for (i = 0; i < nkept; i++)
		free(kept[i]);
	free(kept);
	kept = NULL;
	nkept = 0;
}

/* Text as it may stand in a line of TAP. */
static void
print_escaped(const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t i;

	putchar('"');
	for (i = 0; i < n && i < 2048; i++) {
		if (s[i] < ' ' || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\')
			printf("\\x%02x", s[i]);
		else
			putchar(s[i]);
	}
	printf(i < n ? "\"...\n" : "\"\n");
}

static void
begin_failure(const char *file, int line)
{
	failed = true;
	printf("# %s:%d: %s%s", file, line, context,
	    context[0] == '\0' ? "" : ": ");
}

bool
tap_check_(bool held, const char *what, const char *file, int line)
{
	if (!held) {
		begin_failure(file, line);
		printf("not true: %s\n", what);
	}
	return held;
}

bool
tap_int_(int64_t a, int64_t b, const char *what, const char *file, int line)
{
	if (a == b)
		return true;
	begin_failure(file, line);
	printf(
	    "%s\n#     got: %" PRId64 "\n#    want: %" PRId64 "\n", what, a, b);
	return false;
}

static void
print_string(const char *label, const char *s)
{
	printf("%s", label);
	if (s == NULL)
		printf("NULL\n");
	else
		print_escaped(s, strlen(s));
}

bool
tap_str_(
    const char *a, const char *b, const char *what, const char *file, int line)
{
	if (a == NULL || b == NULL ? a == b : strcmp(a, b) == 0)
		return true;
	begin_failure(file, line);
	printf("%s\n", what);
	print_string("#     got: ", a);
	print_string("#    want: ", b);
	return false;
}

bool
tap_mem_(const void *a, size_t an, const void *b, size_t bn, const char *what,
    const char *file, int line)
{
	if (an == bn && (an == 0 || (a != NULL && memcmp(a, b, an) == 0)))
		return true;
	begin_failure(file, line);
	printf("%s\n#     got: %zu bytes ", what, an);
	print_escaped(a, a == NULL ? 0 : an);
	printf("#    want: %zu bytes ", bn);
	print_escaped(b, bn);
	return false;
}

bool
tap_has_(const char *text, const char *part, const char *file, int line)
{
	if (text != NULL && strstr(text, part) != NULL)
		return true;
	begin_failure(file, line);
	printf("text lacks a part\n");
	print_string("#    text: ", text);
	print_string("#    part: ", part);
	return false;
}

void
tap_fail_(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	begin_failure(file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void
tap_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(skipped, sizeof(skipped), fmt, ap);
	va_end(ap);
}

void
tap_context(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
}

void
tap_note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

const char *
tap_tempdir(void)
{
	const char *base;

	if (tempdir[0] != '\0')
		return tempdir;
	base = getenv("TMPDIR");
	(void)snprintf(tempdir, sizeof(tempdir), "%s/stepc-test.XXXXXX",
	    base == NULL || *base == '\0' ? "/tmp" : base);
	if (mkdtemp(tempdir) == NULL) {
		printf("Bail out! mkdtemp %s: %s\n", tempdir, strerror(errno));
		tempdir[0] = '\0';
		exit(1);
	}
	return tempdir;
}

static const char *
joined(const char *dir, const char *name)
{
	char *s = NULL;

	if (asprintf(&s, "%s/%s", dir, name) < 0)
		s = NULL;
	return keep(s);
}

const char *
tap_path(const char *name)
{
	return joined(tap_tempdir(), name);
}

/* make check tells where the sources are; by hand it is guessed. */
const char *
tap_source(const char *name)
{
	static const char *const guesses[] = {".", "..", "../.."};
	const char *dir, *path;
	size_t i;

	dir = getenv("srcdir");
	if (dir != NULL)
		return joined(dir, name);
	for (i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		path = joined(guesses[i], name);
		if (access(path, F_OK) == 0)
			return path;
	}
	return joined(".", name);
}

const char *
tap_file(const char *name, const void *p, size_t n)
{
	const char *path = tap_path(name);
	FILE *f;

	f = fopen(path, "wb");
	if (f == NULL || (n > 0 && fwrite(p, 1, n, f) != n) || fclose(f) != 0) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return path;
}

char *
tap_slurp(const char *path, size_t *n)
{
	struct stat st;
	char *p;
	FILE *f;

	f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	if (fstat(fileno(f), &st) != 0 || st.st_size < 0) {
		(void)fclose(f);
		return NULL;
	}
	p = keep(calloc(1, (size_t)st.st_size + 1));
	*n = fread(p, 1, (size_t)st.st_size, f);
	(void)fclose(f);
	return p;
}

static int
plain_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

size_t
tap_each_file(const char *dir,
    void (*fn)(const char *name, const char *path, void *arg), void *arg)
{
	struct dirent **list = NULL;
	struct stat st;
	const char *path;
	size_t count = 0;
	int i, n;

	n = scandir(dir, &list, plain_file, alphasort);
	for (i = 0; i < n; i++) {
		path = joined(dir, list[i]->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			fn(list[i]->d_name, path, arg);
			count++;
		}
		free(list[i]);
	}
	free(list);
	return count;
}

static bool
wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc <= 1;
}

int
tap_run(const struct tap_test *tests, size_t n, int argc, char **argv)
{
	size_t i, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (atexit(clean_up) != 0)
		return 1;
	(void)alarm(SECONDS_MAX);
	printf("1..%zu\n", n);
	for (i = 0; i < n; i++) {
		failed = false;
		skipped[0] = '\0';
		context[0] = '\0';
		if (!wanted(tests[i].name, argc, argv))
			tap_skip("not asked for");
		else
			tests[i].fn();
		if (failed)
			bad++;
		printf("%sok %zu - %s%s%s\n", failed ? "not " : "", i + 1,
		    tests[i].name, skipped[0] == '\0' ? "" : " # SKIP ",
		    skipped);
	}
	return bad == 0 ? 0 : 1;
}

bool
tap_below_checker(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return true;
#endif
#endif
	return getenv("STEPC_VALGRIND") != NULL;
}
