#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/cli/completion.h"
#include "client/cli/core.h"
#include "client/cli/help.h"
#include "client/cli/options.h"

#define COMMAND_PATH_MAX 160

static int
run_help(struct sc_args *a, struct sc_error *e)
{
	const struct sc_command *cmd;
	char path[COMMAND_PATH_MAX], *words[8];
	int i, n, used;

	(void)e;
	for (n = 0; n < 8 && sc_args_pos(a, (size_t)n) != NULL; n++)
		if ((words[n] = sc_strdup(sc_args_pos(a, (size_t)n))) == NULL)
			break;
	cmd = sc_help_walk(&sc_cmd_stepc, n, words, &used, path, sizeof(path));
	if (used == n)
		sc_help_print(stdout, cmd, path);
	else if (cmd->subs != NULL)
		sc_help_unknown(stderr, cmd, path, words[used]);
	else
		fprintf(stderr, "'%s' has no commands below it\n", path);
	for (i = 0; i < n; i++)
		free(words[i]);
	return used == n ? 0 : 1;
}

static int
run_version(struct sc_args *a, struct sc_error *e)
{
	(void)a;
	(void)e;
	printf("stepc/%s\n", PACKAGE_VERSION);
	return 0;
}

static int
run_path(struct sc_args *a, struct sc_error *e)
{
	char *path;

	path =
	    sc_args_bool(a, "base") ? sc_steppath() : sc_steppath_authority();
	if (path == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "there is no home folder; set STEPPATH");
	puts(path);
	free(path);
	return 0;
}

static int
run_completion(struct sc_args *a, struct sc_error *e)
{
	if (strcmp(sc_args_pos(a, 0), "bash") != 0)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "no completion for '%s'; there is one for bash",
		    sc_args_pos(a, 0));
	sc_completion_bash(stdout, &sc_cmd_stepc);
	return 0;
}

const struct sc_command sc_cmd_help = {.name = "help",
    .args = "[<command>...]",
    .help = "show help for a command",
    .max_args = SC_ARGS_ANY,
    .run = run_help};

const struct sc_command sc_cmd_version = {
    .name = "version", .help = "show the version", .run = run_version};

static const struct sc_opt path_options[] = {
    {.name = "base",
	.kind = SC_OPT_BOOL,
	.help = "the base path, whatever the current context"},
    SC_OPT_END};

const struct sc_command sc_cmd_path = {.name = "path",
    .help = "show where configuration and keys are kept",
    .options = {path_options},
    .run = run_path};

const struct sc_command sc_cmd_completion = {.name = "completion",
    .args = "<shell>",
    .help = "print a completion script",
    .min_args = 1,
    .max_args = 1,
    .run = run_completion};

static void
report(const struct sc_error *e)
{
	if (e->msg[0] != '\0')
		fprintf(stderr, "%s\n", e->msg);
	if (getenv("STEPDEBUG") != NULL && e->file != NULL)
		fprintf(stderr, "raised at %s:%d: %s\n", e->file, e->line,
		    sc_err_text(e->code));
}

static int
run_command(
    const struct sc_command *cmd, const char *path, int argc, char **argv)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_args *a = NULL;
	int r;

	r = sc_args_parse(cmd, path, argc, argv, &a, &e);
	if (r == 0 && sc_args_help(a))
		sc_help_print(stdout, cmd, path);
	else if (r == 0)
		r = cmd->run(a, &e);
	sc_args_free(a);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = sc_fail(&e, SC_ERR_IO, "standard output: write failed");
	if (r == 0)
		return 0;
	report(&e);
	if (r > 0)
		return r;
	return cmd->error_status != 0 ? cmd->error_status : 1;
}

/* A group without a command below it: its help, or what was meant. */
static int
run_group(const struct sc_command *cmd, const char *path, int argc, char **argv)
{
	if (argc > 0 && argv[0][0] != '-') {
		if (strcmp(argv[0], "help") == 0) {
			sc_help_print(stdout, cmd, path);
			return 0;
		}
		sc_help_unknown(stderr, cmd, path, argv[0]);
		return 1;
	}
	if (argc > 0 && cmd == &sc_cmd_stepc &&
	    (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-v") == 0))
		return run_command(&sc_cmd_version, "stepc version", 0, NULL);
	if (argc == 0 || strcmp(argv[0], "--help") == 0 ||
	    strcmp(argv[0], "-help") == 0 || strcmp(argv[0], "-h") == 0) {
		sc_help_print(stdout, cmd, path);
		return 0;
	}
	fprintf(stderr, "unknown flag '%s' in '%s'\n", argv[0], path);
	return 1;
}

int
main(int argc, char **argv)
{
	const struct sc_command *cmd;
	char path[COMMAND_PATH_MAX];
	int used;

	/* A reader that goes away is an error of write, not our death. */
	signal(SIGPIPE, SIG_IGN);
	sc_core_forbid();
	if (argc > 0) {
		argc--;
		argv++;
	}
	cmd =
	    sc_help_walk(&sc_cmd_stepc, argc, argv, &used, path, sizeof(path));
	argc -= used;
	argv += used;
	if (cmd->run == NULL)
		return run_group(cmd, path, argc, argv);
	return run_command(cmd, path, argc, argv);
}
