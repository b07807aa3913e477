/* SPDX-License-Identifier: ISC */
#include "mirror/publish-package.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/driver-protocol.h"
#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/package.h"
#include "media/version.h"
#include "media/volume.h"
#include "mirror/decision.h"
#include "mirror/package-issue.h"
#include "mirror/requirement.h"
#include "mirror/source-date.h"

#define FILE_MODE 0644

int publish_package_begin(struct publish_package *package, struct error *err)
{
    struct enrolment keys;
    int result;

    package->store = store_writer_new(package->repository);
    if (package->version != NULL && !version_valid(package->version))
        return error_set(err, ERROR_USAGE,
                         "--version %s: expected letters, digits and . + ~ : _ -, at most %d",
                         package->version, LIMIT_VERSION_BYTES);
    if (!package->type->sealed)
        return 0;
    result = keyring_content_keys(package->keyring, &keys, err);
    if (result == 0 && keys.key_count == 0)
        result = error_set(err, ERROR_NOT_FOUND, "%s holds no content key", KEYRING_CONTENT_KEYS);
    if (result == 0) {
        package->seal = bytes_allocate(1, sizeof(*package->seal));
        snprintf(package->seal->id, sizeof(package->seal->id), "%s", keys.keys[0].id);
        memcpy(package->seal->key, keys.keys[0].key, sizeof(package->seal->key));
    }
    enrolment_clear(&keys);
    return result;
}

void publish_package_end(struct publish_package *package)
{
    store_writer_free(package->store);
    package_built_clear(&package->built);
    publish_deltas_clear(&package->deltas);
    if (package->seal != NULL)
        bytes_wipe(package->seal, sizeof(*package->seal));
    free(package->seal);
}

/* Content that was declared known-bad does not come back by being published again; nor does the name
 * of its version, by which people know it. */
static int check_withdrawn(const struct publish_package *package, struct error *err)
{
    const char *type = package->type->name;
    struct decision_withdrawn *rows;
    struct catalog_package newest;
    size_t count;
    bool found = false;
    int result = decision_all_withdrawn(package->repository->catalog, &rows, &count, err);

    if (result == 0)
        result = catalog_newest_content(package->repository->catalog, type,
                                        package->built.recipe_digest, &newest, &found, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct decision_withdrawn *row = &rows[i];

        if (strcmp(row->type, type) != 0)
            continue;
        if (memcmp(row->recipe, package->built.recipe_digest, DIGEST_BYTES) == 0 &&
            !(found && newest.issue > row->issue))
            result = error_set(err, ERROR_WITHDRAWN,
                               "this content is %s %s, which is withdrawn (%s); if it shall come "
                               "back all the same: reissue %s %s --despite-withdrawal",
                               type, row->version, row->reason, type, row->version);
        else if (package->version != NULL && strcmp(row->version, package->version) == 0 &&
                 memcmp(row->recipe, package->built.recipe_digest, DIGEST_BYTES) != 0)
            result = error_set(err, ERROR_USAGE,
                               "%s %s was published and is withdrawn; give another --version", type,
                               package->version);
    }
    decision_free_withdrawn(rows, count);
    return result;
}

/* Whether this content or this version is there already. */
static int compare_known(struct publish_package *package, bool *unchanged, struct error *err)
{
    struct catalog *catalog = package->repository->catalog;
    const char *type = package->type->name;
    struct catalog_package known;
    bool found;
    int result = check_withdrawn(package, err);

    *unchanged = false;
    if (result == 0)
        result = catalog_newest_package(catalog, type, NULL, &known, &found, err);
    if (result < 0)
        return result;
    *unchanged = found && memcmp(known.recipe, package->built.recipe_digest, DIGEST_BYTES) == 0 &&
                 (package->version == NULL || strcmp(package->version, known.version) == 0);
    if (*unchanged) {
        package->entry = known;
        return 0;
    }
    if (package->version == NULL)
        return 0;
    result = catalog_newest_package(catalog, type, package->version, &known, &found, err);
    if (result == 0 && found)
        result = error_set(err, ERROR_USAGE, "%s %s is published already; give another --version",
                           type, package->version);
    return result;
}

int publish_package_build(struct publish_package *package, int folder_fd, bool *unchanged,
                          struct error *err)
{
    struct package_build_options options = {
        .type = package->type->name,
        .seal = package->seal,
        .held = package->held,
        .scratch_fd = package->repository->scratch_fd,
        .store = store_put,
        .context = package->store,
    };
    int result = package_build(folder_fd, &options, &package->built, err);

    if (result == 0)
        result = compare_known(package, unchanged, err);
    /* Of sealed bytes nothing resembles what was before. */
    if (result == 0 && !*unchanged && package->seal == NULL)
        result = publish_deltas_build(package->repository, package->type->name, folder_fd,
                                      package->held, &package->built, package->store,
                                      package->progress, &package->deltas, err);
    return result;
}

/* "2026.11.23-7": rises with the issue, says when. */
static void default_version(uint64_t issue, char out[static LIMIT_VERSION_BYTES + 1])
{
    char date[INSTANT_TEXT_BYTES];

    instant_format(source_date(), date);
    snprintf(out, LIMIT_VERSION_BYTES + 1, "%.4s.%.2s.%.2s-%llu", date, date + 5, date + 8,
             (unsigned long long)issue);
}

static int describe(const struct publish_package *package, struct package_document *document,
                    struct error *err)
{
    const struct package_built *built = &package->built;

    *document = (struct package_document){
        .issue = package->entry.issue,
        .schema_low = package->type->schema,
        .schema_high = package->type->schema,
        .abi_low = DRIVER_ABI,
        .abi_high = DRIVER_ABI,
        .recipe_count = 1,
        .files = built->files,
        .bytes = built->bytes,
        .notes = bytes_copy_string(package->notes),
    };
    snprintf(document->type, sizeof(document->type), "%s", package->type->name);
    snprintf(document->version, sizeof(document->version), "%s", package->entry.version);
    if (package->seal != NULL)
        snprintf(document->sealed, sizeof(document->sealed), "%s", package->seal->id);
    document->recipes[0].size = built->recipe.size;
    document->recipes[0].packed_size = built->packed;
    memcpy(document->recipes[0].digest, built->recipe_digest, DIGEST_BYTES);
    publish_deltas_describe(&package->deltas, document);
    return requirement_write(package->repository, package->trust, document, err);
}

static int write_recipe(const struct publish_package *package, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    char path[VOLUME_NAME_BYTES];

    memcpy(name.digest, package->built.recipe_digest, DIGEST_BYTES);
    return publish_new_file(package->repository->tree_fd, volume_format(&name, path),
                            package->built.recipe.data, package->built.recipe.size, FILE_MODE, err);
}

static void choose_version(struct publish_package *package)
{
    struct catalog_package *entry = &package->entry;

    if (package->version != NULL)
        snprintf(entry->version, sizeof(entry->version), "%s", package->version);
    else
        default_version(entry->issue, entry->version);
}

int publish_package_sign(struct publish_package *package, struct error *err)
{
    struct package_issue issue = {
        .repository = package->repository, .trust = package->trust, .keyring = package->keyring};
    struct package_document document = {0};
    /* Keys first: a wrong passphrase leaves neither files nor gaps in the numbers. */
    int result = package_issue_begin(&issue, package->key, err);

    if (result == 0)
        result = store_writer_flush(package->store, err);
    if (result == 0)
        result = write_recipe(package, err);
    if (result == 0)
        result = publish_deltas_write(&package->deltas, package->repository, err);
    if (result == 0)
        result = package_issue_number(&issue, package->type->name, &package->entry.issue, err);
    if (result == 0) {
        choose_version(package);
        result = describe(package, &document, err);
    }
    if (result == 0)
        result = package_issue_sign(&issue, &document, &package->entry, err);
    package_clear(&document);
    package_issue_end(&issue);
    return result;
}

int publish_package_look_ahead(struct publish_package *package, struct error *err)
{
    struct package_document document = {0};
    int result =
        package_issue_next(package->repository, package->type->name, &package->entry.issue, err);

    if (result == 0) {
        choose_version(package);
        result = describe(package, &document, err);
    }
    if (result == 0)
        result = package_issue_look_ahead(&document, &package->entry, err);
    package_clear(&document);
    return result;
}

int publish_package_enter(struct publish_package *package, struct error *err)
{
    int result = store_writer_enter(package->store, err);

    if (result == 0)
        result = catalog_add_package(package->repository->catalog, &package->entry, err);
    if (result == 0)
        result = publish_deltas_enter(&package->deltas, package->repository->catalog,
                                      package->entry.id, err);
    return result;
}
