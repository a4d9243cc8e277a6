/*
 * The commands that read and change provisioners in ca.json, for the table of
 * their group.
 */
#ifndef SC_CLIENT_CA_PROVISIONER_EDIT_H
#define SC_CLIENT_CA_PROVISIONER_EDIT_H

#include "client/command.h"

extern const struct sc_command sc_cmd_ca_provisioner_add;
extern const struct sc_command sc_cmd_ca_provisioner_get;
extern const struct sc_command sc_cmd_ca_provisioner_remove;
extern const struct sc_command sc_cmd_ca_provisioner_update;
extern const struct sc_command sc_cmd_ca_provisioner_webhook;

#endif
