# sallyport-mirror: the connected side. libmirror so that tests link what the program links.
noinst_LIBRARIES += libmirror.a
libmirror_a_SOURCES = \
	mirror/belief.c mirror/belief.h \
	mirror/catalog.c mirror/catalog.h \
	mirror/content-check.c mirror/content-check.h \
	mirror/keyring.c mirror/keyring.h \
	mirror/passphrase.c mirror/passphrase.h \
	mirror/rebuild.c mirror/rebuild.h \
	mirror/report.c mirror/report.h \
	mirror/repository.c mirror/repository.h \
	mirror/ring.c mirror/ring.h \
	mirror/settings.c mirror/settings.h \
	mirror/source.c mirror/source.h \
	mirror/source-archive.c mirror/source-archive.h \
	mirror/store.c mirror/store.h
LIBMIRROR = libmirror.a $(LIBMEDIAWRITE) $(INIH_LIBS)
