/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include <sys/stat.h>

#include "media/pack.h"
#include "mirror/inventory.h"
#include "mirror/tree-walk.h"

struct stock {
    struct fixture *fixture;
    size_t files, flipped, found;
};

static void take(struct fixture *fixture, struct inventory *inventory)
{
    static struct report report;
    static struct progress progress;
    struct error err = {.code = ERROR_OK};

    report = (struct report){.quiet = true};
    *inventory = (struct inventory){.repository = fixture->repository,
                                    .trust = fixture->trust,
                                    .report = &report,
                                    .progress = &progress,
                                    .findings = json_array()};
    assert_ok(inventory_take(inventory, &err), &err);
    json_decref(inventory->findings);
}

static void stock_up(struct fixture *fixture)
{
    struct catalog_package package = fixture_publish(fixture, "null", "content", 7);
    struct set_package row = fixture_row(&package);

    fixture_release(fixture, "test", &row, 1);
}

static void a_whole_repository_proves_good(void **state)
{
    struct fixture *fixture = *state;
    struct inventory inventory;

    stock_up(fixture);
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 0);
    assert_int_equal(inventory.strays, 0);
    assert_int_equal(inventory.documents, 3);
    assert_int_equal(inventory.packages, 1);
    assert_int_equal(inventory.frames, 1);
    assert_int_equal(inventory.bytes, 7);
}

/* Flips a byte in the middle of a package, set, recipe or pack, looks, flips it back. */
static int flip_and_take(void *context, const char *name, uint64_t size, struct error *err)
{
    static const char *const stocked[] = {"/packages/", "/recipes/", "/packs/", "set-"};
    struct stock *stock = context;
    struct inventory inventory;
    char path[700];

    for (size_t i = 0; i < 4; i++) {
        if (strstr(name, stocked[i]) == NULL)
            continue;
        snprintf(path, sizeof(path), "tree/%s", name);
        fixture_flip(stock->fixture, path, (off_t)(size / 2));
        take(stock->fixture, &inventory);
        fixture_flip(stock->fixture, path, (off_t)(size / 2));
        stock->flipped++;
        stock->found += inventory.failures > 0;
    }
    return 0;
}

static void a_flipped_byte_is_found_in_every_kind_of_file(void **state)
{
    struct fixture *fixture = *state;
    struct stock stock = {.fixture = fixture};
    struct error err = {.code = ERROR_OK};
    struct inventory inventory;

    stock_up(fixture);
    assert_ok(tree_walk(fixture->repository->tree_fd, flip_and_take, &stock, &err), &err);
    assert_int_equal(stock.flipped, 4);
    assert_int_equal(stock.found, 4);
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 0);
}

static int flip_first_frame(void *context, const char *name, uint64_t size, struct error *err)
{
    char path[700];

    if (strstr(name, "/packs/") == NULL)
        return 0;
    snprintf(path, sizeof(path), "tree/%s", name);
    fixture_flip(context, path, PACK_BLOCK_BYTES + 1);
    return 0;
}

/* Once in its pack, and once more in the package that can't be rebuilt. */
static void a_frame_of_other_bytes_is_found_in_its_pack(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {.code = ERROR_OK};
    struct inventory inventory;

    stock_up(fixture);
    assert_ok(tree_walk(fixture->repository->tree_fd, flip_first_frame, fixture, &err), &err);
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 2);
    assert_int_equal(inventory.first.code, ERROR_BAD_DIGEST);
}

static void all_failures_are_named_not_only_the_first(void **state)
{
    struct fixture *fixture = *state;
    struct inventory inventory;
    char id[DIGEST_TEXT_BYTES], name[512];
    struct catalog_package package = fixture_publish(fixture, "null", "content", 7);
    struct set_package row = fixture_row(&package);

    fixture_release(fixture, "test", &row, 1);
    snprintf(name, sizeof(name), "tree/sallyport/packages/null/%s.p7m",
             digest_text(package.id, id));
    fixture_flip(fixture, name, 300);
    fixture_flip(fixture, "tree/sallyport/rings/test/set-1.p7m", 300);
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 2);
}

/* What no catalog row names, and others read first. */
static void what_is_shown_to_others_is_proved_too(void **state)
{
    static const char *const names[] = {"tree/sallyport/FORMAT", "root.pem",
                                        "tree/sallyport/rings/test/set.p7m"};
    struct fixture *fixture = *state;
    struct inventory inventory;

    stock_up(fixture);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fixture_flip(fixture, names[i], 7);
        take(fixture, &inventory);
        assert_int_equal(inventory.failures, 1);
        fixture_flip(fixture, names[i], 7);
    }
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 0);
}

static void an_older_set_in_the_place_of_the_newest_is_a_stray(void **state)
{
    struct fixture *fixture = *state;
    int tree_fd = fixture->repository->tree_fd;
    struct inventory inventory;

    stock_up(fixture);
    assert_int_equal(renameat(tree_fd, "sallyport/rings/test/set.p7m", tree_fd, "../old"), 0);
    stock_up(fixture);
    assert_int_equal(renameat(tree_fd, "../old", tree_fd, "sallyport/rings/test/set.p7m"), 0);
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 0);
    assert_int_equal(inventory.strays, 1);
}

static void what_a_cut_left_is_a_stray_and_what_others_left_a_failure(void **state)
{
    struct fixture *fixture = *state;
    struct scratch tree = {.fd = fixture->repository->tree_fd};
    struct inventory inventory;

    stock_up(fixture);
    assert_int_equal(mkdirat(tree.fd, "sallyport/rings/site", 0755), 0);
    scratch_write(&tree, "sallyport/rings/site/set-9.p7m", "signed, never entered");
    scratch_write(&tree, "sallyport/packs/.publish-0123456789abcdef", "torn");
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 0);
    assert_int_equal(inventory.strays, 2); /* neither is in INDEX */
    scratch_write(&tree, "sallyport/INDEX", "sallyport/rings/site/set-9.p7m\n");
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 0);
    assert_int_equal(inventory.strays, 3);
    scratch_write(&tree, "sallyport/notes.txt", "not of the format");
    take(fixture, &inventory);
    assert_int_equal(inventory.failures, 1);
    assert_int_equal(inventory.first.code, ERROR_UNEXPECTED_FILE);
    /* The next writer sweeps what is torn, and touches nothing else. */
    fixture_reopen(fixture);
    assert_int_equal(faccessat(fixture->repository->tree_fd,
                               "sallyport/packs/.publish-0123456789abcdef", F_OK, 0),
                     -1);
    assert_int_equal(faccessat(fixture->repository->tree_fd, "sallyport/notes.txt", F_OK, 0), 0);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(a_whole_repository_proves_good),
        plain_test(a_flipped_byte_is_found_in_every_kind_of_file),
        plain_test(a_frame_of_other_bytes_is_found_in_its_pack),
        plain_test(all_failures_are_named_not_only_the_first),
        plain_test(what_is_shown_to_others_is_proved_too),
        plain_test(an_older_set_in_the_place_of_the_newest_is_a_stray),
        plain_test(what_a_cut_left_is_a_stray_and_what_others_left_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
