/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include "mirror/decision.h"
#include "mirror/pruning.h"
#include "mirror/rebuild.h"

static struct catalog_package publish(struct fixture *fixture, const char *type, const char *bytes)
{
    return fixture_publish(fixture, type, bytes, strlen(bytes));
}

static void release(struct fixture *fixture, const char *ring,
                    const struct catalog_package *package)
{
    struct set_package row = fixture_row(package);

    fixture_release(fixture, ring, &row, 1);
}

/* Plans, forgets and sweeps as the verb does. */
static void prune(struct fixture *fixture, uint64_t keep)
{
    struct pruning pruning;
    struct error err = {.code = ERROR_OK};

    assert_ok(pruning_plan(fixture->repository, fixture->trust, keep, &pruning, &err), &err);
    assert_ok(catalog_begin(fixture->repository->catalog, &err), &err);
    assert_ok(pruning_forget(&pruning, fixture->repository, &err), &err);
    assert_ok(catalog_commit(fixture->repository->catalog, &err), &err);
    assert_ok(pruning_sweep(&pruning, fixture->repository, false, &err), &err);
    pruning_clear(&pruning);
}

static bool known(struct fixture *fixture, const struct catalog_package *package)
{
    struct catalog_package row;
    struct error err = {.code = ERROR_OK};
    bool found;

    assert_ok(catalog_find_package(fixture->repository->catalog, package->id, &row, &found, &err),
              &err);
    return found;
}

/* What the catalog knows can be rebuilt from the tree. */
static void assert_whole(struct fixture *fixture, const struct catalog_package *package)
{
    struct package_document document;
    struct error err = {.code = ERROR_OK};

    assert_true(known(fixture, package));
    assert_ok(belief_package(fixture->repository, fixture->trust, package->type, package->id,
                             &document, NULL, &err),
              &err);
    assert_ok(rebuild_files(fixture->repository, &document, -1, &err), &err);
    package_clear(&document);
}

static size_t packs(struct fixture *fixture)
{
    struct catalog_pack *rows;
    size_t count;
    struct error err = {.code = ERROR_OK};

    assert_ok(catalog_packs(fixture->repository->catalog, &rows, &count, &err), &err);
    free(rows);
    return count;
}

static void the_last_of_a_type_and_what_a_ring_holds_stay(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package rows[5];
    static const char *const texts[] = {"one", "two", "three", "four", "five"};

    for (size_t i = 0; i < 5; i++)
        rows[i] = publish(fixture, "null", texts[i]);
    release(fixture, "site", &rows[0]);
    release(fixture, "test", &rows[1]);
    prune(fixture, 2);
    assert_whole(fixture, &rows[0]);
    assert_whole(fixture, &rows[1]);
    assert_false(known(fixture, &rows[2]));
    assert_whole(fixture, &rows[3]);
    assert_whole(fixture, &rows[4]);
    assert_int_equal(packs(fixture), 4);
    prune(fixture, 2);
    assert_int_equal(packs(fixture), 4);
}

static void what_waits_for_signatures_stays(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "null", "one");
    struct catalog_package second = publish(fixture, "null", "two");

    release(fixture, "site", &first); /* two signatures: waits */
    prune(fixture, 1);
    assert_whole(fixture, &first);
    assert_whole(fixture, &second);
}

static void a_set_that_waits_and_does_not_read_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "null", "one");
    struct pruning pruning;
    struct error err = {.code = ERROR_OK};

    release(fixture, "site", &first);
    fixture_flip(fixture, "pending/site.p7m", 300);
    assert_int_not_equal(pruning_plan(fixture->repository, fixture->trust, 1, &pruning, &err), 0);
    pruning_clear(&pruning);
}

static void a_pack_stays_while_one_frame_of_it_is_needed(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package first = publish(fixture, "null", "one");
    struct catalog_package again = publish(fixture, "esh", "one"); /* the same frame */
    struct catalog_package newer = publish(fixture, "null", "two");

    prune(fixture, 1);
    assert_false(known(fixture, &first));
    assert_whole(fixture, &again);
    assert_whole(fixture, &newer);
    assert_int_equal(packs(fixture), 2);
}

static void withdrawn_packages_do_not_count(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package good = publish(fixture, "null", "one");
    struct catalog_package bad = publish(fixture, "null", "two");
    struct decision_withdrawn row = {.reason = (char[]){"bad"}, .link = (char[]){""}};
    struct error err = {.code = ERROR_OK};

    memcpy(row.id, bad.id, DIGEST_BYTES);
    assert_ok(decision_withdraw(fixture->repository->catalog, &row, &err), &err);
    prune(fixture, 1);
    assert_whole(fixture, &good);
    assert_false(known(fixture, &bad));
}

static void what_a_cut_left_goes(void **state)
{
    struct fixture *fixture = *state;
    struct catalog_package kept = publish(fixture, "null", "one");
    struct pruning pruning;
    struct error err = {.code = ERROR_OK};
    int fd;

    release(fixture, "test", &kept);
    assert_ok(path_open(fixture->repository->tree_fd, "sallyport/rings/test/set-9.p7m",
                        O_WRONLY | O_CREAT, 0644, &fd, &err),
              &err);
    close(fd);
    assert_ok(pruning_plan(fixture->repository, fixture->trust, 1, &pruning, &err), &err);
    assert_ok(pruning_sweep(&pruning, fixture->repository, true, &err), &err);
    assert_int_equal(pruning.files, 1);
    assert_ok(pruning_sweep(&pruning, fixture->repository, false, &err), &err);
    assert_ok(pruning_sweep(&pruning, fixture->repository, true, &err), &err);
    assert_int_equal(pruning.files, 0);
    pruning_clear(&pruning);
    assert_whole(fixture, &kept);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
#define two_test(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, fixture_open_two_person, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(the_last_of_a_type_and_what_a_ring_holds_stay),
        two_test(what_waits_for_signatures_stays),
        two_test(a_set_that_waits_and_does_not_read_ends_it),
        plain_test(a_pack_stays_while_one_frame_of_it_is_needed),
        plain_test(withdrawn_packages_do_not_count),
        plain_test(what_a_cut_left_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
