# libmedia: the format and why it is believed. libmediawrite: what only the mirror may do.
noinst_LIBRARIES += libmedia.a libmediawrite.a
libmedia_a_SOURCES = \
	media/digest.c media/digest.h \
	media/document.c media/document.h
libmediawrite_a_SOURCES = \
	media/sign.h
LIBMEDIA = libmedia.a $(LIBBASE) $(GNUTLS_LIBS) $(TASN1_LIBS) $(ZSTD_LIBS)
LIBMEDIAWRITE = libmediawrite.a $(LIBMEDIA) $(ARCHIVE_LIBS) $(CURL_LIBS)
