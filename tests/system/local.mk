# tests/system: whole programs, from publish to a healthy endpoint. `make check SYSTEM_TESTS=` runs
# all the others.
SYSTEM_TESTS =
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS)
