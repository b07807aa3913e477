/* SPDX-License-Identifier: ISC
 *
 * Taking an archive apart: done by sallyport-unpack alone, in its sandbox, with the archive and one
 * empty folder as all that it sees. Regular files with names of the format come out, nothing else;
 * whatever is not wanted is refused by name.
 *
 * Conversation: the parent sends UNPACK_BEGIN {"bytes"}; one answer ends it, UNPACK_DONE {"files",
 * "bytes"}, UNPACK_NO_ARCHIVE {} or UNPACK_REFUSED {"code", "words"}. Tests send UNPACK_SELFTEST {}
 * in its place: UNPACK_DONE with zeros when the sandbox holds, else UNPACK_REFUSED.
 */
#ifndef MIRROR_UNPACK_H
#define MIRROR_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/spawn.h"

#define UNPACK_PROGRAM    "sallyport-unpack"
#define UNPACK_ARCHIVE_FD SPAWN_FD_FIRST       /* the archive, readable and seekable */
#define UNPACK_FOLDER_FD  (SPAWN_FD_FIRST + 1) /* the empty folder */
#define UNPACK_MESSAGE    16384                /* bytes of the longest */

#define UNPACK_NO_SANDBOX 2 /* exit status: nothing was read */

enum unpack_message {
    UNPACK_BEGIN = 1,
    UNPACK_DONE,
    UNPACK_NO_ARCHIVE,
    UNPACK_REFUSED,
    UNPACK_SELFTEST
};

struct unpack_result {
    uint64_t entries, files, bytes;
    bool is_archive; /* a format that is read here; else nothing was done */
};

/* Writes at most limit_bytes beneath folder_fd. ERROR_BAD_CONTENT names entry and reason,
 * ERROR_LIMIT the limit; what came out before stays where it is. */
int unpack_archive(int fd, int folder_fd, uint64_t limit_bytes, struct unpack_result *result,
                   struct error *err) ERROR_MUST_CHECK;

#endif
