/* SPDX-License-Identifier: ISC
 *
 * A reader's end of media/base/reader.h: takes requests apart, writes answers and the client's ring.
 * What differs from reader to reader is how names, sizes and bytes are come by.
 */
#ifndef AGENT_READER_SERVE_H
#define AGENT_READER_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

/* Names are valid by path_name_valid(). An error with one of the codes that a reader may give is
 * told to the client; ERROR_PROTOCOL and ERROR_PEER_GONE end the conversation. */
struct reader_methods {
    /* Sorted names within a folder; path_free_names(). ERROR_NOT_FOUND where it is absent. */
    int (*list)(void *context, const char *folder, char ***names, size_t *count, struct error *err);
    int (*size)(void *context, const char *name, uint64_t *size, struct error *err);
    /* Exactly size bytes at offset. */
    int (*read)(void *context, const char *name, uint64_t offset, uint8_t *out, size_t size,
                struct error *err);
};

/* Serves the socket SPAWN_FD_SOCKET until its client closes it, which is success. */
int reader_serve(const struct reader_methods *methods, void *context,
                 struct error *err) ERROR_MUST_CHECK;

#endif
