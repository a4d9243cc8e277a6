/*
 * Tables of flags that several commands share.
 */
#ifndef SC_CLIENT_CA_OPTIONS_H
#define SC_CLIENT_CA_OPTIONS_H

#include "client/command.h"

/* --force, -f */
extern const struct sc_opt sc_options_force[];
/*
 * Which provisioner, and its password: --provisioner = --issuer, --kid,
 * --provisioner-password-file = --password-file.
 */
extern const struct sc_opt sc_options_provisioner[];
/* --offline, --ca-config */
extern const struct sc_opt sc_options_offline[];
/* --set, --set-file */
extern const struct sc_opt sc_options_set[];

#endif
