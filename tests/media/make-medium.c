/* SPDX-License-Identifier: ISC */
#include "tests/media/make-medium.h"

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/pack.h"
#include "media/package-build.h"
#include "media/pem.h"

#define DAY INSTANT_DAY_US

const char *medium_path(enum volume_kind kind, const char *word, uint64_t number,
                        const uint8_t *digest, char out[static VOLUME_NAME_BYTES])
{
    struct volume_name name = {.kind = kind, .number = number};

    if (word != NULL)
        snprintf(name.word, sizeof(name.word), "%s", word);
    if (digest != NULL)
        memcpy(name.digest, digest, DIGEST_BYTES);
    return volume_format(&name, out);
}

void medium_write(struct medium *medium, const char *path, const void *data, size_t size)
{
    scratch_put(medium->fd, path, data, size);
}

void medium_remove(struct medium *medium, const char *path)
{
    struct error err = {0};

    assert_ok(path_remove(medium->fd, path, &err), &err);
}

struct bytes medium_read(struct medium *medium, const char *path)
{
    struct error err = {0};
    struct bytes data;

    assert_ok(path_read(medium->fd, path, 256 * MIB, &data, &err), &err);
    return data;
}

static void sign(struct medium *medium, enum document_kind kind, const struct key *key,
                 struct bytes_view json, struct bytes *document)
{
    const struct sign_timestamper *timestamper =
        document_row(kind)->timestamped ? &medium->site->timestamper : NULL;
    struct error err = {0};

    bytes_init(document, document_row(kind)->limit);
    assert_ok(sign_document(kind, json, &key, 1, timestamper, document, NULL, &err), &err);
}

void medium_write_document(struct medium *medium, enum document_kind kind, const struct key *key,
                           struct bytes_view json, const char *path)
{
    struct bytes document;

    sign(medium, kind, key, json, &document);
    medium_write(medium, path, document.data, document.size);
    bytes_clear(&document);
}

void medium_write_root(struct medium *medium)
{
    char path[VOLUME_NAME_BYTES];
    struct error err = {0};
    struct bytes json;

    medium->root.version++;
    assert_ok(root_write(&medium->root, &json, &err), &err);
    bytes_clear(&medium->root_p7m);
    sign(medium, DOCUMENT_ROOT, medium->site->leaves[ROLE_ROOT][0], bytes_view(&json),
         &medium->root_p7m);
    medium_path(VOLUME_ROOT_DOCUMENT, NULL, medium->root.version, NULL, path);
    medium_write(medium, path, medium->root_p7m.data, medium->root_p7m.size);
    medium->set->root_version = medium->root.version;
    bytes_clear(&json);
}

static void fill_root(struct medium *medium)
{
    static const char *const rings[] = {"internal", MEDIUM_RING};
    struct root_document *root = &medium->root;
    struct error err = {0};

    root->root_count = 1;
    assert_ok(pem_read((const char *)medium->site->root_pem.data, "CERTIFICATE",
                       LIMIT_CERTIFICATE_BYTES, &root->roots[0], &err),
              &err);
    for (int i = 0; i < ROLE_COUNT; i++)
        root->roles[i].threshold = 1;
    root->ring_count = 2;
    for (size_t i = 0; i < 2; i++) {
        snprintf(root->rings[i].name, sizeof(root->rings[i].name), "%s", rings[i]);
        root->rings[i].threshold = 1;
        root->rings[i].production = i == 1;
        wave_everyone(&root->rings[i].waves);
    }
    root->window_before_us = 5 * INSTANT_MINUTE_US;
    root->window_after_us = 15 * INSTANT_MINUTE_US;
    root->expires_us = instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US + 365 * DAY;
}

static void fill_set(struct medium *medium)
{
    struct set_document *set = medium->set;

    snprintf(set->ring, sizeof(set->ring), "%s", MEDIUM_RING);
    set->sequence = 1;
    set->wave_count = 1;
    snprintf(set->waves[0].type, sizeof(set->waves[0].type), "default");
    wave_everyone(&set->waves[0].plan);
    set->expires_us = instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US + 30 * DAY;
}

struct medium *medium_new(void)
{
    struct medium *medium = bytes_allocate(1, sizeof(*medium));
    void *scratch = NULL;

    medium->site = site_new();
    assert_int_equal(scratch_open(&scratch), 0);
    medium->scratch = scratch;
    medium->fd = scratch_folder(medium->scratch->fd, "medium");
    snprintf(medium->path, sizeof(medium->path), "%s/medium", medium->scratch->path);
    medium->set = bytes_allocate(1, sizeof(*medium->set));
    fill_root(medium);
    fill_set(medium);
    medium_write(medium, "sallyport/FORMAT", VOLUME_FORMAT_TEXT, strlen(VOLUME_FORMAT_TEXT));
    medium_write_root(medium);
    medium_write_crl(medium, medium->site->root, 1, NULL, 0);
    medium_write_crl(medium, medium->site->issuing, 1, NULL, 0);
    return medium;
}

void medium_free(struct medium *medium)
{
    void *scratch = medium->scratch;

    for (size_t i = 0; i < medium->frame_count; i++)
        bytes_clear(&medium->frames[i].data);
    free(medium->frames);
    root_clear(&medium->root);
    bytes_clear(&medium->root_p7m);
    set_clear(medium->set);
    free(medium->set);
    package_clear(&medium->package);
    export_clear(&medium->export);
    close(medium->fd);
    assert_int_equal(scratch_close(&scratch), 0);
    site_free(medium->site);
    free(medium);
}

/* The row of an issuer, in its sorted place. */
static struct set_crl *crl_row(struct set_document *set, const uint8_t *issuer)
{
    size_t i = 0;

    while (i < set->crl_count && memcmp(set->crls[i].issuer, issuer, DIGEST_BYTES) < 0)
        i++;
    if (i == set->crl_count || memcmp(set->crls[i].issuer, issuer, DIGEST_BYTES) != 0) {
        memmove(&set->crls[i + 1], &set->crls[i], (set->crl_count - i) * sizeof(set->crls[0]));
        set->crl_count++;
    }
    memcpy(set->crls[i].issuer, issuer, DIGEST_BYTES);
    return &set->crls[i];
}

void medium_write_crl(struct medium *medium, const struct key *issuer, uint64_t number,
                      const struct certify_revocation *revocations, size_t count)
{
    int64_t now_us = instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US;
    char path[VOLUME_NAME_BYTES];
    uint8_t id[DIGEST_BYTES];
    struct error err = {0};
    struct set_crl *row;
    struct bytes der;

    bytes_init(&der, LIMIT_CRL_BYTES);
    assert_ok(key_id(issuer, id, &err), &err);
    assert_ok(
        certify_crl(issuer, number, now_us, now_us + 30 * DAY, revocations, count, &der, &err),
        &err);
    row = crl_row(medium->set, id);
    if (row->number != 0)
        medium_remove(medium, medium_path(VOLUME_CRL, NULL, row->number, id, path));
    row->number = number;
    digest_of(der.data, der.size, row->digest);
    medium_write(medium, medium_path(VOLUME_CRL, NULL, number, id, path), der.data, der.size);
    bytes_clear(&der);
}

static int keep_frame(void *context, const uint8_t digest[static DIGEST_BYTES],
                      struct bytes_view packed, struct error *err)
{
    struct medium *medium = context;
    struct medium_frame *frame;

    for (size_t i = 0; i < medium->frame_count; i++) {
        if (memcmp(medium->frames[i].digest, digest, DIGEST_BYTES) == 0)
            return 0;
    }
    frame = bytes_allocate(medium->frame_count + 1, sizeof(*frame));
    if (medium->frame_count > 0)
        memcpy(frame, medium->frames, medium->frame_count * sizeof(*frame));
    free(medium->frames);
    medium->frames = frame;
    frame = &medium->frames[medium->frame_count++];
    memcpy(frame->digest, digest, DIGEST_BYTES);
    bytes_init(&frame->data, LIMIT_FRAME_BYTES);
    return bytes_put(&frame->data, packed.data, packed.size, err);
}

static void build(struct medium *medium, const char *type, const struct medium_file *files,
                  size_t count, struct package_built *built)
{
    struct package_build_options options = {
        .type = type,
        .scratch_fd = -1,
        .store = keep_frame,
        .context = medium,
    };
    int source = scratch_folder(medium->scratch->fd, "source");
    struct error err = {0};

    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(files[i].name, '/');
        char *above = bytes_copy_string(files[i].name);

        if (slash != NULL) {
            above[slash - files[i].name] = '\0';
            assert_ok(path_make_folders(source, above, 0700, &err), &err);
        }
        free(above);
        scratch_put(source, files[i].name, files[i].data, files[i].size);
    }
    assert_ok(package_build(source, &options, built, &err), &err);
    close(source);
    assert_ok(path_remove(medium->scratch->fd, "source", &err), &err);
}

static void fill_package(struct package_document *package, const char *type, const char *version,
                         uint64_t issue, const struct package_built *built)
{
    snprintf(package->type, sizeof(package->type), "%s", type);
    snprintf(package->version, sizeof(package->version), "%s", version);
    package->issue = issue;
    package->schema_low = package->schema_high = 1;
    package->abi_low = package->abi_high = 1;
    package->recipe_count = 1;
    package->recipes[0].size = built->recipe.size;
    package->recipes[0].packed_size = built->packed;
    memcpy(package->recipes[0].digest, built->recipe_digest, DIGEST_BYTES);
    package->files = built->files;
    package->bytes = built->bytes;
}

static void add_row(struct set_document *set, const struct package_document *package,
                    const uint8_t *id, uint64_t size)
{
    struct set_package *row;
    size_t i = 0;

    while (i < set->package_count && strcmp(set->packages[i].type, package->type) < 0)
        i++;
    row = &set->packages[i];
    if (i == set->package_count || strcmp(row->type, package->type) != 0) {
        memmove(row + 1, row, (set->package_count - i) * sizeof(*row));
        set->package_count++;
    }
    snprintf(row->type, sizeof(row->type), "%s", package->type);
    snprintf(row->version, sizeof(row->version), "%s", package->version);
    row->issue = package->issue;
    row->size = size;
    memcpy(row->id, id, DIGEST_BYTES);
}

void medium_place_package(struct medium *medium, const struct package_document *package,
                          struct bytes_view recipe, uint8_t *id)
{
    uint8_t digest[DIGEST_BYTES];
    char path[VOLUME_NAME_BYTES];
    struct error err = {0};
    struct bytes json;

    assert_ok(package_write(package, &json, &err), &err);
    digest_of(json.data, json.size, digest);
    medium_path(VOLUME_RECIPE, NULL, 0, package->recipes[0].digest, path);
    medium_write(medium, path, recipe.data, recipe.size);
    medium_write_document(medium, DOCUMENT_PACKAGE, medium->site->leaves[ROLE_CONTENT][0],
                          bytes_view(&json),
                          medium_path(VOLUME_PACKAGE, package->type, 0, digest, path));
    add_row(medium->set, package, digest, json.size);
    if (id != NULL)
        memcpy(id, digest, DIGEST_BYTES);
    bytes_clear(&json);
}

void medium_add_package(struct medium *medium, const char *type, const char *version,
                        uint64_t issue, const struct medium_file *files, size_t count, uint8_t *id)
{
    struct package_built built;

    build(medium, type, files, count, &built);
    fill_package(&medium->package, type, version, issue, &built);
    if (medium->change != NULL) {
        medium->change(&medium->package, &built.recipe);
        digest_of(built.recipe.data, built.recipe.size, medium->package.recipes[0].digest);
        medium->package.recipes[0].size = built.recipe.size;
        medium->change = NULL;
    }
    medium_place_package(medium, &medium->package, bytes_view(&built.recipe), id);
    package_built_clear(&built);
    package_clear(&medium->package);
}

void medium_write_set(struct medium *medium)
{
    char path[VOLUME_NAME_BYTES];
    struct error err = {0};
    struct bytes json;

    assert_ok(set_write(medium->set, &json, &err), &err);
    medium_path(VOLUME_SET, medium->set->ring, medium->set->sequence, NULL, path);
    medium_write_document(medium, DOCUMENT_SET, medium->site->leaves[ROLE_RELEASE][0],
                          bytes_view(&json), path);
    digest_of(json.data, json.size, medium->set->previous);
    medium->set->has_previous = true;
    medium->set->sequence++;
    bytes_clear(&json);
}

static void write_pack(struct medium *medium)
{
    struct pack_writer *writer = NULL;
    uint8_t id[DIGEST_BYTES];
    char path[VOLUME_NAME_BYTES];
    struct error err = {0};
    uint64_t size;
    int fd;

    medium_remove(medium, "sallyport/packs");
    if (medium->frame_count == 0)
        return;
    close(scratch_folder(medium->fd, "sallyport/packs"));
    assert_ok(path_open(medium->fd, "new.tar", O_RDWR | O_CREAT | O_TRUNC, 0600, &fd, &err), &err);
    assert_ok(pack_write_open(fd, LIMIT_PACK_BYTES, &writer, &err), &err);
    for (size_t i = 0; i < medium->frame_count; i++) {
        if (medium->volumes == 0 || i % medium->volumes == medium->volume - 1)
            assert_ok(pack_write_frame(writer, medium->frames[i].digest,
                                       medium->frames[i].data.data, medium->frames[i].data.size,
                                       &err),
                      &err);
    }
    assert_ok(pack_write_close(writer, id, &size, &err), &err);
    close(fd);
    medium_path(VOLUME_PACK, NULL, 0, id, path);
    assert_int_equal(renameat(medium->fd, "new.tar", medium->fd, path), 0);
}

static void list_file(struct medium *medium, const char *path)
{
    struct export_document *export = &medium->export;
    struct export_file *files = bytes_allocate(export->file_count + 1, sizeof(*files));
    struct bytes data = medium_read(medium, path);

    if (export->file_count > 0)
        memcpy(files, export->files, export->file_count * sizeof(*files));
    free(export->files);
    export->files = files;
    files += export->file_count++;
    files->path = bytes_copy_string(path);
    files->size = data.size;
    digest_of(data.data, data.size, files->digest);
    bytes_clear(&data);
}

static void list_files(struct medium *medium, const char *folder)
{
    struct error err = {0};
    char **names = NULL, path[VOLUME_NAME_BYTES + 256];
    size_t count = 0;
    int fd;

    assert_ok(path_open_folder(medium->fd, folder, &fd, &err), &err);
    assert_ok(path_list(fd, LIMIT_FOLDER_NAMES, &names, &count, &err), &err);
    close(fd);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        if (path_open_folder(medium->fd, path, &fd, &err) == 0) {
            close(fd);
            list_files(medium, path);
        } else if (strcmp(path, "sallyport/export.p7m") != 0) {
            list_file(medium, path);
        }
    }
    path_free_names(names, count);
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct export_file *)a)->path, ((const struct export_file *)b)->path);
}

static int compare_packages(const void *a, const void *b)
{
    return memcmp(((const struct export_package *)a)->id, ((const struct export_package *)b)->id,
                  DIGEST_BYTES);
}

/* All packages, on all volumes: more is claimed of small ones than is true. */
static void list_packages(struct medium *medium)
{
    struct export_document *export = &medium->export;

    export->package_count = medium->set->package_count;
    export->packages = bytes_allocate(export->package_count + 1, sizeof(*export->packages));
    for (size_t i = 0; i < export->package_count; i++) {
        memcpy(export->packages[i].id, medium->set->packages[i].id, DIGEST_BYTES);
        export->packages[i].volume_count = export->volumes;
        export->packages[i].volumes = bytes_allocate(export->volumes, sizeof(uint32_t));
        for (uint32_t j = 0; j < export->volumes; j++)
            export->packages[i].volumes[j] = j + 1;
    }
    qsort(export->packages, export->package_count, sizeof(*export->packages), compare_packages);
}

void medium_write_export(struct medium *medium)
{
    struct export_document *export = &medium->export;
    struct error err = {0};
    struct bytes json;

    write_pack(medium);
    export_clear(export);
    export->set_count = 1;
    snprintf(export->sets[0].ring, sizeof(export->sets[0].ring), "%s", MEDIUM_RING);
    export->sets[0].sequence = medium->set->sequence - 1;
    memcpy(export->sets[0].digest, medium->set->previous, DIGEST_BYTES);
    memcpy(export->id, medium->set->previous, DIGEST_BYTES);
    export->volume = medium->volumes > 0 ? medium->volume : 1;
    export->volumes = medium->volumes > 0 ? medium->volumes : 1;
    snprintf(export->exporter, sizeof(export->exporter), "export-1");
    export->created_us = instant_clock();
    list_packages(medium);
    list_files(medium, "sallyport");
    qsort(export->files, export->file_count, sizeof(*export->files), compare_files);
    assert_ok(export_write(export, &json, &err), &err);
    medium_write_document(medium, DOCUMENT_EXPORT, medium->site->leaves[ROLE_EXPORT][0],
                          bytes_view(&json), "sallyport/export.p7m");
    bytes_clear(&json);
}

struct medium *medium_small(void)
{
    static const char flags[] =
        "{\"releases\":{\"*\":{\"ips\":\"available\"}},\"schema\":\"sallyport.flags/1\"}";
    struct medium *medium = medium_new();
    uint8_t *noise = bytes_allocate(1, 100 * KIB);
    const struct medium_file null_files[] = {
        {"big.bin", noise, 100 * KIB},
        {"empty", "", 0},
        {"small/one", "1\n", 2},
        {"small/two", "22\n", 3},
    };
    const struct medium_file flag_files[] = {{"flags.json", flags, strlen(flags)}};

    scratch_noise(noise, 100 * KIB, 1);
    medium_add_package(medium, "null", "1.0", 1, null_files, 4, NULL);
    medium_add_package(medium, "flags-supplement", "2026.1", 1, flag_files, 1, NULL);
    medium_write_set(medium);
    medium_write_export(medium);
    free(noise);
    return medium;
}
