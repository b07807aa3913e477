# Tests mirror the sources. Each folder lists its own.
if HAVE_CMOCKA
include tests/media/base/local.mk
include tests/media/local.mk
include tests/agent/local.mk
include tests/drivers/local.mk
include tests/mirror/local.mk
include tests/tui/local.mk
include tests/attack/local.mk
endif
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/system/local.mk
include tests/shape/local.mk
TESTS += $(check_PROGRAMS)
EXTRA_DIST += tests/coverage.sh tests/run-unit.sh \
	tests/run.h tests/scratch.h tests/test.h
