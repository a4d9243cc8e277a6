#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "template/internal.h"
#include "template/lex.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Letters beyond ASCII count as letters, all of them. */
static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
peek(const struct sc_tpl_lexer *l, size_t i)
{
	return i < l->n - l->at ? l->s[l->at + i] : '\0';
}

/* The length of a closing delimiter here, 0 when there is none. */
static size_t
closing(const struct sc_tpl_lexer *l, bool *trim)
{
	*trim = is_space(peek(l, 0)) && peek(l, 1) == '-' &&
	    peek(l, 2) == '}' && peek(l, 3) == '}';
	if (*trim)
		return 4;
	return peek(l, 0) == '}' && peek(l, 1) == '}' ? 2 : 0;
}

static void
skip_space(struct sc_tpl_lexer *l)
{
	while (l->at < l->n && is_space(l->s[l->at]))
		l->at++;
}

static void
close_action(struct sc_tpl_lexer *l, size_t n, bool trim)
{
	l->at += n;
	if (trim)
		skip_space(l);
}

/* At the start of a comment: go behind its action. */
static const char *
skip_comment(struct sc_tpl_lexer *l)
{
	const char *end;
	bool trim;
	size_t n;

	end = memmem(l->s + l->at + 2, l->n - l->at - 2, "*/", 2);
	if (end == NULL)
		return "unclosed comment";
	l->at = (size_t)(end - l->s) + 2;
	if ((n = closing(l, &trim)) == 0)
		return "comment ends before closing delimiter";
	close_action(l, n, trim);
	return NULL;
}

void
sc_tpl_lex_text(struct sc_tpl_lexer *l, struct sc_tpl_piece *out)
{
	const char *open = NULL;
	size_t start = l->at;

	*out = (struct sc_tpl_piece){.p = l->s + start};
	if (l->n - l->at >= 2)
		open = memmem(l->s + l->at, l->n - l->at, "{{", 2);
	if (open == NULL) {
		out->n = l->n - start;
		l->at = l->n;
		return;
	}
	l->at = (size_t)(open - l->s);
	out->n = l->at - start;
	l->at += 2;
	if (peek(l, 0) == '-' && is_space(peek(l, 1))) {
		while (out->n > 0 && is_space(out->p[out->n - 1]))
			out->n--;
		/* The space may be that of a closing delimiter. */
		l->at += 1;
	}
	start = l->at;
	if (is_space(peek(l, 0)) && peek(l, 1) == '/' && peek(l, 2) == '*' &&
	    l->s[start - 1] == '-')
		l->at++;
	if (peek(l, 0) == '/' && peek(l, 1) == '*') {
		out->bad = skip_comment(l);
		return;
	}
	out->action = true;
}

static void
bad(struct sc_tpl_token *t, const char *what)
{
	t->type = SC_TPL_T_BAD;
	t->what = what;
}

/* What may follow a name, a field or a variable. */
static bool
at_end_of_word(const struct sc_tpl_lexer *l)
{
	bool trim;
	char c = peek(l, 0);

	return l->at >= l->n || is_space(c) || closing(l, &trim) > 0 ||
	    (c != '\0' && strchr(".,|:()=", c) != NULL);
}

static void
word(
    struct sc_tpl_lexer *l, struct sc_tpl_token *t, enum sc_tpl_token_type type)
{
	t->type = type;
	l->at++;
	while (is_word(peek(l, 0)))
		l->at++;
	t->n = (size_t)(l->s + l->at - t->p);
	if (!at_end_of_word(l))
		bad(t, "bad character");
}

static void
number(struct sc_tpl_lexer *l, struct sc_tpl_token *t)
{
	bool hex = false;
	char c, last = '\0';

	t->type = SC_TPL_T_NUMBER;
	if (peek(l, 0) == '+' || peek(l, 0) == '-')
		l->at++;
	if (peek(l, 0) == '0' && (peek(l, 1) | 0x20) == 'x')
		hex = true;
	for (;; l->at++) {
		c = peek(l, 0);
		if (!is_word(c) && c != '.' &&
		    !((c == '+' || c == '-') && !hex && (last | 0x20) == 'e'))
			break;
		last = c;
	}
	t->n = (size_t)(l->s + l->at - t->p);
}

static void
quoted(struct sc_tpl_lexer *l, struct sc_tpl_token *t, char quote)
{
	size_t i;

	t->type = quote == '\'' ? SC_TPL_T_CHAR : SC_TPL_T_STRING;
	for (i = l->at + 1; i < l->n; i++) {
		if (l->s[i] == quote)
			break;
		if (quote == '`')
			continue;
		if (l->s[i] == '\n') {
			bad(t, "unterminated quoted string");
			return;
		}
		if (l->s[i] == '\\')
			i++;
	}
	if (i >= l->n) {
		bad(t,
		    quote == '`' ? "unterminated raw quoted string"
				 : "unterminated quoted string");
		return;
	}
	t->n = i + 1 - l->at;
	l->at = i + 1;
}

static void
punctuation(struct sc_tpl_lexer *l, struct sc_tpl_token *t)
{
	static const char marks[] = "()|=,";
	static const enum sc_tpl_token_type types[] = {SC_TPL_T_OPEN,
	    SC_TPL_T_CLOSE, SC_TPL_T_PIPE, SC_TPL_T_ASSIGN, SC_TPL_T_COMMA};
	char c = peek(l, 0);
	const char *p = c != '\0' ? strchr(marks, c) : NULL;

	t->n = 1;
	if (p != NULL) {
		t->type = types[p - marks];
	} else if (c == ':' && peek(l, 1) == '=') {
		t->type = SC_TPL_T_DECLARE;
		t->n = 2;
	} else {
		bad(t, c == ':' ? "expected :=" : "unexpected character");
	}
	l->at += t->n;
}

void
sc_tpl_lex_token(struct sc_tpl_lexer *l, struct sc_tpl_token *t)
{
	bool trim;
	size_t n;
	char c;

	*t = (struct sc_tpl_token){0};
	while ((n = closing(l, &trim)) == 0 && is_space(peek(l, 0))) {
		t->space = true;
		l->at++;
	}
	t->p = l->s + l->at;
	c = peek(l, 0);
	if (n > 0) {
		t->type = SC_TPL_T_END;
		t->n = n;
		close_action(l, n, trim);
	} else if (l->at >= l->n) {
		t->type = SC_TPL_T_EOF;
	} else if (c == '"' || c == '`' || c == '\'') {
		quoted(l, t, c);
	} else if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))) ||
	    ((c == '+' || c == '-') &&
		(is_digit(peek(l, 1)) || peek(l, 1) == '.'))) {
		number(l, t);
	} else if (c == '.' && !is_word(peek(l, 1))) {
		t->type = SC_TPL_T_DOT;
		t->n = 1;
		l->at++;
	} else if (c == '.') {
		word(l, t, SC_TPL_T_FIELD);
	} else if (c == '$') {
		word(l, t, SC_TPL_T_VAR);
	} else if (is_word(c)) {
		word(l, t, SC_TPL_T_NAME);
	} else {
		punctuation(l, t);
	}
}
