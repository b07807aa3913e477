/* SPDX-License-Identifier: ISC
 *
 * A volume of an export as one file or stream that holds the same tree: a plain tar, in the order in
 * which it can be imported in one pass (FORMAT, root documents, lists, sets, packages, recipes,
 * packs, the export document), or an ISO image.
 */
#ifndef MIRROR_EXPORT_ARCHIVE_H
#define MIRROR_EXPORT_ARCHIVE_H

#include "mirror/export-job.h"

enum export_archive_form { EXPORT_TAR, EXPORT_ISO };

struct export_archive {
    struct export_job job; /* filled in by the caller, as is form */
    enum export_archive_form form;
    int dirfd;      /* of the folder of the file; -1: a pipe */
    int fd;         /* what is written */
    char name[256]; /* of the file in its folder */
    char part[300]; /* what it is called until it is whole */
    uint64_t size;  /* once written */
    uint8_t digest[DIGEST_BYTES];
    bool direct; /* read back past the page cache */
};

/* For a file: its folder must be there, and nothing but a regular file may have its name. "-" is
 * standard output, which must not be a terminal. With dry nothing is made.
 * export_archive_close() in every case. */
int export_archive_open(struct export_archive *archive, const char *destination, bool dry,
                        struct error *err) ERROR_MUST_CHECK;
void export_archive_close(struct export_archive *archive);

/* Bytes free where the file goes; and, for an ISO, in the folder of its spool (TMPDIR), which takes
 * as much again. UINT64_MAX for a pipe. */
int export_archive_space(const struct export_archive *archive, uint64_t *free_bytes,
                         uint64_t *spool_bytes, struct error *err) ERROR_MUST_CHECK;

/* Writes it. A file has its name only when it is whole and flushed. */
int export_archive_write(struct export_archive *archive, const struct key *key,
                         struct error *err) ERROR_MUST_CHECK;

/* Reads the file back and compares. A pipe can't be: success, and nothing is known. */
int export_archive_verify(struct export_archive *archive, struct error *err) ERROR_MUST_CHECK;

#endif
