/* SPDX-License-Identifier: ISC
 *
 * Frames in the tree's packs: writing those that are new into fresh packs, reading any of them
 * back. What is read has the digest that it was asked by, or it isn't given.
 */
#ifndef MIRROR_STORE_H
#define MIRROR_STORE_H

#include "media/base/bytes.h"
#include "media/digest.h"
#include "mirror/repository.h"

#define STORE_PACK_BYTES GIB /* a new pack begins past it */

/* Collects the new frames of one package. */
struct store_writer;
struct store_writer *store_writer_new(struct repository *repository);
/* For package_build_options.store; context is the writer. A frame that the catalog or this writer
 * has is skipped. */
int store_put(void *context, const uint8_t digest[static DIGEST_BYTES], struct bytes_view packed,
              struct error *err) ERROR_MUST_CHECK;
/* Flushes the packs into the tree. Then, within a catalog transaction, enters them. */
int store_writer_flush(struct store_writer *writer, struct error *err) ERROR_MUST_CHECK;
int store_writer_enter(struct store_writer *writer, struct error *err) ERROR_MUST_CHECK;
/* Without a flush before, nothing stays in the tree. */
void store_writer_free(struct store_writer *writer);

/* Reads frames one after the other. */
struct store_reader;
struct store_reader *store_reader_new(struct repository *repository);
void store_reader_free(struct store_reader *reader);
/* *frame is borrowed until the next read. ERROR_NOT_FOUND when the catalog does not know it,
 * ERROR_BAD_DIGEST when the pack holds something else. */
int store_read(struct store_reader *reader, const uint8_t digest[static DIGEST_BYTES],
               struct bytes_view *frame, struct error *err) ERROR_MUST_CHECK;
/* The same without the proof, into memory of LIMIT_FRAME_BYTES: for store-batch.h, which proves many
 * at once. */
int store_fetch(struct store_reader *reader, const uint8_t digest[static DIGEST_BYTES],
                uint8_t *frame, size_t *size, struct error *err) ERROR_MUST_CHECK;

#endif
