/* SPDX-License-Identifier: ISC
 *
 * The other mirror's tree by name, through a sandboxed reader: a folder, a medium, an HTTP mirror.
 * What comes from it is bytes that nobody has judged, under names that prove nothing.
 */
#ifndef MIRROR_UPSTREAM_H
#define MIRROR_UPSTREAM_H

#include "media/base/reader.h"
#include "media/base/source.h"
#include "media/export.h"
#include "media/trust.h"
#include "media/volume.h"

/* A file as it was read, for a list that is judged only later. */
struct upstream_file {
    char path[VOLUME_NAME_BYTES];
    uint64_t size;
    uint8_t digest[DIGEST_BYTES];
};

struct upstream {
    struct source source;
    struct child child;
    struct reader *reader;
    int socket;
    uint64_t ignored;               /* names that are none of the format's */
    struct export_document *export; /* a medium's; NULL: none, or not judged yet */
    size_t file_count, file_capacity;
    struct upstream_file *files; /* read before the export document was */
};

/* Starts the reader of the folder libexec and checks FORMAT. location as source_resolve() gives it;
 * ca as source_open() has it. upstream_close() in every case. ERROR_NOT_A_MEDIUM,
 * ERROR_BAD_FORMAT_FILE, and what source_open and reader_open say. */
int upstream_open(const char *location, const char *ca, const char *libexec,
                  struct upstream *upstream, struct error *err) ERROR_MUST_CHECK;
void upstream_close(struct upstream *upstream);

/* A whole file, at most limit bytes; out is initialised here. Every failure names the file;
 * ERROR_NOT_FOUND when it is absent. */
int upstream_read(struct upstream *upstream, const struct volume_name *name, size_t limit,
                  struct bytes *out, struct error *err) ERROR_MUST_CHECK;

/* Judges the export document, which media have and HTTP mirrors have not, and holds against it what
 * was read before and everything that upstream_read() gives from then on: a medium is taken as it
 * was written, not as it was put together since. ERROR_MIXED_EXPORT, and what trust_judge says. */
int upstream_check_export(struct upstream *upstream, struct trust *trust,
                          struct error *err) ERROR_MUST_CHECK;

/* The names of one kind in a folder of the tree ("root" for sallyport/root); others are counted and
 * ignored. *names is the caller's (free). An absent folder has none. ERROR_LIMIT past limit. */
int upstream_list(struct upstream *upstream, const char *folder, enum volume_kind kind,
                  size_t limit, struct volume_name **names, size_t *count,
                  struct error *err) ERROR_MUST_CHECK;

/* Whether a failure is of the source as a whole: nothing more can be read from it. */
bool upstream_is_gone(const struct error *err);

#endif
