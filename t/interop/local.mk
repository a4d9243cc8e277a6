# Against what the reference is made of, where it is installed.
TESTS += t/interop/templates.sh
EXTRA_DIST += t/interop/templates.sh t/interop/templates/main.go
