/* SPDX-License-Identifier: ISC */
#include "drivers/compile/output.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define BUFFER_BYTES (256 * KIB)

void output_begin(struct output *output, int fd)
{
    *output = (struct output){.fd = fd, .buffer = bytes_allocate(1, BUFFER_BYTES)};
}

void output_clear(struct output *output)
{
    free(output->buffer);
    *output = (struct output){.fd = -1};
}

int output_flush(struct output *output, struct error *err)
{
    int result = path_write(output->fd, output->buffer, output->used, err);

    output->used = 0;
    return result;
}

int output_put(struct output *output, const void *data, size_t size, struct error *err)
{
    const uint8_t *from = data;
    int result = 0;

    while (size > 0 && result == 0) {
        size_t room = BUFFER_BYTES - output->used;
        size_t part = size < room ? size : room;

        memcpy(output->buffer + output->used, from, part);
        output->used += part;
        output->written += part;
        from += part;
        size -= part;
        if (output->used == BUFFER_BYTES)
            result = output_flush(output, err);
    }
    return result;
}

int output_put_number(struct output *output, uint64_t value, size_t bytes, struct error *err)
{
    uint8_t number[8];

    for (size_t i = 0; i < sizeof(number); i++)
        number[i] = (uint8_t)(value >> (8 * i));
    return output_put(output, number, bytes, err);
}

int output_put_zeros(struct output *output, uint64_t count, struct error *err)
{
    static const uint8_t zeros[64];
    int result = 0;

    while (count > 0 && result == 0) {
        size_t part = count < sizeof(zeros) ? (size_t)count : sizeof(zeros);

        result = output_put(output, zeros, part, err);
        count -= part;
    }
    return result;
}
