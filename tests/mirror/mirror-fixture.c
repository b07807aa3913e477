/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/ceremony.h"
#include "mirror/founding.h"

static int found(struct fixture *fixture, bool two_person)
{
    struct ceremony ceremony = {.organisation = "Test",
                                .ring_count = 2,
                                .rings = {"test", "site"},
                                .two_person = two_person};
    struct settings settings = {.set_days = 30};
    uint8_t digest[DIGEST_BYTES];
    struct founding founding;
    struct error err = {.code = ERROR_OK};

    assert_ok(founding_begin(fixture->path, NULL, &founding, &err), &err);
    assert_ok(
        ceremony_hold(&ceremony, founding.work_fd, founding.offline_fd, &settings, digest, &err),
        &err);
    assert_ok(founding_complete(&founding, &err), &err);
    founding_end(&founding, true);
    settings_clear(&settings);
    return 0;
}

static void open_repository(struct fixture *fixture)
{
    static const struct command_invocation invocation;
    struct error err = {.code = ERROR_OK};

    assert_ok(repository_open(fixture->path, REPOSITORY_CHANGE, "test", &fixture->repository, &err),
              &err);
    assert_ok(belief_trust(fixture->repository, &fixture->trust, &err), &err);
    fixture->keyring = keyring_new(fixture->repository, &invocation, "");
    fixture->signer = (struct ring_signer){
        .repository = fixture->repository, .trust = fixture->trust, .keyring = fixture->keyring};
}

static void close_repository(struct fixture *fixture)
{
    trust_free(fixture->trust);
    keyring_free(fixture->keyring);
    repository_close(fixture->repository);
}

static int open_with(void **state, bool two_person)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));
    void *scratch = NULL;

    if (scratch_open(&scratch) < 0)
        return -1;
    fixture->scratch = scratch;
    snprintf(fixture->path, sizeof(fixture->path), "%s/repo", fixture->scratch->path);
    found(fixture, two_person);
    open_repository(fixture);
    *state = fixture;
    return 0;
}

int fixture_open(void **state)
{
    return open_with(state, false);
}

int fixture_open_two_person(void **state)
{
    return open_with(state, true);
}

int fixture_close(void **state)
{
    struct fixture *fixture = *state;
    void *scratch = fixture->scratch;

    close_repository(fixture);
    free(fixture);
    return scratch_close(&scratch);
}

void fixture_reopen(struct fixture *fixture)
{
    close_repository(fixture);
    open_repository(fixture);
}

struct catalog_package fixture_publish(struct fixture *fixture, const char *type, const void *bytes,
                                       size_t size)
{
    struct publish_package package = {.repository = fixture->repository,
                                      .trust = fixture->trust,
                                      .keyring = fixture->keyring,
                                      .type = content_type_find(type),
                                      .notes = ""};
    struct catalog_package entry;
    struct error err = {.code = ERROR_OK};
    bool unchanged;
    int fd, file;

    assert_ok(path_remove(fixture->repository->scratch_fd, "source", &err), &err);
    assert_ok(path_make_folders(fixture->repository->scratch_fd, "source", 0700, &err), &err);
    assert_ok(path_open_folder(fixture->repository->scratch_fd, "source", &fd, &err), &err);
    assert_ok(path_open(fd, "file", O_WRONLY | O_CREAT, 0600, &file, &err), &err);
    assert_ok(path_write(file, bytes, size, &err), &err);
    close(file);
    assert_ok(publish_package_begin(&package, &err), &err);
    assert_ok(publish_package_build(&package, fd, &unchanged, &err), &err);
    if (!unchanged) {
        assert_ok(publish_package_sign(&package, &err), &err);
        assert_ok(catalog_begin(fixture->repository->catalog, &err), &err);
        assert_ok(publish_package_enter(&package, &err), &err);
        assert_ok(catalog_commit(fixture->repository->catalog, &err), &err);
    }
    entry = package.entry;
    publish_package_end(&package);
    close(fd);
    return entry;
}

struct set_package fixture_row(const struct catalog_package *package)
{
    struct set_package row = {.issue = package->issue, .size = package->size};

    snprintf(row.type, sizeof(row.type), "%s", package->type);
    snprintf(row.version, sizeof(row.version), "%s", package->version);
    memcpy(row.id, package->id, DIGEST_BYTES);
    return row;
}

struct ring_result fixture_release(struct fixture *fixture, const char *ring,
                                   const struct set_package *packages, size_t count)
{
    struct ring_result result;
    struct error err = {.code = ERROR_OK};

    assert_ok(ring_sign(&fixture->signer, ring, packages, count, json_object(), &result, &err),
              &err);
    assert_ok(ring_enter(fixture->repository, &result, &err), &err);
    assert_ok(ring_show(fixture->repository, &result, &err), &err);
    return result;
}

void fixture_flip(const struct fixture *fixture, const char *name, off_t offset)
{
    uint8_t byte;
    int fd = openat(fixture->repository->fd, name, O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}
