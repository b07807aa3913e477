/* SPDX-License-Identifier: ISC */
#include "mirror/export-resume.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "media/volume.h"
#include "mirror/read-back.h"

static const char *pack_path(const struct export_pack *pack, char path[static VOLUME_NAME_BYTES])
{
    struct volume_name name = {.kind = VOLUME_PACK};

    memcpy(name.digest, pack->id, DIGEST_BYTES);
    return volume_format(&name, path);
}

static bool has_size(int fd, const char *path, uint64_t size)
{
    struct stat status;

    return fstatat(fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
           (uint64_t)status.st_size == size;
}

void export_resume_find(const struct export_job *job, int fd, struct export_document *found,
                        uint64_t *bytes)
{
    static const uint8_t unknown[DIGEST_BYTES];
    const struct export_volume *volume = export_job_volume(job);
    struct export_job list = {0};

    *bytes = 0;
    for (size_t i = 0; i < volume->pack_count; i++) {
        const struct export_pack *pack = &job->volumes->packs[volume->first_pack + i];
        char path[VOLUME_NAME_BYTES];

        if (!has_size(fd, pack_path(pack, path), pack->size))
            continue;
        export_job_list(&list, path, pack->size, unknown);
        *bytes += pack->size;
    }
    export_job_sort(&list);
    *found = list.document;
}

static int add(void *context, const void *data, size_t size, struct error *err)
{
    digest_add(context, data, size);
    return 0;
}

int export_resume_pack(const struct export_job *job, int fd, const struct export_pack *pack,
                       bool *whole, uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct error unreadable = {.code = ERROR_OK};
    char path[VOLUME_NAME_BYTES];
    uint8_t there[DIGEST_BYTES];
    struct digest *running;
    bool direct;
    int result;

    *whole =
        has_size(fd, pack_path(pack, path), pack->size) &&
        read_back_digest(fd, path, pack->size, there, &direct, job->progress, &unreadable) == 0;
    if (!*whole)
        return 0;
    running = digest_new();
    result = export_job_pack(job, pack, add, running, err);
    digest_finish(running, digest);
    *whole = result == 0 && memcmp(there, digest, DIGEST_BYTES) == 0;
    return result;
}
