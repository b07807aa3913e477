/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <errno.h>
#include <sys/stat.h>

#include "agent/borrowed-rights.h"

#define STRANGER 65533
#define SHARED   65532

static bool opens(const struct scratch *scratch, const char *name)
{
    int fd = openat(scratch->fd, name, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        assert_int_equal(errno, EACCES);
    else
        close(fd);
    return fd >= 0;
}

static void make(const struct scratch *scratch, const char *name, mode_t mode, gid_t group)
{
    int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    if (geteuid() == 0)
        assert_int_equal(fchown(fd, (uid_t)-1, group), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void files_open_as_for_the_client(void **state)
{
    const struct scratch *scratch = *state;
    const struct borrowed_rights stranger = {.uid = STRANGER, .gid = STRANGER};
    const struct borrowed_rights member = {
        .uid = STRANGER, .gid = STRANGER, .group_count = 1, .groups = {SHARED}};
    bool own = geteuid() != 0; /* an agent without root's rights keeps its own */
    struct error err = {0};

    make(scratch, "secret", 0600, 0);
    make(scratch, "shared", 0640, SHARED);
    make(scratch, "open", 0644, 0);
    assert_int_equal(fchmod(scratch->fd, 0755), 0);

    assert_ok(borrowed_rights_take(&stranger, &err), &err);
    assert_int_equal(opens(scratch, "secret"), own);
    assert_int_equal(opens(scratch, "shared"), own);
    assert_true(opens(scratch, "open"));
    borrowed_rights_return();

    assert_ok(borrowed_rights_take(&member, &err), &err);
    assert_int_equal(opens(scratch, "secret"), own);
    assert_true(opens(scratch, "shared"));
    borrowed_rights_return();

    assert_true(opens(scratch, "secret"));
    assert_true(opens(scratch, "shared"));
    assert_true(geteuid() != 0 || getgroups(0, NULL) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_open_as_for_the_client, scratch_open, scratch_close),
    };

    return cmocka_run_group_tests_name("borrowed rights", tests, NULL, NULL);
}
