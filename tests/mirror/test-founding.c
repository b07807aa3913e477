/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "mirror/founding.h"
#include "mirror/repository.h"

static bool is_there(const struct scratch *scratch, const char *name)
{
    return faccessat(scratch->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static size_t names_in(const struct scratch *scratch, const char *folder)
{
    struct error err = {.code = ERROR_OK};
    char **names;
    size_t count;
    int fd;

    assert_ok(path_open_folder(scratch->fd, folder, &fd, &err), &err);
    assert_ok(path_list(fd, 100, &names, &count, &err), &err);
    path_free_names(names, count);
    close(fd);
    return count;
}

static const char *path_of(const struct scratch *scratch, const char *name, char out[512])
{
    snprintf(out, 512, "%s/%s", scratch->path, name);
    return out;
}

/* What a ceremony would write, in small. */
static void fill(const struct founding *founding)
{
    assert_int_equal(mkdirat(founding->work_fd, REPOSITORY_TREE, 0755), 0);
    assert_int_equal(mkdirat(founding->work_fd, REPOSITORY_KEYS, 0700), 0);
    close(openat(founding->work_fd, SETTINGS_FILE, O_WRONLY | O_CREAT, 0644));
    close(openat(founding->offline_fd, "root.key", O_WRONLY | O_CREAT, 0600));
}

static void a_completed_founding_is_a_whole_repository(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512];

    assert_ok(founding_begin(path_of(scratch, "repo", path), NULL, &founding, &err), &err);
    fill(&founding);
    assert_false(is_there(scratch, "repo/mirror.conf"));
    assert_ok(founding_complete(&founding, &err), &err);
    founding_end(&founding, true);
    assert_true(is_there(scratch, "repo/mirror.conf"));
    assert_true(is_there(scratch, "repo/tree"));
    assert_true(is_there(scratch, "repo/root-key-MOVE-OFFLINE/root.key"));
    assert_false(is_there(scratch, "repo/.unfinished"));
    assert_refused(founding_begin(path, NULL, &founding, &err), &err, ERROR_USAGE);
    founding_end(&founding, false);
    assert_true(is_there(scratch, "repo/root-key-MOVE-OFFLINE/root.key"));
}

static void a_failed_founding_leaves_nothing(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512], vault[512];

    assert_ok(founding_begin(path_of(scratch, "repo", path), path_of(scratch, "vault", vault),
                             &founding, &err),
              &err);
    fill(&founding);
    founding_end(&founding, false);
    assert_false(is_there(scratch, "repo"));
    assert_false(is_there(scratch, "vault"));
}

static void a_folder_that_was_there_stays_as_it_was(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512];

    assert_int_equal(mkdirat(scratch->fd, "repo", 0755), 0);
    assert_ok(founding_begin(path_of(scratch, "repo", path), NULL, &founding, &err), &err);
    fill(&founding);
    founding_end(&founding, false);
    assert_int_equal(names_in(scratch, "repo"), 0);
    scratch_write(scratch, "repo/diary", "mine");
    assert_refused(founding_begin(path, NULL, &founding, &err), &err, ERROR_USAGE);
    founding_end(&founding, false);
    assert_int_equal(names_in(scratch, "repo"), 1);
}

/* At each step of the move a cut leaves .unfinished and some parts: the next init begins anew. */
static void what_a_cut_left_is_cleared_by_the_next(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512];

    assert_ok(path_make_folders(scratch->fd, "repo/.unfinished/keys", 0700, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "repo/tree/sallyport", 0755, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "repo/root-key-MOVE-OFFLINE", 0700, &err), &err);
    scratch_write(scratch, "repo/root-key-MOVE-OFFLINE/root.key", "of the cut one");
    assert_ok(founding_begin(path_of(scratch, "repo", path), NULL, &founding, &err), &err);
    assert_false(is_there(scratch, "repo/tree"));
    assert_false(is_there(scratch, "repo/root-key-MOVE-OFFLINE"));
    fill(&founding);
    assert_ok(founding_complete(&founding, &err), &err);
    founding_end(&founding, true);
    assert_true(is_there(scratch, "repo/mirror.conf"));
}

/* The earliest and the latest cut leave the lock file alone. */
static void a_lone_lock_file_is_in_nobodys_way(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512];

    assert_int_equal(mkdirat(scratch->fd, "repo", 0755), 0);
    scratch_write(scratch, "repo/lock", "init");
    assert_ok(founding_begin(path_of(scratch, "repo", path), NULL, &founding, &err), &err);
    founding_end(&founding, false);
    assert_int_equal(names_in(scratch, "repo"), 0);
}

/* The cut between the last move and the removal of .unfinished: complete, so never cleared. */
static void keys_of_a_complete_repository_are_never_cleared(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512];

    assert_ok(path_make_folders(scratch->fd, "repo/.unfinished", 0700, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "repo/keys", 0700, &err), &err);
    scratch_write(scratch, "repo/keys/content.key", "precious");
    scratch_write(scratch, "repo/mirror.conf", "");
    assert_refused(founding_begin(path_of(scratch, "repo", path), NULL, &founding, &err), &err,
                   ERROR_USAGE);
    founding_end(&founding, false);
    assert_true(is_there(scratch, "repo/keys/content.key"));
}

static void keys_in_the_offline_folder_are_never_overwritten(void **state)
{
    struct scratch *scratch = *state;
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    char path[512], vault[512];

    assert_int_equal(mkdirat(scratch->fd, "vault", 0700), 0);
    scratch_write(scratch, "vault/root.key", "of another mirror");
    assert_refused(founding_begin(path_of(scratch, "repo", path), path_of(scratch, "vault", vault),
                                  &founding, &err),
                   &err, ERROR_USAGE);
    founding_end(&founding, false);
    assert_true(is_there(scratch, "vault/root.key"));
    assert_false(is_there(scratch, "repo"));
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(a_completed_founding_is_a_whole_repository),
        scratch_test(a_failed_founding_leaves_nothing),
        scratch_test(a_folder_that_was_there_stays_as_it_was),
        scratch_test(what_a_cut_left_is_cleared_by_the_next),
        scratch_test(a_lone_lock_file_is_in_nobodys_way),
        scratch_test(keys_of_a_complete_repository_are_never_cleared),
        scratch_test(keys_in_the_offline_folder_are_never_overwritten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
