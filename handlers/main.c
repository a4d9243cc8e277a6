#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "authority/authority.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "main.h"
#include "web/fcgi.h"
#include "web/serve.h"

static void
usage(FILE *to)
{
	fprintf(to,
	    "usage: %s [--config FILE] [--password-file FILE]\n"
	    "\n"
	    "FastCGI program of stepc; see stepc-handlers(8).\n"
	    "\n"
	    "  --config FILE         ca.json (STEPC_CONFIG; default\n"
	    "                        $STEPPATH/config/ca.json)\n"
	    "  --password-file FILE  password of the keys\n"
	    "                        (STEPC_PASSWORD_FILE)\n"
	    "  --version             print the version\n"
	    "  --help                print this\n",
	    sc_program.name);
}

struct settings {
	const char *config;
	const char *password_file;
};

/* 0 to go on, else the exit status + 1. */
static int
parse_options(int argc, char **argv, struct settings *s)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"password-file", required_argument, NULL, 'p'},
	    {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'c':
			s->config = optarg;
			break;
		case 'p':
			s->password_file = optarg;
			break;
		case 'v':
			printf("%s %s\n", sc_program.name, PACKAGE_VERSION);
			return 1;
		case 'h':
			usage(stdout);
			return 1;
		default:
			usage(stderr);
			return 3;
		}
	if (optind < argc) {
		usage(stderr);
		return 3;
	}
	return 0;
}

/* A process that holds keys leaves no core and is not to be looked into. */
static void
harden(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/*
 * Large blocks come and go as mappings of their own.  By itself malloc would
 * take the first that is freed for a sign to put the next ones on the heap,
 * where they leave holes.
 */
#define LARGE_BLOCK (128 * 1024)

static void
bound_heap(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
}

static char *
default_config(void)
{
	char *base = sc_steppath_authority(), *path = NULL;

	if (base != NULL)
		path = sc_path_join(base, "config/ca.json");
	free(base);
	return path;
}

static void
log_notice(struct sc_authority *ca)
{
	const char *s = sc_authority_notice(ca);

	if (s[0] != '\0')
		sc_log(SC_LOG_WARN, "%s", s);
}

static void
housekeeping(int (*fn)(struct sc_authority *ca, struct sc_error *e),
    struct sc_authority *ca)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_log_line l;

	if (fn == NULL || fn(ca, &e) == 0)
		return;
	sc_log_begin(&l, SC_LOG_WARN, "housekeeping failed");
	sc_log_error(&l, &e);
	sc_log_end(&l);
}

static void
idle(void *arg)
{
	log_notice(arg);
	housekeeping(sc_authority_idle, arg);
	housekeeping(sc_program.housekeeping, arg);
}

static int
serve(struct sc_authority *ca)
{
	struct sc_service s = {
	    .routes = sc_program.routes,
	    .routes_n = sc_program.routes_n,
	    .ca = ca,
	    .trace_header = sc_authority_config(ca)->trace_header,
	    .tick = sc_program.tick,
	};

	if (sc_authority_warning(ca)[0] != '\0')
		sc_log(SC_LOG_WARN, "%s", sc_authority_warning(ca));
	log_notice(ca);
	housekeeping(sc_program.housekeeping, ca);
	return sc_fcgi_run(&s, idle, ca);
}

int
main(int argc, char **argv)
{
	struct settings set = {
	    getenv("STEPC_CONFIG"), getenv("STEPC_PASSWORD_FILE")};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_authority *ca = NULL;
	struct sc_log_line l;
	char *config;
	int r;

	if ((r = parse_options(argc, argv, &set)) != 0)
		return r - 1;
	sc_log_init(sc_program.name, SC_LOG_INFO);
	harden();
	bound_heap();
	config = set.config != NULL ? sc_strdup(set.config) : default_config();
	if (config == NULL)
		r = sc_fail_nomem(&e);
	else
		r = sc_authority_open(
		    config, set.password_file, sc_program.needs, &ca, &e);
	free(config);
	if (r != 0) {
		sc_log_begin(&l, SC_LOG_ERROR, "cannot start");
		sc_log_error(&l, &e);
		sc_log_end(&l);
		return 2;
	}
	r = serve(ca);
	sc_authority_close(ca);
	return r;
}
