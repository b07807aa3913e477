# tests/tui
check_PROGRAMS += tests/tui/test-sallyport
tests_tui_test_sallyport_SOURCES = tests/tui/test-sallyport.c \
	tests/tui/run-sallyport.c tests/tui/run-sallyport.h \
	tests/fake-agent.c tests/fake-agent.h
tests_tui_test_sallyport_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_tui_test_sallyport_DEPENDENCIES = tui/sallyport
EXTRA_DIST += tests/tui/golden
