# drivers: programs that load content, one a family. libdriver is their common main; no trust code.
noinst_LIBRARIES += libdriver.a libflags.a
libdriver_a_SOURCES = \
	drivers/driver.h \
	drivers/harness.c \
	drivers/incoming.c drivers/incoming.h
LIBDRIVER = libdriver.a $(LIBBASE)
libflags_a_SOURCES = drivers/flags-supplement.c drivers/flags-supplement.h

pkglibexec_PROGRAMS += drivers/sallyport-driver-null drivers/sallyport-driver-flags
drivers_sallyport_driver_null_SOURCES = drivers/null.c
drivers_sallyport_driver_null_LDADD = $(LIBDRIVER)
drivers_sallyport_driver_flags_SOURCES = drivers/flags.c
drivers_sallyport_driver_flags_LDADD = libflags.a $(LIBDRIVER)
