/* SPDX-License-Identifier: ISC */
#include "drivers/incoming.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"

static const struct driver_type *find_type(const struct driver *driver, const char *name)
{
    for (size_t i = 0; i < driver->type_count; i++)
        if (strcmp(driver->types[i].name, name) == 0)
            return &driver->types[i];
    for (size_t i = 0; i < driver->read_count; i++)
        if (strcmp(driver->reads[i]->type.name, name) == 0)
            return &driver->reads[i]->type;
    return NULL;
}

static int take_key(struct incoming *incoming, struct frame *frame, struct error *err)
{
    int fd = frame_take_fd(frame, 0);
    int result;

    if (fd < 0)
        return error_set(err, ERROR_PROTOCOL, "content: sealed, but no descriptor with its key");
    result = path_pread(fd, incoming->key, sizeof(incoming->key), 0, err);
    close(fd);
    if (result < 0)
        return error_set(err, ERROR_PROTOCOL, "content: the key is not %d bytes", DRIVER_KEY_BYTES);
    return 0;
}

int incoming_begin(struct incoming *incoming, const struct driver *driver, struct frame *frame,
                   struct error *err)
{
    const char *type = NULL;
    uint64_t files = 0;
    const char *key_id = "";
    const struct json_field fields[] = {
        {"type", JSON_NAME, JSON_REQUIRED, &type, 0, LIMIT_NAME_BYTES, NULL},
        {"files", JSON_COUNT, JSON_REQUIRED, &files, 1, LIMIT_DRIVER_FILES, NULL},
        {"sealed", JSON_NAME, JSON_NULLABLE, &key_id, 1, LIMIT_NAME_BYTES, NULL},
    };
    json_t *body = NULL;
    size_t expected_fds;
    int result = -1;

    if (incoming->type != NULL)
        return error_set(err, ERROR_PROTOCOL, "content: announced while another is on its way");
    if (json_read(frame->body.data, frame->body.size, &body, err) < 0 ||
        json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        goto out;
    incoming->type = find_type(driver, type);
    if (incoming->type == NULL) {
        error_set(err, ERROR_PROTOCOL, "content: family %s neither loads nor reads %s",
                  driver->family, type);
        goto out;
    }
    expected_fds = key_id[0] != '\0' ? 1 : 0;
    if (frame->fd_count != expected_fds) {
        error_set(err, ERROR_PROTOCOL, "content: %zu descriptors, expected %zu", frame->fd_count,
                  expected_fds);
        goto out;
    }
    if (expected_fds > 0 && take_key(incoming, frame, err) < 0)
        goto out;
    snprintf(incoming->key_id, sizeof(incoming->key_id), "%s", key_id);
    incoming->expected = (size_t)files;
    incoming->files = bytes_allocate(incoming->expected, sizeof(incoming->files[0]));
    result = 0;
out:
    json_decref(body);
    if (result < 0)
        err->code = ERROR_PROTOCOL;
    return result < 0 ? -(int)err->code : 0;
}

/* What the descriptor is counts, not what the message says of it. */
static int check_descriptor(int fd, const char *name, uint64_t size, struct error *err)
{
    struct stat status;
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || (flags & O_PATH) != 0)
        return error_set(err, ERROR_PROTOCOL, "file %s: not open for reading only", name);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(err, ERROR_PROTOCOL, "file %s: not a regular file", name);
    if ((uint64_t)status.st_size != size)
        return error_set(err, ERROR_PROTOCOL, "file %s: %llu bytes, announced as %llu", name,
                         (unsigned long long)status.st_size, (unsigned long long)size);
    return 0;
}

static int check_name(const struct incoming *incoming, const char *name, struct error *err)
{
    if (!path_name_valid(name, strlen(name)))
        return error_set(err, ERROR_PROTOCOL, "file %zu: not a safe name", incoming->count);
    if (incoming->count > 0 && strcmp(incoming->files[incoming->count - 1].name, name) >= 0)
        return error_set(err, ERROR_PROTOCOL, "file %s: out of order", name);
    return 0;
}

int incoming_file(struct incoming *incoming, struct frame *frame, struct error *err)
{
    const char *name = NULL;
    uint64_t size = 0;
    const struct json_field fields[] = {
        {"name", JSON_TEXT, JSON_REQUIRED, &name, 1, LIMIT_PATH_BYTES, NULL},
        {"size", JSON_COUNT, JSON_REQUIRED, &size, 0, LIMIT_DRIVER_FILE_BYTES, NULL},
    };
    json_t *body = NULL;
    int result = -1;
    int fd = -1;

    if (incoming->type == NULL || incoming->count >= incoming->expected)
        return error_set(err, ERROR_PROTOCOL, "file: more than were announced");
    if (json_read(frame->body.data, frame->body.size, &body, err) < 0 ||
        json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err) < 0)
        goto out;
    if (frame->fd_count != 1) {
        error_set(err, ERROR_PROTOCOL, "file: %zu descriptors, expected 1", frame->fd_count);
        goto out;
    }
    fd = frame_take_fd(frame, 0);
    if (check_name(incoming, name, err) < 0 || check_descriptor(fd, name, size, err) < 0)
        goto out;
    incoming->files[incoming->count++] =
        (struct driver_file){.name = bytes_copy_string(name), .size = size, .fd = fd};
    fd = -1;
    result = 0;
out:
    if (fd >= 0)
        close(fd);
    json_decref(body);
    if (result < 0)
        err->code = ERROR_PROTOCOL;
    return result < 0 ? -(int)err->code : 0;
}

/* The sealed descriptor makes room for the plain one. */
static int unseal_one(struct incoming *incoming, const struct driver *driver,
                      struct driver_file *file, uint64_t budget, struct error *err)
{
    const struct unseal_expected expected = {.type = incoming->type->name,
                                             .name = file->name,
                                             .key_id = incoming->key_id,
                                             .plain_limit = budget};
    uint64_t plain_size = 0;
    int plain_fd = -1;

    if (driver->unseal(file->fd, file->size, incoming->key, &expected, &plain_fd, &plain_size,
                       err) < 0)
        return error_context(err, "%s: %s", incoming->type->name, file->name);
    close(file->fd);
    file->fd = plain_fd;
    file->size = plain_size;
    return 0;
}

int incoming_unseal(struct incoming *incoming, const struct driver *driver, const char **failed,
                    struct error *err)
{
    uint64_t budget = driver->sandbox->file_bytes;
    int result = 0;

    *failed = NULL;
    if (incoming->key_id[0] == '\0')
        return 0;
    if (driver->unseal == NULL)
        return error_set(err, ERROR_BAD_CONTENT,
                         "%s: sealed, but family %s reads no sealed content", incoming->type->name,
                         driver->family);
    for (size_t i = 0; i < incoming->count && result == 0; i++) {
        *failed = incoming->files[i].name;
        result = unseal_one(incoming, driver, &incoming->files[i], budget, err);
        budget -= result == 0 ? incoming->files[i].size : 0;
    }
    bytes_wipe(incoming->key, sizeof(incoming->key));
    return result;
}

bool incoming_whole(const struct incoming *incoming)
{
    return incoming->type != NULL && incoming->count == incoming->expected;
}

void incoming_clear(struct incoming *incoming)
{
    for (size_t i = 0; i < incoming->count; i++) {
        /* The name was copied in incoming_file; const is for the driver. */
        free((void *)(uintptr_t)incoming->files[i].name);
        close(incoming->files[i].fd);
    }
    free(incoming->files);
    bytes_wipe(incoming, sizeof(*incoming));
}
