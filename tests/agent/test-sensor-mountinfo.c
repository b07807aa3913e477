/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "agent/sensor-mountinfo.h"
#include "media/base/limits.h"
#include "tests/scratch.h"

static int file_of(const struct scratch *scratch, const void *text, size_t size)
{
    int fd;

    scratch_put(scratch->fd, "mountinfo", text, size);
    fd = openat(scratch->fd, "mountinfo", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void read_text(const struct scratch *scratch, const char *text, struct sensor_mounts *mounts)
{
    int fd = file_of(scratch, text, strlen(text));
    struct error err = {0};

    assert_ok(sensor_mounts_read(fd, mounts, &err), &err);
    close(fd);
}

static void assert_row(const struct sensor_mount *row, uint64_t id, const char *target,
                       const char *type, const char *source)
{
    assert_int_equal(row->id, id);
    assert_string_equal(row->target, target);
    assert_string_equal(row->type, type);
    assert_string_equal(row->source, source);
}

static void rows_have_any_number_of_options(void **state)
{
    struct sensor_mounts mounts;

    read_text(*state,
              "36 35 98:0 / / rw - ext4 /dev/sda1 rw,errors=continue\n"
              "37 36 98:1 / /a rw,noatime master:1 propagate_from:2 - xfs /dev/sdb rw\n"
              "38 36 0:5 / /b rw shared:9 - tmpfs none rw",
              &mounts);
    assert_int_equal(mounts.count, 3);
    assert_row(&mounts.rows[0], 36, "/", "ext4", "/dev/sda1");
    assert_row(&mounts.rows[1], 37, "/a", "xfs", "/dev/sdb");
    assert_row(&mounts.rows[2], 38, "/b", "tmpfs", "none");
    assert_ptr_equal(sensor_mounts_find(&mounts, 37), &mounts.rows[1]);
    assert_null(sensor_mounts_find(&mounts, 39));
    sensor_mounts_clear(&mounts);
    assert_null(sensor_mounts_find(&mounts, 37));
}

static void escapes_are_undone(void **state)
{
    struct sensor_mounts mounts;

    read_text(*state,
              "1 0 0:1 / /a\\040b\\011c\\012d\\134e\\043 rw - fuse.x\\040y s\\040r rw\n"
              "2 0 0:1 / /\\04 rw - ext4 \\400\\08 rw\n"
              "3 0 0:1 / /\\377 rw - ext4 \\ rw\n",
              &mounts);
    assert_int_equal(mounts.count, 3);
    assert_row(&mounts.rows[0], 1, "/a b\tc\nd\\e#", "fuse.x y", "s r");
    assert_row(&mounts.rows[1], 2, "/\\04", "ext4", "\\400\\08");
    assert_row(&mounts.rows[2], 3, "/\377", "ext4", "\\");
    sensor_mounts_clear(&mounts);
}

static void what_is_no_row_is_left_out(void **state)
{
    struct sensor_mounts mounts;

    read_text(*state,
              "\n\n - \n1 0 0:1 / /a rw ext4 /dev/a rw\n"
              "2 0 0:1 / - ext4 /dev/a rw\n"
              "3 0 0:1 / /a rw - ext4\n"
              "4 0 0:1 / /a - ext4 /dev/a",
              &mounts);
    assert_int_equal(mounts.count, 1);
    assert_row(&mounts.rows[0], 4, "/a", "ext4", "/dev/a");
    sensor_mounts_clear(&mounts);
    read_text(*state, "", &mounts);
    assert_int_equal(mounts.count, 0);
    sensor_mounts_clear(&mounts);
}

static void more_than_the_limits_is_left_out_or_refused(void **state)
{
    static const char row[] = "1 0 0:1 / /a rw - ext4 /dev/a rw\n";
    const size_t many = LIMIT_SENSOR_MOUNTS + 10;
    const struct scratch *scratch = *state;
    char *text = bytes_allocate(1, LIMIT_SENSOR_MOUNTS_BYTES + 1);
    struct sensor_mounts mounts;
    struct error err = {0};
    int fd;

    for (size_t i = 0; i < many; i++)
        memcpy(text + i * strlen(row), row, strlen(row));
    fd = file_of(scratch, text, many * strlen(row));
    assert_ok(sensor_mounts_read(fd, &mounts, &err), &err);
    assert_int_equal(mounts.count, LIMIT_SENSOR_MOUNTS);
    sensor_mounts_clear(&mounts);
    close(fd);
    memset(text, '\n', LIMIT_SENSOR_MOUNTS_BYTES + 1);
    fd = file_of(scratch, text, LIMIT_SENSOR_MOUNTS_BYTES + 1);
    assert_refused(sensor_mounts_read(fd, &mounts, &err), &err, ERROR_LIMIT);
    close(fd);
    free(text);
}

static void each_look_reads_anew(void **state)
{
    const struct scratch *scratch = *state;
    int fd = file_of(scratch, "1 0 0:1 / /a rw - a b rw\n", 25);
    struct sensor_mounts mounts;
    struct error err = {0};

    for (int i = 0; i < 2; i++) {
        assert_ok(sensor_mounts_read(fd, &mounts, &err), &err);
        assert_int_equal(mounts.count, 1);
        sensor_mounts_clear(&mounts);
    }
    close(fd);
    assert_refused(sensor_mounts_read(-1, &mounts, &err), &err, ERROR_IO);
}

static void the_real_one_has_a_root(void **state)
{
    int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    struct sensor_mounts mounts;
    struct error err = {0};
    bool found = false;

    (void)state;
    assert_ok(sensor_mounts_read(fd, &mounts, &err), &err);
    for (size_t i = 0; i < mounts.count; i++)
        found = found || strcmp(mounts.rows[i].target, "/") == 0;
    assert_true(found);
    sensor_mounts_clear(&mounts);
    close(fd);
}

static void what_a_look_could_wait_for_is_left_alone(void **state)
{
    static const struct {
        const char *type;
        enum sensor_mount_use use;
    } rows[] = {
        {"ext4", SENSOR_MOUNT_ALL},       {"tmpfs", SENSOR_MOUNT_ALL},
        {"overlay", SENSOR_MOUNT_ALL},    {"fuseblk", SENSOR_MOUNT_ALL},
        {"devtmpfs", SENSOR_MOUNT_EXEC},  {"proc", SENSOR_MOUNT_NOTHING},
        {"fuse", SENSOR_MOUNT_NOTHING},   {"fuse.sshfs", SENSOR_MOUNT_NOTHING},
        {"autofs", SENSOR_MOUNT_NOTHING}, {"", SENSOR_MOUNT_ALL},
        {"proc\n", SENSOR_MOUNT_ALL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (sensor_mount_use(rows[i].type) != rows[i].use)
            fail_msg("%s", rows[i].type);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_have_any_number_of_options),
        TEST(escapes_are_undone),
        TEST(what_is_no_row_is_left_out),
        TEST(more_than_the_limits_is_left_out_or_refused),
        TEST(each_look_reads_anew),
        TEST(the_real_one_has_a_root),
        TEST(what_a_look_could_wait_for_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
