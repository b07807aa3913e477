/* SPDX-License-Identifier: ISC */
#include "mirror/root-pem.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/pem.h"

int root_pem_text(const struct root_document *root, struct bytes *text, struct error *err)
{
    int result = 0;

    bytes_init(text, LIMIT_ROOT_BYTES);
    for (size_t i = 0; i < root->root_count && result == 0; i++) {
        char *pem = NULL;

        result = pem_write(bytes_view(&root->roots[i]), "CERTIFICATE", &pem, err);
        if (result == 0)
            result = bytes_put(text, pem, strlen(pem), err);
        free(pem);
    }
    return result;
}

int root_pem_settle(const struct repository *repository, const struct root_document *root,
                    struct error *err)
{
    struct error ignored = {.code = ERROR_OK};
    struct bytes text, there;
    int result = root_pem_text(root, &text, err);

    bytes_init(&there, 0);
    if (result == 0 &&
        (path_read(repository->fd, REPOSITORY_ROOT_PEM, LIMIT_ROOT_BYTES, &there, &ignored) < 0 ||
         !bytes_equal(bytes_view(&text), bytes_view(&there))))
        result = publish_file(repository->fd, REPOSITORY_ROOT_PEM, text.data, text.size, 0644, err);
    bytes_clear(&text);
    bytes_clear(&there);
    return result;
}
