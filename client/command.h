/*
 * The commands of stepc as a tree of tables.
 *
 * To add a command: write a file client/GROUP_VERB.c with a table of options,
 * a function and one `const struct sc_command sc_cmd_group_verb`; name it in
 * commands.h and in the list of its group (client/GROUP.c); add the file to
 * client/local.mk.  Help, completion, look-up in the environment and in
 * defaults.json, and the errors about flags and arguments come from the
 * tables.
 *
 *	static const struct sc_opt options[] = {
 *		{.name = "fingerprint", .arg = "HASH", .help = "SHA-256 of it"},
 *		{.name = "force", .letter = 'f', .kind = SC_OPT_BOOL,
 *		    .help = "overwrite files without asking"},
 *		SC_OPT_END};
 *
 *	const struct sc_command sc_cmd_ca_root = {
 *		.name = "root",
 *		.args = "[<root-file>]",
 *		.help = "download the root certificate",
 *		.max_args = 1,
 *		.options = {options, sc_options_ca},
 *		.run = root};
 *
 * Data goes to stdout, talk to stderr (client/cli/ui.h).  Files are written with
 * sc_output_write (client/cli/output.h), passwords read with client/cli/secret.h, a
 * CA is spoken to with client/net/ca_client.h.
 */
#ifndef SC_CLIENT_COMMAND_H
#define SC_CLIENT_COMMAND_H

#include <stddef.h>

struct sc_args;
struct sc_error;

enum sc_opt_kind {
	SC_OPT_STRING,
	SC_OPT_BOOL,
	SC_OPT_LIST /* may be repeated */
};
enum {
	/* Not looked up in the environment and in defaults.json. */
	SC_OPT_LINE_ONLY = 1,
	/* Kept out of help and completion. */
	SC_OPT_HIDDEN = 2
};
struct sc_opt {
	const char *name;
	const char *alias; /* second long name, or NULL */
	char letter; /* short name, or 0 */
	enum sc_opt_kind kind;
	unsigned flags;
	const char *arg; /* name of the value in help, e.g. "FILE" */
	const char *help;
	const char *def; /* default value, or NULL */
	const char *choices; /* "EC, RSA, OKP": no other value, or NULL */
};
#define SC_OPT_END                                                             \
	{                                                                      \
		.name = NULL                                                   \
	}

#define SC_MAX_OPTION_TABLES 10

struct sc_command {
	const char *name;
	const char *args; /* "<subject> [<file>]"; NULL when there are none */
	const char *help; /* one line, lower case, no full stop */
	const char *notes; /* further paragraphs of help, or NULL */
	unsigned min_args, max_args;
	const struct sc_opt *options[SC_MAX_OPTION_TABLES]; /* own ones first */
	/*
	 * 0, a negative enum sc_err (main prints e's message and exits with
	 * 1), or a positive exit status for the few commands that promise
	 * one; then the message is printed when there is one.
	 */
	int (*run)(struct sc_args *a, struct sc_error *e);
	const struct sc_command *const *subs; /* NULL-terminated, for a group */
	int error_status; /* exit status of errors, flags included; 0 = 1 */
};

/* Enough for any number of positional arguments. */
#define SC_ARGS_ANY 1000000u

#endif
