/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/rebuild.h"

#define LARGE 700000 /* several chunks */

struct source {
    const char *name;
    size_t size;
};

static const struct source sources[] = {
    {"a/empty", 0}, {"a/large", LARGE}, {"b/c/small", 5}, {"small", 100}, {"zz-empty", 0},
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

static uint8_t byte_of(const struct source *source, size_t i)
{
    return (uint8_t)((i * 2654435761U) >> 13 ^ source->size);
}

static void write_source(int fd, const struct source *source)
{
    uint8_t *bytes = bytes_allocate(1, source->size + 1);
    const char *slash = strrchr(source->name, '/');
    struct error err = {.code = ERROR_OK};
    char folder[64];
    int file;

    for (size_t i = 0; i < source->size; i++)
        bytes[i] = byte_of(source, i);
    snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 0 : (int)(slash - source->name),
             source->name);
    assert_ok(path_make_folders(fd, folder, 0700, &err), &err);
    assert_ok(path_open(fd, source->name, O_WRONLY | O_CREAT, 0600, &file, &err), &err);
    assert_ok(path_write(file, bytes, source->size, &err), &err);
    close(file);
    free(bytes);
}

/* Publishes the sources; *package is the document as judged. */
static void publish_sources(struct fixture *fixture, struct package_document *package)
{
    struct publish_package publish = {.repository = fixture->repository,
                                      .trust = fixture->trust,
                                      .keyring = fixture->keyring,
                                      .type = content_type_find("null"),
                                      .notes = ""};
    struct error err = {.code = ERROR_OK};
    bool unchanged;
    int fd;

    assert_ok(path_make_folders(fixture->repository->scratch_fd, "in", 0700, &err), &err);
    assert_ok(path_open_folder(fixture->repository->scratch_fd, "in", &fd, &err), &err);
    for (size_t i = 0; i < SOURCES; i++)
        write_source(fd, &sources[i]);
    assert_ok(publish_package_begin(&publish, &err), &err);
    assert_ok(publish_package_build(&publish, fd, &unchanged, &err), &err);
    assert_ok(publish_package_sign(&publish, &err), &err);
    assert_ok(catalog_begin(fixture->repository->catalog, &err), &err);
    assert_ok(publish_package_enter(&publish, &err), &err);
    assert_ok(catalog_commit(fixture->repository->catalog, &err), &err);
    assert_ok(belief_package(fixture->repository, fixture->trust, "null", publish.entry.id, package,
                             NULL, &err),
              &err);
    publish_package_end(&publish);
    close(fd);
}

static void files_come_back_byte_for_byte(void **state)
{
    struct fixture *fixture = *state;
    struct package_document package;
    struct error err = {.code = ERROR_OK};
    int fd;

    publish_sources(fixture, &package);
    assert_int_equal(package.files, SOURCES);
    assert_ok(path_make_folders(fixture->repository->scratch_fd, "out", 0700, &err), &err);
    assert_ok(path_open_folder(fixture->repository->scratch_fd, "out", &fd, &err), &err);
    assert_ok(rebuild_files(fixture->repository, &package, fd, &err), &err);
    for (size_t i = 0; i < SOURCES; i++) {
        struct bytes file;

        assert_ok(path_read(fd, sources[i].name, LARGE, &file, &err), &err);
        assert_int_equal(file.size, sources[i].size);
        for (size_t j = 0; j < file.size; j++)
            assert_int_equal(file.data[j], byte_of(&sources[i], j));
        bytes_clear(&file);
    }
    assert_ok(rebuild_files(fixture->repository, &package, -1, &err), &err);
    package_clear(&package);
    close(fd);
}

static void a_package_that_says_other_than_its_recipe_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct package_document package;
    struct error err = {.code = ERROR_OK};

    publish_sources(fixture, &package);
    package.files++;
    assert_refused(rebuild_files(fixture->repository, &package, -1, &err), &err, ERROR_BAD_RECIPE);
    package.files--;
    package.recipes[0].size++;
    assert_refused(rebuild_files(fixture->repository, &package, -1, &err), &err, ERROR_BAD_DIGEST);
    package.recipes[0].size--;
    package.recipes[0].digest[0] ^= 1;
    assert_refused(rebuild_files(fixture->repository, &package, -1, &err), &err, ERROR_NOT_FOUND);
    package_clear(&package);
}

static void a_changed_recipe_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct package_document package;
    struct error err = {.code = ERROR_OK};
    char digest[DIGEST_TEXT_BYTES], name[512];

    publish_sources(fixture, &package);
    snprintf(name, sizeof(name), "tree/sallyport/recipes/%s.rcp",
             digest_text(package.recipes[0].digest, digest));
    fixture_flip(fixture, name, 50);
    assert_refused(rebuild_files(fixture->repository, &package, -1, &err), &err, ERROR_BAD_DIGEST);
    package_clear(&package);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(files_come_back_byte_for_byte),
        plain_test(a_package_that_says_other_than_its_recipe_is_refused),
        plain_test(a_changed_recipe_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
