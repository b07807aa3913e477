# sallyport-mirror: the connected side. libmirror so that tests link what the program links.
noinst_LIBRARIES += libmirror.a
libmirror_a_SOURCES = \
	mirror/answer.c mirror/answer.h \
	mirror/authority.c mirror/authority.h \
	mirror/belief.c mirror/belief.h \
	mirror/catalog.c mirror/catalog.h \
	mirror/ceremony.c mirror/ceremony.h \
	mirror/compose.c mirror/compose.h \
	mirror/content-check.c mirror/content-check.h \
	mirror/cosign.c mirror/cosign.h \
	mirror/decision.c mirror/decision.h \
	mirror/delta-carry.c mirror/delta-carry.h \
	mirror/delta-proof.c mirror/delta-proof.h \
	mirror/delta-table.c mirror/delta-table.h \
	mirror/export-archive.c mirror/export-archive.h \
	mirror/export-folders.c mirror/export-folders.h \
	mirror/export-job.c mirror/export-job.h \
	mirror/content-keys.c mirror/content-keys.h \
	mirror/export-plan.c mirror/export-plan.h \
	mirror/export-proof.c mirror/export-proof.h \
	mirror/export-resume.c mirror/export-resume.h \
	mirror/export-shown.c mirror/export-shown.h \
	mirror/export-since.c mirror/export-since.h \
	mirror/export-stale.c mirror/export-stale.h \
	mirror/export-tree.c mirror/export-tree.h \
	mirror/first-ring.c mirror/first-ring.h \
	mirror/export-volumes.c mirror/export-volumes.h \
	mirror/flag-table.c mirror/flag-table.h \
	mirror/flushed-file.c mirror/flushed-file.h \
	mirror/folder-stream.c mirror/folder-stream.h \
	mirror/founding.c mirror/founding.h \
	mirror/interrupt.c mirror/interrupt.h \
	mirror/inventory.c mirror/inventory.h \
	mirror/inventory-shown.c mirror/inventory-shown.h \
	mirror/inventory-tree.c mirror/inventory-tree.h \
	mirror/key-issue.c mirror/key-issue.h \
	mirror/key-store.c mirror/key-store.h \
	mirror/key-view.c mirror/key-view.h \
	mirror/keyring.c mirror/keyring.h \
	mirror/package-check.c mirror/package-check.h \
	mirror/package-issue.c mirror/package-issue.h \
	mirror/package-list.c mirror/package-list.h \
	mirror/pending.c mirror/pending.h \
	mirror/progress.c mirror/progress.h \
	mirror/promotion.c mirror/promotion.h \
	mirror/pruning.c mirror/pruning.h \
	mirror/publish-deltas.c mirror/publish-deltas.h \
	mirror/publish-package.c mirror/publish-package.h \
	mirror/read-back.c mirror/read-back.h \
	mirror/rebuild.c mirror/rebuild.h \
	mirror/reissue.c mirror/reissue.h \
	mirror/release.c mirror/release.h \
	mirror/report.c mirror/report.h \
	mirror/repository.c mirror/repository.h \
	mirror/requirement.c mirror/requirement.h \
	mirror/resign.c mirror/resign.h \
	mirror/revocation.c mirror/revocation.h \
	mirror/revocation-list.c mirror/revocation-list.h \
	mirror/ring.c mirror/ring.h \
	mirror/ring-report.c mirror/ring-report.h \
	mirror/root-pem.c mirror/root-pem.h \
	mirror/rotation.c mirror/rotation.h \
	mirror/serve.c mirror/serve.h \
	mirror/serve-answer.c mirror/serve-client.c mirror/serve-socket.c \
	mirror/settings.c mirror/settings.h \
	mirror/settings-edit.c mirror/settings-edit.h \
	mirror/store-stream.c mirror/store-stream.h \
	mirror/source.c mirror/source.h \
	mirror/source-archive.c mirror/source-archive.h \
	mirror/source-compile.c mirror/source-compile.h \
	mirror/source-content.c mirror/source-content.h \
	mirror/source-convert.c mirror/source-convert.h \
	mirror/source-date.c mirror/source-date.h \
	mirror/source-hold.c mirror/source-hold.h \
	mirror/store-batch.c mirror/store-batch.h \
	mirror/store.c mirror/store.h \
	mirror/sync.c mirror/sync.h \
	mirror/sync-documents.c mirror/sync-documents.h \
	mirror/sync-found.c mirror/sync-found.h \
	mirror/sync-frames.c mirror/sync-frames.h \
	mirror/sync-trust.c mirror/sync-trust.h \
	mirror/tree-list.c mirror/tree-list.h \
	mirror/tree-walk.c mirror/tree-walk.h \
	mirror/upstream.c mirror/upstream.h \
	mirror/withdrawal.c mirror/withdrawal.h \
	mirror/volume-plan.c mirror/volume-plan.h
LIBMIRROR = libmirror.a $(LIBMEDIAWRITE) $(INIH_LIBS) $(MICROHTTPD_LIBS)

bin_PROGRAMS += mirror/sallyport-mirror
mirror_sallyport_mirror_SOURCES = \
	mirror/commands.h \
	mirror/cmd-abort.c \
	mirror/cmd-cosign.c \
	mirror/cmd-enroll.c \
	mirror/cmd-export.c \
	mirror/cmd-flags.c \
	mirror/cmd-init.c \
	mirror/cmd-keys-content.c \
	mirror/cmd-keys-issue.c \
	mirror/cmd-keys-status.c \
	mirror/cmd-list.c \
	mirror/cmd-promote.c \
	mirror/cmd-prune.c \
	mirror/cmd-publish.c \
	mirror/cmd-refresh.c \
	mirror/cmd-reissue.c \
	mirror/cmd-revoke.c \
	mirror/cmd-rotate-root.c \
	mirror/cmd-serve.c \
	mirror/cmd-show.c \
	mirror/cmd-sync.c \
	mirror/cmd-verify.c \
	mirror/cmd-withdraw.c \
	mirror/main.c
mirror_sallyport_mirror_LDADD = $(LIBMIRROR)

# Reads archives, in a sandbox of its own, and nothing else.
pkglibexec_PROGRAMS += mirror/sallyport-unpack
mirror_sallyport_unpack_SOURCES = \
	mirror/unpack.c mirror/unpack.h \
	mirror/unpack-end.c mirror/unpack-end.h \
	mirror/unpack-main.c
mirror_sallyport_unpack_LDADD = $(LIBBASE) $(ARCHIVE_LIBS)
