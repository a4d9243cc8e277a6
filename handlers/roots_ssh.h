/*
 * The public part of the SSH authority, routes of the program roots.
 */
#ifndef SC_HANDLERS_ROOTS_SSH_H
#define SC_HANDLERS_ROOTS_SSH_H

#include "web/route.h"

sc_handler_fn sc_roots_ssh_roots, sc_roots_ssh_federation, sc_roots_ssh_hosts,
    sc_roots_ssh_check_host, sc_roots_ssh_bastion, sc_roots_ssh_config;

#endif
