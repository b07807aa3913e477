/* SPDX-License-Identifier: ISC
 *
 * Writing a file from its start to its end in large pieces.
 */
#ifndef DRIVERS_COMPILE_OUTPUT_H
#define DRIVERS_COMPILE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

struct output {
    int fd;
    uint8_t *buffer;
    size_t used;
    uint64_t written; /* bytes so far, those in the buffer included */
};

/* fd stays the caller's and is written from where it stands. output_clear() in the end. */
void output_begin(struct output *output, int fd);
void output_clear(struct output *output);

/* ERROR_NO_SPACE, ERROR_IO. */
int output_put(struct output *output, const void *data, size_t size,
               struct error *err) ERROR_MUST_CHECK;
/* Little-endian, `bytes` of it (at most 8). */
int output_put_number(struct output *output, uint64_t value, size_t bytes,
                      struct error *err) ERROR_MUST_CHECK;
int output_put_zeros(struct output *output, uint64_t count, struct error *err) ERROR_MUST_CHECK;
/* What is in the buffer goes into the file. */
int output_flush(struct output *output, struct error *err) ERROR_MUST_CHECK;

#endif
