/*
 * Talk with the person at the terminal: status lines on stderr, and prompts
 * on the terminal (stdin when it is one, else /dev/tty).  A pipe never
 * answers a prompt.
 *
 * Texts of others (a CA's message, a name in a certificate) are cleaned of
 * control characters on their way out.
 */
#ifndef SC_CLIENT_UI_H
#define SC_CLIENT_UI_H

#include <stdbool.h>
#include <stddef.h>

struct sc_error;

/* "✔ NAME: VALUE" with the reference's ANSI codes; none when NO_COLOR. */
void sc_ui_status(const char *name, const char *value);
/* A plain line; LF is added. */
void sc_ui_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * "? LABEL: ", afterwards "✔ LABEL: answer".  prefill (may be NULL) can be
 * edited.  *out malloc'ed, without LF.  INTERNAL "error allocating terminal:
 * ..." without a terminal, FORBIDDEN "error running prompt: ^C" on Ctrl-C.
 */
int sc_ui_prompt(
    const char *label, const char *prefill, char **out, struct sc_error *e);
/*
 * "LABEL: ", nothing is shown; trailing white space is cut off.  Free with
 * sc_free_secret.
 */
int sc_ui_password(const char *label, char **out, struct sc_error *e);
/*
 * One of n items, with the arrow keys or by its number; afterwards "✔ NAME:
 * ITEM".
 */
int sc_ui_select(const char *label, const char *name, const char *const *items,
    size_t n, size_t *out, struct sc_error *e);
/* "QUESTION [y/n]"; asks until it gets one. */
int sc_ui_confirm(const char *question, bool *yes, struct sc_error *e);

#endif
