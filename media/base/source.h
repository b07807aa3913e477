/* SPDX-License-Identifier: ISC
 *
 * A source: where a tree can be read from (a folder, a tar file, an HTTP mirror, a filesystem inside
 * a block device or a file), and the program that reads it. One row a kind; whoever imports, inspects
 * or syncs knows no kinds.
 */
#ifndef MEDIA_BASE_SOURCE_H
#define MEDIA_BASE_SOURCE_H

#include <stdbool.h>

#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/base/spawn.h"

struct source_kind;

struct source {
    const struct source_kind *kind;
    char *location;
    int fd; /* what the reader is given: folder, device, file, pinned CA; -1: nothing */
};

/* The name of a kind as a configuration says it, in order; NULL past the last. A configuration tells
 * URLs from paths by it; what lies at a path when it is opened decides which reader gets it. */
const char *source_kind_name(size_t i);

/* Whether location is an absolute path or the URL of a mirror, by its form alone. kind: it must be
 * of that kind; NULL: any. ERROR_USAGE says what is expected. */
int source_check(const char *location, const char *kind, struct error *err) ERROR_MUST_CHECK;

/* What a person gave on a command line: the whole path of what exists, or the URL as it is. ERROR_NOT_FOUND, ERROR_IO, ERROR_USAGE. */
int source_resolve(const char *given, char location[static LIMIT_PATH_BYTES + 1],
                   struct error *err) ERROR_MUST_CHECK;

/* Opens what the reader will be given. ca: PEM file of the authority that an https mirror's
 * certificate must come from, and the only one. source_close() in every case. ERROR_NOT_FOUND,
 * ERROR_NOT_A_MEDIUM, ERROR_IO; ERROR_CONFIG for https without ca. */
int source_open(const char *location, const char *ca, struct source *source,
                struct error *err) ERROR_MUST_CHECK;
void source_close(struct source *source);

/* Where reading from it failed: if the disk that it lies on is no longer there, *err becomes
 * ERROR_MEDIUM_GONE and this is true: nothing is wrong with a medium that was pulled. */
bool source_explain(const struct source *source, struct error *err);
/* Whether an error may come of reading at all. source_explain() waits for a disk to go, at most a second: who
 * asks for many errors asks once for those. */
bool source_reading_failed(const struct error *err);

/* Whether this is a folder: its fd can be looked into. */
bool source_is_folder(const struct source *source);

/* Name of the program that reads it. */
const char *source_reader(const struct source *source);

/* Starts the reader from the folder libexec. *socket, the end for its client, is the caller's to
 * close; child->log is readable without waiting. */
int source_start_reader(const struct source *source, const char *libexec, const char *user,
                        int *socket, struct child *child, struct error *err) ERROR_MUST_CHECK;

#endif
