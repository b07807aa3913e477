/* SPDX-License-Identifier: ISC
 *
 * Running another program as second judge (openssl, softhsm2-util). Unlike spawn.h it searches PATH
 * and hands the environment on: both are what such programs need and ours must not have.
 */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define RUN_OUTPUT_BYTES 65536

struct run {
    int status; /* exit status; -1: no such program, or killed by a signal */
    size_t size;
    char output[RUN_OUTPUT_BYTES]; /* stdout, NUL-terminated, cut; stderr goes where ours goes */
};

/* argv ends with NULL. folder_fd is the working directory, AT_FDCWD ours. */
static inline void run_program(struct run *run, int folder_fd, const char *const *argv)
{
    char *words[32] = {0};
    posix_spawn_file_actions_t actions;
    int out = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int status = 0, failed;
    pid_t pid = 0;
    ssize_t size;

    for (size_t i = 0; argv[i] != NULL; i++) {
        assert_true(i + 1 < sizeof(words) / sizeof(words[0]));
        words[i] = (char *)(uintptr_t)argv[i];
    }
    run->status = -1;
    assert_true(out >= 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    if (folder_fd != AT_FDCWD)
        posix_spawn_file_actions_addfchdir_np(&actions, folder_fd);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    failed = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    while (failed == 0 && waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    if (failed == 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127)
        run->status = WEXITSTATUS(status);
    size = pread(out, run->output, sizeof(run->output) - 1, 0);
    run->size = size > 0 ? (size_t)size : 0;
    run->output[run->size] = '\0';
    close(out);
}

/* For main(): says in TAP that the whole program is skipped when `program` is not installed. */
static inline int run_skip_without(const char *program, const char *argument)
{
    struct run run;

    run_program(&run, AT_FDCWD, (const char *const[]){program, argument, NULL});
    if (run.status >= 0)
        return 0;
    printf("1..0 # SKIP %s is not installed\n", program);
    return 1;
}

#define RUN(run, folder_fd, ...)                                                                   \
    run_program(run, folder_fd, (const char *const[]){__VA_ARGS__, NULL})

#endif
