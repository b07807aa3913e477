/* SPDX-License-Identifier: ISC */
#include "tests/agent/fake-content.h"

#include <stdlib.h>

#include "media/base/json.h"
#include "media/base/path.h"

#define LIST_BYTES 16384

int fake_content_load(const struct driver_content *content, void **loaded, struct error *err)
{
    const struct driver_file *file = &content->files[0];
    struct fake_content *fake;
    uint8_t text[LIST_BYTES];
    json_t *list = NULL;

    if (file->size > sizeof(text))
        return error_set(err, ERROR_LIMIT, "%s: too large", file->name);
    if (path_pread(file->fd, text, (size_t)file->size, 0, err) < 0 ||
        json_read(text, (size_t)file->size, &list, err) < 0)
        return -(int)err->code;
    fake = bytes_allocate(1, sizeof(*fake));
    *fake = (struct fake_content){content->watch, list};
    *loaded = fake;
    return 0;
}

void fake_content_unload(void *loaded)
{
    struct fake_content *fake = loaded;

    if (fake != NULL)
        json_decref(fake->list);
    free(fake);
}
