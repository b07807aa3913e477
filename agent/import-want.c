/* SPDX-License-Identifier: ISC */
#include "agent/import-want.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/staging.h"
#include "media/base/json.h"
#include "media/base/path.h"

#define FILE_MODE 0400 /* as staging_take_over() gives them */

/* For filesystems without links. Where blocks can be shared, the kernel shares them. */
static int copy_from(int base, int place, const char *name, const char *path, struct error *err)
{
    uint64_t size, done = 0;
    int from, to;
    int result = path_open_regular(base, name, LIMIT_CONTENT_BYTES, &from, &size, err);

    if (result < 0)
        return result;
    result = path_open(place, path, O_WRONLY | O_CREAT | O_EXCL, FILE_MODE, &to, err);
    while (result == 0 && done < size) {
        ssize_t copied = copy_file_range(from, NULL, to, NULL, (size_t)(size - done), 0);

        if (copied == 0 || (copied < 0 && errno != EINTR))
            result = error_set_errno(err, ERROR_IO, copied < 0 ? errno : EIO, "%s", path);
        done += copied > 0 ? (uint64_t)copied : 0;
    }
    if (result == 0 && fsync(to) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", path);
    close(from);
    if (to >= 0)
        close(to);
    return result;
}

/* Both folders are ours by now, and nothing in them is a link to elsewhere (staging_take_over). What
 * is not in the base either is for verify to miss. */
static int link_in(const struct import_want *from, const char *name, struct error *err)
{
    char path[LIMIT_PATH_BYTES + LIMIT_PATH_COMPONENT + 2];
    struct stat status;

    snprintf(path, sizeof(path), "%s/%s", from->name, name);
    if (from->base < 0 || fstatat(from->folder, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    if (linkat(from->base, name, from->folder, path, 0) < 0) {
        if (errno == ENOENT)
            return 0;
        if (copy_from(from->base, from->folder, name, path, err) < 0)
            return -(int)err->code;
    }
    if (from->linked != NULL)
        *from->linked = true;
    return 0;
}

static int open_named(const struct import_want *from, const char *name, int *fd, struct error *err)
{
    int result = 0;

    if (name == NULL || !path_name_valid(name, strlen(name)))
        return error_set(err, ERROR_PROTOCOL, "a file was asked for that no recipe can name");
    result = link_in(from, name, err);
    if (result == 0)
        result = staging_open_file(from->folder, from->name, name, fd, err);
    if (from->left != NULL)
        json_object_del(from->left, name);
    return result;
}

static int count_files(struct import_want *from, size_t count, struct error *err)
{
    from->asked += count;
    if (from->most == 0 || from->asked <= from->most)
        return 0;
    return error_set(err, ERROR_PROTOCOL, "files are asked for that are not in the package");
}

int import_want_answer(struct process *process, const struct frame *frame, uint16_t want,
                       uint16_t files, struct import_want *from, struct error *err)
{
    const char *id = "";
    uint64_t first = 0;
    json_t *names = NULL, *body;
    const struct json_field fields[] = {
        {"first", JSON_COUNT, JSON_REQUIRED, &first, 0, UINT32_MAX, NULL},
        {"id", JSON_TEXT, JSON_OPTIONAL, &id, 0, DIGEST_TEXT_BYTES, NULL},
        {"names", JSON_LIST, JSON_REQUIRED, &names, 1, LIMIT_MESSAGE_FDS, NULL},
    };
    int fds[LIMIT_MESSAGE_FDS];
    size_t count = 0, wanted;
    uint8_t number[4];
    int result = frame_read_json(frame, want, &body, err);

    if (result == 0)
        result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (result == 0)
        result = count_files(from, json_array_size(names), err);
    wanted = result == 0 ? json_array_size(names) : 0;
    while (count < wanted && result == 0) {
        result =
            open_named(from, json_string_value(json_array_get(names, count)), &fds[count], err);
        count += result == 0;
    }
    for (size_t i = 0; i < sizeof(number); i++)
        number[i] = (uint8_t)(first >> (8 * i));
    if (result == 0)
        result = process_send(process, files, number, sizeof(number), fds, count, err);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    json_decref(body);
    return result;
}
