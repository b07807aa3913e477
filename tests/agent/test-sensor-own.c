/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sensor-own.h"
#include "tests/scratch.h"

#define MONITOR 7
#define OTHER   8

static void link_exe(const struct scratch *scratch, pid_t pid, const char *program)
{
    char name[64], target[512];

    snprintf(name, sizeof(name), "%d", (int)pid);
    close(scratch_folder(scratch->fd, name));
    snprintf(name, sizeof(name), "%d/exe", (int)pid);
    snprintf(target, sizeof(target), "%s/%s", scratch->path, program);
    assert_int_equal(symlinkat(target, scratch->fd, name), 0);
}

/* A folder in the place of /proc: our process is lib/sallyport-sensor, the monitor sbin/`monitor`. */
static void put(const struct scratch *scratch, const char *monitor)
{
    scratch_put(scratch->fd, "lib/sallyport-sensor", "a", 1);
    scratch_put(scratch->fd, "lib/sallyport-usb", "b", 1);
    scratch_put(scratch->fd, "lib/other", "c", 1);
    close(scratch_folder(scratch->fd, "lib/sallyport-folder"));
    assert_int_equal(symlinkat("other", scratch->fd, "lib/sallyport-link"), 0);
    scratch_put(scratch->fd, monitor, "d", 1);
    scratch_put(scratch->fd, "sbin/neighbour", "e", 1);
    link_exe(scratch, getpid(), "lib/sallyport-sensor");
    link_exe(scratch, MONITOR, monitor);
    link_exe(scratch, OTHER, "lib/other");
}

static void put_parent(const struct scratch *scratch, pid_t pid, pid_t parent)
{
    char name[64], text[128];
    int size;

    snprintf(name, sizeof(name), "%d/status", (int)pid);
    size = snprintf(text, sizeof(text), "Name:\tx\nPPid:\t%d\nUid:\t1\t1\t1\t1\n", (int)parent);
    scratch_put(scratch->fd, name, text, (size_t)size);
}

static bool is_own(const struct scratch *scratch, const struct sensor_own *own, const char *name)
{
    struct stat status;

    assert_int_equal(fstatat(scratch->fd, name, &status, 0), 0);
    return sensor_own_file(own, status.st_dev, status.st_ino);
}

static void our_programs_are_known_by_their_inodes(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_own own;

    put(scratch, "sbin/sallyport-agent");
    sensor_own_learn(&own, scratch->fd, MONITOR);
    assert_int_equal(own.count, 3);
    assert_true(is_own(scratch, &own, "lib/sallyport-sensor"));
    assert_true(is_own(scratch, &own, "lib/sallyport-usb"));
    assert_true(is_own(scratch, &own, "sbin/sallyport-agent"));
    assert_false(is_own(scratch, &own, "sbin/neighbour"));
    assert_false(is_own(scratch, &own, "lib/sallyport-link")); /* what it leads to is not ours */
    assert_false(is_own(scratch, &own, "lib/sallyport-folder"));
    assert_int_equal(renameat(scratch->fd, "lib/sallyport-usb", scratch->fd, "moved"), 0);
    assert_true(is_own(scratch, &own, "moved"));
}

static void a_process_is_what_it_runs(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_own own;

    put(scratch, "sbin/sallyport-agent");
    sensor_own_learn(&own, scratch->fd, MONITOR);
    assert_true(sensor_own_process(&own, scratch->fd, MONITOR));
    assert_true(sensor_own_process(&own, scratch->fd, getpid()));
    assert_false(sensor_own_process(&own, scratch->fd, OTHER));
    assert_false(sensor_own_process(&own, scratch->fd, 9));
}

/* A test, a shell: whoever started us, what it does may be an event. */
static void who_is_no_monitor_is_not_ours(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_own own;

    put(scratch, "sbin/sallyport");
    sensor_own_learn(&own, scratch->fd, MONITOR);
    assert_int_equal(own.count, 2);
    assert_false(sensor_own_process(&own, scratch->fd, MONITOR));
    sensor_own_learn(&own, scratch->fd, 9);
    assert_int_equal(own.count, 2);
}

static void there_may_be_more_than_we_have_room_for(void **state)
{
    const struct scratch *scratch = *state;
    struct sensor_own own;
    char name[64];

    put(scratch, "sbin/sallyport-agent");
    for (unsigned i = 0; i < SENSOR_OWN_FILES; i++) {
        snprintf(name, sizeof(name), "lib/sallyport-%u", i);
        scratch_put(scratch->fd, name, "", 0);
    }
    sensor_own_learn(&own, scratch->fd, MONITOR);
    assert_int_equal(own.count, SENSOR_OWN_FILES);
    assert_true(is_own(scratch, &own, "sbin/sallyport-agent"));
}

/* With LD_PRELOAD, a user's own code runs in a program of ours. */
static void a_program_of_ours_that_another_starts_is_not_ours(void **state)
{
    enum { CHILD = 20, GRANDCHILD, SHELL, USERS, LOST };
    const struct scratch *scratch = *state;
    struct sensor_own own;

    put(scratch, "sbin/sallyport-agent");
    for (pid_t pid = CHILD; pid <= LOST; pid++)
        link_exe(scratch, pid, pid == SHELL ? "lib/other" : "lib/sallyport-usb");
    put_parent(scratch, CHILD, MONITOR);
    put_parent(scratch, GRANDCHILD, CHILD);
    put_parent(scratch, SHELL, 1);
    put_parent(scratch, USERS, SHELL);
    sensor_own_learn(&own, scratch->fd, MONITOR);
    assert_true(sensor_own_process(&own, scratch->fd, CHILD));
    assert_true(sensor_own_process(&own, scratch->fd, GRANDCHILD));
    assert_false(sensor_own_process(&own, scratch->fd, SHELL));
    assert_false(sensor_own_process(&own, scratch->fd, USERS));
    assert_false(sensor_own_process(&own, scratch->fd, LOST));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(our_programs_are_known_by_their_inodes),
        TEST(a_process_is_what_it_runs),
        TEST(a_program_of_ours_that_another_starts_is_not_ours),
        TEST(who_is_no_monitor_is_not_ours),
        TEST(there_may_be_more_than_we_have_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
