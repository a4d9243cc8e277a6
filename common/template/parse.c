#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "template/internal.h"
#include "template/lex.h"
#include "template/template.h"

/* Nodes and constants of a template, for one of the greatest length. */
#define PARSE_MEMORY (64 * (size_t)SC_MAX_TEMPLATE)
#define MAX_VARS 1000

struct variable {
	const char *name;
	size_t n;
};

/* What ends a list of nodes. */
enum list_end {
	END_FAILED,
	END_EOF,
	END_END,
	END_ELSE /* the lexer stands behind the word */
};

struct parser {
	struct sc_template *t;
	struct sc_tpl_data *d;
	struct sc_tpl_lexer l;
	struct sc_tpl_token token; /* looked at */
	bool looked;
	struct variable vars[MAX_VARS];
	unsigned n_vars;
	struct sc_tpl_def *def;
	unsigned depth, in_range;
	int code;
	struct sc_error *e;
};

void
sc_tpl_position(
    const char *text, size_t n, size_t at, unsigned *line, unsigned *column)
{
	size_t i;

	*line = *column = 1;
	for (i = 0; i < n && i < at; i++) {
		++*column;
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
}

static void __attribute__((format(printf, 4, 5)))
fail(struct parser *p, const char *where, int code, const char *fmt, ...)
{
	char text[256];
	unsigned line, column;
	va_list ap;

	if (p->code != 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sc_tpl_position(
	    p->l.s, p->l.n, (size_t)(where - p->l.s), &line, &column);
	p->code =
	    sc_fail(p->e, code, "line %u column %u: %s", line, column, text);
}

static void
unexpected(struct parser *p, const struct sc_tpl_token *t, const char *context)
{
	if (t->type == SC_TPL_T_BAD)
		fail(p, t->p, SC_ERR_MALFORMED, "%s", t->what);
	else if (t->type == SC_TPL_T_EOF)
		fail(p, t->p, SC_ERR_MALFORMED, "unclosed action");
	else
		fail(p, t->p, SC_ERR_MALFORMED, "unexpected \"%.*s\" in %s",
		    (int)(t->n > 60 ? 60 : t->n), t->p, context);
}

static const struct sc_tpl_token *
look(struct parser *p)
{
	if (!p->looked)
		sc_tpl_lex_token(&p->l, &p->token);
	p->looked = true;
	return &p->token;
}

static struct sc_tpl_token
take(struct parser *p)
{
	(void)look(p);
	p->looked = false;
	return p->token;
}

static bool
is_name(const struct sc_tpl_token *t, const char *name)
{
	return t->type == SC_TPL_T_NAME && t->n == strlen(name) &&
	    memcmp(t->p, name, t->n) == 0;
}

static void
expect_end(struct parser *p, const char *context)
{
	struct sc_tpl_token t = take(p);

	if (t.type != SC_TPL_T_END)
		unexpected(p, &t, context);
}

static void *
alloc(struct parser *p, size_t n)
{
	void *v = sc_tpl_alloc(p->d, n);

	if (v == NULL && p->code == 0)
		p->code = sc_fail(
		    p->e, p->d->err, "template: %s", sc_err_text(p->d->err));
	return v;
}

static bool
deeper(struct parser *p)
{
	if (++p->depth <= SC_MAX_TEMPLATE_DEPTH)
		return true;
	fail(p, p->l.s + p->l.at, SC_ERR_TOO_LARGE, "nested too deeply");
	return false;
}

static void
add_var(struct parser *p, const struct sc_tpl_token *t)
{
	if (p->n_vars == MAX_VARS) {
		fail(p, t->p, SC_ERR_TOO_LARGE, "too many variables");
		return;
	}
	p->vars[p->n_vars].name = t->p;
	p->vars[p->n_vars].n = t->n;
	p->n_vars++;
	if (p->def->slots < p->n_vars)
		p->def->slots = p->n_vars;
}

static unsigned
find_var(struct parser *p, const struct sc_tpl_token *t)
{
	unsigned i = p->n_vars;

	while (i-- > 0)
		if (p->vars[i].n == t->n &&
		    memcmp(p->vars[i].name, t->p, t->n) == 0)
			return i;
	fail(p, t->p, SC_ERR_MALFORMED, "undefined variable \"%.*s\"",
	    (int)(t->n > 60 ? 60 : t->n), t->p);
	return 0;
}

static struct sc_tpl_val *
constant(struct parser *p, struct sc_tpl_val *v)
{
	if (v == NULL)
		(void)alloc(p, 1);
	else
		v->literal = true;
	return v;
}

static struct sc_tpl_val *
number(struct parser *p, const struct sc_tpl_token *t)
{
	bool fraction = false;
	int64_t i;
	double f;
	size_t k;

	for (k = 0; k < t->n; k++)
		if (strchr(".eE", t->p[k]) != NULL)
			fraction = true;
	if (sc_tpl_parse_int(t->p, t->n, true, &i))
		return constant(p, sc_tpl_int(p->d, i));
	if (fraction && sc_tpl_parse_float(t->p, t->n, &f))
		return constant(p, sc_tpl_float(p->d, f));
	fail(p, t->p, SC_ERR_MALFORMED, "bad number syntax: \"%.*s\"",
	    (int)(t->n > 60 ? 60 : t->n), t->p);
	return NULL;
}

static struct sc_tpl_val *
quoted(struct parser *p, const struct sc_tpl_token *t)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_TEMPLATE);
	struct sc_tpl_val *v = NULL;
	uint32_t rune;
	size_t len;

	if (!sc_tpl_unquote(t->p, t->n, b)) {
		fail(p, t->p, SC_ERR_MALFORMED,
		    "invalid syntax in a quoted constant");
	} else if (t->type == SC_TPL_T_STRING) {
		return constant(p, sc_tpl_take(p->d, b));
	} else if (sc_buf_len(b) > 0) {
		rune = sc_tpl_rune(sc_buf_str(b), sc_buf_len(b), &len);
		if (len == sc_buf_len(b))
			v = constant(p, sc_tpl_int(p->d, (int64_t)rune));
		else
			fail(p, t->p, SC_ERR_MALFORMED,
			    "malformed character constant");
	} else {
		fail(p, t->p, SC_ERR_MALFORMED, "malformed character constant");
	}
	sc_buf_free(b);
	return v;
}

static const struct sc_tpl_pipe *pipeline(
    struct parser *p, const char *context, bool closed_by_paren);

static void
name(struct parser *p, const struct sc_tpl_token *t, struct sc_tpl_operand *o)
{
	o->type = SC_TPL_OP_CONST;
	if (is_name(t, "true") || is_name(t, "false")) {
		o->value = constant(p, sc_tpl_bool(p->d, t->n == 4));
		return;
	}
	if (is_name(t, "nil")) {
		o->value = constant(p, sc_tpl_nil(p->d));
		return;
	}
	o->type = SC_TPL_OP_FUNC;
	if ((o->fn = sc_tpl_func_find(t->p, t->n)) == NULL)
		fail(p, t->p, SC_ERR_MALFORMED, "function \"%.*s\" not defined",
		    (int)(t->n > 60 ? 60 : t->n), t->p);
}

static bool
is_keyword(const struct sc_tpl_token *t)
{
	static const char *const words[] = {"if", "else", "end", "range",
	    "with", "define", "template", "block", "break", "continue"};
	size_t i;

	/* A word that is a function elsewhere: none of these is one. */
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_name(t, words[i]))
			return true;
	return false;
}

/* False when no operand starts here. */
static bool
term(struct parser *p, struct sc_tpl_operand *o)
{
	const struct sc_tpl_token *next = look(p);
	struct sc_tpl_token t = *next;

	o->at = (size_t)(t.p - p->l.s);
	switch (t.type) {
	case SC_TPL_T_NAME:
		if (is_keyword(&t))
			return false;
		name(p, &t, o);
		break;
	case SC_TPL_T_DOT:
	case SC_TPL_T_FIELD: /* taken by the caller */
		o->type = SC_TPL_OP_DOT;
		if (t.type == SC_TPL_T_FIELD)
			return true;
		break;
	case SC_TPL_T_VAR:
		o->type = SC_TPL_OP_VAR;
		o->slot = find_var(p, &t);
		break;
	case SC_TPL_T_NUMBER:
		o->type = SC_TPL_OP_CONST;
		o->value = number(p, &t);
		break;
	case SC_TPL_T_CHAR:
	case SC_TPL_T_STRING:
		o->type = SC_TPL_OP_CONST;
		o->value = quoted(p, &t);
		break;
	case SC_TPL_T_OPEN:
		p->looked = false;
		o->type = SC_TPL_OP_PIPE;
		o->pipe = pipeline(p, "parenthesized pipeline", true);
		return p->code == 0;
	case SC_TPL_T_BAD:
	case SC_TPL_T_END:
	case SC_TPL_T_EOF:
	case SC_TPL_T_CLOSE:
	case SC_TPL_T_PIPE:
	case SC_TPL_T_DECLARE:
	case SC_TPL_T_ASSIGN:
	case SC_TPL_T_COMMA:
	default:
		return false;
	}
	p->looked = false;
	return p->code == 0;
}

/* The fields that follow an operand without a blank. */
static void
fields(struct parser *p, struct sc_tpl_operand *o, bool first)
{
	struct sc_tpl_field_name **tail = &o->fields, *f;
	const struct sc_tpl_token *t;

	for (;; first = false) {
		t = look(p);
		if (t->type != SC_TPL_T_FIELD || (t->space && !first))
			return;
		if (o->type == SC_TPL_OP_CONST) {
			unexpected(p, t, "operand");
			return;
		}
		if ((f = alloc(p, sizeof(*f))) == NULL)
			return;
		f->name = t->p + 1;
		f->n = t->n - 1;
		*tail = f;
		tail = &f->next;
		p->looked = false;
	}
}

static struct sc_tpl_operand *
operand(struct parser *p)
{
	bool field = look(p)->type == SC_TPL_T_FIELD;
	struct sc_tpl_operand *o = alloc(p, sizeof(*o));

	if (o == NULL || !term(p, o))
		return NULL;
	fields(p, o, field);
	return p->code == 0 ? o : NULL;
}

static void
check_command(struct parser *p, const struct sc_tpl_cmd *c, bool first)
{
	const struct sc_tpl_operand *o = c->args;
	const char *at = p->l.s + o->at;
	bool function = o->type == SC_TPL_OP_FUNC && o->fields == NULL;

	if (c->n > 1 && !function && o->fields == NULL)
		fail(p, at, SC_ERR_MALFORMED,
		    "can't give argument to non-function");
	else if (!first && !function && o->fields == NULL &&
	    o->type != SC_TPL_OP_VAR)
		fail(p, at, SC_ERR_MALFORMED,
		    "non executable command in pipeline");
	else if (o->type == SC_TPL_OP_CONST && o->value != NULL &&
	    o->value->kind == SC_TPL_NIL)
		fail(p, at, SC_ERR_MALFORMED, "nil is not a command");
}

static struct sc_tpl_cmd *
command(struct parser *p, bool first)
{
	struct sc_tpl_cmd *c = alloc(p, sizeof(*c));
	struct sc_tpl_operand **tail, *o;

	if (c == NULL)
		return NULL;
	tail = &c->args;
	while ((o = operand(p)) != NULL) {
		*tail = o;
		tail = &o->next;
		c->n++;
		if (!look(p)->space)
			break;
	}
	if (p->code != 0)
		return NULL;
	if (c->n == 0) {
		unexpected(p, look(p), "command");
		return NULL;
	}
	check_command(p, c, first);
	return p->code == 0 ? c : NULL;
}

/* "$x :=", "$x =" or, in range, "$i, $x :=": true when there was one. */
static bool
declaration(struct parser *p, struct sc_tpl_pipe *pipe, bool range)
{
	struct sc_tpl_lexer back = p->l;
	struct sc_tpl_token saved = *look(p), name[2], t;
	unsigned n = 1, i;

	if (saved.type != SC_TPL_T_VAR)
		return false;
	/* back is behind the first token, whether it was looked at before. */
	back = p->l;
	name[0] = take(p);
	t = take(p);
	if (t.type == SC_TPL_T_COMMA && range) {
		name[n++] = take(p);
		if (name[1].type != SC_TPL_T_VAR) {
			unexpected(p, &name[1], "range");
			return false;
		}
		t = take(p);
	}
	if (t.type != SC_TPL_T_DECLARE && t.type != SC_TPL_T_ASSIGN) {
		if (n == 2 || t.type == SC_TPL_T_COMMA)
			unexpected(p, &t, range ? "range" : "command");
		p->l = back;
		p->token = saved;
		p->looked = true;
		return false;
	}
	pipe->n_decl = n;
	if (t.type == SC_TPL_T_ASSIGN) {
		for (i = 0; i < n; i++)
			pipe->slot[i] = find_var(p, &name[i]);
		return true;
	}
	for (i = 0; i < n; i++)
		pipe->slot[i] = p->n_vars + i;
	/* Known from here on, as in Go, although not yet set. */
	for (i = 0; i < n; i++)
		add_var(p, &name[i]);
	return true;
}

static void
commands(struct parser *p, struct sc_tpl_pipe *pipe, const char *context,
    bool closed_by_paren)
{
	struct sc_tpl_cmd **tail = &pipe->cmds, *c;
	struct sc_tpl_token t;

	if (look(p)->type == SC_TPL_T_END || look(p)->type == SC_TPL_T_CLOSE) {
		fail(p, look(p)->p, SC_ERR_MALFORMED, "missing value for %s",
		    context);
		return;
	}
	for (;;) {
		if ((c = command(p, pipe->cmds == NULL)) == NULL)
			return;
		*tail = c;
		tail = &c->next;
		t = take(p);
		if (t.type == SC_TPL_T_PIPE)
			continue;
		if (t.type == (closed_by_paren ? SC_TPL_T_CLOSE : SC_TPL_T_END))
			return;
		if (closed_by_paren && t.type == SC_TPL_T_END)
			fail(p, t.p, SC_ERR_MALFORMED, "unclosed left paren");
		else
			unexpected(p, &t, context);
		return;
	}
}

static const struct sc_tpl_pipe *
pipeline(struct parser *p, const char *context, bool closed_by_paren)
{
	struct sc_tpl_pipe *pipe = alloc(p, sizeof(*pipe));

	if (pipe == NULL || !deeper(p))
		return NULL;
	pipe->at = (size_t)(look(p)->p - p->l.s);
	(void)declaration(p, pipe, strcmp(context, "range") == 0);
	if (p->code == 0)
		commands(p, pipe, context, closed_by_paren);
	p->depth--;
	return p->code == 0 ? pipe : NULL;
}

static enum list_end list(struct parser *p, struct sc_tpl_node **out);

/* What follows a list: only END or, where it may be, ELSE. */
static bool
ends(struct parser *p, enum list_end end)
{
	if (end == END_END)
		return true;
	if (end == END_EOF)
		fail(p, p->l.s + p->l.n, SC_ERR_MALFORMED,
		    "unexpected end of the template");
	else if (end == END_ELSE)
		fail(p, p->l.s + p->l.at, SC_ERR_MALFORMED,
		    "unexpected {{else}}");
	return false;
}

static struct sc_tpl_node *control(
    struct parser *p, enum sc_tpl_node_type type, size_t at);

/* Behind {{else}}: its list, or an if or with that shares our end. */
static void
otherwise(struct parser *p, struct sc_tpl_node *n)
{
	size_t at = (size_t)(look(p)->p - p->l.s);
	enum sc_tpl_node_type type = SC_TPL_IF;

	if (n->type != SC_TPL_RANGE &&
	    is_name(look(p), n->type == SC_TPL_IF ? "if" : "with")) {
		type = n->type;
		p->looked = false;
		n->otherwise = control(p, type, at);
		return;
	}
	expect_end(p, "else");
	if (p->code == 0)
		(void)ends(p, list(p, &n->otherwise));
}

static struct sc_tpl_node *
control(struct parser *p, enum sc_tpl_node_type type, size_t at)
{
	struct sc_tpl_node *n = alloc(p, sizeof(*n));
	unsigned vars = p->n_vars;
	enum list_end end;

	if (n == NULL || !deeper(p))
		return NULL;
	n->type = type;
	n->at = at;
	n->pipe = pipeline(p,
	    type == SC_TPL_IF	       ? "if"
		: type == SC_TPL_RANGE ? "range"
				       : "with",
	    false);
	if (n->pipe == NULL)
		return NULL;
	p->in_range += type == SC_TPL_RANGE;
	end = list(p, &n->body);
	p->in_range -= type == SC_TPL_RANGE;
	if (end == END_ELSE)
		otherwise(p, n);
	else
		(void)ends(p, end);
	p->n_vars = vars;
	p->depth--;
	return p->code == 0 ? n : NULL;
}

/* The quoted name of a template, in heap memory of the parse. */
static bool
template_name(
    struct parser *p, const char *context, const char **text, size_t *n)
{
	struct sc_tpl_token t = take(p);
	struct sc_tpl_val *v;

	if (t.type != SC_TPL_T_STRING) {
		unexpected(p, &t, context);
		return false;
	}
	if ((v = quoted(p, &t)) == NULL)
		return false;
	*text = v->u.s.p;
	*n = v->u.s.n;
	return true;
}

static bool
is_blank(const struct sc_tpl_node *n)
{
	size_t i;

	for (; n != NULL; n = n->next) {
		if (n->type != SC_TPL_TEXT)
			return false;
		for (i = 0; i < n->n; i++)
			if (strchr(" \t\r\n", n->text[i]) == NULL)
				return false;
	}
	return true;
}

/* The list of a define or block, as a template of its own. */
static void
definition(struct parser *p, const char *text, size_t n, const char *at)
{
	struct sc_tpl_def *outer = p->def, *def, *old;
	struct variable dollar = p->vars[0];
	struct variable *saved;
	unsigned n_vars = p->n_vars, in_range = p->in_range;
	struct sc_tpl_node *body;

	def = alloc(p, sizeof(*def));
	saved = alloc(p, n_vars * sizeof(saved[0]));
	if (def == NULL || saved == NULL || !deeper(p))
		return;
	memcpy(saved, p->vars, n_vars * sizeof(saved[0]));
	def->name = text;
	def->n = n;
	def->slots = 1;
	p->def = def;
	p->vars[0] = dollar;
	p->n_vars = 1;
	p->in_range = 0;
	(void)ends(p, list(p, &def->body));
	p->def = outer;
	memcpy(p->vars, saved, n_vars * sizeof(saved[0]));
	p->n_vars = n_vars;
	p->in_range = in_range;
	p->depth--;
	old = sc_tpl_def_find(p->t, text, n);
	if (old == NULL) {
		def->next = p->t->defs;
		p->t->defs = def;
	} else if (is_blank(old->body)) {
		body = old->body;
		old->body = is_blank(def->body) ? body : def->body;
		old->slots = def->slots;
	} else if (!is_blank(def->body)) {
		fail(p, at, SC_ERR_MALFORMED,
		    "multiple definition of template \"%.*s\"",
		    (int)(n > 60 ? 60 : n), text);
	}
}

static struct sc_tpl_node *
template_call(struct parser *p, size_t at, bool block)
{
	const char *context = block ? "block clause" : "template clause";
	struct sc_tpl_node *n = alloc(p, sizeof(*n));
	const struct sc_tpl_pipe *pipe = NULL;
	unsigned vars = p->n_vars;

	if (n == NULL || !template_name(p, context, &n->text, &n->n))
		return NULL;
	n->type = SC_TPL_TEMPLATE;
	n->at = at;
	if (!block && look(p)->type == SC_TPL_T_END)
		p->looked = false;
	else
		pipe = pipeline(p, context, false);
	n->pipe = pipe;
	p->n_vars = vars;
	if (block && p->code == 0)
		definition(p, n->text, n->n, p->l.s + at);
	return p->code == 0 ? n : NULL;
}

static void
define(struct parser *p, size_t at)
{
	const char *text;
	size_t n;

	if (p->depth > 0) {
		fail(p, p->l.s + at, SC_ERR_MALFORMED, "unexpected {{define}}");
		return;
	}
	if (!template_name(p, "define clause", &text, &n))
		return;
	expect_end(p, "define clause");
	if (p->code == 0)
		definition(p, text, n, p->l.s + at);
}

static struct sc_tpl_node *
jump(struct parser *p, const struct sc_tpl_token *t)
{
	struct sc_tpl_node *n = alloc(p, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->type = t->p[0] == 'b' ? SC_TPL_BREAK : SC_TPL_CONTINUE;
	n->at = (size_t)(t->p - p->l.s);
	expect_end(p, t->p[0] == 'b' ? "{{break}}" : "{{continue}}");
	if (p->in_range == 0)
		fail(p, t->p, SC_ERR_MALFORMED, "{{%.*s}} outside {{range}}",
		    (int)t->n, t->p);
	return n;
}

static struct sc_tpl_node *
plain_action(struct parser *p, size_t at)
{
	struct sc_tpl_node *n = alloc(p, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->type = SC_TPL_ACTION;
	n->at = at;
	n->pipe = pipeline(p, "command", false);
	return n;
}

/* One action.  A define gives no node. */
static struct sc_tpl_node *
action(struct parser *p, enum list_end *end)
{
	struct sc_tpl_token t = *look(p);
	size_t at = (size_t)(t.p - p->l.s);

	if (t.type != SC_TPL_T_NAME || !is_keyword(&t))
		return plain_action(p, at);
	p->looked = false;
	if (is_name(&t, "end")) {
		expect_end(p, "end");
		*end = END_END;
	} else if (is_name(&t, "else")) {
		*end = END_ELSE;
	} else if (is_name(&t, "if")) {
		return control(p, SC_TPL_IF, at);
	} else if (is_name(&t, "range")) {
		return control(p, SC_TPL_RANGE, at);
	} else if (is_name(&t, "with")) {
		return control(p, SC_TPL_WITH, at);
	} else if (is_name(&t, "define")) {
		define(p, at);
	} else if (is_name(&t, "template") || is_name(&t, "block")) {
		return template_call(p, at, t.p[0] == 'b');
	} else {
		return jump(p, &t);
	}
	return NULL;
}

static struct sc_tpl_node *
text_node(struct parser *p, const struct sc_tpl_piece *piece)
{
	struct sc_tpl_node *n = alloc(p, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->type = SC_TPL_TEXT;
	n->text = piece->p;
	n->n = piece->n;
	return n;
}

static enum list_end
list(struct parser *p, struct sc_tpl_node **out)
{
	struct sc_tpl_node **tail = out, *n;
	enum list_end end = END_FAILED;
	struct sc_tpl_piece piece;
	size_t at;

	while (p->code == 0 && end == END_FAILED) {
		at = p->l.at;
		sc_tpl_lex_text(&p->l, &piece);
		if (piece.bad != NULL) {
			fail(p, p->l.s + at + piece.n, SC_ERR_MALFORMED, "%s",
			    piece.bad);
			break;
		}
		if (piece.n > 0) {
			if ((n = text_node(p, &piece)) == NULL)
				break;
			*tail = n;
			tail = &n->next;
		}
		if (piece.action && (n = action(p, &end)) != NULL) {
			*tail = n;
			tail = &n->next;
		}
		if (!piece.action && p->l.at >= p->l.n)
			end = END_EOF;
	}
	return p->code == 0 ? end : END_FAILED;
}

struct sc_tpl_def *
sc_tpl_def_find(const struct sc_template *t, const char *name, size_t n)
{
	struct sc_tpl_def *def;

	for (def = t->defs; def != NULL; def = def->next)
		if (def->n == n && memcmp(def->name, name, n) == 0)
			return def;
	return NULL;
}

static int
parse(struct sc_template *t, struct sc_error *e)
{
	static const struct sc_tpl_token dollar = {
	    .type = SC_TPL_T_VAR, .p = "$", .n = 1};
	struct parser *p = calloc(1, sizeof(*p));
	enum list_end end;
	int r;

	if (p == NULL)
		return sc_fail_nomem(e);
	p->t = t;
	p->d = t->memory;
	p->l.s = t->text;
	p->l.n = t->n;
	p->e = e;
	p->def = &t->main;
	add_var(p, &dollar);
	end = list(p, &t->main.body);
	if (end == END_END || end == END_ELSE)
		fail(p, p->l.s + p->l.at, SC_ERR_MALFORMED, "unexpected {{%s}}",
		    end == END_END ? "end" : "else");
	r = p->code;
	free(p);
	return r;
}

int
sc_template_parse(
    const char *text, size_t n, struct sc_template **out, struct sc_error *e)
{
	struct sc_template *t;
	int r;

	*out = NULL;
	if (n > SC_MAX_TEMPLATE)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "the template is longer than %d bytes", SC_MAX_TEMPLATE);
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return sc_fail_nomem(e);
	t->n = n;
	t->memory = sc_tpl_data_new_max(PARSE_MEMORY);
	t->text = sc_tpl_copy(t->memory, text, n); /* may hold NULs */
	r = t->text == NULL ? sc_fail_nomem(e) : parse(t, e);
	if (r == 0) {
		*out = t;
		t = NULL; /* transferred */
	}
	sc_template_free(t);
	return r;
}

void
sc_template_free(struct sc_template *t)
{
	if (t == NULL)
		return;
	sc_tpl_data_free(t->memory);
	free(t);
}
