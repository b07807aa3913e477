/* SPDX-License-Identifier: ISC */
#include "media/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/url.h"

#define GONE_MS       1000 /* that a pulled disk may still be listed: USB takes below 100 */
#define GONE_PAUSE_MS 20

/* What lies at a location. */
enum source_form { FORM_URL, FORM_FOLDER, FORM_IMAGE, FORM_TAR };

struct source_kind {
    const char *name, *reader;
    enum source_form form;
};

/* Only the pinned authority counts: the system's list has hundreds that have no part in this. */
static int open_mirror(struct source *source, const char *ca, struct error *err)
{
    struct url url;
    int result = url_parse(source->location, &url, err);

    if (result < 0 || !url.tls)
        return result;
    if (ca == NULL)
        return error_set(err, ERROR_CONFIG,
                         "%s: which authority issued its certificate? Name the PEM file: ca = FILE "
                         "in its [source NAME], or --ca FILE",
                         source->location);
    source->fd = open(ca, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (source->fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s", ca);
    return 0;
}

static const struct source_kind kinds[] = {
    {"dir", "sallyport-reader-dir", FORM_FOLDER},
    {"http", "sallyport-reader-http", FORM_URL},
    {"image", "sallyport-reader-image", FORM_IMAGE},
    {"tar", "sallyport-reader-tar", FORM_TAR},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *source_kind_name(size_t i)
{
    return i < KINDS ? kinds[i].name : NULL;
}

static const struct source_kind *kind_named(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

static const struct source_kind *kind_of_form(enum source_form form)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].form == form)
            return &kinds[i];
    }
    return NULL;
}

int source_check(const char *location, const char *kind, struct error *err)
{
    const struct source_kind *wanted = kind != NULL ? kind_named(kind) : NULL;
    struct url url;

    if (kind != NULL && (wanted == NULL || (wanted->form == FORM_URL) != url_is(location)))
        return error_set(err, ERROR_USAGE, "%s is no location of a source of type %s", location,
                         kind);
    if (url_is(location))
        return url_parse(location, &url, err);
    if (location[0] != '/')
        return error_set(err, ERROR_USAGE, "expected an absolute path or http(s)://HOST");
    return 0;
}

/* The one look at what a file holds that is taken here, maybe as root: five bytes are compared. */
static bool is_tar(int fd)
{
    static const char magic[] = "ustar"; /* POSIX pax, "ustar Interchange Format"; GNU's tar too */
    char found[sizeof(magic) - 1];

    return pread(fd, found, sizeof(found), 257) == (ssize_t)sizeof(found) &&
           memcmp(found, magic, sizeof(found)) == 0;
}

/* NULL: nothing that is read. */
static const struct source_kind *kind_of_mode(mode_t mode)
{
    if (S_ISDIR(mode))
        return kind_of_form(FORM_FOLDER);
    return S_ISREG(mode) || S_ISBLK(mode) ? kind_of_form(FORM_IMAGE) : NULL;
}

/* Opening alone rewinds a tape and starts a watchdog, maybe with root's rights: O_PATH opens no
 * device, and what is opened is what was looked at. */
static int open_path(struct source *source, struct error *err)
{
    const char *location = source->location;
    int place = open(location, O_PATH | O_CLOEXEC), number;
    char again[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
    struct stat status;

    if (place < 0 && errno == ENOENT)
        return error_set(err, ERROR_NOT_FOUND, "%s: no such file or folder", location);
    if (place < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", location);
    source->kind = fstat(place, &status) == 0 ? kind_of_mode(status.st_mode) : NULL;
    snprintf(again, sizeof(again), "/proc/self/fd/%d", place);
    if (source->kind != NULL)
        source->fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    number = errno;
    (void)close(place);
    if (source->kind == NULL)
        return error_set(err, ERROR_NOT_A_MEDIUM, "%s is no folder, file or block device",
                         location);
    if (source->fd < 0)
        return error_set_errno(err, ERROR_IO, number, "%s", location);
    if (S_ISREG(status.st_mode) && is_tar(source->fd))
        source->kind = kind_of_form(FORM_TAR);
    return 0;
}

int source_resolve(const char *given, char location[static LIMIT_PATH_BYTES + 1], struct error *err)
{
    if (url_is(given)) {
        snprintf(location, LIMIT_PATH_BYTES + 1, "%s", given);
        return source_check(given, NULL, err) < 0 ? error_context(err, "%s", given) : 0;
    }
    if (realpath(given, location) != NULL)
        return 0;
    return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s", given);
}

int source_open(const char *location, const char *ca, struct source *source, struct error *err)
{
    *source = (struct source){.location = bytes_copy_string(location), .fd = -1};
    if (!url_is(location))
        return open_path(source, err);
    source->kind = kind_of_form(FORM_URL);
    return open_mirror(source, ca, err);
}

void source_close(struct source *source)
{
    if (source->fd >= 0)
        (void)close(source->fd);
    free(source->location);
    *source = (struct source){.fd = -1};
}

/* The kernel's name of the disk that a source is or lies on; false: it is on none (memory, network). */
static bool find_disk(const struct source *source, char path[static PATH_MAX])
{
    struct stat status;
    dev_t disk;

    if (source->fd < 0 || url_is(source->location) || fstat(source->fd, &status) < 0)
        return false;
    disk = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
    snprintf(path, PATH_MAX, "/sys/dev/block/%u:%u", major(disk), minor(disk));
    return major(disk) != 0 && access("/sys/dev/block", F_OK) == 0;
}

bool source_reading_failed(const struct error *err)
{
    return err->code == ERROR_IO || err->code == ERROR_MEDIUM_DAMAGED ||
           err->code == ERROR_MEDIUM_GONE || err->code == ERROR_NOT_A_MEDIUM;
}

static bool can_be_pulled(const char *disk)
{
    char path[PATH_MAX];

    return realpath(disk, path) != NULL && strstr(path, "/usb") != NULL;
}

/* Reads fail as soon as a device is pulled; the kernel takes it out of its lists a while later. */
static bool is_gone(const char *disk)
{
    const struct timespec pause = {.tv_nsec = GONE_PAUSE_MS * 1000000L};

    for (int waited_ms = 0; access(disk, F_OK) == 0; waited_ms += GONE_PAUSE_MS) {
        if (waited_ms >= GONE_MS || !can_be_pulled(disk))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return errno == ENOENT;
}

bool source_explain(const struct source *source, struct error *err)
{
    char disk[PATH_MAX];

    if (!source_reading_failed(err) || !find_disk(source, disk) || !is_gone(disk))
        return false;
    (void)error_set(err, ERROR_MEDIUM_GONE,
                    "the medium was removed before all of it was read; what was in service stays "
                    "in service, and nothing of this medium is");
    return true;
}

bool source_is_folder(const struct source *source)
{
    return source->kind != NULL && source->kind->form == FORM_FOLDER;
}

const char *source_reader(const struct source *source)
{
    return source->kind->reader;
}

static int spawn_reader(const struct source *source, const char *libexec, const char *user,
                        int socket, int log, struct child *child, struct error *err)
{
    const struct source_kind *kind = source->kind;
    const char *arguments[] = {kind->reader, kind->form == FORM_URL ? source->location : NULL,
                               NULL};
    char program[LIMIT_PATH_BYTES + 1];
    struct spawn spawn = {.program = program,
                          .arguments = arguments,
                          .fds = {socket, log, source->fd},
                          .fd_count = source->fd >= 0 ? 3 : 2,
                          .user = user};

    if (snprintf(program, sizeof(program), "%s/%s", libexec, kind->reader) >= (int)sizeof(program))
        return error_set(err, ERROR_LIMIT, "path of %s is longer than PATH_BYTES", kind->reader);
    return spawn_start(&spawn, child, err);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

int source_start_reader(const struct source *source, const char *libexec, const char *user,
                        int *socket, struct child *child, struct error *err)
{
    int ends[2] = {-1, -1}, log[2] = {-1, -1};
    int result = frame_pair(ends, err);

    *socket = -1;
    if (result == 0 && (pipe2(log, O_CLOEXEC) < 0 || fcntl(log[0], F_SETFL, O_NONBLOCK) < 0))
        result = error_set_errno(err, ERROR_IO, errno, "making a log pipe");
    if (result == 0)
        result = spawn_reader(source, libexec, user, ends[1], log[1], child, err);
    if (result == 0) {
        *socket = ends[0];
        child->log = log[0];
        ends[0] = log[0] = -1;
    }
    for (size_t i = 0; i < 2; i++) {
        close_fd(ends[i]);
        close_fd(log[i]);
    }
    return result;
}
