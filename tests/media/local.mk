# tests/media
check_PROGRAMS += tests/media/test-digest
tests_media_test_digest_SOURCES = tests/media/test-digest.c
tests_media_test_digest_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-document
tests_media_test_document_SOURCES = tests/media/test-document.c
tests_media_test_document_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-asn
tests_media_test_asn_SOURCES = tests/media/test-asn.c
tests_media_test_asn_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
