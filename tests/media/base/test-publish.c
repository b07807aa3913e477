/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "media/base/publish.h"

static void assert_holds(const struct scratch *scratch, const char *name, const char *text)
{
    struct error err = {0};
    struct bytes out;

    assert_ok(path_read(scratch->fd, name, 4096, &out, &err), &err);
    assert_int_equal(out.size, strlen(text));
    assert_memory_equal(out.data, text, out.size);
    bytes_clear(&out);
}

static size_t names_in(const struct scratch *scratch)
{
    struct error err = {0};
    char **names;
    size_t count;

    assert_ok(path_list(scratch->fd, 100, &names, &count, &err), &err);
    path_free_names(names, count);
    return count;
}

static void a_file_replaces_the_one_before(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct stat status;

    assert_ok(publish_file(scratch->fd, "a", "one", 3, 0600, &err), &err);
    assert_ok(publish_file(scratch->fd, "a", "two two", 7, 0600, &err), &err);
    assert_holds(scratch, "a", "two two");
    assert_int_equal(fstatat(scratch->fd, "a", &status, 0), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(names_in(scratch), 1);
}

static void a_new_file_never_replaces(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};

    assert_ok(publish_new_file(scratch->fd, "a", "one", 3, 0644, &err), &err);
    assert_ok(publish_new_file(scratch->fd, "a", "one", 3, 0644, &err), &err);
    assert_refused(publish_new_file(scratch->fd, "a", "two", 3, 0644, &err), &err, ERROR_IO);
    assert_refused(publish_new_file(scratch->fd, "a", "one more", 8, 0644, &err), &err, ERROR_IO);
    assert_holds(scratch, "a", "one");
    assert_int_equal(names_in(scratch), 1);
}

static void what_is_aborted_leaves_nothing(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct publish publish;

    assert_ok(publish_file(scratch->fd, "a", "one", 3, 0644, &err), &err);
    assert_ok(publish_begin(scratch->fd, "a", 0644, &publish, &err), &err);
    assert_ok(path_write(publish.fd, "two", 3, &err), &err);
    assert_holds(scratch, "a", "one");
    publish_abort(&publish);
    assert_holds(scratch, "a", "one");
    assert_int_equal(names_in(scratch), 1);
    publish_abort(&publish); /* ended already: nothing happens */
}

static void a_failed_flush_is_final(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct publish publish;
    int ends[2];

    assert_ok(publish_begin(scratch->fd, "a", 0644, &publish, &err), &err);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], publish.fd) == publish.fd); /* a pipe cannot be flushed */
    assert_refused(publish_commit(&publish, &err), &err, ERROR_IO);
    assert_int_equal(names_in(scratch), 0);
    close(ends[0]);
    close(ends[1]);
    shows_case("H5");
}

static void a_target_that_cannot_be_replaced_leaves_no_temporary(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};

    assert_int_equal(mkdirat(scratch->fd, "folder", 0755), 0);
    assert_refused(publish_file(scratch->fd, "folder", "x", 1, 0644, &err), &err, ERROR_IO);
    assert_refused(publish_file(scratch->fd, "no/folder", "x", 1, 0644, &err), &err,
                   ERROR_NOT_FOUND);
    assert_refused(publish_file(scratch->fd, "folder/", "x", 1, 0644, &err), &err, ERROR_USAGE);
    assert_int_equal(names_in(scratch), 1);
}

static void a_link_in_the_way_is_replaced_not_followed(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};

    scratch_write(scratch, "victim", "kept");
    assert_int_equal(symlinkat("victim", scratch->fd, "name"), 0);
    assert_ok(publish_file(scratch->fd, "name", "new", 3, 0644, &err), &err);
    assert_holds(scratch, "victim", "kept");
    assert_holds(scratch, "name", "new");
    shows_case("J1");
}

static void links_are_switched_and_things_are_moved(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    char target[16] = {0};

    assert_ok(publish_link(scratch->fd, "current", "v1", &err), &err);
    assert_ok(publish_link(scratch->fd, "current", "v2", &err), &err);
    assert_int_equal(readlinkat(scratch->fd, "current", target, sizeof(target)), 2);
    assert_string_equal(target, "v2");
    assert_ok(path_make_folders(scratch->fd, "from/inner", 0755, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "to", 0755, &err), &err);
    scratch_write(scratch, "from/inner/file", "x");
    assert_ok(publish_move(scratch->fd, "from/inner", scratch->fd, "to/there", &err), &err);
    assert_holds(scratch, "to/there/file", "x");
    assert_refused(publish_move(scratch->fd, "from/inner", scratch->fd, "to/there", &err), &err,
                   ERROR_NOT_FOUND);
    assert_ok(publish_sync_folder(scratch->fd, "to", &err), &err);
    assert_ok(publish_sync_tree(scratch->fd, "to", &err), &err);
    assert_refused(publish_sync_tree(scratch->fd, "absent", &err), &err, ERROR_NOT_FOUND);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(a_file_replaces_the_one_before),
        scratch_test(a_new_file_never_replaces),
        scratch_test(what_is_aborted_leaves_nothing),
        scratch_test(a_failed_flush_is_final),
        scratch_test(a_target_that_cannot_be_replaced_leaves_no_temporary),
        scratch_test(a_link_in_the_way_is_replaced_not_followed),
        scratch_test(links_are_switched_and_things_are_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
