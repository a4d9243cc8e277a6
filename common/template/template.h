/*
 * Text templates as Go's text/template reads them, with the functions that
 * certificate templates use: the language's own, sprig's without those that
 * look at the environment, at files or at the network or that make keys, and
 * toTime, formatTime, parseTime, toTimeLayout, asn1Enc, asn1Seq, asn1Set.
 *
 * A template is parsed once and constant afterwards.  Each execution has data
 * of its own, which is also the memory that the execution uses; steps, memory,
 * output and depth are bounded by limits.h.
 */
#ifndef SC_TEMPLATE_TEMPLATE_H
#define SC_TEMPLATE_TEMPLATE_H

#include <stddef.h>

struct sc_buf;
struct sc_error;
struct sc_template;
struct sc_tpl_data;

/*
 * MALFORMED ("line 2 column 7: ..."), TOO_LARGE (longer than SC_MAX_TEMPLATE,
 * deeper than SC_MAX_TEMPLATE_DEPTH) or NOMEM.  Columns count bytes from 1.
 */
int sc_template_parse(
    const char *text, size_t n, struct sc_template **out, struct sc_error *e);
void sc_template_free(struct sc_template *t);

/*
 * Append what t makes of data.  A template that calls fail is FORBIDDEN with
 * its message as the whole client text; an error while it runs is MALFORMED
 * (line and column in the message), a bound that is reached TOO_LARGE.  After
 * a failure out holds a part of the text.
 */
int sc_template_exec(const struct sc_template *t, struct sc_tpl_data *data,
    struct sc_buf *out, struct sc_error *e);
/*
 * The same for a template that writes JSON: what an action prints between the
 * quotes of a JSON string is escaped (RFC 8259 section 7), so that a value
 * cannot end that string.  Between strings an action prints as it is told, and
 * wants toJson.
 */
int sc_template_exec_json(const struct sc_template *t, struct sc_tpl_data *data,
    struct sc_buf *out, struct sc_error *e);

#endif
