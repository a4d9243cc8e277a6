/*
 * The commands below ca policy that have a file of their own.
 */
#ifndef SC_CLIENT_CA_POLICY_H
#define SC_CLIENT_CA_POLICY_H

#include "client/command.h"

extern const struct sc_command sc_cmd_ca_policy_check;

#endif
