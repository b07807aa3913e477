check_PROGRAMS += tests/media/base/test-bytes
tests_media_base_test_bytes_SOURCES = tests/media/base/test-bytes.c
tests_media_base_test_bytes_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
