# tests/agent
check_PROGRAMS += tests/agent/test-floor
tests_agent_test_floor_SOURCES = tests/agent/test-floor.c
tests_agent_test_floor_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
