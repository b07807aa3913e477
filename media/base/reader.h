/* SPDX-License-Identifier: ISC
 *
 * Readers turn a source (folder, tar file, image, HTTP mirror) into bytes by name. A
 * reader is sandboxed and trusted with nothing. This is the client's end, used by verify and
 * intake, and the message format; agent/reader-serve.h is the other end. One reader process serves one
 * client.
 *
 * A reader is started (media/base/source.h) with: 3 frame socket to its client, 4 log pipe, 5 what
 * it reads. It exits when 3 closes.
 *   sallyport-reader-dir       5: the folder that holds "sallyport", O_RDONLY | O_DIRECTORY
 *   sallyport-reader-tar       5: the tar, a regular file, O_RDONLY
 *   sallyport-reader-http URL  5: with https, the PEM file of the pinned authority
 *   sallyport-reader-image     5: block device or regular file, O_RDONLY
 *
 * Messages (media/base/frame.h; integers little-endian; NAME is u16 length + bytes):
 *   READER_HELLO  client -> reader  ring size u32, one memfd with F_SEAL_SHRINK and F_SEAL_GROW
 *                                   that takes the bytes of answers; first, once, no answer
 *   READER_LIST   NAME of a folder               READER_NAMES: u32 count, then NAME each (sorted
 *                                                by bytes); absent folder: count 0
 *   READER_SIZE   NAME of a file                 READER_OK: size u64
 *   READER_READ   NAME, offset u64, size u32     READER_OK: size u64; the bytes lie at offset 0
 *                                                of the ring
 *   any failure                                  READER_ERROR: NAME of a code, NAME: words
 *
 * One request at a time. A client copies what it got into its own memory before it looks at it: the
 * reader can write to the ring at any time.
 */
#ifndef MEDIA_BASE_READER_H
#define MEDIA_BASE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

enum reader_message {
    READER_HELLO = 1,
    READER_LIST,
    READER_SIZE,
    READER_READ,
    READER_NAMES,
    READER_OK,
    READER_ERROR
};

#define READER_RING_BYTES (2UL * 1024 * 1024)

struct reader;

/* Says hello over `socket` (stays the caller's). Must run before the sandbox is entered (memfd,
 * mmap). A reader that does not answer in two minutes is ERROR_MEDIUM_GONE; one that breaks the
 * protocol is ERROR_PROTOCOL. */
int reader_open(int socket, struct reader **reader, struct error *err) ERROR_MUST_CHECK;
void reader_close(struct reader *reader);

/* Names in a folder, sorted; at most LIMIT_FOLDER_NAMES. path_free_names() them. */
int reader_list(struct reader *reader, const char *folder, char ***names, size_t *count,
                struct error *err) ERROR_MUST_CHECK;
/* ERROR_NOT_FOUND when absent. */
int reader_size(struct reader *reader, const char *name, uint64_t *size,
                struct error *err) ERROR_MUST_CHECK;
/* Exactly size bytes into the caller's memory. ERROR_MEDIUM_DAMAGED when short. */
int reader_read(struct reader *reader, const char *name, uint64_t offset, void *out, size_t size,
                struct error *err) ERROR_MUST_CHECK;
/* A whole file, at most limit bytes (ERROR_LIMIT before anything is read). out is initialised here.
 */
int reader_read_all(struct reader *reader, const char *name, size_t limit, struct bytes *out,
                    struct error *err) ERROR_MUST_CHECK;

#endif
