/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/secrecy.h"

/* Runs in a child, for there is no way back. Returns its exit status. */
static int in_child(int (*check)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(check());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int dumpable_or_core(void)
{
    struct error err = {0};
    struct rlimit limit;

    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1)
        return 3; /* the test would prove nothing */
    if (secrecy_begin(&err) != 0)
        return 2;
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
        return 1;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

static int twice(void)
{
    struct error err = {0};

    return secrecy_begin(&err) != 0 || secrecy_begin(&err) != 0;
}

static void neither_core_files_nor_readers_are_left(void **state)
{
    assert_int_equal(in_child(dumpable_or_core), 0);
    shows_case("J9");
}

static void it_may_be_called_again(void **state)
{
    assert_int_equal(in_child(twice), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neither_core_files_nor_readers_are_left),
        cmocka_unit_test(it_may_be_called_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
