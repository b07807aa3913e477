/* SPDX-License-Identifier: ISC */
#include "mirror/export-resume.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "media/digest-thread.h"
#include "mirror/export-proof.h"

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

        if (!has_size(fd, export_job_pack_name(pack, path), pack->size))
            continue;
        export_job_list(&list, path, pack->size, unknown);
        *bytes += pack->size;
    }
    export_job_sort(&list);
    *found = list.document;
}

static int add(void *context, const void *data, size_t size, struct error *err)
{
    digest_thread_add(context, data, size);
    return 0;
}

int export_resume_pack(const struct export_job *job, int fd, const struct export_pack *pack,
                       bool *whole, uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct error unreadable = {.code = ERROR_OK};
    char path[VOLUME_NAME_BYTES];
    struct digest_thread *running;
    bool direct;
    int result;

    *whole = has_size(fd, export_job_pack_name(pack, path), pack->size) &&
             export_proof_pack(job, pack, fd, path, &direct, &unreadable) == 0;
    if (!*whole)
        return interrupt_check(job->interrupt, err);
    result = digest_thread_start(&running, err);
    if (result == 0)
        result = export_job_pack(job, pack, add, running, err);
    digest_thread_finish(running, result == 0 ? digest : NULL);
    return result;
}
