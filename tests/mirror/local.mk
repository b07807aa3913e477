# tests/mirror
check_PROGRAMS += tests/mirror/test-catalog
tests_mirror_test_catalog_SOURCES = tests/mirror/test-catalog.c tests/scratch.h
tests_mirror_test_catalog_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-passphrase
tests_mirror_test_passphrase_SOURCES = tests/mirror/test-passphrase.c tests/scratch.h
tests_mirror_test_passphrase_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-repository
tests_mirror_test_repository_SOURCES = tests/mirror/test-repository.c tests/scratch.h
tests_mirror_test_repository_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-settings
tests_mirror_test_settings_SOURCES = tests/mirror/test-settings.c tests/scratch.h
tests_mirror_test_settings_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
