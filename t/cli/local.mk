# Tests of stepc that need no server.
SC_CLI_TESTS = t/cli/ca.t t/cli/crypto.t
TESTS += $(SC_CLI_TESTS)
EXTRA_DIST += $(SC_CLI_TESTS)
