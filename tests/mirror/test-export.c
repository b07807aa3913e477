/* SPDX-License-Identifier: ISC */
#include "tests/mirror/mirror-fixture.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "media/export.h"
#include "mirror/export-tree.h"

/* The export looks for a signal at many places: one comes at the Nth look. 0: never. */
static atomic_uint looks, signal_at;

int __wrap_interrupt_check(const struct interrupt *interrupt, struct error *err);
int __real_interrupt_check(const struct interrupt *interrupt, struct error *err);

int __wrap_interrupt_check(const struct interrupt *interrupt, struct error *err)
{
    if (++looks == signal_at)
        assert_int_equal(raise(SIGINT), 0);
    return __real_interrupt_check(interrupt, err);
}

struct exported {
    struct export_plan plan;
    struct export_volumes volumes;
    struct interrupt interrupt;
    struct export_tree tree;
    struct progress progress;
    char path[512];
};

static void plan(struct fixture *fixture, struct exported *exported)
{
    static const char *const rings[] = {"test"};
    struct error err = {.code = ERROR_OK};

    *exported = (struct exported){.tree = {.fd = -1}, .interrupt = {.fd = -1}};
    exported->tree.job = (struct export_job){.repository = fixture->repository,
                                             .plan = &exported->plan,
                                             .volumes = &exported->volumes,
                                             .progress = &exported->progress,
                                             .interrupt = &exported->interrupt,
                                             .volume = 1};
    snprintf(exported->path, sizeof(exported->path), "%s/stick", fixture->scratch->path);
    assert_ok(export_plan_make(fixture->repository, fixture->trust, rings, 1, NULL, &exported->plan,
                               &err),
              &err);
    assert_ok(export_volumes_make(&exported->plan, 0, &exported->volumes, &err), &err);
    assert_ok(export_tree_open(&exported->tree, exported->path, false, &err), &err);
}

static void a_plan_alone_makes_no_folder(void **state)
{
    struct fixture *fixture = *state;
    struct export_tree tree = {.fd = -1};
    uint64_t free_bytes, old_bytes;
    struct error err = {.code = ERROR_OK};
    char path[600];

    snprintf(path, sizeof(path), "%s/stick", fixture->scratch->path);
    assert_ok(export_tree_open(&tree, path, true, &err), &err);
    assert_ok(export_tree_space(&tree, &free_bytes, &old_bytes, &err), &err);
    assert_int_equal(old_bytes, 0);
    export_tree_close(&tree);
    assert_int_equal(faccessat(fixture->scratch->fd, "stick", F_OK, 0), -1);
}

static int write_out(struct fixture *fixture, struct exported *exported, struct error *err)
{
    struct key *key;
    int result;

    assert_ok(keyring_key(fixture->keyring, ROLE_EXPORT, NULL, &key, err), err);
    result = export_tree_write(&exported->tree, key, err);
    key_free(key);
    return result;
}

static void end(struct exported *exported)
{
    export_tree_close(&exported->tree);
    export_volumes_clear(&exported->volumes);
    export_plan_clear(&exported->plan);
}

static void release(struct fixture *fixture, const char *bytes)
{
    struct catalog_package package = fixture_publish(fixture, "null", bytes, strlen(bytes));
    struct set_package row = fixture_row(&package);

    fixture_release(fixture, "test", &row, 1);
}

static bool on_stick(const struct fixture *fixture, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "stick/sallyport/%s", name);
    return faccessat(fixture->scratch->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The export document on the stick lists the files that are there, and an endpoint would accept it. */
static void an_export_lists_what_it_wrote(void **state)
{
    struct fixture *fixture = *state;
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    struct export_document listed;
    struct exported exported;
    struct error err = {.code = ERROR_OK};
    struct bytes document;

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    assert_ok(export_tree_verify(&exported.tree, &err), &err);
    assert_ok(
        path_read(exported.tree.fd, "sallyport/export.p7m", LIMIT_EXPORT_BYTES, &document, &err),
        &err);
    assert_ok(
        trust_judge(fixture->trust, DOCUMENT_EXPORT, NULL, bytes_view(&document), verdict, &err),
        &err);
    assert_ok(export_parse(verdict->content, &listed, &err), &err);
    /* FORMAT, root, two CRLs, set, package, recipe, pack */
    assert_int_equal(listed.file_count, 8);
    for (size_t i = 0; i < listed.file_count; i++)
        assert_true(on_stick(fixture, listed.files[i].path + strlen("sallyport/")));
    export_clear(&listed);
    bytes_clear(&document);
    free(verdict);
    end(&exported);
}

static void what_an_earlier_export_left_goes_and_receipts_stay(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    end(&exported);
    assert_true(on_stick(fixture, "rings/test/set-1.p7m"));
    assert_ok(path_make_folders(fixture->scratch->fd, "stick/sallyport/receipts/ep", 0755, &err),
              &err);
    scratch_write(fixture->scratch, "stick/sallyport/receipts/ep/1.p7m", "receipt");
    scratch_write(fixture->scratch, "stick/sallyport/holiday.jpg", "mine");
    scratch_write(fixture->scratch, "stick/sallyport/packs/.publish-0123456789abcdef", "torn");
    release(fixture, "two");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    assert_ok(export_tree_verify(&exported.tree, &err), &err);
    assert_false(on_stick(fixture, "rings/test/set-1.p7m"));
    assert_true(on_stick(fixture, "rings/test/set-2.p7m"));
    assert_true(on_stick(fixture, "receipts/ep/1.p7m"));
    assert_true(on_stick(fixture, "holiday.jpg"));
    assert_false(on_stick(fixture, "packs/.publish-0123456789abcdef"));
    assert_int_equal(exported.tree.unknown, 1);
    end(&exported);
}

static void a_byte_that_reads_back_other_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    fixture_flip(fixture, "../stick/sallyport/rings/test/set-1.p7m", 100);
    assert_refused(export_tree_verify(&exported.tree, &err), &err, ERROR_MEDIUM_DAMAGED);
    end(&exported);
}

static void a_torn_file_of_a_cut_export_is_written_anew(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(path_make_folders(fixture->scratch->fd, "stick/sallyport/rings/test", 0755, &err),
              &err);
    scratch_write(fixture->scratch, "stick/sallyport/rings/test/set-1.p7m", "torn");
    scratch_write(fixture->scratch, "stick/sallyport/export.p7m", "torn");
    assert_ok(write_out(fixture, &exported, &err), &err);
    assert_ok(export_tree_verify(&exported.tree, &err), &err);
    end(&exported);
}

static void what_does_not_fit_is_not_begun(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    exported.volumes.rows[0].bytes = UINT64_MAX / 2;
    assert_refused(write_out(fixture, &exported, &err), &err, ERROR_NO_SPACE);
    assert_false(on_stick(fixture, "."));
    end(&exported);
}

static void a_package_that_would_be_refused_is_not_exported(void **state)
{
    static const char *const rings[] = {"test"};
    struct fixture *fixture = *state;
    struct catalog_package package = fixture_publish(fixture, "null", "one", 3);
    struct set_package row = fixture_row(&package);
    struct export_plan refused;
    struct error err = {.code = ERROR_OK};
    char id[DIGEST_TEXT_BYTES], name[512];

    fixture_release(fixture, "test", &row, 1);
    snprintf(name, sizeof(name), "tree/sallyport/packages/null/%s.p7m",
             digest_text(package.id, id));
    fixture_flip(fixture, name, 150);
    assert_int_not_equal(
        export_plan_make(fixture->repository, fixture->trust, rings, 1, NULL, &refused, &err), 0);
    assert_int_equal(error_row(err.code)->exit_status, 20);
    export_plan_clear(&refused);
}

static void an_empty_ring_has_nothing_to_export(void **state)
{
    static const char *const rings[] = {"site"};
    struct fixture *fixture = *state;
    struct export_plan empty;
    struct error err = {.code = ERROR_OK};

    assert_refused(
        export_plan_make(fixture->repository, fixture->trust, rings, 1, NULL, &empty, &err), &err,
        ERROR_NOT_FOUND);
    export_plan_clear(&empty);
}

/* A signal in the middle: what was begun is taken away, the export before is whole. */
static void a_signal_leaves_the_medium_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};
    struct bytes before, after;

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    end(&exported);
    assert_ok(path_read(fixture->scratch->fd, "stick/sallyport/export.p7m", LIMIT_EXPORT_BYTES,
                        &before, &err),
              &err);
    release(fixture, "two");
    plan(fixture, &exported);
    assert_ok(interrupt_begin(&exported.interrupt, &err), &err);
    assert_int_equal(raise(SIGINT), 0);
    assert_refused(write_out(fixture, &exported, &err), &err, ERROR_INTERRUPTED);
    interrupt_end(&exported.interrupt);
    end(&exported);
    assert_ok(path_read(fixture->scratch->fd, "stick/sallyport/export.p7m", LIMIT_EXPORT_BYTES,
                        &after, &err),
              &err);
    assert_true(bytes_equal(bytes_view(&before), bytes_view(&after)));
    assert_true(on_stick(fixture, "rings/test/set-1.p7m"));
    assert_false(on_stick(fixture, "rings/test/set-2.p7m"));
    bytes_clear(&before);
    bytes_clear(&after);
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    assert_ok(export_tree_verify(&exported.tree, &err), &err);
    end(&exported);
}

static void a_medium_that_goes_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(path_remove(fixture->scratch->fd, "stick", &err), &err);
    assert_refused(write_out(fixture, &exported, &err), &err, ERROR_MEDIUM_GONE);
    end(&exported);
}

/* Another writing of a document that the export before lists: that export is whole no more, and goes
 * before the name does. */
static void what_is_replaced_takes_its_export_with_it(void **state)
{
    struct fixture *fixture = *state;
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    end(&exported);
    fixture_flip(fixture, "../stick/sallyport/FORMAT", 3);
    assert_int_equal(unlinkat(fixture->scratch->fd, "stick/sallyport/rings/test/set-1.p7m", 0), 0);
    assert_int_equal(mkdirat(fixture->scratch->fd, "stick/sallyport/rings/test/set-1.p7m", 0500),
                     0);
    plan(fixture, &exported);
    exported.plan.sets[0].sequence = 0; /* the document can't be written: the work ends there */
    assert_int_not_equal(write_out(fixture, &exported, &err), 0);
    assert_false(on_stick(fixture, "export.p7m"));
    end(&exported);
}

#define plain_test(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

static size_t count_packs(const struct fixture *fixture)
{
    int fd = openat(fixture->scratch->fd, "stick/sallyport/packs", O_RDONLY | O_DIRECTORY);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    size_t count = 0;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* As a pack of the same frames in another order, which has the same name. */
static void a_damaged_store_takes_no_export_away(void **state)
{
    struct fixture *fixture = *state;
    char name[VOLUME_NAME_BYTES], path[VOLUME_NAME_BYTES + 32];
    struct exported exported;
    struct error err = {.code = ERROR_OK};

    release(fixture, "one");
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    export_job_pack_name(&exported.volumes.packs[0], name);
    end(&exported);
    snprintf(path, sizeof(path), "../stick/%s", name);
    fixture_flip(fixture, path, PACK_BLOCK_BYTES);
    snprintf(path, sizeof(path), "tree/%s", name);
    fixture_flip(fixture, path, PACK_BLOCK_BYTES);
    plan(fixture, &exported);
    assert_refused(write_out(fixture, &exported, &err), &err, ERROR_BAD_DIGEST);
    assert_true(on_stick(fixture, "export.p7m"));
    assert_int_equal(count_packs(fixture), 1);
    fixture_flip(fixture, path, PACK_BLOCK_BYTES);
    end(&exported);
    plan(fixture, &exported);
    assert_ok(write_out(fixture, &exported, &err), &err);
    assert_ok(export_tree_verify(&exported.tree, &err), &err);
    assert_int_equal(exported.tree.resumed, 0);
    end(&exported);
}

static int write_until(struct fixture *fixture, unsigned at, struct error *err)
{
    struct exported exported;
    int result;

    plan(fixture, &exported);
    assert_ok(interrupt_begin(&exported.interrupt, err), err);
    looks = 0;
    signal_at = at;
    result = write_out(fixture, &exported, err);
    signal_at = 0;
    interrupt_end(&exported.interrupt);
    end(&exported);
    return result;
}

/* False where the export came to its end before that look. */
static bool stop_at(struct fixture *fixture, unsigned at, size_t *kept)
{
    struct error err = {.code = ERROR_OK};
    int result = write_until(fixture, at, &err);

    *kept = count_packs(fixture);
    if (result == 0)
        return false;
    assert_refused(result, &err, ERROR_INTERRUPTED);
    assert_false(on_stick(fixture, "export.p7m"));
    assert_false(on_stick(fixture, "rings/test/set-1.p7m"));
    assert_int_equal(strstr(err.words, "run the same command again") != NULL, *kept > 0);
    return true;
}

/* Wherever a signal comes, what stays is what the next run goes on with. */
static void an_export_that_was_stopped_is_gone_on_with(void **state)
{
    struct fixture *fixture = *state;
    unsigned resumed = 0;
    size_t kept;

    release(fixture, "one");
    for (unsigned at = 1; stop_at(fixture, at, &kept); at++) {
        struct exported exported;
        struct error err = {.code = ERROR_OK};

        plan(fixture, &exported);
        assert_ok(write_out(fixture, &exported, &err), &err);
        assert_ok(export_tree_verify(&exported.tree, &err), &err);
        assert_int_equal(exported.tree.resumed, kept);
        resumed += kept > 0;
        end(&exported);
        assert_ok(path_remove(fixture->scratch->fd, "stick", &err), &err);
    }
    assert_true(resumed > 0);
}

/* An endpoint would refuse it for a pack that it does not list. */
static void an_export_before_has_no_packs_beside_it(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {.code = ERROR_OK};
    unsigned stopped = 0;

    release(fixture, "one");
    assert_ok(write_until(fixture, 0, &err), &err);
    release(fixture, "two");
    while (write_until(fixture, stopped + 1, &err) != 0) {
        assert_int_equal(err.code, ERROR_INTERRUPTED);
        assert_true(on_stick(fixture, "export.p7m"));
        assert_true(on_stick(fixture, "rings/test/set-1.p7m"));
        assert_int_equal(count_packs(fixture), 1);
        stopped++;
    }
    assert_true(stopped > 2);
    assert_true(on_stick(fixture, "rings/test/set-2.p7m"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(a_plan_alone_makes_no_folder),
        plain_test(an_export_lists_what_it_wrote),
        plain_test(what_an_earlier_export_left_goes_and_receipts_stay),
        plain_test(a_byte_that_reads_back_other_is_noticed),
        plain_test(a_torn_file_of_a_cut_export_is_written_anew),
        plain_test(what_does_not_fit_is_not_begun),
        plain_test(a_signal_leaves_the_medium_as_it_was),
        plain_test(an_export_that_was_stopped_is_gone_on_with),
        plain_test(a_medium_that_goes_is_named),
        plain_test(an_export_before_has_no_packs_beside_it),
        plain_test(a_damaged_store_takes_no_export_away),
        plain_test(what_is_replaced_takes_its_export_with_it),
        plain_test(a_package_that_would_be_refused_is_not_exported),
        plain_test(an_empty_ring_has_nothing_to_export),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
