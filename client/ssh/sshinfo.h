/*
 * What an SSH certificate says, as text and as JSON.
 */
#ifndef SC_CLIENT_SSHINFO_H
#define SC_CLIENT_SSHINFO_H

struct sc_buf;
struct sc_error;
struct sc_ssh_cert;
struct sc_ssh_key;
struct json_object;

/* As "ssh inspect" shows it; name is that of the file.  Times are local. */
int sc_sshinfo_text(
    const struct sc_ssh_cert *c, const char *name, struct sc_buf *b);
/* The caller puts *out.  NOMEM. */
int sc_sshinfo_json(
    const struct sc_ssh_cert *c, const char *name, struct json_object **out);
/*
 * "256 SHA256:... COMMENT (ECDSA)", as ssh-keygen -l: the hash of the key, or
 * of the whole certificate `whole` (may be NULL); cert: "(ECDSA-CERT)".
 */
int sc_sshinfo_line(const struct sc_ssh_key *k, const struct sc_ssh_cert *whole,
    const char *comment, int cert, struct sc_buf *b);

#endif
