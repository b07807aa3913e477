# tests/shape: the form of the tree itself. Each script also shows that it sees what is planted.
SHAPE_TESTS = \
	tests/shape/banned.sh \
	tests/shape/codes.sh \
	tests/shape/headers.sh \
	tests/shape/includes.sh \
	tests/shape/limits.sh \
	tests/shape/links.sh \
	tests/shape/packages.sh \
	tests/shape/pages.sh \
	tests/shape/scripts.sh \
	tests/shape/top.sh \
	tests/shape/types.sh
TESTS += $(SHAPE_TESTS)
EXTRA_DIST += $(SHAPE_TESTS) tests/tap.sh
