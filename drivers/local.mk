# drivers

# What opens sealed content: on the line of drivers whose types are sealed, and no other.
noinst_LIBRARIES += libunseal.a
libunseal_a_SOURCES = drivers/unseal.c drivers/unseal.h
LIBUNSEAL = libunseal.a $(LIBBASE) $(GNUTLS_LIBS) $(ZSTD_LIBS)
