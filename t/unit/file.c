#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "tap.h"

static void
reads_with_a_cap(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *path = tap_file("ten", "0123456789", 10);
	size_t n;
	char *p;

	tap_int(sc_file_read(path, 10, &p, &n, &e), 0);
	tap_mem(p, n, "0123456789", 10);
	tap_int(p[10], 0);
	free(p);
	tap_int(sc_file_read(path, 9, &p, &n, &e), SC_ERR_TOO_LARGE);
	tap_ok(p == NULL);
	tap_int(n, 0);
	path = tap_file("empty", "", 0);
	tap_int(sc_file_read(path, 0, &p, &n, &e), 0);
	tap_mem(p, n, "", 0);
	free(p);
	path = tap_file("nul", "a\0b", 3);
	tap_int(sc_file_read(path, 100, &p, &n, &e), 0);
	tap_mem(p, n, "a\0b", 3);
	free(p);
}

static void
reads_large_files(void)
{
	struct sc_error e = SC_ERROR_INIT;
	size_t size = 300000, n;
	const char *path;
	char *big, *p;

	big = malloc(size);
	tap_need(big != NULL);
	memset(big, 'q', size);
	path = tap_file("big", big, size);
	tap_int(sc_file_read(path, size, &p, &n, &e), 0);
	tap_ok(n == size && memcmp(p, big, size) == 0);
	free(p);
	tap_int(sc_file_read(path, size - 1, &p, &n, &e), SC_ERR_TOO_LARGE);
	/* No end in sight, and no size to go by. */
	tap_int(sc_file_read("/dev/zero", size, &p, &n, &e), SC_ERR_TOO_LARGE);
	free(big);
}

static void
tells_why_it_cannot_read(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *path;
	char *p, *want;
	size_t n;

	tap_int(
	    sc_file_read(tap_path("none"), 10, &p, &n, &e), SC_ERR_NOT_FOUND);
	want = sc_asprintf(
	    "open %s failed: no such file or directory", tap_path("none"));
	tap_str(e.msg, want);
	free(want);
	tap_int(sc_file_read(tap_tempdir(), 10, &p, &n, &e), SC_ERR_IO);
	tap_has(e.msg, "is a directory");
	path = tap_file("plain", "x", 1);
	want = sc_asprintf("%s/below", path);
	tap_int(sc_file_read(want, 10, &p, &n, &e), SC_ERR_NOT_FOUND);
	free(want);
	if (geteuid() != 0) {
		tap_int(chmod(path, 0), 0);
		tap_int(sc_file_read(path, 10, &p, &n, &e), SC_ERR_FORBIDDEN);
	}
}

static void
reads_descriptors(void)
{
	struct sc_error e = SC_ERROR_INIT;
	int fds[2];
	size_t n;
	char *p;

	tap_need(pipe(fds) == 0);
	tap_int(write(fds[1], "hello", 5), 5);
	tap_int(close(fds[1]), 0);
	tap_int(sc_fd_read(fds[0], 5, &p, &n, &e), 0);
	tap_mem(p, n, "hello", 5);
	free(p);
	tap_int(close(fds[0]), 0);
	tap_int(sc_fd_read(fds[0], 5, &p, &n, &e), SC_ERR_IO);
	tap_has(e.msg, "bad file descriptor");
}

static size_t
entries_in(const char *dir)
{
	struct dirent *d;
	size_t n = 0;
	DIR *h;

	h = opendir(dir);
	if (h == NULL)
		return 0;
	while ((d = readdir(h)) != NULL)
		n++;
	(void)closedir(h);
	return n - 2; /* "." and ".." */
}

static void
writes_atomically(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *dir = tap_path("w"), *path = tap_path("w/file");
	struct stat st, st2;
	size_t n;
	char *p;

	tap_need(mkdir(dir, 0700) == 0);
	(void)umask(022);
	tap_int(sc_file_write(path, "one", 3, 0600, &e), 0);
	tap_int(stat(path, &st), 0);
	tap_int(st.st_mode & 07777, 0600);
	tap_int(sc_file_write(path, "two!", 4, 0644, &e), 0);
	tap_int(stat(path, &st2), 0);
	tap_int(st2.st_mode & 07777, 0644);
	tap_ok(st2.st_ino != st.st_ino);
	tap_int(sc_file_read(path, 10, &p, &n, &e), 0);
	tap_mem(p, n, "two!", 4);
	free(p);
	tap_int(entries_in(dir), 1);
}

static void
keeps_owner_and_mode(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *dir = tap_path("o"), *path = tap_path("o/file");
	const char *next = tap_path("o/next"), *none = tap_path("o/none");
	struct stat st;

	tap_need(mkdir(dir, 0700) == 0);
	(void)umask(077);
	tap_int(sc_file_write(path, "1", 1, 0644, &e), 0);
	tap_int(stat(path, &st), 0);
	tap_int(st.st_mode & 07777, 0600);
	tap_int(sc_file_write(path, "2", 1, 0644, &e), 0);
	tap_int(stat(path, &st), 0);
	tap_int(st.st_mode & 07777, 0644);
	tap_int(sc_file_write_like(next, none, "3", 1, 0644, &e), 0);
	tap_int(stat(next, &st), 0);
	tap_int(st.st_mode & 07777, 0600);
	if (geteuid() == 0)
		tap_need(chown(path, 12345, 54321) == 0);
	tap_int(sc_file_write(path, "4", 1, 0640, &e), 0);
	tap_int(sc_file_write_like(next, path, "5", 1, 0640, &e), 0);
	tap_int(stat(path, &st), 0);
	tap_int(st.st_uid, geteuid() == 0 ? 12345 : geteuid());
	tap_int(st.st_mode & 07777, 0640);
	tap_int(stat(next, &st), 0);
	tap_int(st.st_uid, geteuid() == 0 ? 12345 : geteuid());
	if (geteuid() == 0)
		tap_int(st.st_gid, 54321);
	tap_int(st.st_mode & 07777, 0640);
	(void)umask(022);
}

/* Who may not give the group away lets none of his own in instead. */
static void
lets_no_other_group_in(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *dir = tap_path("g"), *path = tap_path("g/file");
	struct stat st;
	pid_t pid;
	int status;

	if (geteuid() != 0) {
		tap_skip("only root can make such a file");
		return;
	}
	tap_need(mkdir(dir, 0777) == 0 && chmod(dir, 0777) == 0);
	tap_int(sc_file_write(path, "1", 1, 0640, &e), 0);
	tap_need(chown(path, 0, 54321) == 0 && (pid = fork()) != -1);
	if (pid == 0)
		_exit(chdir(dir) != 0 || setgroups(0, NULL) != 0 ||
		    setgid(12345) != 0 || setuid(12345) != 0 ||
		    sc_file_write("file", "2", 1, 0640, &e) != 0);
	tap_need(waitpid(pid, &status, 0) == pid);
	tap_int(status, 0);
	tap_int(stat(path, &st), 0);
	tap_int(st.st_uid, 12345);
	tap_int(st.st_gid, 12345);
	tap_int(st.st_mode & 07777, 0600);
}

static void
follows_links(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *dir = tap_path("l"), *sub = tap_path("l/sub");
	const char *link1 = tap_path("l/link"), *real = tap_path("l/sub/real");
	struct stat st;
	size_t n;
	char *p;

	tap_need(mkdir(dir, 0700) == 0 && mkdir(sub, 0700) == 0);
	tap_need(symlink("sub/real", link1) == 0);
	/* The target may not be there yet. */
	tap_int(sc_file_write(link1, "a", 1, 0600, &e), 0);
	tap_int(sc_file_write(link1, "b", 1, 0600, &e), 0);
	tap_int(lstat(link1, &st), 0);
	tap_ok(S_ISLNK(st.st_mode));
	tap_int(sc_file_read(real, 10, &p, &n, &e), 0);
	tap_mem(p, n, "b", 1);
	free(p);
	tap_int(entries_in(dir), 2);
	tap_int(entries_in(sub), 1);
	tap_need(symlink("loop", tap_path("l/loop")) == 0);
	tap_int(sc_file_write(tap_path("l/loop"), "a", 1, 0600, &e), SC_ERR_IO);
	tap_has(e.msg, "too many levels");
}

static void
leaves_nothing_on_failure(void)
{
	struct sc_error e = SC_ERROR_INIT;
	const char *dir = tap_path("f");
	const char *target = tap_path("f/dir");

	tap_need(mkdir(dir, 0700) == 0 && mkdir(target, 0700) == 0);
	tap_ok(sc_file_write(target, "x", 1, 0600, &e) != 0);
	tap_int(entries_in(dir), 1);
	tap_int(sc_file_write(tap_path("f/no/file"), "x", 1, 0600, &e),
	    SC_ERR_NOT_FOUND);
	tap_has(e.msg, "no such file or directory");
}

/* A limit of the process stands for the full disk. */
static void
survives_a_full_disk(void)
{
	static char big[8192];
	struct sc_error e = SC_ERROR_INIT;
	struct rlimit old, small;
	const char *path = tap_path("d/file");
	size_t n;
	char *p;

	tap_need(mkdir(tap_path("d"), 0700) == 0);
	tap_need(sc_file_write(path, "old", 3, 0600, &e) == 0);
	tap_need(getrlimit(RLIMIT_FSIZE, &old) == 0);
	small = old;
	small.rlim_cur = sizeof(big) / 2;
	(void)signal(SIGXFSZ, SIG_IGN);
	tap_need(setrlimit(RLIMIT_FSIZE, &small) == 0);
	tap_int(sc_file_write(path, big, sizeof(big), 0600, &e), SC_ERR_IO);
	tap_int(setrlimit(RLIMIT_FSIZE, &old), 0);
	tap_has(e.msg, "write ");
	tap_int(entries_in(tap_path("d")), 1);
	tap_int(sc_file_read(path, 10, &p, &n, &e), 0);
	tap_mem(p, n, "old", 3);
	free(p);
}

static void
writes_to_devices(void)
{
	struct sc_error e = SC_ERROR_INIT;
	char name[32], got[8];
	int fds[2];

	tap_int(sc_file_write("/dev/null", "x", 1, 0600, &e), 0);
	tap_need(pipe(fds) == 0);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", fds[1]);
	tap_int(sc_file_write(name, "abc", 3, 0600, &e), 0);
	tap_int(read(fds[0], got, sizeof(got)), 3);
	tap_mem(got, 3, "abc", 3);
	(void)close(fds[0]);
	(void)close(fds[1]);
	if (access("/dev/full", W_OK) == 0) {
		tap_int(
		    sc_file_write("/dev/full", "x", 1, 0600, &e), SC_ERR_IO);
		tap_has(e.msg, "no space left");
	}
}

static void
makes_folders(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct stat st;
	char *below;

	tap_int(sc_mkdirs(tap_path("a/b/c"), 0700, &e), 0);
	tap_int(stat(tap_path("a/b/c"), &st), 0);
	tap_ok(S_ISDIR(st.st_mode));
	tap_int(st.st_mode & 07777, 0700);
	tap_int(sc_mkdirs(tap_path("a/b/c"), 0700, &e), 0);
	tap_int(sc_mkdirs(tap_path("a//b/d/"), 0700, &e), 0);
	tap_ok(sc_file_exists(tap_path("a/b/d")));
	tap_int(sc_mkdirs("/", 0700, &e), 0);
	below = sc_asprintf("%s/x", tap_file("blocker", "x", 1));
	tap_ok(sc_mkdirs(below, 0700, &e) != 0);
	free(below);
	tap_ok(sc_mkdirs(tap_path("blocker"), 0700, &e) != 0);
	tap_ok(!sc_file_exists(tap_path("nowhere")));
}

static void
joins_paths(void)
{
	static const char *const cases[][3] = {
	    {"a", "b", "a/b"},
	    {"a/", "b", "a/b"},
	    {"/", "b", "/b"},
	    {"a", "/b", "/b"},
	};
	size_t i;
	char *s;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = sc_path_join(cases[i][0], cases[i][1]);
		tap_str(s, cases[i][2]);
		free(s);
	}
}

static void
reads_passwords(void)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
	    {"secret", "secret"},
	    {"secret\n", "secret"},
	    {"secret \t\r\n\n", "secret"},
	    {" two words\nand lines\n", " two words\nand lines"},
	    {"\n", ""},
	    {"", ""},
	};
	struct sc_error e = SC_ERROR_INIT;
	const char *path;
	size_t i;
	char *s;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		path = tap_file("pw", cases[i].in, strlen(cases[i].in));
		tap_int(sc_password_read(path, &s, &e), 0);
		tap_str(s, cases[i].out);
		sc_free_secret(s);
	}
	path = tap_file("pw", "a\0b", 3);
	tap_int(sc_password_read(path, &s, &e), SC_ERR_MALFORMED);
	tap_ok(s == NULL);
	tap_int(sc_password_read(tap_path("none"), &s, &e), SC_ERR_NOT_FOUND);
	tap_ok(s == NULL);
}

TAP_MAIN(TAP_TEST(reads_with_a_cap), TAP_TEST(reads_large_files),
    TAP_TEST(tells_why_it_cannot_read), TAP_TEST(reads_descriptors),
    TAP_TEST(writes_atomically), TAP_TEST(keeps_owner_and_mode),
    TAP_TEST(lets_no_other_group_in), TAP_TEST(follows_links),
    TAP_TEST(leaves_nothing_on_failure), TAP_TEST(survives_a_full_disk),
    TAP_TEST(writes_to_devices), TAP_TEST(makes_folders), TAP_TEST(joins_paths),
    TAP_TEST(reads_passwords))
