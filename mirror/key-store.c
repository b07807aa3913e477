/* SPDX-License-Identifier: ISC */
#include "mirror/key-store.h"

#include <stdio.h>

#include "media/base/publish.h"

static int write_file(int fd, const char *name, const char *ending, struct bytes_view text,
                      mode_t mode, struct error *err)
{
    char file[2 * LIMIT_NAME_BYTES + 32];

    snprintf(file, sizeof(file), "%s.%s", name, ending);
    return publish_file(fd, file, text.data, text.size, mode, err);
}

int key_store_write_certificates(int fd, const char *name, const struct bytes *certificates,
                                 struct error *err)
{
    return write_file(fd, name, "pem", bytes_view_of(certificates->data, certificates->size - 1),
                      0644, err);
}

int key_store_write(int fd, const char *name, const struct key *key, const char *secret,
                    const struct bytes *certificates, struct error *err)
{
    struct bytes pem;
    int result;

    bytes_init(&pem, KEY_STORE_PEM_BYTES);
    result = key_export(key, secret, &pem, err);
    if (result == 0)
        result = key_store_write_certificates(fd, name, certificates, err);
    if (result == 0)
        result = write_file(fd, name, "key", bytes_view(&pem), 0600, err);
    bytes_clear(&pem);
    return result;
}
