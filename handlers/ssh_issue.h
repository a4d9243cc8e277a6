/*
 * What the programs that issue SSH certificates share.
 */
#ifndef SC_HANDLERS_SSH_ISSUE_H
#define SC_HANDLERS_SSH_ISSUE_H

struct sc_error;
struct sc_ssh_key;

/*
 * A public key from its member of the document: base64 of the key blob.
 * MALFORMED with client text that names the member.
 */
int sc_ssh_issue_key(const char *text, const char *member,
    struct sc_ssh_key **out, struct sc_error *e);

#endif
