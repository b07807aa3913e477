/* SPDX-License-Identifier: ISC
 *
 * Tars block by block, for tests: what no writer would make. Whatever fails ends the test.
 */
#ifndef TESTS_AGENT_TAR_BLOCKS_H
#define TESTS_AGENT_TAR_BLOCKS_H

#include "media/base/bytes.h"

#define TAR_BLOCK 512

/* A header. kind: typeflag; link: linkname, or "". */
void tar_header(struct bytes *tar, const char *name, char kind, const char *link, uint64_t size);
/* Changes the last 512 bytes, which are a header, at offset, and mends its checksum. */
void tar_change(struct bytes *tar, size_t offset, const void *bytes, size_t size);
/* Bytes, and zeros up to a whole block. */
void tar_data(struct bytes *tar, const void *data, size_t size);
void tar_zeros(struct bytes *tar, size_t size);
/* A regular file with text in it. */
void tar_file(struct bytes *tar, const char *name, const char *text);
/* An extended header of pax with one record. kind: 'x' for the next entry, 'g' for all. */
void tar_pax(struct bytes *tar, char kind, const char *key, const char *value);
/* The name of the next entry as GNU tar writes a long one. */
void tar_long_name(struct bytes *tar, const char *name, size_t size);
/* The two closing blocks. */
void tar_end(struct bytes *tar);

#endif
