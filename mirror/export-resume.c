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

/* The digest of the pack as the store has it. */
static int digest_pack(const struct export_job *job, const struct export_pack *pack,
                       uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct digest_thread *running;
    int result = digest_thread_start(&running, err);

    if (result == 0)
        result = export_job_pack(job, pack, add, running, err);
    digest_thread_finish(running, result == 0 ? digest : NULL);
    return result;
}

/* What is to be replaced may be of a good export: the same frames in another order have the same name.
 * It goes only for what the store is known to have. */
int export_resume_pack(const struct export_job *job, int fd, const struct export_pack *pack,
                       bool *whole, uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct error other = {.code = ERROR_OK};
    char path[VOLUME_NAME_BYTES];
    bool direct;
    int result;

    *whole = false;
    if (!has_size(fd, export_job_pack_name(pack, path), pack->size))
        return 0;
    *whole = export_proof_pack(job, pack, fd, path, &direct, &other) == 0;
    result = *whole ? 0 : interrupt_check(job->interrupt, err);
    return result == 0 ? digest_pack(job, pack, digest, err) : result;
}
