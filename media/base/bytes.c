/* SPDX-License-Identifier: ISC */
#include "media/base/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* abort() would leave a core file with keys in it; a fixed line and an exit do not. */
static void out_of_memory(void)
{
    static const char line[] = "out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

    (void)ignored;
    _exit(1);
}

void *bytes_allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (memory == NULL)
        out_of_memory();
    return memory;
}

char *bytes_copy_string(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = bytes_allocate(1, size);

    memcpy(copy, string, size);
    return copy;
}

void bytes_init(struct bytes *buffer, size_t ceiling)
{
    *buffer = (struct bytes){.ceiling = ceiling};
}

void bytes_wipe(void *memory, size_t size)
{
    if (size > 0)
        explicit_bzero(memory, size);
}

void bytes_clear(struct bytes *buffer)
{
    if (buffer->data != NULL)
        bytes_wipe(buffer->data, buffer->capacity);
    free(buffer->data);
    bytes_init(buffer, buffer->ceiling);
}

/* Grows by doubling into fresh memory: realloc would leave copies of secrets behind. */
static void grow(struct bytes *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    uint8_t *data;

    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (capacity > buffer->ceiling)
        capacity = buffer->ceiling;
    data = bytes_allocate(1, capacity);
    if (buffer->size > 0)
        memcpy(data, buffer->data, buffer->size);
    if (buffer->data != NULL)
        bytes_wipe(buffer->data, buffer->capacity);
    free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
}

int bytes_reserve(struct bytes *buffer, size_t size, uint8_t **place, struct error *err)
{
    *place = NULL;
    if (size > buffer->ceiling - buffer->size)
        return error_set(err, ERROR_LIMIT, "more than %zu bytes", buffer->ceiling);
    if (buffer->data == NULL || buffer->size + size > buffer->capacity)
        grow(buffer, buffer->size + size);
    *place = buffer->data + buffer->size;
    memset(*place, 0, size);
    buffer->size += size;
    return 0;
}

int bytes_put(struct bytes *buffer, const void *data, size_t size, struct error *err)
{
    uint8_t *place;
    int result = bytes_reserve(buffer, size, &place, err);

    if (result == 0 && size > 0)
        memcpy(place, data, size);
    return result;
}

static int put_integer(struct bytes *buffer, uint64_t value, size_t size, struct error *err)
{
    uint8_t encoded[8];

    for (size_t i = 0; i < size; i++)
        encoded[i] = (uint8_t)(value >> (8 * i));
    return bytes_put(buffer, encoded, size, err);
}

int bytes_put_u8(struct bytes *buffer, uint8_t value, struct error *err)
{
    return put_integer(buffer, value, 1, err);
}

int bytes_put_u16(struct bytes *buffer, uint16_t value, struct error *err)
{
    return put_integer(buffer, value, 2, err);
}

int bytes_put_u32(struct bytes *buffer, uint32_t value, struct error *err)
{
    return put_integer(buffer, value, 4, err);
}

int bytes_put_u64(struct bytes *buffer, uint64_t value, struct error *err)
{
    return put_integer(buffer, value, 8, err);
}

struct bytes_view bytes_view(const struct bytes *buffer)
{
    return bytes_view_of(buffer->data, buffer->size);
}

struct bytes_view bytes_view_of(const void *data, size_t size)
{
    return (struct bytes_view){.data = data, .size = size};
}

int bytes_get_view(struct bytes_view *view, size_t size, struct bytes_view *out)
{
    if (size > view->size)
        return -1;
    *out = bytes_view_of(view->data, size);
    if (size > 0)
        view->data += size;
    view->size -= size;
    return 0;
}

int bytes_get(struct bytes_view *view, void *out, size_t size)
{
    struct bytes_view taken;

    if (bytes_get_view(view, size, &taken) < 0)
        return -1;
    if (size > 0)
        memcpy(out, taken.data, size);
    return 0;
}

static int get_integer(struct bytes_view *view, size_t size, uint64_t *value)
{
    struct bytes_view taken;

    if (bytes_get_view(view, size, &taken) < 0)
        return -1;
    *value = 0;
    for (size_t i = size; i > 0; i--)
        *value = *value << 8 | taken.data[i - 1];
    return 0;
}

int bytes_get_u8(struct bytes_view *view, uint8_t *value)
{
    uint64_t wide;

    if (get_integer(view, 1, &wide) < 0)
        return -1;
    *value = (uint8_t)wide;
    return 0;
}

int bytes_get_u16(struct bytes_view *view, uint16_t *value)
{
    uint64_t wide;

    if (get_integer(view, 2, &wide) < 0)
        return -1;
    *value = (uint16_t)wide;
    return 0;
}

int bytes_get_u32(struct bytes_view *view, uint32_t *value)
{
    uint64_t wide;

    if (get_integer(view, 4, &wide) < 0)
        return -1;
    *value = (uint32_t)wide;
    return 0;
}

int bytes_get_u64(struct bytes_view *view, uint64_t *value)
{
    return get_integer(view, 8, value);
}

int bytes_equal(struct bytes_view a, struct bytes_view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}
