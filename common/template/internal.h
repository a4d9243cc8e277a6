/*
 * What the parser makes of a template's text, and what the evaluator and the
 * functions share.
 */
#ifndef SC_TEMPLATE_INTERNAL_H
#define SC_TEMPLATE_INTERNAL_H

#include "template/value.h"

struct sc_buf;
struct sc_error;
struct sc_tpl_call;

/*
 * A function of the language.  args has a letter for each argument: a any,
 * s string, i int, f float, b bool, m map, t time; a '*' behind the last:
 * none or more of it.
 */
struct sc_tpl_func {
	const char *name;
	const char *args;
	struct sc_tpl_val *(*fn)(struct sc_tpl_call *c);
};
/* NULL when there is none. */
const struct sc_tpl_func *sc_tpl_func_find(const char *name, size_t n);
/* and, or: the arguments that do not decide are not evaluated. */
bool sc_tpl_func_is_and(const struct sc_tpl_func *f);
bool sc_tpl_func_is_or(const struct sc_tpl_func *f);

struct sc_tpl_field_name {
	const char *name;
	size_t n;
	struct sc_tpl_field_name *next;
};

enum sc_tpl_operand_type {
	SC_TPL_OP_DOT,
	SC_TPL_OP_CONST,
	SC_TPL_OP_VAR,
	SC_TPL_OP_FUNC,
	SC_TPL_OP_PIPE
};

struct sc_tpl_pipe;
struct sc_tpl_operand {
	enum sc_tpl_operand_type type;
	size_t at; /* offset in the text, as all of these */
	struct sc_tpl_val *value;
	unsigned slot; /* of a variable */
	const struct sc_tpl_func *fn;
	const struct sc_tpl_pipe *pipe;
	struct sc_tpl_field_name *fields;
	struct sc_tpl_operand *next;
};

struct sc_tpl_cmd {
	struct sc_tpl_operand *args;
	unsigned n;
	struct sc_tpl_cmd *next;
};

struct sc_tpl_pipe {
	size_t at;
	unsigned n_decl; /* variables that it sets: 0 to 2 */
	unsigned slot[2];
	struct sc_tpl_cmd *cmds;
};

enum sc_tpl_node_type {
	SC_TPL_TEXT,
	SC_TPL_ACTION,
	SC_TPL_IF,
	SC_TPL_RANGE,
	SC_TPL_WITH,
	SC_TPL_TEMPLATE,
	SC_TPL_BREAK,
	SC_TPL_CONTINUE
};

struct sc_tpl_node {
	enum sc_tpl_node_type type;
	size_t at;
	const char *text; /* or the name of a template */
	size_t n;
	const struct sc_tpl_pipe *pipe;
	struct sc_tpl_node *body, *otherwise, *next;
};

struct sc_tpl_def {
	const char *name;
	size_t n;
	struct sc_tpl_node *body;
	unsigned slots; /* variables at once, "$" included */
	struct sc_tpl_def *next;
};

struct sc_template {
	struct sc_tpl_data *memory;
	char *text;
	size_t n;
	struct sc_tpl_def main;
	struct sc_tpl_def *defs;
};
struct sc_tpl_def *sc_tpl_def_find(
    const struct sc_template *t, const char *name, size_t n);
/* "line L column C" of an offset. */
void sc_tpl_position(
    const char *text, size_t n, size_t at, unsigned *line, unsigned *column);

/* The whole of a quoted constant, with its quotes; false when malformed. */
bool sc_tpl_unquote(const char *s, size_t n, struct sc_buf *out);
/* s[0..n) as UTF-8 of one code point, at most 4 bytes. */
size_t sc_tpl_put_rune(char out[4], uint32_t rune);
/*
 * The next code point of s[0..n), n > 0, and its length; a byte that is not
 * UTF-8 is U+FFFD of length 1.
 */
uint32_t sc_tpl_rune(const char *s, size_t n, size_t *len);

struct sc_tpl_exec {
	const struct sc_template *tpl;
	struct sc_tpl_data *d;
	struct sc_buf *out;
	struct sc_error *e;
	int code; /* the first failure's, 0 when there was none */
	size_t at; /* the command at work */
	unsigned depth;
	/* Where out stands, when it is to be JSON. */
	bool json;
	bool in_string, escaped;
	size_t seen; /* how much of out that covers */
};

/* One call of a function. */
struct sc_tpl_call {
	struct sc_tpl_exec *x;
	struct sc_tpl_data *d; /* of x */
	const struct sc_tpl_func *fn;
	struct sc_tpl_val **arg;
	size_t n;
};

/*
 * Record why the execution fails; NULL, so that functions can return it.
 * Running out of memory needs no such record.
 */
struct sc_tpl_val *sc_tpl_fail(struct sc_tpl_exec *x, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Call f with n checked arguments. */
struct sc_tpl_val *sc_tpl_call(struct sc_tpl_exec *x,
    const struct sc_tpl_func *f, struct sc_tpl_val **arg, size_t n);

/* fmt.Sprint of one value, and fmt.Sprintf. */
void sc_tpl_print(
    struct sc_tpl_data *d, struct sc_buf *out, const struct sc_tpl_val *v);
void sc_tpl_printf(struct sc_tpl_data *d, struct sc_buf *out, const char *fmt,
    size_t n, struct sc_tpl_val *const *arg, size_t n_arg);
/* sprig's strval: fmt.Sprint, but bytes as text. */
struct sc_tpl_val *sc_tpl_text(struct sc_tpl_data *d, struct sc_tpl_val *v);
/* strconv.Quote. */
void sc_tpl_quote(struct sc_buf *out, const char *s, size_t n);
/*
 * The fewest digits that read back as f; with an exponent below small and
 * from big on.
 */
void sc_tpl_put_float(struct sc_buf *out, double f, int small, int big);
/* json.Marshal; indent NULL: compact; html: < > & are escaped. */
bool sc_tpl_put_json(struct sc_tpl_exec *x, struct sc_buf *out,
    const struct sc_tpl_val *v, const char *indent, bool html);

/* cast.ToInt64 and ToFloat64: 0 for what is no number. */
int64_t sc_tpl_to_int(const struct sc_tpl_val *v);
double sc_tpl_to_float(const struct sc_tpl_val *v);
/* A new buffer for a text; its size is bounded. */
struct sc_buf *sc_tpl_buf(void);

/* Go's time layouts. */
void sc_tpl_time_format(struct sc_buf *out, const struct sc_tpl_instant *t,
    const char *layout, size_t n);
bool sc_tpl_time_parse(const char *layout, size_t layout_n, const char *s,
    size_t n, bool local, struct sc_tpl_instant *t);
struct sc_tpl_instant sc_tpl_now(void);
/* In "UTC" or "Local"; any other zone is taken for UTC. */
void sc_tpl_time_zone(struct sc_tpl_instant *t, const char *zone);

/* The tables of functions, by group; each ends with a NULL name. */
extern const struct sc_tpl_func sc_tpl_funcs_core[];
extern const struct sc_tpl_func sc_tpl_funcs_string[];
extern const struct sc_tpl_func sc_tpl_funcs_case[];
extern const struct sc_tpl_func sc_tpl_funcs_list[];
extern const struct sc_tpl_func sc_tpl_funcs_dict[];
extern const struct sc_tpl_func sc_tpl_funcs_number[];
extern const struct sc_tpl_func sc_tpl_funcs_date[];
extern const struct sc_tpl_func sc_tpl_funcs_regex[];
extern const struct sc_tpl_func sc_tpl_funcs_encode[];
extern const struct sc_tpl_func sc_tpl_funcs_value[];
extern const struct sc_tpl_func sc_tpl_funcs_asn1[];
extern const struct sc_tpl_func sc_tpl_funcs_version[];

#endif
