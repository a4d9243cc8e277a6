#include "config.h"

#include <stdio.h>
#include <string.h>

#include "client/command.h"
#include "client/cli/completion.h"
#include "client/cli/options.h"

#define PATH_MAX_TEXT 160

/*
 * What follows a command, as a word of the script: a command below it
 * "name", a switch "--name", a flag that takes a value "--name=", one that
 * takes one of some words "--name=EC,RSA,OKP".
 */
static void
put_option(FILE *f, const char *name, const struct sc_opt *o)
{
	const char *s;

	fprintf(f, " --%s", name);
	if (o->kind == SC_OPT_BOOL)
		return;
	putc('=', f);
	for (s = o->choices; s != NULL && *s != '\0'; s++)
		if (*s != ' ')
			putc(*s, f);
}

static void
put_options(FILE *f, const struct sc_opt *o)
{
	for (; o->name != NULL; o++) {
		if (o->flags & SC_OPT_HIDDEN)
			continue;
		put_option(f, o->name, o);
		if (o->alias != NULL)
			put_option(f, o->alias, o);
	}
}

static void
put_command(FILE *f, const struct sc_command *cmd, const char *path)
{
	char below[PATH_MAX_TEXT];
	size_t i;

	fprintf(f, "\t'%s') words='", path);
	for (i = 0; cmd->subs != NULL && cmd->subs[i] != NULL; i++)
		fprintf(f, " %s", cmd->subs[i]->name);
	for (i = 0; i < SC_MAX_OPTION_TABLES && cmd->options[i] != NULL; i++)
		put_options(f, cmd->options[i]);
	put_options(f, sc_options_global);
	fprintf(f, " '%s ;;\n", cmd->max_args > 0 ? " files=yes" : "");
	for (i = 0; cmd->subs != NULL && cmd->subs[i] != NULL; i++) {
		snprintf(below, sizeof(below), "%s%s%s", path,
		    path[0] != '\0' ? " " : "", cmd->subs[i]->name);
		put_command(f, cmd->subs[i], below);
	}
}

/*
 * _stepc_words sets words for a command; its result is whether there is such
 * a command.  _stepc walks the line up to the cursor: flags with their
 * values, commands as deep as they go.
 */
static const char script[] =
    "_stepc()\n"
    "{\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} path='' flag='' helping=''\n"
    "\tlocal words='' files='' offer='' word i\n\n"
    "\t_stepc_words ''\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\tif [[ $word == '=' ]]; then\n"
    "\t\t\tcontinue\n"
    "\t\telif [[ -n $flag ]]; then\n"
    "\t\t\tflag=''\n"
    "\t\telif [[ $word == --* && $words == *\" $word=\"* ]]; then\n"
    "\t\t\tflag=$word\n"
    "\t\telif [[ -z $path && $word == help ]]; then\n"
    "\t\t\thelping=yes\n"
    "\t\telif [[ $word != -* ]] &&\n"
    "\t\t    _stepc_words \"${path:+$path }$word\"; then\n"
    "\t\t\tpath=${path:+$path }$word\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t[[ $cur != '=' ]] || cur=''\n"
    "\tif [[ -n $flag ]]; then\n"
    "\t\toffer=${words#*\" $flag=\"}\n"
    "\t\toffer=${offer%%\" \"*}\n"
    "\t\toffer=${offer//,/ }\n"
    "\t\tfiles=yes\n"
    "\t\t[[ -z $offer ]] || files=''\n"
    "\telse\n"
    "\t\tfor word in $words; do\n"
    "\t\t\t# Flags of a command only when one is begun.\n"
    "\t\t\t[[ $word == -* && -n $helping$files && $cur != -* ]] ||\n"
    "\t\t\t\toffer+=\" ${word%%=*}\"\n"
    "\t\tdone\n"
    "\t\t[[ $cur != -* && -z $helping ]] || files=''\n"
    "\t\t[[ $path != completion ]] || { offer+=' bash' files=''; }\n"
    "\tfi\n"
    "\tmapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$cur\")\n"
    "\t[[ -z $files ]] ||\n"
    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "}\n"
    "complete -o filenames -F _stepc stepc\n";

void
sc_completion_bash(FILE *f, const struct sc_command *root)
{
	fputs("# bash completion of stepc, made by 'stepc completion bash'\n"
	      "# shellcheck shell=bash\n"
	      "_stepc_words()\n{\n\tcase $1 in\n",
	    f);
	put_command(f, root, "");
	fputs("\t*) return 1 ;;\n\tesac\n}\n\n", f);
	fputs(script, f);
}
