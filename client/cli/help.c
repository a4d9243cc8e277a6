#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/command.h"
#include "client/cli/help.h"
#include "client/cli/options.h"
#include "client/cli/suggest.h"

#define PATH_MAX_TEXT 160

static void
print_commands(FILE *f, const struct sc_command *cmd)
{
	size_t i;

	fputs("\nCOMMANDS\n", f);
	for (i = 0; cmd->subs[i] != NULL; i++)
		fprintf(
		    f, "  %-14s %s\n", cmd->subs[i]->name, cmd->subs[i]->help);
}

static void
print_option(FILE *f, const struct sc_opt *o)
{
	char names[160], letter[8] = "", alias[48] = "";

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	if (o->alias != NULL)
		snprintf(alias, sizeof(alias), ", --%s", o->alias);
	snprintf(names, sizeof(names), "%s--%s%s%s%s", letter, o->name, alias,
	    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
	if (strlen(names) > 26)
		fprintf(f, "  %s\n  %-26s %s", names, "", o->help);
	else
		fprintf(f, "  %-26s %s", names, o->help);
	if (o->choices != NULL)
		fprintf(f, ": %s", o->choices);
	if (o->def != NULL)
		fprintf(f, " (default %s)", o->def);
	if (o->kind == SC_OPT_LIST)
		fputs("; may be repeated", f);
	fputc('\n', f);
}

static void
print_table(FILE *f, const struct sc_opt *o)
{
	for (; o->name != NULL; o++)
		if (!(o->flags & SC_OPT_HIDDEN))
			print_option(f, o);
}

void
sc_help_print(FILE *f, const struct sc_command *cmd, const char *path)
{
	size_t i;

	fprintf(f, "NAME\n  %s - %s\n\nUSAGE\n  %s", path, cmd->help, path);
	if (cmd->subs != NULL)
		fputs(" <command>", f);
	if (cmd->args != NULL)
		fprintf(f, " %s", cmd->args);
	fputs(" [flags]\n", f);
	if (cmd->notes != NULL)
		fprintf(f, "\nDESCRIPTION\n%s\n", cmd->notes);
	if (cmd->subs != NULL)
		print_commands(f, cmd);
	fputs("\nFLAGS\n", f);
	for (i = 0; i < SC_MAX_OPTION_TABLES && cmd->options[i] != NULL; i++)
		print_table(f, cmd->options[i]);
	print_table(f, sc_options_global);
}

static const struct sc_command *
find_sub(const struct sc_command *cmd, const char *word)
{
	size_t i;

	if (cmd->subs == NULL)
		return NULL;
	for (i = 0; cmd->subs[i] != NULL; i++)
		if (strcmp(cmd->subs[i]->name, word) == 0)
			return cmd->subs[i];
	return NULL;
}

const struct sc_command *
sc_help_walk(const struct sc_command *root, int argc, char **argv, int *used,
    char *path, size_t size)
{
	const struct sc_command *cmd = root, *sub;
	size_t n;
	int i;

	snprintf(path, size, "%s", root->name);
	for (i = 0; i < argc; i++) {
		sub = find_sub(cmd, argv[i]);
		if (sub == NULL)
			break;
		cmd = sub;
		n = strlen(path);
		snprintf(path + n, size - n, " %s", cmd->name);
	}
	*used = i;
	return cmd;
}

void
sc_help_unknown(
    FILE *f, const struct sc_command *cmd, const char *path, const char *word)
{
	unsigned d, least = SC_SUGGEST_FAR;
	const char *sep = "; did you mean ";
	size_t i;

	for (i = 0; cmd->subs[i] != NULL; i++) {
		d = sc_suggest_distance(word, cmd->subs[i]->name);
		if (d < least)
			least = d;
	}
	fprintf(f, "'%s %s' is not a command", path, word);
	for (i = 0; least < SC_SUGGEST_FAR && cmd->subs[i] != NULL; i++) {
		if (sc_suggest_distance(word, cmd->subs[i]->name) != least)
			continue;
		fprintf(f, "%s'%s'", sep, cmd->subs[i]->name);
		sep = " or ";
	}
	fprintf(f, "%s\nSee '%s --help' for the list of commands.\n",
	    least < SC_SUGGEST_FAR ? "?" : "", path);
}
