/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/privilege.h"

/* A mask of /proc/self/status. */
static uint64_t status_mask(const char *name)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    uint64_t mask = UINT64_MAX;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            mask = strtoull(line + strlen(name) + 1, NULL, 16);
    }
    if (status != NULL)
        fclose(status);
    return mask;
}

/* In a child: what is shed does not come back. Answers what went wrong. */
static int shed_and_look(void)
{
    struct error err = {0};
    bool root = geteuid() == 0;

    if (privilege_shed(&err) != 0)
        return 1;
    if ((status_mask("CapEff:") & ~privilege_in_effect()) != 0 ||
        (status_mask("CapPrm:") & ~privilege_kept()) != 0 || status_mask("CapInh:") != 0)
        return 2;
    if (root && (status_mask("CapBnd:") & ~privilege_kept()) != 0)
        return 3;
    if (privilege_shed(&err) != 0)
        return 4;
    /* Root stays able to start children as other users, and can't, say, set its clock or mount. */
    if (root && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
        return 5;
    return 0;
}

static void only_the_table_is_left(void **state)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0)
        _exit(shed_and_look());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void the_table_is_short(void **state)
{
    assert_int_equal(__builtin_popcountll(privilege_kept()), 9);
    assert_int_equal(__builtin_popcountll(privilege_in_effect()), 5);
    assert_int_equal(privilege_in_effect() & ~privilege_kept(), 0);
    assert_int_equal(privilege_in_effect() >> 21 & 1, 0); /* CAP_SYS_ADMIN */
    assert_int_equal(privilege_in_effect() >> 12 & 1, 0); /* CAP_NET_ADMIN */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_table_is_left),
        cmocka_unit_test(the_table_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
