/*
 * What the programs that issue X.509 certificates share.
 */
#ifndef SC_HANDLERS_ISSUE_H
#define SC_HANDLERS_ISSUE_H

struct json_object;
struct sc_csr;
struct sc_error;
struct sc_log_line;
struct sc_sign_info;
struct sc_timespec;

/* Whatever is wrong with the document's form has one text on the wire. */
int sc_issue_undecodable(struct sc_error *e);
/*
 * The document's member csr, its signature verified.  MALFORMED with client
 * text: missing, unreadable, or not signed by its key.
 */
int sc_issue_csr(const char *pem, struct sc_csr **out, struct sc_error *e);
/* A member that is a time or a duration; MALFORMED. */
int sc_issue_time(struct json_object *doc, const char *name,
    struct sc_timespec *out, struct sc_error *e);
/* Who asked for what, as far as known. */
void sc_issue_log(struct sc_log_line *log, const struct sc_sign_info *info);

#endif
