/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/frame.h"
#include "media/base/spawn.h"

static char program[4096];

/* Starts the child with one argument and gives what it told, and its wait status. */
static void run(struct spawn spawn, const char *what, char *told, size_t size, int *status)
{
    const char *arguments[] = {"child-spawned", what, NULL};
    struct error err = {0};
    struct child child;
    int killed;
    size_t used = 0;
    ssize_t got;

    spawn.program = program;
    spawn.arguments = arguments;
    assert_ok(spawn_with_socket(&spawn, &child, &err), &err);
    while (used < size - 1 && (got = read(child.socket, told + used, size - 1 - used)) > 0)
        used += (size_t)got;
    told[used] = '\0';
    assert_ok(spawn_finish(&child, -1, status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_int_equal(child.pidfd, -1);
    assert_int_equal(child.socket, -1);
}

static void a_child_has_exactly_the_named_descriptors(void **state)
{
    char told[256];
    int status;
    int extra = open("/dev/zero", O_RDONLY);
    int kept = open("/", O_RDONLY | O_DIRECTORY);

    assert_int_equal(fcntl(900, F_GETFD), -1);
    assert_int_equal(dup2(extra, 900), 900); /* without close-on-exec */
    run((struct spawn){.fds = {kept}, .fd_count = 1}, "descriptors", told, sizeof(told), &status);
    assert_string_equal(told, "0n 1n 2n 3 4 5 ");
    assert_int_equal(status, 0);
    close(900);
    close(extra);
    close(kept);
    shows_case("G7");
}

static void low_and_swapped_descriptors_reach_their_places(void **state)
{
    const char *arguments[] = {"child-spawned", "log", NULL};
    struct spawn spawn = {.program = program, .arguments = arguments, .fd_count = 2};
    struct error err = {0};
    struct child child;
    int ends[2];
    int status, killed;
    char text[16] = "";

    /* The pipe's write end must be 4 in the child whatever its number is here. */
    assert_int_equal(pipe(ends), 0);
    spawn.fds[0] = ends[0];
    spawn.fds[1] = ends[1];
    assert_ok(spawn_start(&spawn, &child, &err), &err);
    close(ends[1]);
    assert_int_equal(read(ends[0], text, sizeof(text) - 1), 7);
    assert_string_equal(text, "a line\n");
    assert_ok(spawn_finish(&child, -1, &status, &killed, &err), &err);
    close(ends[0]);
}

static void a_child_has_a_fixed_environment(void **state)
{
    char told[256];
    int status;

    setenv("LD_PRELOAD_TEST", "x", 1);
    run((struct spawn){.fd_count = 0}, "environment", told, sizeof(told), &status);
    assert_string_equal(told, "LC_ALL=C TZ=UTC0 ");
    shows_case("G7");
}

static void a_child_starts_with_default_signals_limits_and_folder(void **state)
{
    const struct spawn_limit limits[] = {{RLIMIT_NOFILE, 17}};
    char told[256], expected[256];
    sigset_t set, old;
    int status;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    run((struct spawn){.limits = limits, .limit_count = 1}, "identity", told, sizeof(told),
        &status);
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGPIPE, SIG_DFL);
    snprintf(expected, sizeof(expected), "uid %u gid %u files 17 cwd / pipe default blocked 0",
             getuid(), getgid());
    assert_string_equal(told, expected);
    shows_case("G7");
}

static void a_child_becomes_the_named_user(void **state)
{
    const struct passwd *nobody = getpwnam("nobody");
    char told[256], expected[64];
    int status;

    if (getuid() != 0 || nobody == NULL)
        skip();
    snprintf(expected, sizeof(expected), "uid %u gid %u ", nobody->pw_uid, nobody->pw_gid);
    run((struct spawn){.user = "nobody"}, "identity", told, sizeof(told), &status);
    assert_memory_equal(told, expected, strlen(expected));
}

static void a_user_runs_a_program_whose_folder_it_cannot_reach(void **state)
{
    char folder[] = "/tmp/spawn-XXXXXX";
    char kept[sizeof(program)], copy[64], told[256], buffer[65536];
    int from, to, status;
    ssize_t got;

    if (getuid() != 0 || getpwnam("nobody") == NULL)
        skip();
    assert_non_null(mkdtemp(folder)); /* 0700 */
    snprintf(copy, sizeof(copy), "%s/child-spawned", folder);
    from = open(program, O_RDONLY | O_CLOEXEC);
    to = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    while ((got = read(from, buffer, sizeof(buffer))) > 0)
        assert_int_equal(write(to, buffer, (size_t)got), got);
    assert_int_equal(fchmod(to, 0755), 0);
    close(from);
    close(to);
    memcpy(kept, program, sizeof(kept));
    memcpy(program, copy, sizeof(copy));
    run((struct spawn){.user = "nobody"}, "identity", told, sizeof(told), &status);
    memcpy(program, kept, sizeof(kept));
    assert_int_equal(status, 0);
    assert_memory_equal(told, "uid ", 4);
    unlink(copy);
    rmdir(folder);
}

static void an_unknown_user_is_refused(void **state)
{
    const char *arguments[] = {"child-spawned", NULL};
    struct spawn spawn = {.program = program, .arguments = arguments, .user = "no-such-user-x"};
    struct error err = {0};
    struct child child;

    assert_refused(spawn_start(&spawn, &child, &err), &err, ERROR_NOT_FOUND);
}

static void an_absent_program_is_not_found_and_a_folder_is_an_error(void **state)
{
    const char *arguments[] = {"x", NULL};
    struct spawn spawn = {.program = "/nonexistent/program", .arguments = arguments};
    struct error err = {0};
    struct child child;

    assert_refused(spawn_with_socket(&spawn, &child, &err), &err, ERROR_NOT_FOUND);
    assert_int_equal(child.pid, 0);
    assert_int_equal(child.socket, -1);
    spawn.program = "/";
    assert_refused(spawn_start(&spawn, &child, &err), &err, ERROR_IO);
    spawn_kill(&child); /* safe on what never started */
}

static void the_log_pipe_and_exit_status_reach_the_parent(void **state)
{
    const char *arguments[] = {"child-spawned", "log", NULL};
    struct spawn spawn = {.program = program, .arguments = arguments};
    struct pollfd entry = {.events = POLLIN};
    struct error err = {0};
    struct child child;
    char line[32] = "", words[64];
    int status, killed;

    assert_ok(spawn_with_socket(&spawn, &child, &err), &err);
    entry.fd = child.log;
    assert_int_equal(poll(&entry, 1, -1), 1);
    assert_int_equal(read(child.log, line, sizeof(line) - 1), 7);
    assert_string_equal(line, "a line\n");
    assert_ok(spawn_finish(&child, -1, &status, &killed, &err), &err);
    assert_string_equal(spawn_status_text(status, words, sizeof(words)), "exited 3");
}

static void a_child_that_hangs_is_killed(void **state)
{
    const char *arguments[] = {"child-spawned", "hang", NULL};
    struct spawn spawn = {.program = program, .arguments = arguments};
    struct error err = {0};
    struct child child;
    char words[64];
    int status, killed;

    assert_ok(spawn_start(&spawn, &child, &err), &err);
    assert_ok(spawn_finish(&child, 0, &status, &killed, &err), &err);
    assert_int_equal(killed, 1);
    assert_string_equal(spawn_status_text(status, words, sizeof(words)),
                        "killed by signal 9 (Killed)");
    assert_ok(spawn_start(&spawn, &child, &err), &err);
    spawn_kill(&child);
    assert_int_equal(child.pid, 0);
}

static void a_child_dies_with_its_parent(void **state)
{
    const char *arguments[] = {"child-spawned", "hang", NULL};
    struct spawn spawn = {.program = program, .arguments = arguments, .fd_count = 1};
    struct error err = {0};
    int ends[2];
    char letter;
    pid_t parent;

    /* The child holds the write end; reading ends when it is gone. */
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    parent = fork();
    if (parent == 0) {
        struct child child;

        spawn.fds[0] = ends[1];
        _exit(spawn_start(&spawn, &child, &err) == 0 ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(read(ends[0], &letter, 1), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_has_exactly_the_named_descriptors),
        cmocka_unit_test(low_and_swapped_descriptors_reach_their_places),
        cmocka_unit_test(a_child_has_a_fixed_environment),
        cmocka_unit_test(a_child_starts_with_default_signals_limits_and_folder),
        cmocka_unit_test(a_child_becomes_the_named_user),
        cmocka_unit_test(a_user_runs_a_program_whose_folder_it_cannot_reach),
        cmocka_unit_test(an_unknown_user_is_refused),
        cmocka_unit_test(an_absent_program_is_not_found_and_a_folder_is_an_error),
        cmocka_unit_test(the_log_pipe_and_exit_status_reach_the_parent),
        cmocka_unit_test(a_child_that_hangs_is_killed),
        cmocka_unit_test(a_child_dies_with_its_parent),
    };
    const char *top = getenv("TOP_BUILDDIR");

    snprintf(program, sizeof(program), "%s/tests/media/base/child-spawned", top ? top : ".");
    return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
