/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "media/base/instant.h"
#include "mirror/tree-walk.h"

static struct catalog_package publish(struct fixture *fixture, const char *bytes)
{
    return fixture_publish(fixture, "null", bytes, strlen(bytes));
}

/* Builds from one file, with a version; nothing is signed. */
static int build(struct fixture *fixture, const char *bytes, const char *version, bool *unchanged,
                 struct error *err)
{
    struct publish_package package = {.repository = fixture->repository,
                                      .trust = fixture->trust,
                                      .keyring = fixture->keyring,
                                      .type = content_type_find("null"),
                                      .version = version,
                                      .notes = ""};
    int fd, file, result;

    *unchanged = false;
    assert_ok(path_remove(fixture->repository->scratch_fd, "source", err), err);
    assert_ok(path_make_folders(fixture->repository->scratch_fd, "source", 0700, err), err);
    assert_ok(path_open_folder(fixture->repository->scratch_fd, "source", &fd, err), err);
    assert_ok(path_open(fd, "file", O_WRONLY | O_CREAT, 0600, &file, err), err);
    assert_ok(path_write(file, bytes, strlen(bytes), err), err);
    close(file);
    result = publish_package_begin(&package, err);
    if (result == 0)
        result = publish_package_build(&package, fd, unchanged, err);
    publish_package_end(&package);
    close(fd);
    return result;
}

static void the_same_content_is_one_package(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one"), again = publish(fixture, "one");
    struct catalog_package other = publish(fixture, "two"), back = publish(fixture, "one");

    assert_memory_equal(first.id, again.id, DIGEST_BYTES);
    assert_int_equal(again.issue, 1);
    assert_int_equal(other.issue, 2);
    /* What was there before the newest is published anew: the endpoint moves forward to it. */
    assert_int_equal(back.issue, 3);
    assert_memory_equal(back.recipe, first.recipe, DIGEST_BYTES);
    assert_true(first.time_us < other.time_us && other.time_us < back.time_us);
}

static void a_version_names_one_content(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "one");
    struct error err = {.code = ERROR_OK};
    bool unchanged;

    assert_ok(build(fixture, "one", first.version, &unchanged, &err), &err);
    assert_true(unchanged);
    assert_ok(build(fixture, "one", "another", &unchanged, &err), &err);
    assert_false(unchanged);
    assert_refused(build(fixture, "two", first.version, &unchanged, &err), &err, ERROR_USAGE);
    assert_refused(build(fixture, "two", "a b", &unchanged, &err), &err, ERROR_USAGE);
    assert_refused(build(fixture, "two", "", &unchanged, &err), &err, ERROR_USAGE);
}

static void the_default_version_says_day_and_issue(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1000000000", 1), 0);
    assert_string_equal(publish(fixture, "one").version, "2001.09.09-1");
    assert_string_equal(publish(fixture, "two").version, "2001.09.09-2");
    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "yesterday", 1), 0);
    assert_string_not_equal(publish(fixture, "three").version, "2001.09.09-3");
    unsetenv("SOURCE_DATE_EPOCH");
}

/* What the first ring holds of the type that it builds on, not what was published. */
static void what_builds_on_another_type_requires_it(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package rules = fixture_publish(fixture, "behavior", "one", 3), product;
    struct package_document document;
    struct set_package row;
    struct error err = {.code = ERROR_OK};

    assert_ok(belief_package(fixture->repository, fixture->trust, "behavior", rules.id, &document,
                             NULL, &err),
              &err);
    assert_int_equal(document.requirement_count, 0);
    package_clear(&document);
    product = fixture_publish(fixture, "product-rules-feed", "one", 3);
    product = fixture_publish(fixture, "product-rules-feed", "two", 3);
    row = fixture_row(&product);
    fixture_release(fixture, "test", &row, 1);
    fixture_publish(fixture, "product-rules-feed", "three", 5);
    rules = fixture_publish(fixture, "behavior", "two", 3);
    assert_ok(belief_package(fixture->repository, fixture->trust, "behavior", rules.id, &document,
                             NULL, &err),
              &err);
    assert_int_equal(document.requirement_count, 1);
    assert_string_equal(document.requirements[0].type, "product-rules-feed");
    assert_int_equal(document.requirements[0].issue, 2);
    package_clear(&document);
}

static void a_type_never_goes_back_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct publish_package package = {.repository = fixture->repository,
                                      .trust = fixture->trust,
                                      .keyring = fixture->keyring,
                                      .type = content_type_find("null"),
                                      .notes = ""};
    struct error err = {.code = ERROR_OK};
    bool unchanged;
    int fd;

    publish(fixture, "one");
    assert_ok(catalog_note_time(fixture->repository->catalog, "type", "null",
                                instant_clock() + INSTANT_DAY_US, &err),
              &err);
    assert_ok(path_open_folder(fixture->repository->scratch_fd, "source", &fd, &err), &err);
    package.version = "later";
    assert_ok(publish_package_begin(&package, &err), &err);
    assert_ok(publish_package_build(&package, fd, &unchanged, &err), &err);
    assert_refused(publish_package_sign(&package, &err), &err, ERROR_TIMESTAMP_WINDOW);
    publish_package_end(&package);
    close(fd);
}

/* Two repositories with other keys: the same content gives the same recipe, and with the same day
 * the same package. */
static void what_is_published_holds_nothing_of_the_mirror(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first, second;
    void *other = NULL;

    assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1000000000", 1), 0);
    first = publish(fixture, "one");
    assert_int_equal(fixture_open(&other), 0);
    second = publish(other, "one");
    unsetenv("SOURCE_DATE_EPOCH");
    assert_memory_equal(first.recipe, second.recipe, DIGEST_BYTES);
    assert_memory_equal(first.id, second.id, DIGEST_BYTES);
    fixture_close(&other);
}

/* Looks for words in the bytes of every file of the tree. */
struct fixture_scan {
    int fd;
    const char *secret;
    size_t files, found;
};

static int scan_file(void *context, const char *name, uint64_t size, struct error *err)
{
    struct fixture_scan *scan = context;
    struct bytes file;
    int result = path_read(scan->fd, name, LIMIT_RECIPE_BYTES, &file, err);

    scan->files++;
    scan->found +=
        result == 0 && memmem(file.data, file.size, scan->secret, strlen(scan->secret)) != NULL;
    bytes_clear(&file);
    return result;
}

static void sealed_content_reads_as_noise_and_is_reproducible(void **state)
{
    static const char secret[] = "the rule that nobody outside is to read, at some length indeed";
    struct fixture *fixture = *state;
    struct catalog_package first, again;
    struct package_document package;
    struct error err = {.code = ERROR_OK};
    struct fixture_scan scan = {.secret = secret};

    first = fixture_publish(fixture, "null-sealed", secret, strlen(secret));
    again = fixture_publish(fixture, "null-sealed", secret, strlen(secret));
    assert_memory_equal(first.id, again.id, DIGEST_BYTES);
    assert_ok(belief_package(fixture->repository, fixture->trust, "null-sealed", first.id, &package,
                             NULL, &err),
              &err);
    assert_string_equal(package.sealed, "content-1");
    assert_true(first.bytes > strlen(secret));
    package_clear(&package);
    scan.fd = fixture->repository->tree_fd;
    assert_ok(tree_walk(scan.fd, scan_file, &scan, &err), &err);
    assert_true(scan.files > 0);
    assert_int_equal(scan.found, 0);
    /* The same words in a type that is not sealed are found: the scan can tell. */
    fixture_publish(fixture, "null", secret, strlen(secret));
    assert_ok(tree_walk(scan.fd, scan_file, &scan, &err), &err);
    assert_int_equal(scan.found, 1);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(the_same_content_is_one_package),
        plain_test(a_version_names_one_content),
        plain_test(the_default_version_says_day_and_issue),
        plain_test(a_type_never_goes_back_in_time),
        plain_test(what_builds_on_another_type_requires_it),
        plain_test(what_is_published_holds_nothing_of_the_mirror),
        plain_test(sealed_content_reads_as_noise_and_is_reproducible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
