/*
 * What the unit tests of common/authority share: authorities in folders of
 * their own, from one set of keys.
 */
#ifndef SC_T_AUTHORITY_KIT_H
#define SC_T_AUTHORITY_KIT_H

#include <stdint.h>

struct sc_authority;

#define KIT_CA_NOW INT64_C(1893456000) /* 2030-01-01, when it was made */

/*
 * A new authority with the keys of all others, state and ca.json of its own,
 * and this member in it.  It becomes the one at hand.
 */
void kit_ca_make(const char *name, const char *member, const char *json);
/* ca.json once more, with this member. */
void kit_ca_configure(const char *member, const char *json);
/* A file of it; four such paths live at a time. */
const char *kit_ca_path(const char *name);
/* A worker; NULL and a failed check when that fails. */
struct sc_authority *kit_ca_open(unsigned needs);

#endif
