/*
 * Subject alternative names as typed text, in the four kinds the reference
 * handles without a template.
 */
#ifndef SC_CRYPTO_SAN_H
#define SC_CRYPTO_SAN_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;

/* In the order in which they are encoded. */
enum sc_san_type {
	SC_SAN_DNS,
	SC_SAN_EMAIL,
	SC_SAN_IP,
	SC_SAN_URI
};

struct sc_san {
	enum sc_san_type type;
	char *value; /* IP addresses in canonical text (RFC 5952) */
};
struct sc_sans { /* zero-initialise; clear when done */
	struct sc_san *v;
	size_t n;
};

/*
 * Type a name as the reference does: IP, else URL with a scheme, else
 * contains '@', else DNS; empty strings are dropped (returns 0, adds
 * nothing).  Appends.  MALFORMED beyond SC_MAX_SANS.
 */
int sc_sans_add_auto(struct sc_sans *s, const char *text, struct sc_error *e);
int sc_sans_add(struct sc_sans *s, enum sc_san_type type, const char *text,
    struct sc_error *e);
/* Appends. */
int sc_sans_copy(
    struct sc_sans *to, const struct sc_sans *from, struct sc_error *e);
void sc_sans_clear(struct sc_sans *s);
/* Text value of a DNS/email/URI, or the address bytes of an IP (4 or 16). */
int sc_san_ip_bytes(const char *text, uint8_t out[16], size_t *n);
/*
 * Refuse what must never be certified (rows C7-C9): DNS with NUL, blanks,
 * control characters, non-ASCII, empty or over-long labels, trailing dot, a
 * '*' that is not the whole first label, an IP address spelled as DNS;
 * malformed mail addresses; URIs with userinfo, control characters or without
 * host for http(s), and javascript:.  FORBIDDEN/MALFORMED with client text.
 */
int sc_san_check(const struct sc_san *s, struct sc_error *e);
/* "DNS", "email", ... for messages: "dns", "email", "ip", "uri". */
const char *sc_san_type_name(enum sc_san_type t);

#endif
