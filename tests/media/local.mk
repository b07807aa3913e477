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

check_PROGRAMS += tests/media/test-chunk
tests_media_test_chunk_SOURCES = tests/media/test-chunk.c
tests_media_test_chunk_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-recipe
tests_media_test_recipe_SOURCES = tests/media/test-recipe.c
tests_media_test_recipe_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-frame-codec
tests_media_test_frame_codec_SOURCES = tests/media/test-frame-codec.c
tests_media_test_frame_codec_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-pack
tests_media_test_pack_SOURCES = tests/media/test-pack.c
tests_media_test_pack_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
