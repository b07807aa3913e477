/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>

#include "agent/sensor-proc.h"
#include "media/base/limits.h"
#include "tests/scratch.h"

/* A folder in the place of /proc, with process 7. */
static void put(const struct scratch *scratch, const char *name, const void *data, size_t size)
{
    scratch_put(scratch->fd, name, data, size);
}

static void assert_list(struct bytes_view list, const char *bytes, size_t size)
{
    assert_int_equal(list.size, size);
    assert_memory_equal(list.data, bytes, size);
}

static void links_lose_what_the_kernel_adds(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_proc_path path;

    close(scratch_folder(scratch->fd, "7"));
    assert_int_equal(symlinkat("/tmp/a (deleted)", scratch->fd, "7/exe"), 0);
    assert_int_equal(symlinkat(" (deleted)", scratch->fd, "7/cwd"), 0);
    assert_true(sensor_proc_link(scratch->fd, 7, "exe", &path));
    assert_int_equal(path.size, strlen("/tmp/a"));
    assert_memory_equal(path.bytes, "/tmp/a", path.size);
    assert_true(sensor_proc_link(scratch->fd, 7, "cwd", &path));
    assert_int_equal(path.size, strlen(" (deleted)"));
    assert_false(sensor_proc_link(scratch->fd, 8, "exe", &path));
    assert_int_equal(path.size, 0);
}

static void a_name_forges_no_status(void **state)
{
    static const char status[] = "Name:\tUid:\t0\\nPPid:\t1\nUmask:\t0022\nState:\tS (sleeping)\n"
                                 "Tgid:\t7\nPid:\t7\nPPid:\t3\nUid:\t1000\t0\t0\t0\n";
    const struct scratch *scratch = *state;
    struct sensor_proc_status found;

    put(scratch, "7/status", status, strlen(status));
    assert_true(sensor_proc_status(scratch->fd, 7, &found));
    assert_int_equal(found.parent, 3);
    assert_int_equal(found.uid, 1000);
    put(scratch, "7/status", "PPid:\t3\nUid:\tx\n", 15);
    assert_false(sensor_proc_status(scratch->fd, 7, &found));
    assert_false(sensor_proc_status(scratch->fd, 8, &found));
}

static void a_name_forges_no_start(void **state)
{
    static const char stat[] = "7 (a) S 1 1 1 0 -1 4 1 1 1 1 1 1 1 1 20 0 1 0 9 1) S 1 7 7 0 -1 "
                               "4194304 1 0 0 0 1 2 0 0 20 0 1 0 4242 1000 10\n";
    const struct scratch *scratch = *state;

    put(scratch, "7/stat", stat, strlen(stat));
    assert_int_equal(sensor_proc_start(scratch->fd, 7), 4242);
    put(scratch, "7/stat", "7 (a) S 1", 9);
    assert_int_equal(sensor_proc_start(scratch->fd, 7), 0);
    assert_int_equal(sensor_proc_start(scratch->fd, 8), 0);
}

static void arguments_are_bounded(void **state)
{
    const struct scratch *scratch = *state;
    char many[2 * (LIMIT_EVENT_ARGUMENTS + 9)], large[LIMIT_EVENT_ARGV_BYTES + 9];
    struct bytes memory;

    bytes_init(&memory, LIMIT_EVENT_ARGV_BYTES);
    put(scratch, "7/cmdline", "sh\0-c\0\0x", 8);
    assert_list(sensor_proc_arguments(scratch->fd, 7, &memory), "sh\0-c\0\0x", 9);
    put(scratch, "7/cmdline", "", 0);
    assert_list(sensor_proc_arguments(scratch->fd, 7, &memory), "", 0);
    assert_list(sensor_proc_arguments(scratch->fd, 8, &memory), "", 0);
    memset(many, 0, sizeof(many));
    for (size_t i = 0; i < sizeof(many); i += 2)
        many[i] = 'a';
    put(scratch, "7/cmdline", many, sizeof(many));
    assert_list(sensor_proc_arguments(scratch->fd, 7, &memory), many, 2 * LIMIT_EVENT_ARGUMENTS);
    memset(large, 'a', sizeof(large));
    put(scratch, "7/cmdline", large, sizeof(large));
    large[LIMIT_EVENT_ARGV_BYTES - 1] = '\0';
    assert_list(sensor_proc_arguments(scratch->fd, 7, &memory), large, LIMIT_EVENT_ARGV_BYTES);
    bytes_clear(&memory);
}

static void the_real_one_says_who_we_are(void **state)
{
    int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct sensor_proc_status status;
    struct sensor_proc_path path;
    char name[PATH_MAX];

    (void)state;
    assert_true(proc >= 0);
    assert_true(sensor_proc_status(proc, getpid(), &status));
    assert_int_equal(status.parent, getppid());
    assert_int_equal(status.uid, getuid());
    assert_true(sensor_proc_start(proc, getpid()) > 0);
    assert_true(sensor_proc_descriptor(proc, proc, &path));
    assert_memory_equal(path.bytes, "/proc", path.size);
    assert_true(sensor_proc_link(proc, getpid(), "cwd", &path));
    assert_non_null(getcwd(name, sizeof(name)));
    assert_memory_equal(path.bytes, name, path.size);
    close(proc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(links_lose_what_the_kernel_adds), TEST(a_name_forges_no_status),
        TEST(a_name_forges_no_start),          TEST(arguments_are_bounded),
        TEST(the_real_one_says_who_we_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
