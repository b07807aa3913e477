/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mirror/source-hold.h"

static struct package_source list_of(const struct scratch *scratch)
{
    struct package_source list = {0};
    struct error err = {0};

    scratch_write(scratch, "a.txt", "alpha");
    scratch_write(scratch, "b.txt", "beta");
    assert_ok(package_source_list(scratch->fd, &list, &err), &err);
    return list;
}

/* Where leases are not to be had (overlayfs, a container) everything is copied: nothing to see here. */
static struct package_source held_list(const struct scratch *scratch)
{
    struct package_source list = list_of(scratch);

    if (!source_hold(scratch->fd, &list)) {
        package_source_clear(&list);
        skip();
    }
    return list;
}

static void what_is_held_is_read_whatever_has_its_name(void **state)
{
    struct scratch *scratch = *state;
    struct package_source list = held_list(scratch);
    struct error err = {0};
    char text[16] = "";
    uint64_t size;
    int fd;

    scratch_write(scratch, "other", "omega");
    assert_int_equal(renameat(scratch->fd, "other", scratch->fd, "a.txt"), 0);
    assert_ok(package_source_open(&list, -1, 0, &fd, &size, &err), &err);
    assert_int_equal(size, 5);
    assert_int_equal(pread(fd, text, sizeof(text), 0), 5);
    assert_string_equal(text, "alpha");
    close(fd);
    assert_ok(source_hold_check(&list, &err), &err);
    package_source_clear(&list);
}

/* Nobody is let in before the lease is gone, and then it is known. */
static void a_writer_waits_and_is_seen(void **state)
{
    struct scratch *scratch = *state;
    struct package_source list = held_list(scratch);
    struct error err = {0};
    int fd;

    fd = openat(scratch->fd, "b.txt", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(source_hold_check(&list, &err), &err);
    close(fd);
    fd = openat(scratch->fd, "b.txt", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd < 0 && errno == EWOULDBLOCK);
    assert_refused(source_hold_check(&list, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "b.txt"));
    package_source_clear(&list);
    fd = openat(scratch->fd, "b.txt", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
}

static void what_somebody_may_write_to_is_not_held(void **state)
{
    struct scratch *scratch = *state;
    struct package_source list = held_list(scratch);
    int fd;
    void *mapped;

    package_source_clear(&list);
    list = list_of(scratch);
    fd = openat(scratch->fd, "b.txt", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_false(source_hold(scratch->fd, &list));
    assert_null(list.fds);
    mapped = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(mapped, MAP_FAILED);
    close(fd);
    assert_false(source_hold(scratch->fd, &list));
    munmap(mapped, 4);
    assert_true(source_hold(scratch->fd, &list));
    package_source_clear(&list);
}

static void what_is_no_longer_there_is_not_held(void **state)
{
    struct scratch *scratch = *state;
    struct package_source list = list_of(scratch);

    assert_int_equal(unlinkat(scratch->fd, "b.txt", 0), 0);
    assert_false(source_hold(scratch->fd, &list));
    assert_null(list.fds);
    package_source_clear(&list);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(what_is_held_is_read_whatever_has_its_name),
        scratch_test(a_writer_waits_and_is_seen),
        scratch_test(what_somebody_may_write_to_is_not_held),
        scratch_test(what_is_no_longer_there_is_not_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
