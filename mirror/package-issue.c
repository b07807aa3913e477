/* SPDX-License-Identifier: ISC */
#include "mirror/package-issue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/sign.h"
#include "media/volume.h"

#define SUBJECT   "type"
#define FILE_MODE 0644

int package_issue_begin(struct package_issue *issue, const char *key, struct error *err)
{
    int result = keyring_key(issue->keyring, ROLE_CONTENT, key, &issue->key, err);

    return result < 0 ? result : keyring_timestamper(issue->keyring, 0, &issue->timestamper, err);
}

void package_issue_end(struct package_issue *issue)
{
    key_free(issue->key);
    issue->key = NULL;
}

int package_issue_number(struct package_issue *issue, const char *type, uint64_t *number,
                         struct error *err)
{
    return catalog_reserve(issue->repository->catalog, SUBJECT, type, number,
                           &issue->timestamper.not_before_us, err);
}

static int write_document(const struct package_issue *issue, const struct catalog_package *entry,
                          struct bytes_view document, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    char path[VOLUME_NAME_BYTES], folder[VOLUME_NAME_BYTES];
    int result;

    snprintf(name.word, sizeof(name.word), "%s", entry->type);
    memcpy(name.digest, entry->id, DIGEST_BYTES);
    snprintf(folder, sizeof(folder), VOLUME_ROOT "/packages/%s", entry->type);
    result = path_make_folders(issue->repository->tree_fd, folder, 0755, err);
    if (result == 0)
        result = publish_new_file(issue->repository->tree_fd, volume_format(&name, path),
                                  document.data, document.size, FILE_MODE, err);
    return result;
}

/* What was signed is judged as an endpoint would before anything names it. */
static int judge_signed(const struct package_issue *issue, struct bytes_view document,
                        struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    int result = trust_judge(issue->trust, DOCUMENT_PACKAGE, NULL, document, verdict, err);

    free(verdict);
    return result < 0 ? error_context(err, "the package that was just signed") : 0;
}

static void fill_entry(const struct package_document *document, struct bytes_view json,
                       struct catalog_package *entry)
{
    const struct package_recipe *recipe = package_full_recipe(document);

    snprintf(entry->type, sizeof(entry->type), "%s", document->type);
    snprintf(entry->version, sizeof(entry->version), "%s", document->version);
    entry->issue = document->issue;
    entry->size = json.size;
    entry->files = document->files;
    entry->bytes = document->bytes;
    entry->packed = recipe->packed_size;
    memcpy(entry->recipe, recipe->digest, DIGEST_BYTES);
    digest_of(json.data, json.size, entry->id);
}

int package_issue_sign(struct package_issue *issue, const struct package_document *package,
                       struct catalog_package *entry, struct error *err)
{
    const struct key *const keys[] = {issue->key};
    struct bytes json = {0}, document;
    int result = package_write(package, &json, err);

    bytes_init(&document, LIMIT_PACKAGE_BYTES);
    if (result == 0)
        result = sign_document(DOCUMENT_PACKAGE, bytes_view(&json), keys, 1, &issue->timestamper,
                               &document, &entry->time_us, err);
    if (result == 0)
        result = catalog_note_time(issue->repository->catalog, SUBJECT, package->type,
                                   entry->time_us, err);
    if (result == 0)
        result = judge_signed(issue, bytes_view(&document), err);
    if (result == 0) {
        fill_entry(package, bytes_view(&json), entry);
        result = write_document(issue, entry, bytes_view(&document), err);
    }
    bytes_clear(&json);
    bytes_clear(&document);
    return result;
}

int package_issue_next(struct repository *repository, const char *type, uint64_t *number,
                       struct error *err)
{
    int64_t last_us;
    int result = catalog_progress(repository->catalog, SUBJECT, type, number, &last_us, err);

    (*number)++;
    return result;
}

int package_issue_look_ahead(const struct package_document *document, struct catalog_package *entry,
                             struct error *err)
{
    struct bytes json = {0};
    int result = package_write(document, &json, err);

    if (result == 0)
        fill_entry(document, bytes_view(&json), entry);
    entry->time_us = 0;
    bytes_clear(&json);
    return result;
}
