/* SPDX-License-Identifier: ISC
 *
 * Files of the base that can't be linked are copied: linkat() and copy_file_range() of the program are
 * stood in for by those below.
 */
#include "tests/scratch.h"

#include <errno.h>
#include <sys/stat.h>

#include "agent/control/verify-protocol.h"
#include "agent/import-want.h"

#define BYTES 10000

static struct {
    bool links;      /* what linkat does */
    size_t step;     /* bytes of one copy at most */
    size_t end;      /* after so many bytes there are no more */
    bool interrupts; /* every other copy */
    size_t copied;
    unsigned calls;
} kernel;

int __wrap_linkat(int from, const char *name, int to, const char *path, int flags);
int __real_linkat(int from, const char *name, int to, const char *path, int flags);
ssize_t __wrap_copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t size,
                               unsigned flags);

int __wrap_linkat(int from, const char *name, int to, const char *path, int flags)
{
    if (kernel.links)
        return __real_linkat(from, name, to, path, flags);
    errno = EPERM;
    return -1;
}

ssize_t __wrap_copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t size,
                               unsigned flags)
{
    char buffer[BYTES];
    size_t left = kernel.end - kernel.copied;
    size_t most = size < kernel.step ? size : kernel.step;

    if (kernel.interrupts && kernel.calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    most = most < left ? most : left;
    assert_int_equal(read(from, buffer, most), most);
    assert_int_equal(write(to, buffer, most), most);
    kernel.copied += most;
    return (ssize_t)most;
}

struct place {
    uint8_t bytes[BYTES];
    int base, staging;
    struct import_want from;
    bool linked;
};

/* base/file, and staging/package, which is empty. */
static void make_place(struct scratch *scratch, struct place *place)
{
    int fd;

    memset(place, 0, sizeof(*place));
    memset(&kernel, 0, sizeof(kernel));
    kernel.step = kernel.end = BYTES;
    scratch_noise(place->bytes, BYTES, 1);
    assert_int_equal(mkdirat(scratch->fd, "base", 0700), 0);
    assert_int_equal(mkdirat(scratch->fd, "staging", 0700), 0);
    assert_int_equal(mkdirat(scratch->fd, "staging/package", 0700), 0);
    fd = openat(scratch->fd, "base/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
    assert_int_equal(write(fd, place->bytes, BYTES), BYTES);
    close(fd);
    place->base = openat(scratch->fd, "base", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    place->staging = openat(scratch->fd, "staging", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    place->from = (struct import_want){
        .folder = place->staging, .name = "package", .base = place->base, .linked = &place->linked};
}

static void leave_place(struct place *place)
{
    close(place->base);
    close(place->staging);
}

/* Has the file asked for; *fd is what the asker gets, the caller's. */
static int ask(struct place *place, int *fd, struct error *err)
{
    struct process process = {.name = "asker"};
    json_t *body = json_pack("{s:i, s:[s]}", "first", 0, "names", "file");
    struct frame frame, files;
    int ends[2], result;

    assert_ok(frame_pair(ends, err), err);
    assert_ok(frame_send_json(ends[1], VERIFY_WANT, body, NULL, 0, 1000, err), err);
    assert_ok(frame_receive(ends[0], LIMIT_MESSAGE_BYTES, 1000, &frame, err), err);
    process.child.socket = ends[0];
    process.child.log = -1;
    result = import_want_answer(&process, &frame, VERIFY_WANT, VERIFY_FILES, &place->from, err);
    if (result == 0) {
        assert_ok(frame_receive(ends[1], 4, 1000, &files, err), err);
        assert_int_equal(files.fd_count, 1);
        *fd = frame_take_fd(&files, 0);
        frame_clear(&files);
    }
    frame_clear(&frame);
    json_decref(body);
    close(ends[0]);
    close(ends[1]);
    return result;
}

static nlink_t assert_whole(struct place *place)
{
    struct error err = {0};
    uint8_t found[BYTES];
    struct stat status;
    int fd;

    assert_ok(ask(place, &fd, &err), &err);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_size, BYTES);
    assert_ok(path_pread(fd, found, BYTES, 0, &err), &err);
    assert_memory_equal(found, place->bytes, BYTES);
    assert_true(place->linked);
    close(fd);
    return status.st_nlink;
}

static void a_file_of_the_base_is_linked(void **state)
{
    struct place place;

    make_place(*state, &place);
    kernel.links = true;
    assert_int_equal(assert_whole(&place), 2);
    assert_int_equal(kernel.copied, 0);
    leave_place(&place);
}

static void what_cant_be_linked_is_copied_in_as_many_steps_as_it_takes(void **state)
{
    struct place place;

    make_place(*state, &place);
    kernel.step = 999;
    kernel.interrupts = true;
    assert_int_equal(assert_whole(&place), 1);
    assert_int_equal(kernel.copied, BYTES);
    leave_place(&place);
}

/* It was cut short between its size and its last byte. */
static void a_copy_that_ends_early_is_an_error(void **state)
{
    struct error err = {0};
    struct place place;
    int fd;

    make_place(*state, &place);
    kernel.step = 999;
    kernel.end = BYTES - 1;
    assert_refused(ask(&place, &fd, &err), &err, ERROR_IO);
    assert_int_equal(kernel.copied, BYTES - 1);
    assert_false(place.linked);
    leave_place(&place);
}

static void more_files_than_the_package_has_are_not_given(void **state)
{
    struct error err = {0};
    struct place place;
    int fd;

    make_place(*state, &place);
    place.from.most = 1;
    assert_whole(&place);
    assert_refused(ask(&place, &fd, &err), &err, ERROR_PROTOCOL);
    leave_place(&place);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_file_of_the_base_is_linked),
        ROW(what_cant_be_linked_is_copied_in_as_many_steps_as_it_takes),
        ROW(a_copy_that_ends_early_is_an_error),
        ROW(more_files_than_the_package_has_are_not_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
