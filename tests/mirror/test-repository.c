/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "mirror/repository.h"

static void make_repository(const struct scratch *scratch)
{
    scratch_write(scratch, SETTINGS_FILE, "[mirror]\norganisation = Example\n");
    assert_int_equal(mkdirat(scratch->fd, REPOSITORY_TREE, 0755), 0);
    scratch_write(scratch, REPOSITORY_CATALOG, ""); /* an empty file is an empty database */
}

static void a_folder_without_settings_is_no_repository(void **state)
{
    struct scratch *scratch = *state;
    struct repository *repository;
    struct error err = {0};

    assert_refused(repository_open(scratch->path, REPOSITORY_LOOK, "list", &repository, &err), &err,
                   ERROR_NOT_FOUND);
    assert_refused(repository_open("/nonexistent", REPOSITORY_LOOK, "list", &repository, &err),
                   &err, ERROR_NOT_FOUND);
    assert_null(repository);
}

/* A new, empty catalog would give out numbers that were used before. */
static void a_lost_catalog_is_not_begun_again(void **state)
{
    struct scratch *scratch = *state;
    struct repository *repository;
    struct error err = {0};

    make_repository(scratch);
    assert_int_equal(unlinkat(scratch->fd, REPOSITORY_CATALOG, 0), 0);
    assert_refused(repository_open(scratch->path, REPOSITORY_CHANGE, "publish", &repository, &err),
                   &err, ERROR_CATALOG_CORRUPT);
    assert_int_equal(faccessat(scratch->fd, REPOSITORY_CATALOG, F_OK, 0), -1);
}

static void a_mistake_in_the_settings_is_named(void **state)
{
    struct scratch *scratch = *state;
    struct repository *repository;
    struct error err = {0};

    make_repository(scratch);
    scratch_write(scratch, SETTINGS_FILE, "[mirror]\norganization = Example\n");
    assert_refused(repository_open(scratch->path, REPOSITORY_LOOK, "list", &repository, &err), &err,
                   ERROR_CONFIG);
    assert_non_null(strstr(err.words, "mirror.conf:2: unknown key organization; nearest: "
                                      "organisation"));
}

static void a_writer_empties_the_scratch_folder(void **state)
{
    struct scratch *scratch = *state;
    struct repository *repository;
    struct error err = {0};

    make_repository(scratch);
    assert_int_equal(mkdirat(scratch->fd, "scratch", 0755), 0);
    scratch_write(scratch, "scratch/left-over", "x");
    assert_ok(repository_open(scratch->path, REPOSITORY_READ, "verify", &repository, &err), &err);
    assert_int_equal(faccessat(scratch->fd, "scratch/left-over", F_OK, 0), 0);
    repository_close(repository);
    assert_ok(repository_open(scratch->path, REPOSITORY_CHANGE, "publish", &repository, &err),
              &err);
    assert_int_equal(faccessat(scratch->fd, "scratch/left-over", F_OK, 0), -1);
    scratch_write(scratch, "scratch/refused", "x");
    repository_close(repository);
    assert_int_equal(faccessat(scratch->fd, "scratch", F_OK, 0), -1);
    shows_case("H12");
}

/* Opens in a process of its own: record locks never refuse their own process. */
static int open_elsewhere(const struct scratch *scratch, enum repository_use use, char *words,
                          size_t size)
{
    struct repository *repository;
    struct error err = {0};
    int ends[2];
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int result = repository_open(scratch->path, use, "elsewhere", &repository, &err);

        if (write(ends[1], err.words, strlen(err.words)) < 0)
            _exit(99);
        _exit(-result);
    }
    close(ends[1]);
    got = read(ends[0], words, size - 1);
    words[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &ends[0], 0), child);
    return WEXITSTATUS(ends[0]);
}

static void a_second_writer_is_told_who_holds_the_lock(void **state)
{
    struct scratch *scratch = *state;
    struct repository *repository;
    struct error err = {0};
    char words[ERROR_WORDS_BYTES] = "", expected[128];

    make_repository(scratch);
    assert_ok(repository_open(scratch->path, REPOSITORY_CHANGE, "publish", &repository, &err),
              &err);
    snprintf(expected, sizeof(expected), "the repository is in use by process %ld (publish)",
             (long)getpid());
    assert_int_equal(open_elsewhere(scratch, REPOSITORY_CHANGE, words, sizeof(words)),
                     ERROR_LOCKED);
    assert_string_equal(words, expected);
    assert_int_equal(open_elsewhere(scratch, REPOSITORY_READ, words, sizeof(words)), ERROR_LOCKED);
    assert_int_equal(open_elsewhere(scratch, REPOSITORY_LOOK, words, sizeof(words)), ERROR_OK);
    repository_close(repository);
    assert_int_equal(open_elsewhere(scratch, REPOSITORY_CHANGE, words, sizeof(words)), ERROR_OK);
    shows_case("H9");
}

static void readers_share_and_keep_writers_out(void **state)
{
    struct scratch *scratch = *state;
    struct repository *repository;
    struct error err = {0};
    char words[ERROR_WORDS_BYTES];

    make_repository(scratch);
    assert_ok(repository_open(scratch->path, REPOSITORY_READ, "export", &repository, &err), &err);
    assert_int_equal(open_elsewhere(scratch, REPOSITORY_READ, words, sizeof(words)), ERROR_OK);
    assert_int_equal(open_elsewhere(scratch, REPOSITORY_CHANGE, words, sizeof(words)),
                     ERROR_LOCKED);
    repository_close(repository);
    shows_case("H9");
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(a_lost_catalog_is_not_begun_again),
        scratch_test(a_folder_without_settings_is_no_repository),
        scratch_test(a_mistake_in_the_settings_is_named),
        scratch_test(a_writer_empties_the_scratch_folder),
        scratch_test(a_second_writer_is_told_who_holds_the_lock),
        scratch_test(readers_share_and_keep_writers_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
