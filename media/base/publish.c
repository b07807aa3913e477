/* SPDX-License-Identifier: ISC */
#include "media/base/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/base/text.h"

#define RANDOM_BYTES   8
#define NAME_ATTEMPTS  16
#define COMPARED_BYTES 4096

/* A name that nobody else has: ".publish-" and 16 hex digits. What a crash leaves behind is told
 * from content by this beginning. */
static int temporary_name(char out[static 300], struct error *err)
{
    uint8_t number[RANDOM_BYTES];
    char hex[2 * RANDOM_BYTES + 1];

    if (getrandom(number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return error_set_errno(err, ERROR_IO, errno, "no random bytes");
    text_hex(number, sizeof(number), hex);
    snprintf(out, 300, ".publish-%s", hex);
    return 0;
}

static int flush(int fd, const char *name, struct error *err)
{
    if (fsync(fd) == 0)
        return 0;
    return error_set_errno(err, ERROR_IO, errno, "%s: flushing", name);
}

static int open_temporary(struct publish *publish, mode_t mode, struct error *err)
{
    int result = 0;

    for (int i = 0; i < NAME_ATTEMPTS; i++) {
        result = temporary_name(publish->temporary, err);
        if (result < 0)
            return result;
        publish->fd = openat(publish->dirfd, publish->temporary,
                             O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (publish->fd >= 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return error_set_errno(err, ERROR_IO, errno, "%s: creating", publish->target);
}

int publish_begin(int dirfd, const char *name, mode_t mode, struct publish *publish,
                  struct error *err)
{
    const char *last;
    int result;

    *publish = (struct publish){.dirfd = -1, .fd = -1};
    result = path_open_parent(dirfd, name, &publish->dirfd, &last, err);
    if (result < 0)
        return result;
    if (strlen(last) >= sizeof(publish->target))
        result =
            error_set(err, ERROR_IO, "a name longer than %zu bytes", sizeof(publish->target) - 1);
    else
        snprintf(publish->target, sizeof(publish->target), "%s", last);
    if (result == 0)
        result = open_temporary(publish, mode, err);
    if (result < 0)
        publish_abort(publish);
    return result;
}

static void close_both(struct publish *publish)
{
    if (publish->fd >= 0)
        (void)close(publish->fd);
    if (publish->dirfd >= 0)
        (void)close(publish->dirfd);
    *publish = (struct publish){.dirfd = -1, .fd = -1};
}

void publish_abort(struct publish *publish)
{
    if (publish->fd >= 0)
        (void)unlinkat(publish->dirfd, publish->temporary, 0);
    close_both(publish);
}

/* flags as for renameat2. Filesystems that know no flags get the plain call. */
static int move_into_place(const struct publish *publish, unsigned flags)
{
    if (flags != 0 &&
        renameat2(publish->dirfd, publish->temporary, publish->dirfd, publish->target, flags) == 0)
        return 0;
    if (flags != 0 && errno != EINVAL && errno != ENOSYS)
        return -1;
    return renameat(publish->dirfd, publish->temporary, publish->dirfd, publish->target);
}

static int commit(struct publish *publish, unsigned flags, struct error *err)
{
    int result = flush(publish->fd, publish->target, err);

    if (result < 0) {
        publish_abort(publish);
        return result;
    }
    if (move_into_place(publish, flags) < 0) {
        result = error_set_errno(err, ERROR_IO, errno, "%s: renaming", publish->target);
        publish_abort(publish);
        return result;
    }
    result = flush(publish->dirfd, publish->target, err);
    close_both(publish);
    return result;
}

int publish_commit(struct publish *publish, struct error *err)
{
    return commit(publish, 0, err);
}

static int write_whole(int dirfd, const char *name, const void *data, size_t size, mode_t mode,
                       unsigned flags, struct error *err)
{
    struct publish publish;
    int result = publish_begin(dirfd, name, mode, &publish, err);

    if (result < 0)
        return result;
    result = path_write(publish.fd, data, size, err);
    if (result < 0) {
        error_context(err, "%s", publish.target);
        publish_abort(&publish);
        return result;
    }
    return commit(&publish, flags, err);
}

int publish_file(int dirfd, const char *name, const void *data, size_t size, mode_t mode,
                 struct error *err)
{
    return write_whole(dirfd, name, data, size, mode, 0, err);
}

static int compare_bytes(int fd, const uint8_t *data, size_t size, struct error *err)
{
    uint8_t part[COMPARED_BYTES];

    for (size_t done = 0; done < size;) {
        size_t length = size - done < sizeof(part) ? size - done : sizeof(part);
        int result = path_pread(fd, part, length, done, err);

        if (result < 0)
            return result;
        if (memcmp(part, data + done, length) != 0)
            return error_set(err, ERROR_IO, "exists with other content");
        done += length;
    }
    return 0;
}

/* Success when the file is there and holds just these bytes; ERROR_NOT_FOUND when it is not. */
static int compare_file(int dirfd, const char *name, const void *data, size_t size,
                        struct error *err)
{
    uint64_t existing;
    int fd;
    int result = path_open_regular(dirfd, name, INT64_MAX, &fd, &existing, err);

    if (result < 0)
        return result;
    if (existing != size)
        result = error_set(err, ERROR_IO, "exists with other content");
    else
        result = compare_bytes(fd, data, size, err);
    (void)close(fd);
    if (result < 0)
        error_context(err, "%s", name);
    return result;
}

int publish_new_file(int dirfd, const char *name, const void *data, size_t size, mode_t mode,
                     struct error *err)
{
    struct error first = {0}, second = {0};
    int result = compare_file(dirfd, name, data, size, &first);

    if (result == 0)
        return 0;
    if (first.code == ERROR_NOT_FOUND) {
        result = write_whole(dirfd, name, data, size, mode, RENAME_NOREPLACE, &first);
        /* Somebody else may have made the same file meanwhile. */
        if (result < 0 && compare_file(dirfd, name, data, size, &second) == 0)
            return 0;
    }
    if (result < 0)
        *err = first;
    return result;
}

int publish_link(int dirfd, const char *name, const char *target, struct error *err)
{
    char temporary[300];
    const char *last;
    int fd;
    int result = path_open_parent(dirfd, name, &fd, &last, err);

    if (result < 0)
        return result;
    result = temporary_name(temporary, err);
    if (result < 0)
        goto out;
    if (symlinkat(target, fd, temporary) < 0) {
        result = error_set_errno(err, ERROR_IO, errno, "%s: linking", last);
        goto out;
    }
    if (renameat(fd, temporary, fd, last) < 0) {
        result = error_set_errno(err, ERROR_IO, errno, "%s: renaming", last);
        (void)unlinkat(fd, temporary, 0);
        goto out;
    }
    result = flush(fd, last, err);
out:
    (void)close(fd);
    return result;
}

int publish_move(int from_dirfd, const char *from, int to_dirfd, const char *to, struct error *err)
{
    const char *from_last, *to_last;
    int from_fd = -1, to_fd = -1;
    int result = path_open_parent(from_dirfd, from, &from_fd, &from_last, err);

    if (result == 0)
        result = path_open_parent(to_dirfd, to, &to_fd, &to_last, err);
    if (result < 0)
        goto out;
    if (renameat(from_fd, from_last, to_fd, to_last) < 0) {
        result = error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
                                 "%s: moving to %s", from_last, to_last);
        goto out;
    }
    /* The new place first: after a crash between the two, the thing is there twice, not nowhere. */
    result = flush(to_fd, to_last, err);
    if (result == 0)
        result = flush(from_fd, from_last, err);
out:
    if (from_fd >= 0)
        (void)close(from_fd);
    if (to_fd >= 0)
        (void)close(to_fd);
    return result;
}

int publish_sync_folder(int dirfd, const char *name, struct error *err)
{
    int fd;
    int result = path_open_folder(dirfd, name, &fd, err);

    if (result < 0)
        return result;
    result = flush(fd, name, err);
    (void)close(fd);
    return result;
}

int publish_sync_tree(int dirfd, const char *name, struct error *err)
{
    int fd;
    int result = path_open_folder(dirfd, name, &fd, err);

    if (result < 0)
        return result;
    if (syncfs(fd) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s: flushing", name);
    (void)close(fd);
    return result;
}
