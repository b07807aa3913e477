/* SPDX-License-Identifier: ISC */
#include "agent/policy-source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/state-recipe.h"
#include "media/base/json.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/driver-files.h"

#define POLICY_TYPE  "policy"
#define SUFFIX       ".xml"
#define FOLDER_NAMES 1024 /* in the site's folder, documents or not */

/* The stem of "STEM.xml", or false: some other file. What begins with a dot is some editor's. */
static bool stem_of(const char *name, char *stem, size_t size)
{
    size_t length = strlen(name), end = sizeof(SUFFIX) - 1;

    if (name[0] == '.' || length <= end || strcmp(name + length - end, SUFFIX) != 0)
        return false;
    snprintf(stem, size, "%.*s", (int)(length - end), name);
    return true;
}

static struct policy_document *add_document(struct policy_source *source, const char *stem,
                                            struct error *err)
{
    struct policy_document *document;

    if (source->count == LIMIT_POLICY_DOCUMENTS) {
        error_set(err, ERROR_LIMIT, "more than POLICY_DOCUMENTS, %d documents",
                  LIMIT_POLICY_DOCUMENTS);
        return NULL;
    }
    document = &source->documents[source->count++];
    *document = (struct policy_document){.fd = -1};
    snprintf(document->stem, sizeof(document->stem), "%s", stem);
    return document;
}

static int add_signed(struct policy_source *source, int folder, const char *name, struct error *err)
{
    char stem[LIMIT_PATH_COMPONENT + 1];
    struct policy_document *document;
    uint64_t size;

    if (!stem_of(name, stem, sizeof(stem)))
        return 0; /* a README: what else may lie there is the driver's to say */
    if (!json_name_valid(stem))
        return error_set(err, ERROR_BAD_CONTENT, "%s: not a name STEM" SUFFIX, name);
    document = add_document(source, stem, err);
    if (document == NULL)
        return -(int)err->code;
    document->is_signed = true;
    return path_open_regular(folder, name, LIMIT_POLICY_BYTES, &document->fd, &size, err);
}

static int add_package_files(struct policy_source *source, int folder, struct error *err)
{
    struct driver_files files;
    int result = driver_files_list(folder, &files, err);

    if (result < 0)
        return result;
    for (size_t i = 0; i < files.count && result == 0; i++)
        result = add_signed(source, folder, files.names[i], err);
    driver_files_clear(&files);
    return result;
}

static int add_package(struct state *state, struct policy_source *source, struct error *err)
{
    const struct state_package *package = &source->package;
    char id[DIGEST_TEXT_BYTES], place[300];
    bool damaged = false;
    int folder, result = state_damaged(state, package->id, &damaged, NULL, 0, err);

    if (result == 0 && damaged)
        result = error_set(err, ERROR_BAD_DIGEST, "the signed policy is damaged");
    if (result < 0)
        return result;
    snprintf(place, sizeof(place), "content/%s/%s", POLICY_TYPE, digest_text(package->id, id));
    result = path_open_folder(state_folder(state), place, &folder, err);
    if (result == 0) {
        result = add_package_files(source, folder, err);
        close(folder);
    }
    return result < 0 ? error_context(err, "policy %s", package->version) : 0;
}

/* Nobody but root and the agent's own user can have written it. */
static int check_owner(const struct stat *status, const char *what, struct error *err)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return error_set(err, ERROR_DENIED, "%s belongs to uid %u: expected root", what,
                         status->st_uid);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(err, ERROR_DENIED,
                         "%s has mode %04o: expected that only its owner may write", what,
                         status->st_mode & 07777U);
    return 0;
}

static int open_site_file(int folder, const char *name, struct policy_document *document,
                          struct error *err)
{
    struct stat status;
    uint64_t size;
    int result = path_open_regular(folder, name, LIMIT_POLICY_BYTES, &document->fd, &size, err);

    if (result == 0 && fstat(document->fd, &status) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", name);
    if (result == 0)
        result = check_owner(&status, name, err);
    return result;
}

static int add_site_file(struct policy_source *source, int folder, const char *name,
                         struct error *err)
{
    char stem[LIMIT_PATH_COMPONENT + 1], shown[LIMIT_PATH_COMPONENT + 1];
    struct policy_document *document;
    struct error why;
    bool valid;

    if (!stem_of(name, stem, sizeof(stem)))
        return 0;
    valid = json_name_valid(stem);
    if (valid && policy_source_find(source, stem) != NULL)
        return 0; /* the signed one wins */
    document = add_document(source, valid ? stem : "", err);
    if (document == NULL)
        return -(int)err->code;
    if (!valid)
        error_set(&why, ERROR_BAD_CONTENT, "%s: expected a name [a-z0-9][a-z0-9._-]*" SUFFIX,
                  text_escape_string(name, shown, sizeof(shown)));
    if (!valid || open_site_file(folder, name, document, &why) < 0)
        policy_source_leave(document, why.words);
    return 0;
}

/* The folder as the system resolves it: an admin may link it. *fd -1: there is none. */
static int open_site_folder(const char *path, int *fd, struct error *err)
{
    struct stat status;
    int result;

    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return errno == ENOENT ? 0 : error_set_errno(err, ERROR_IO, errno, "%s", path);
    result = fstat(*fd, &status) < 0 ? error_set_errno(err, ERROR_IO, errno, "%s", path)
                                     : check_owner(&status, path, err);
    if (result < 0) {
        close(*fd);
        *fd = -1;
    }
    return result;
}

static int add_site_files(struct policy_source *source, int folder, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int result = path_list(folder, FOLDER_NAMES, &names, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = add_site_file(source, folder, names[i], err);
    path_free_names(names, count);
    return result;
}

/* What is wrong with the folder is no reason to do without what is signed. */
static void add_site(struct policy_source *source)
{
    struct error why;
    int folder, result = open_site_folder(source->folder, &folder, &why);

    if (result == 0 && folder < 0)
        return;
    if (result == 0) {
        result = add_site_files(source, folder, &why);
        close(folder);
    }
    if (result < 0)
        snprintf(source->trouble, sizeof(source->trouble), "%s", why.words);
}

static int compare_stems(const void *a, const void *b)
{
    const struct policy_document *first = a, *second = b;

    return strcmp(first->stem, second->stem);
}

int policy_source_open(struct state *state, const char *folder, struct policy_source *source,
                       struct error *err)
{
    int result;

    *source = (struct policy_source){.folder = folder};
    source->documents = bytes_allocate(LIMIT_POLICY_DOCUMENTS, sizeof(source->documents[0]));
    result = state_package(state, POLICY_TYPE, STATE_ACTIVE, &source->package, &source->has_package,
                           err);
    if (result == 0 && source->has_package)
        result = add_package(state, source, err);
    if (result < 0)
        return result;
    add_site(source);
    qsort(source->documents, source->count, sizeof(source->documents[0]), compare_stems);
    return 0;
}

void policy_source_close(struct policy_source *source)
{
    for (size_t i = 0; i < source->count; i++)
        driver_files_close(&source->documents[i].fd);
    free(source->documents);
    *source = (struct policy_source){0};
}

const struct policy_document *policy_source_find(const struct policy_source *source,
                                                 const char *stem)
{
    for (size_t i = 0; i < source->count; i++) {
        if (stem[0] != '\0' && strcmp(source->documents[i].stem, stem) == 0)
            return &source->documents[i];
    }
    return NULL;
}

void policy_source_leave(struct policy_document *document, const char *words)
{
    driver_files_close(&document->fd);
    snprintf(document->words, sizeof(document->words), "%s", words);
}

static void add_status(struct digest *digest, const char *name, const struct stat *status)
{
    const int64_t parts[] = {
        (int64_t)status->st_ino, status->st_mode,         status->st_uid,
        status->st_size,         status->st_mtim.tv_sec,  status->st_mtim.tv_nsec,
        status->st_ctim.tv_sec,  status->st_ctim.tv_nsec,
    };

    digest_add(digest, name, strlen(name) + 1);
    digest_add(digest, parts, sizeof(parts));
}

void policy_source_look(const char *folder, uint8_t digest[static DIGEST_BYTES])
{
    char **names = NULL;
    struct digest *progress;
    struct error ignored;
    struct stat status;
    size_t count = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    memset(digest, 0, DIGEST_BYTES);
    if (fd < 0)
        return;
    progress = digest_new();
    if (fstat(fd, &status) == 0)
        add_status(progress, ".", &status);
    if (path_list(fd, FOLDER_NAMES, &names, &count, &ignored) < 0)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        if (fstatat(fd, names[i], &status, AT_SYMLINK_NOFOLLOW) == 0)
            add_status(progress, names[i], &status);
    }
    digest_finish(progress, digest);
    path_free_names(names, count);
    close(fd);
}
