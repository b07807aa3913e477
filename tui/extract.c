/* SPDX-License-Identifier: ISC */
#include "tui/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "tui/base64.h"
#include "tui/field.h"

int extract_open(const char *path, struct extract *extract, struct error *err)
{
    *extract = (struct extract){.folder = -1};
    if (path == NULL)
        return 0;
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return error_set_errno(err, ERROR_IO, errno, "%s", path);
    extract->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (extract->folder < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", path);
    return 0;
}

void extract_close(struct extract *extract)
{
    if (extract->folder >= 0)
        close(extract->folder);
    extract->folder = -1;
}

/* Decodes and writes one file. What is no base64 is verify's fault, not the medium's. */
static int write_part(struct extract *extract, const char *name, const json_t *text,
                      struct error *err)
{
    uint8_t *data;
    size_t size;
    int result;

    if (!json_is_string(text))
        return 0;
    data = bytes_allocate(1, json_string_length(text) + 1);
    if (base64_decode(json_string_value(text), json_string_length(text), data, &size) < 0)
        result = error_set(err, ERROR_PROTOCOL, "%s: not base64", name);
    else
        result = publish_file(extract->folder, name, data, size, 0644, err);
    free(data);
    extract->files += result == 0 ? 1 : 0;
    return result;
}

static int write_signer(struct extract *extract, const char *stem, size_t i, const json_t *signer,
                        struct error *err)
{
    char name[LIMIT_PATH_COMPONENT + 1];
    int result;

    snprintf(name, sizeof(name), "%.200s-%zu.tst", stem, i + 1);
    result = write_part(extract, name, json_object_get(signer, "token"), err);
    if (result < 0)
        return result;
    snprintf(name, sizeof(name), "%.200s-%zu.sig", stem, i + 1);
    return write_part(extract, name, json_object_get(signer, "signature"), err);
}

int extract_document(struct extract *extract, const json_t *document, struct error *err)
{
    const json_t *signers = json_object_get(document, "extract");
    const char *kind = field_raw(document, "kind");
    char stem[LIMIT_NAME_BYTES + 32], name[LIMIT_NAME_BYTES + 40];
    int result;

    extract->documents++;
    if (extract->folder < 0)
        return 0;
    if (kind == NULL || strlen(kind) > LIMIT_NAME_BYTES ||
        !path_component_valid(kind, strlen(kind)))
        return error_set(err, ERROR_PROTOCOL, "a document of no kind");
    snprintf(stem, sizeof(stem), "%s-%zu", kind, extract->documents);
    snprintf(name, sizeof(name), "%s.json", stem);
    result = write_part(extract, name, json_object_get(document, "content"), err);
    for (size_t i = 0; i < json_array_size(signers) && result == 0; i++)
        result = write_signer(extract, stem, i, json_array_get(signers, i), err);
    return result;
}
