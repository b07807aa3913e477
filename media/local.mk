# libmedia: the format and why it is believed. libmediawrite: what only the mirror may do.
noinst_LIBRARIES += libmedia.a libmediawrite.a
libmedia_a_SOURCES = \
	media/frame-codec.c media/frame-codec.h \
	media/record-codec.c media/record-codec.h \
	media/pack.c media/pack.h \
	media/recipe.c media/recipe.h \
	media/recipe-stream.c media/recipe-stream.h \
	media/certificate.c media/certificate.h \
	media/chain.c media/chain.h \
	media/cms.c media/cms.h \
	media/crl.c media/crl.h \
	media/der.c media/der.h \
	media/oid.h media/sallyport-asn.h \
	media/signature.c media/signature.h \
	media/timestamp.c media/timestamp.h \
	media/digest.c media/digest.h \
	media/digest-check.c media/digest-check.h \
	media/digest-lanes.c media/digest-lanes.h \
	media/digest-lanes-path.c media/digest-lanes-path.h \
	media/digest-lanes-rounds.h \
	media/digest-lanes-avx2.c media/digest-lanes-avx512.c \
	media/digest-thread.c media/digest-thread.h \
	media/content-type.c media/content-type.h \
	media/document.c media/document.h \
	media/document-json.c media/document-json.h \
	media/export.c media/export.h \
	media/flags.c media/flags.h \
	media/floor-subject.c media/floor-subject.h \
	media/package.c media/package.h \
	media/pem.c media/pem.h \
	media/request.c media/request.h \
	media/root.c media/root.h \
	media/set.c media/set.h \
	media/trust.c media/trust-case.c media/trust-case.h \
	media/trust-crl.c media/trust-root.c media/trust.h \
	media/tree-index.c media/tree-index.h \
	media/version.c media/version.h \
	media/volume.c media/volume.h \
	media/wave.c media/wave.h
nodist_libmedia_a_SOURCES = media/sallyport-asn.c
libmediawrite_a_SOURCES = \
	media/chunk.c media/chunk.h \
	media/delta-build.c media/delta-build.h \
	media/delta-match.c media/delta-match.h \
	media/delta-records.c media/delta-records.h \
	media/frame-codec-write.c \
	media/record-codec-write.c \
	media/file-digests.c media/file-digests.h \
	media/file-unchanged.c media/file-unchanged.h \
	media/frame-queue.c media/frame-queue.h \
	media/pack-write.c \
	media/package-build.c media/package-build.h \
	media/package-source.c media/package-source.h \
	media/recipe-write.c \
	media/record-scan.c media/record-scan.h \
	media/seal.c media/seal.h \
	media/asn.c media/asn.h \
	media/export-write.c \
	media/package-write.c \
	media/root-write.c \
	media/set-write.c \
	media/sign.h
libmediawrite_a_SOURCES += \
	media/certify.c media/certify.h media/certify-crl.c \
	media/key.c media/key.h media/key-file.c media/key-file.h
libmediawrite_a_SOURCES += media/sign.c media/sign-cms.c media/sign-cms.h
libmediawrite_a_SOURCES += media/sign-timestamp.c media/sign-timestamp.h
libmediawrite_a_SOURCES += media/tsa-client.c media/tsa-client.h
libmedia_a_SOURCES += media/enrolment.c media/enrolment.h media/enrolment-file.c media/enrolment-file.h
libmediawrite_a_SOURCES += media/enrolment-write.c
libmedia_a_SOURCES += media/driver-files.c media/driver-files.h \
	media/driver-greeting.c media/driver-greeting.h
libmedia_a_SOURCES += \
	media/driver-message.c media/driver-message.h \
	media/driver-run.c media/driver-run.h
LIBMEDIA = libmedia.a $(LIBBASE) $(GNUTLS_LIBS) $(TASN1_LIBS) $(ZSTD_LIBS)
LIBMEDIAWRITE = libmediawrite.a $(LIBMEDIA) $(ARCHIVE_LIBS) $(CURL_LIBS)

# The .asn is the source; what asn1Parser makes of it is not kept.
EXTRA_DIST += media/sallyport.asn
BUILT_SOURCES += media/sallyport-asn.c
CLEANFILES += media/sallyport-asn.c
media/sallyport-asn.c: media/sallyport.asn
	$(AM_V_GEN)$(MKDIR_P) media && $(ASN1PARSER) -o $@.tmp -n sallyport_asn $(srcdir)/media/sallyport.asn >/dev/null && mv $@.tmp $@
