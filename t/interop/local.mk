# Against what the reference is made of, where it is installed.
TESTS += t/interop/templates.sh
EXTRA_DIST += t/interop/templates.sh t/interop/templates/main.go

# A server and a client of the reference; the first test to run builds them.
SC_INTEROP = t/interop/both.t t/interop/client.t t/interop/library.t
TESTS += $(SC_INTEROP)
EXTRA_DIST += $(SC_INTEROP) t/interop/build.sh t/interop/differences.json \
	t/interop/reference/main.go t/interop/reference/client.go \
	t/lib/stepc_cases.py t/lib/stepc_cases_ssh.py \
	t/lib/stepc_cases_vouched.py t/lib/stepc_compare.py \
	t/lib/stepc_observe.py t/lib/stepc_reference.py

clean-local: clean-reference
clean-reference:
	rm -rf t/interop/reference.d
.PHONY: clean-reference
