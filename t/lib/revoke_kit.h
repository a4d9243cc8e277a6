/*
 * Many revocations in a store, without the requests.
 */
#ifndef SC_T_REVOKE_KIT_H
#define SC_T_REVOKE_KIT_H

#include <stddef.h>

/*
 * Revoke n serial numbers of 16 octets (0x5a at one end, 0 to n - 1 at the
 * other) in the store of that folder, from several processes.  0, or not.
 */
int revoke_kit_fill(const char *folder, size_t n);
/* Likewise of SSH certificates, scattered over the 8 octets of theirs. */
int revoke_kit_fill_ssh(const char *folder, size_t n);

#endif
