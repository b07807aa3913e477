# sallyport-mirror: the connected side. libmirror so that tests link what the program links.
noinst_LIBRARIES += libmirror.a
libmirror_a_SOURCES = \
	mirror/belief.c mirror/belief.h \
	mirror/catalog.c mirror/catalog.h \
	mirror/keyring.c mirror/keyring.h \
	mirror/passphrase.c mirror/passphrase.h \
	mirror/report.c mirror/report.h \
	mirror/repository.c mirror/repository.h \
	mirror/settings.c mirror/settings.h \
	mirror/store.c mirror/store.h
LIBMIRROR = libmirror.a $(LIBMEDIAWRITE) $(INIH_LIBS)
