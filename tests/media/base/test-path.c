/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "media/base/limits.h"

static void only_plain_names_are_valid(void **state)
{
    static const char *const good[] = {"a", "A-z_0.9", ".hidden", "..a", "a..", "a/b/c", "..."};
    static const char *const bad[] = {"",         ".",    "..",   "-a",    "a b",    "a\n",
                                      "/a",       "a/",   "a//b", "a/./b", "a/../b", "a/-b",
                                      "\xc3\xbc", "a\\b", "a:b",  "~/a*",  "../a"};
    char longest[LIMIT_PATH_COMPONENT + 2];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(path_name_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(path_name_valid(bad[i], strlen(bad[i])));
    assert_false(path_component_valid("a/b", 3));
    assert_false(path_component_valid("a\0b", 3));
    memset(longest, 'a', sizeof(longest));
    assert_true(path_component_valid(longest, LIMIT_PATH_COMPONENT));
    assert_false(path_component_valid(longest, LIMIT_PATH_COMPONENT + 1));
    shows_case("D1");
}

static void depth_and_length_are_bounded(void **state)
{
    char name[LIMIT_PATH_BYTES + 2];

    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = i % 2 == 0 ? 'a' : '/';
    assert_true(path_name_valid(name, 2 * LIMIT_PATH_DEPTH - 1));
    assert_false(path_name_valid(name, 2 * LIMIT_PATH_DEPTH + 1));
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = i % 256 == 255 ? '/' : 'a';
    assert_true(path_name_valid(name, LIMIT_PATH_BYTES));
    assert_false(path_name_valid(name, LIMIT_PATH_BYTES + 1));
    shows_case("D1");
}

static void nothing_leads_out_of_the_folder(void **state)
{
    static const char *const names[] = {"../out", "in/../../out", "/etc/passwd", "..",
                                        "link",   "folderlink/a", "up/out",      "proc/self"};
    struct scratch *scratch = *state;
    struct error err = {0};
    char outside[512];
    int fd;

    snprintf(outside, sizeof(outside), "%s/out", scratch->path);
    scratch_write(scratch, "a", "text");
    assert_int_equal(mkdirat(scratch->fd, "in", 0755), 0);
    assert_int_equal(symlinkat("a", scratch->fd, "link"), 0);
    assert_int_equal(symlinkat("in", scratch->fd, "folderlink"), 0);
    assert_int_equal(symlinkat("..", scratch->fd, "up"), 0);
    assert_int_equal(symlinkat("/proc", scratch->fd, "proc"), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_refused(path_open(scratch->fd, names[i], O_RDONLY, 0, &fd, &err), &err, ERROR_IO);
        assert_int_equal(fd, -1);
    }
    assert_refused(path_open(scratch->fd, "link", O_WRONLY | O_TRUNC, 0, &fd, &err), &err,
                   ERROR_IO);
    assert_refused(path_open(scratch->fd, "absent", O_RDONLY, 0, &fd, &err), &err, ERROR_NOT_FOUND);
    assert_ok(path_open(scratch->fd, "a", O_RDONLY, 0, &fd, &err), &err);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
    shows_case("D1");
}

static void only_regular_files_within_the_limit_are_opened(void **state)
{
    struct scratch *scratch = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct error err = {0};
    uint64_t size;
    int fd, listener = socket(AF_UNIX, SOCK_STREAM, 0);

    scratch_write(scratch, "four", "1234");
    assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
    assert_int_equal(mkdirat(scratch->fd, "folder", 0755), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/socket", scratch->path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    close(listener);
    assert_ok(path_open_regular(scratch->fd, "four", 4, &fd, &size, &err), &err);
    assert_int_equal(size, 4);
    close(fd);
    assert_refused(path_open_regular(scratch->fd, "four", 3, &fd, &size, &err), &err, ERROR_LIMIT);
    assert_int_equal(fd, -1);
    /* A FIFO without a writer must not block us. */
    assert_refused(path_open_regular(scratch->fd, "fifo", 4, &fd, &size, &err), &err,
                   ERROR_UNEXPECTED_FILE);
    assert_refused(path_open_regular(scratch->fd, "folder", 4096, &fd, &size, &err), &err,
                   ERROR_UNEXPECTED_FILE);
    assert_refused(path_open_regular(scratch->fd, "socket", 4, &fd, &size, &err), &err,
                   ERROR_UNEXPECTED_FILE);
    shows_case("D5");
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct bytes out;

    scratch_write(scratch, "four", "1234");
    scratch_write(scratch, "empty", "");
    assert_ok(path_read(scratch->fd, "four", 4, &out, &err), &err);
    assert_int_equal(out.size, 4);
    assert_memory_equal(out.data, "1234", 4);
    bytes_clear(&out);
    assert_ok(path_read(scratch->fd, "empty", 4, &out, &err), &err);
    assert_int_equal(out.size, 0);
    bytes_clear(&out);
    assert_refused(path_read(scratch->fd, "four", 3, &out, &err), &err, ERROR_LIMIT);
    assert_int_equal(out.size, 0);
    bytes_clear(&out);
}

static void a_file_of_unknown_length_is_refused(void **state)
{
    struct error err = {0};
    struct bytes out;
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    /* The kernel's own files say that they have 0 bytes, and then have more. */
    assert_true(proc >= 0);
    assert_refused(path_read(proc, "version", 4096, &out, &err), &err, ERROR_IO);
    bytes_clear(&out);
    close(proc);
}

static void folders_are_made_and_names_come_sorted(void **state)
{
    static const char *const expected[] = {"B", "a", "b"};
    struct scratch *scratch = *state;
    struct error err = {0};
    char **names;
    size_t count;
    int fd;

    assert_ok(path_make_folders(scratch->fd, "x/y/b", 0755, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "x/y/a", 0755, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "x/y/B", 0755, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "x/y/B", 0755, &err), &err);
    assert_ok(path_open_folder(scratch->fd, "x/y", &fd, &err), &err);
    for (int twice = 0; twice < 2; twice++) {
        assert_ok(path_list(fd, 3, &names, &count, &err), &err);
        assert_int_equal(count, 3);
        for (size_t i = 0; i < count; i++)
            assert_string_equal(names[i], expected[i]);
        path_free_names(names, count);
    }
    assert_refused(path_list(fd, 2, &names, &count, &err), &err, ERROR_LIMIT);
    assert_null(names);
    close(fd);
}

static void folders_are_not_made_through_links_or_files(void **state)
{
    static const char *const names[] = {"up/x", "file/x", "../x", "/x", "a//b", "a/../../x"};
    struct scratch *scratch = *state;
    struct error err = {0};

    scratch_write(scratch, "file", "");
    assert_int_equal(symlinkat("..", scratch->fd, "up"), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_refused(path_make_folders(scratch->fd, names[i], 0755, &err), &err, ERROR_IO);
}

static void removing_takes_a_tree_and_follows_no_link(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};

    assert_ok(path_make_folders(scratch->fd, "tree/deep/er", 0755, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "kept", 0755, &err), &err);
    scratch_write(scratch, "kept/file", "x");
    scratch_write(scratch, "tree/deep/file", "x");
    assert_int_equal(symlinkat("../kept", scratch->fd, "tree/link"), 0);
    assert_int_equal(symlinkat("kept", scratch->fd, "way"), 0);
    assert_refused(path_remove(scratch->fd, "way/file", &err), &err, ERROR_IO);
    assert_ok(path_remove(scratch->fd, "tree", &err), &err);
    assert_int_equal(faccessat(scratch->fd, "tree", F_OK, 0), -1);
    assert_int_equal(faccessat(scratch->fd, "kept/file", F_OK, 0), 0);
    assert_ok(path_remove(scratch->fd, "tree", &err), &err);
    assert_ok(path_remove(scratch->fd, "no/such/thing", &err), &err);
    assert_refused(path_remove(scratch->fd, "kept/..", &err), &err, ERROR_USAGE);
}

static void short_reads_and_full_disks_are_told(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    uint64_t size;
    char out[8];
    int fd, full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    scratch_write(scratch, "four", "1234");
    assert_ok(path_open_regular(scratch->fd, "four", 4, &fd, &size, &err), &err);
    assert_ok(path_pread(fd, out, 3, 1, &err), &err);
    assert_memory_equal(out, "234", 3);
    assert_refused(path_pread(fd, out, 4, 1, &err), &err, ERROR_MEDIUM_DAMAGED);
    assert_refused(path_pread(fd, out, 1, UINT64_MAX, &err), &err, ERROR_MEDIUM_DAMAGED);
    assert_refused(path_write(full, "x", 1, &err), &err, ERROR_NO_SPACE);
    close(full);
    close(fd);
    shows_case("H6");
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

static void a_named_file_is_read_whole_or_refused_by_its_name(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct bytes out;
    char path[600];

    snprintf(path, sizeof(path), "%s/named", scratch->path);
    assert_refused(path_read_named(path, 8, &out, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.words, path));
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(path_read_named(path, 8, &out, &err), &err, ERROR_UNEXPECTED_FILE);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(path_read_named(path, 8, &out, &err), &err, ERROR_UNEXPECTED_FILE);
    assert_int_equal(unlink(path), 0);
    scratch_write(scratch, "named", "12345678");
    assert_ok(path_read_named(path, 8, &out, &err), &err);
    assert_true(bytes_equal(bytes_view(&out), bytes_view_of("12345678", 8)));
    bytes_clear(&out);
    assert_refused(path_read_named(path, 7, &out, &err), &err, ERROR_LIMIT);
    assert_non_null(strstr(err.words, path));
}

/* Up to the limit a write is taken in part; what is left of it is then refused. */
static void pieces_are_written_one_after_the_other(void **state)
{
    struct scratch *scratch = *state;
    char text[] = "abcdefghABCDEFGHI";
    struct iovec parts[] = {{text, 0}, {text, 3}, {text, 0}, {text + 3, 4}, {text + 7, 1}};
    struct iovec rest[] = {{text + 8, 3}, {text + 11, 3}, {text + 14, 3}};
    struct rlimit before, limit;
    struct error err = {0};
    struct bytes out;
    int fd;

    assert_ok(path_open(scratch->fd, "pieces", O_WRONLY | O_CREAT, 0600, &fd, &err), &err);
    assert_ok(path_pwritev(fd, NULL, 0, 0, &err), &err);
    assert_ok(path_pwritev(fd, parts, sizeof(parts) / sizeof(parts[0]), 2, &err), &err);
    assert_ok(path_read(scratch->fd, "pieces", 16, &out, &err), &err);
    assert_true(bytes_equal(bytes_view(&out), bytes_view_of("\0\0abcdefgh", 10)));
    bytes_clear(&out);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 15, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_refused(path_pwritev(fd, rest, 3, 10, &err), &err, ERROR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(path_read(scratch->fd, "pieces", 16, &out, &err), &err);
    assert_true(bytes_equal(bytes_view(&out), bytes_view_of("\0\0abcdefghABCDE", 15)));
    bytes_clear(&out);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_plain_names_are_valid),
        cmocka_unit_test(depth_and_length_are_bounded),
        scratch_test(nothing_leads_out_of_the_folder),
        scratch_test(only_regular_files_within_the_limit_are_opened),
        scratch_test(a_file_is_read_whole_or_not_at_all),
        cmocka_unit_test(a_file_of_unknown_length_is_refused),
        scratch_test(folders_are_made_and_names_come_sorted),
        scratch_test(folders_are_not_made_through_links_or_files),
        scratch_test(removing_takes_a_tree_and_follows_no_link),
        scratch_test(a_named_file_is_read_whole_or_refused_by_its_name),
        scratch_test(short_reads_and_full_disks_are_told),
        scratch_test(pieces_are_written_one_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
