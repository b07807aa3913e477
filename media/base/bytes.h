/* SPDX-License-Identifier: ISC
 *
 * Bytes: a growable buffer with a ceiling, and a bounded view that is consumed from its front.
 * All parsers of binary formats read through a view; none does pointer arithmetic of its own.
 * Integers are little-endian, the byte order of recipes, packs and messages.
 */
#ifndef MEDIA_BASE_BYTES_H
#define MEDIA_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

/* A growable buffer. `data` belongs to it and moves when it grows. size <= ceiling always. */
struct bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t ceiling;
};

/* A borrowed run of bytes, valid as long as what it was made from. */
struct bytes_view {
    const uint8_t *data;
    size_t size;
};

/* Zeroed memory for count things of size bytes. Ends the process when there is none: out of memory
 * is never answered with a guess. Freed with free(). */
void *bytes_allocate(size_t count, size_t size) __attribute__((returns_nonnull, malloc));

/* A copy of a string that ends the process when there is no memory. Freed with free(). */
char *bytes_copy_string(const char *string) __attribute__((returns_nonnull, malloc));

/* Makes an empty buffer that will never hold more than ceiling bytes. */
void bytes_init(struct bytes *buffer, size_t ceiling);

/* Wipes and frees the memory; the buffer is then as after bytes_init with the same ceiling. */
void bytes_clear(struct bytes *buffer);

/* Overwrites memory in a way that the compiler does not remove. */
void bytes_wipe(void *memory, size_t size);

/* Appends. ERROR_LIMIT when the ceiling would be passed; the buffer is then unchanged. */
int bytes_put(struct bytes *buffer, const void *data, size_t size,
              struct error *err) ERROR_MUST_CHECK;
int bytes_put_u8(struct bytes *buffer, uint8_t value, struct error *err) ERROR_MUST_CHECK;
int bytes_put_u16(struct bytes *buffer, uint16_t value, struct error *err) ERROR_MUST_CHECK;
int bytes_put_u32(struct bytes *buffer, uint32_t value, struct error *err) ERROR_MUST_CHECK;
int bytes_put_u64(struct bytes *buffer, uint64_t value, struct error *err) ERROR_MUST_CHECK;

/* Appends size zeroed bytes and gives their place, valid until the buffer next grows. */
int bytes_reserve(struct bytes *buffer, size_t size, uint8_t **place,
                  struct error *err) ERROR_MUST_CHECK;

/* A view over a whole buffer, or over memory. */
struct bytes_view bytes_view(const struct bytes *buffer);
struct bytes_view bytes_view_of(const void *data, size_t size);

/* Each takes from the front of the view. Return 0, or -1 when too few bytes are left; the view and
 * the result are then unchanged. Short input is an ordinary answer: the caller names the field. */
int bytes_get_u8(struct bytes_view *view, uint8_t *value) ERROR_MUST_CHECK;
int bytes_get_u16(struct bytes_view *view, uint16_t *value) ERROR_MUST_CHECK;
int bytes_get_u32(struct bytes_view *view, uint32_t *value) ERROR_MUST_CHECK;
int bytes_get_u64(struct bytes_view *view, uint64_t *value) ERROR_MUST_CHECK;
int bytes_get(struct bytes_view *view, void *out, size_t size) ERROR_MUST_CHECK;
int bytes_get_view(struct bytes_view *view, size_t size, struct bytes_view *out) ERROR_MUST_CHECK;

/* Whether two views hold the same bytes. Not constant time: nothing secret is compared here. */
int bytes_equal(struct bytes_view a, struct bytes_view b);

#endif
