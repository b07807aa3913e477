/* SPDX-License-Identifier: ISC */
#include "media/enrolment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "media/enrolment-file.h"

void enrolment_clear(struct enrolment *enrolment)
{
    for (size_t i = 0; i < enrolment->root_count; i++)
        bytes_clear(&enrolment->roots[i]);
    free(enrolment->roots);
    bytes_wipe(enrolment, sizeof(*enrolment));
}

static int too_short(struct error *err)
{
    return error_set(err, ERROR_BAD_DOCUMENT, "the enrolment file ends early");
}

static int check_magic(struct bytes_view *rest, struct error *err)
{
    char magic[ENROLMENT_FILE_MAGIC_BYTES];
    uint8_t version;

    if (bytes_get(rest, magic, sizeof(magic)) < 0 ||
        memcmp(magic, ENROLMENT_FILE_MAGIC, sizeof(magic)) != 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "this is no enrolment file");
    if (bytes_get_u8(rest, &version) < 0)
        return too_short(err);
    if (version != ENROLMENT_FILE_VERSION)
        return error_set(err, ERROR_BAD_DOCUMENT, "enrolment version %u, %d expected", version,
                         ENROLMENT_FILE_VERSION);
    return 0;
}

static int check_iterations(uint32_t iterations, struct error *err)
{
    if (iterations < LIMIT_KDF_ITERATIONS_LEAST || iterations > LIMIT_KDF_ITERATIONS)
        return error_set(err, ERROR_LIMIT, "%" PRIu32 " iterations; KDF_ITERATIONS is %d to %d",
                         iterations, LIMIT_KDF_ITERATIONS_LEAST, LIMIT_KDF_ITERATIONS);
    return 0;
}

static int read_layout(struct bytes_view bytes, struct enrolment_file *file, struct error *err)
{
    struct bytes_view rest = bytes;
    uint32_t size;
    int result = check_magic(&rest, err);

    if (result < 0)
        return result;
    if (bytes_get_u32(&rest, &file->iterations) < 0 ||
        bytes_get(&rest, file->salt, sizeof(file->salt)) < 0 ||
        bytes_get(&rest, file->nonce, sizeof(file->nonce)) < 0 || bytes_get_u32(&rest, &size) < 0)
        return too_short(err);
    result = check_iterations(file->iterations, err);
    if (result < 0)
        return result;
    if (rest.size < ENROLMENT_FILE_TAG_BYTES || size != rest.size - ENROLMENT_FILE_TAG_BYTES)
        return error_set(err, ERROR_BAD_DOCUMENT,
                         "the enrolment file's size is not the one that it names");
    file->header = bytes_view_of(bytes.data, ENROLMENT_FILE_HEADER_BYTES);
    file->sealed = rest;
    return 0;
}

int enrolment_open(struct bytes_view file, const char *passphrase, struct enrolment *enrolment,
                   struct error *err)
{
    struct enrolment_file layout = {0};
    struct bytes payload;
    int result;

    *enrolment = (struct enrolment){0};
    if (file.size > LIMIT_ENROLMENT_BYTES)
        return error_set(err, ERROR_LIMIT, "larger than ENROLMENT_BYTES, %lu bytes",
                         LIMIT_ENROLMENT_BYTES);
    result = read_layout(file, &layout, err);
    if (result < 0)
        return result;
    bytes_init(&payload, LIMIT_ENROLMENT_BYTES);
    result = enrolment_file_unseal(&layout, passphrase, &payload, err);
    if (result == 0)
        result = enrolment_file_parse(bytes_view(&payload), enrolment, err);
    if (result < 0)
        enrolment_clear(enrolment);
    bytes_clear(&payload);
    return result;
}
