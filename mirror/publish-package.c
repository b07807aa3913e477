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
#include "media/sign.h"
#include "media/version.h"
#include "media/volume.h"

#define SUBJECT   "type"
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
    if (package->seal != NULL)
        bytes_wipe(package->seal, sizeof(*package->seal));
    free(package->seal);
}

/* Whether this content or this version is there already. */
static int compare_known(struct publish_package *package, bool *unchanged, struct error *err)
{
    struct catalog *catalog = package->repository->catalog;
    const char *type = package->type->name;
    struct catalog_package known;
    bool found;
    int result = catalog_newest_package(catalog, type, NULL, &known, &found, err);

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
        .scratch_fd = package->repository->scratch_fd,
        .store = store_put,
        .context = package->store,
    };
    int result = package_build(folder_fd, &options, &package->built, err);

    return result < 0 ? result : compare_known(package, unchanged, err);
}

/* SOURCE_DATE_EPOCH, where it is set, makes a default version the same on every day. */
static int64_t version_time(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds = 0;

    if (epoch == NULL || epoch[0] == '\0')
        return instant_clock();
    for (; *epoch >= '0' && *epoch <= '9' && seconds < INT32_MAX; epoch++)
        seconds = seconds * 10 + (*epoch - '0');
    return *epoch == '\0' ? seconds * INSTANT_SECOND_US : instant_clock();
}

/* "2026.11.23-7": rises with the issue, says when. */
static void default_version(uint64_t issue, char out[static LIMIT_VERSION_BYTES + 1])
{
    char date[INSTANT_TEXT_BYTES];

    instant_format(version_time(), date);
    snprintf(out, LIMIT_VERSION_BYTES + 1, "%.4s.%.2s.%.2s-%llu", date, date + 5, date + 8,
             (unsigned long long)issue);
}

static void describe(const struct publish_package *package, struct package_document *document)
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
}

static int write_recipe(const struct publish_package *package, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    char path[VOLUME_NAME_BYTES];

    memcpy(name.digest, package->built.recipe_digest, DIGEST_BYTES);
    return publish_new_file(package->repository->tree_fd, volume_format(&name, path),
                            package->built.recipe.data, package->built.recipe.size, FILE_MODE, err);
}

static int write_document(const struct publish_package *package, struct bytes_view document,
                          struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    char path[VOLUME_NAME_BYTES], folder[VOLUME_NAME_BYTES];
    int result;

    snprintf(name.word, sizeof(name.word), "%s", package->type->name);
    memcpy(name.digest, package->entry.id, DIGEST_BYTES);
    snprintf(folder, sizeof(folder), VOLUME_ROOT "/packages/%s", package->type->name);
    result = path_make_folders(package->repository->tree_fd, folder, 0755, err);
    if (result == 0)
        result = publish_new_file(package->repository->tree_fd, volume_format(&name, path),
                                  document.data, document.size, FILE_MODE, err);
    return result;
}

/* What was signed is judged as an endpoint would before anything names it. */
static int judge_signed(const struct publish_package *package, struct bytes_view document,
                        struct error *err)
{
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    int result = trust_judge(package->trust, DOCUMENT_PACKAGE, NULL, document, verdict, err);

    free(verdict);
    return result < 0 ? error_context(err, "the package that was just signed") : 0;
}

static int sign_json(struct publish_package *package, const struct key *key,
                     const struct sign_timestamper *timestamper, struct error *err)
{
    const struct key *const keys[] = {key};
    struct package_document described;
    struct bytes json, document;
    int result;

    describe(package, &described);
    bytes_init(&document, LIMIT_PACKAGE_BYTES);
    result = package_write(&described, &json, err);
    if (result == 0)
        result = sign_document(DOCUMENT_PACKAGE, bytes_view(&json), keys, 1, timestamper, &document,
                               &package->entry.time_us, err);
    if (result == 0)
        result = catalog_note_time(package->repository->catalog, SUBJECT, package->type->name,
                                   package->entry.time_us, err);
    if (result == 0)
        result = judge_signed(package, bytes_view(&document), err);
    if (result == 0) {
        package->entry.size = json.size;
        digest_of(json.data, json.size, package->entry.id);
        result = write_document(package, bytes_view(&document), err);
    }
    package_clear(&described);
    bytes_clear(&json);
    bytes_clear(&document);
    return result;
}

static void fill_entry(struct publish_package *package)
{
    struct catalog_package *entry = &package->entry;

    snprintf(entry->type, sizeof(entry->type), "%s", package->type->name);
    if (package->version != NULL)
        snprintf(entry->version, sizeof(entry->version), "%s", package->version);
    else
        default_version(entry->issue, entry->version);
    memcpy(entry->recipe, package->built.recipe_digest, DIGEST_BYTES);
    entry->files = package->built.files;
    entry->bytes = package->built.bytes;
    entry->packed = package->built.packed;
}

int publish_package_sign(struct publish_package *package, struct error *err)
{
    struct sign_timestamper timestamper;
    struct key *key = NULL;
    int64_t last_us;
    /* Keys first: a wrong passphrase leaves neither files nor gaps in the numbers. */
    int result = keyring_key(package->keyring, ROLE_CONTENT, package->key, &key, err);

    if (result == 0)
        result = keyring_timestamper(package->keyring, 0, &timestamper, err);
    if (result == 0)
        result = store_writer_flush(package->store, err);
    if (result == 0)
        result = write_recipe(package, err);
    if (result == 0)
        result = catalog_reserve(package->repository->catalog, SUBJECT, package->type->name,
                                 &package->entry.issue, &last_us, err);
    if (result == 0) {
        timestamper.not_before_us = last_us;
        fill_entry(package);
        result = sign_json(package, key, &timestamper, err);
    }
    key_free(key);
    return result;
}

int publish_package_enter(struct publish_package *package, struct error *err)
{
    int result = store_writer_enter(package->store, err);

    if (result == 0)
        result = catalog_add_package(package->repository->catalog, &package->entry, err);
    return result;
}
