/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-reader-tar with its client, for tests. Whatever fails ends the test.
 */
#ifndef TESTS_AGENT_RUN_READER_TAR_H
#define TESTS_AGENT_RUN_READER_TAR_H

#include "tests/scratch.h"

#include "media/base/limits.h"
#include "media/base/reader.h"
#include "media/base/spawn.h"
#include "tests/agent/tar-blocks.h"

#define MAX_BYTES (128 * MIB)
#define FORMAT    "sallyport/FORMAT"
#define TEXT      "sallyport 1\n"

struct tar_reader {
    struct child child;
    struct reader *reader;
    int fd;
};

/* fd: the tar; the reader's from here on. */
void open_reader(struct tar_reader *reader, int fd);
/* The same of a file it.tar with these bytes. */
void open_bytes(struct tar_reader *reader, const struct scratch *scratch, const struct bytes *tar);
/* Whatever it was given, it must end of itself. */
void close_reader(struct tar_reader *reader);

/* That the file has this text. */
void assert_holds(struct tar_reader *reader, const char *name, const char *text);

/* A tar whose tree is good so far: initialises it and puts FORMAT in. */
void begin(struct bytes *tar);

#endif
