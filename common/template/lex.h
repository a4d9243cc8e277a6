/*
 * The words of a template's actions.
 */
#ifndef SC_TEMPLATE_LEX_H
#define SC_TEMPLATE_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum sc_tpl_token_type {
	SC_TPL_T_BAD, /* what is the message */
	SC_TPL_T_END, /* the action's delimiter */
	SC_TPL_T_EOF,
	SC_TPL_T_NAME, /* keyword, function, true, false, nil */
	SC_TPL_T_FIELD, /* with its dot */
	SC_TPL_T_DOT,
	SC_TPL_T_VAR, /* with its dollar */
	SC_TPL_T_NUMBER,
	SC_TPL_T_CHAR,
	SC_TPL_T_STRING, /* with its quotes, as T_CHAR */
	SC_TPL_T_OPEN,
	SC_TPL_T_CLOSE,
	SC_TPL_T_PIPE,
	SC_TPL_T_DECLARE,
	SC_TPL_T_ASSIGN,
	SC_TPL_T_COMMA
};

struct sc_tpl_token {
	enum sc_tpl_token_type type;
	const char *p;
	size_t n;
	bool space; /* white space before it */
	const char *what;
};

struct sc_tpl_lexer {
	const char *s;
	size_t n, at;
};

/* One piece of text up to the next action, trimmed as the delimiters say. */
struct sc_tpl_piece {
	const char *p;
	size_t n;
	bool action; /* one follows: the lexer stands behind its delimiter */
	const char *bad; /* a comment that is wrong */
};

void sc_tpl_lex_text(struct sc_tpl_lexer *l, struct sc_tpl_piece *out);
/* The next word of an action; behind T_END the lexer stands in text. */
void sc_tpl_lex_token(struct sc_tpl_lexer *l, struct sc_tpl_token *out);

#endif
