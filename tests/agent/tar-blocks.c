/* SPDX-License-Identifier: ISC */
#include "tests/agent/tar-blocks.h"

#include "tests/test.h"

static void set_sum(uint8_t *header)
{
    unsigned sum = 0;

    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

void tar_header(struct bytes *tar, const char *name, char kind, const char *link, uint64_t size)
{
    struct error err = {0};
    uint8_t *header;

    assert_ok(bytes_reserve(tar, TAR_BLOCK, &header, &err), &err);
    memcpy(header, name, strnlen(name, 100));
    memcpy(header + 100, "0000644", 8);
    memcpy(header + 108, "0000000", 8);
    memcpy(header + 116, "0000000", 8);
    snprintf((char *)header + 124, 12, "%011llo", (unsigned long long)size);
    memcpy(header + 136, "00000000000", 12);
    header[156] = (uint8_t)kind;
    memcpy(header + 157, link, strnlen(link, 100));
    memcpy(header + 257, "ustar", 6);
    memcpy(header + 263, "00", 2);
    set_sum(header);
}

void tar_change(struct bytes *tar, size_t offset, const void *bytes, size_t size)
{
    uint8_t *header = tar->data + tar->size - TAR_BLOCK;

    memcpy(header + offset, bytes, size);
    set_sum(header);
}

void tar_data(struct bytes *tar, const void *data, size_t size)
{
    struct error err = {0};
    uint8_t *place;

    if (size == 0)
        return;
    assert_ok(bytes_reserve(tar, (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK, &place, &err),
              &err);
    memcpy(place, data, size);
}

void tar_zeros(struct bytes *tar, size_t size)
{
    uint8_t *zeros = bytes_allocate(size, 1);

    tar_data(tar, zeros, size);
    free(zeros);
}

void tar_file(struct bytes *tar, const char *name, const char *text)
{
    tar_header(tar, name, '0', "", strlen(text));
    tar_data(tar, text, strlen(text));
}

void tar_pax(struct bytes *tar, char kind, const char *key, const char *value)
{
    size_t size = strlen(key) + strlen(value) + 3; /* " ", "=", LF */
    char *record = bytes_allocate(1, size + 16);
    int digits = 0;

    while (digits != snprintf(NULL, 0, "%zu", size + (size_t)digits))
        digits++;
    size += (size_t)digits;
    snprintf(record, size + 1, "%zu %s=%s\n", size, key, value);
    tar_header(tar, "PaxHeader", kind, "", size);
    tar_data(tar, record, size);
    free(record);
}

void tar_long_name(struct bytes *tar, const char *name, size_t size)
{
    tar_header(tar, "././@LongLink", 'L', "", size);
    tar_data(tar, name, size);
}

void tar_end(struct bytes *tar)
{
    struct error err = {0};
    uint8_t *place;

    assert_ok(bytes_reserve(tar, 2 * TAR_BLOCK, &place, &err), &err);
}
