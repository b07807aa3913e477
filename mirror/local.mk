# sallyport-mirror: the connected side. libmirror so that tests link what the program links.
noinst_LIBRARIES += libmirror.a
libmirror_a_SOURCES = \
	mirror/catalog.c mirror/catalog.h \
	mirror/passphrase.c mirror/passphrase.h \
	mirror/repository.c mirror/repository.h \
	mirror/settings.c mirror/settings.h
LIBMIRROR = libmirror.a $(LIBMEDIAWRITE) $(INIH_LIBS)
