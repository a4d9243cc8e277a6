/*
 * Passwords and keys of a client do not end in a core file; the programs that
 * it starts are not its business.
 */
#ifndef SC_CLIENT_CORE_H
#define SC_CLIENT_CORE_H

/* Once, at start. */
void sc_core_forbid(void);
/* For a program about to be started: the limit as stepc found it, or ours. */
void sc_core_for_child(void);
void sc_core_for_us(void);

#endif
