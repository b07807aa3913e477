/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/frame.h"
#include "media/base/sandbox.h"
#include "media/base/sandbox-landlock.h"
#include "media/base/spawn.h"

static char program[4096];

/* Runs the child; gives what it told and its wait status. folder -1: none. */
static int run(const char *test, const char *argument, int folder, char *told, size_t size)
{
    const char *arguments[] = {"child-sandboxed", test, argument, NULL};
    struct spawn spawn = {.program = program, .arguments = arguments};
    struct error err = {0};
    struct child child;
    size_t used = 0;
    ssize_t got;
    int status, killed;

    if (folder >= 0)
        spawn.fds[spawn.fd_count++] = folder;
    assert_ok(spawn_with_socket(&spawn, &child, &err), &err);
    while (used < size - 1 && (got = read(child.socket, told + used, size - 1 - used)) > 0)
        used += (size_t)got;
    told[used] = '\0';
    assert_ok(spawn_finish(&child, -1, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    return status;
}

static void assert_told(const char *test, const char *argument, int folder, const char *expected)
{
    char told[4096];
    int status = run(test, argument, folder, told, sizeof(told));

    if (strcmp(told, expected) != 0 || status != 0)
        fail_msg("%s %s: told \"%s\" (status %d), expected \"%s\"", test, argument, told, status,
                 expected);
}

/* A folder with "file" in it, and a file beside the folder. */
struct place {
    char name[64];
    int fd;
};

static void put_file(const char *folder, const char *name)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    close(fd);
}

static void make_place(struct place *place)
{
    char path[128];

    snprintf(place->name, sizeof(place->name), "/tmp/sandbox-XXXXXX");
    assert_non_null(mkdtemp(place->name));
    put_file(place->name, "outside");
    snprintf(path, sizeof(path), "%s/inside", place->name);
    assert_int_equal(mkdir(path, 0700), 0);
    put_file(path, "file");
    place->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(place->fd >= 0);
}

static void remove_place(struct place *place)
{
    static const char *const names[] = {"folder/new", "new", "file", "fifo", "link"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlinkat(place->fd, names[i], 0);
    unlinkat(place->fd, "folder", AT_REMOVEDIR);
    close(place->fd);
    snprintf(path, sizeof(path), "%s/outside", place->name);
    unlink(path);
    snprintf(path, sizeof(path), "%s/inside", place->name);
    rmdir(path);
    assert_int_equal(rmdir(place->name), 0);
}

static void outside_the_sandbox_the_self_test_fails(void **state)
{
    assert_told("unconfined", "", -1, "sandbox-failed: open succeeded;");
    shows_case("G11");
}

static void a_sealed_process_is_refused_everything_dangerous(void **state)
{
    assert_told("sealed", "", -1, "ok;");
    shows_case("G5");
}

static void a_process_without_threads_is_closed_from_enter_on(void **state)
{
    assert_told("entered", "", -1, "ok;");
}

/* seal, no late thread, four workers, the first thread */
static void every_worker_thread_is_refused_everything_dangerous(void **state)
{
    assert_told("threads", "", -1, "ok;no late thread;ok;ok;ok;ok;ok;");
    shows_case("G5");
}

static void a_thread_made_before_the_sandbox_refuses_it(void **state)
{
    char told[1024];

    run("early", "", -1, told, sizeof(told));
    assert_non_null(strstr(told, "sandbox-failed: plain: threads were made before"));
}

static void landlock_alone_keeps_to_the_folder_at_every_abi(void **state)
{
    for (int abi = 1; abi <= sandbox_landlock_abi(); abi++) {
        char argument[3] = {'w', (char)('0' + abi), '\0'};
        char expected[256];
        struct place place;

        make_place(&place);
        /* Before ABI 2 no file moves between folders at all. */
        snprintf(expected, sizeof(expected),
                 "outside EACCES;up EACCES;list EACCES;inside ok;write ok;make ok;folder ok;"
                 "rename %s;link EACCES;fifo EACCES;run EACCES;%s",
                 abi < 2 ? "EXDEV" : "ok", abi >= 4 ? "socket ok;" : "");
        assert_told("landlock", argument, place.fd, expected);
        remove_place(&place);
        make_place(&place);
        argument[0] = 'r';
        snprintf(expected, sizeof(expected),
                 "outside EACCES;up EACCES;list EACCES;inside ok;write EACCES;make EACCES;"
                 "folder EACCES;rename ENOENT;link EACCES;fifo EACCES;run EACCES;%s",
                 abi >= 4 ? "socket ok;" : "");
        assert_told("landlock", argument, place.fd, expected);
        remove_place(&place);
    }
}

static void a_kernel_without_landlock_is_refused(void **state)
{
    struct error err = {0};

    assert_refused(sandbox_landlock(NULL, 0, 0, 0, &err), &err, ERROR_SANDBOX);
    shows_case("G11");
}

static void a_folder_can_be_written_up_to_the_file_limit(void **state)
{
    const char *expected = "inside ok;outside EACCES;mkdir ok;write ok;ok;";
    struct place place;

    make_place(&place);
    assert_told("folder", "", place.fd, expected);
    remove_place(&place);
#ifndef WITH_COVERAGE /* where counter files need room */
    make_place(&place);
    assert_told("folder", "l", place.fd,
                "inside ok;outside EACCES;mkdir ok;write ok;limit EFBIG;ok;");
    remove_place(&place);
#endif
}

static void memory_is_never_executable_but_for_the_profile_that_says_so(void **state)
{
#ifdef WITH_SANITIZERS
    const char *bound = "unbounded;"; /* shadow memory needs the address space */
#else
    const char *bound = "bounded;";
#endif
    char expected[128];

    snprintf(expected, sizeof(expected), "page ok;protect EPERM;map EPERM;memfd EPERM;%s", bound);
    assert_told("memory", "", -1, expected);
    snprintf(expected, sizeof(expected), "page ok;protect ok;map ok;memfd EPERM;%s", bound);
    assert_told("memory", "x", -1, expected);
}

static void who_may_connect_has_tcp_alone(void **state)
{
    assert_told("socket", "", -1,
                "tcp ok;udp EPERM;raw EPERM;sctp EPERM;named ok;six ok;unix EPERM;");
}

static void limits_leave_no_core_files_and_no_processes(void **state)
{
    char told[512];

    assert_int_equal(run("limits", "", -1, told, sizeof(told)), 0);
    assert_non_null(strstr(told, "setuid EPERM;"));
    assert_non_null(strstr(told, "core fil 0 0;"));
    assert_non_null(strstr(told, "processe 0 0;"));
#ifndef WITH_COVERAGE
    assert_non_null(strstr(told, "open fil 32 32;"));
#endif
}

static void calls_of_another_architecture_end_the_process(void **state)
{
    char told[64];
    int status;

    if (!WIFEXITED(run("arch", "", -1, told, sizeof(told))) || strcmp(told, "survived;") != 0)
        skip(); /* this kernel has no other architecture */
    status = run("arch", "s", -1, told, sizeof(told));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
    assert_string_equal(told, "");
    shows_case("G5");
}

static void messages_with_descriptors_pass_from_inside(void **state)
{
    const char *arguments[] = {"child-sandboxed", "work", NULL};
    struct spawn spawn = {.program = program, .arguments = arguments};
    struct error err = {0};
    struct child child;
    struct frame frame;
    json_t *body;
    int status, killed;

    assert_ok(spawn_with_socket(&spawn, &child, &err), &err);
    assert_ok(frame_receive(child.socket, 100, -1, &frame, &err), &err);
    assert_ok(frame_read_json(&frame, 1, &body, &err), &err);
    assert_int_equal(frame.fd_count, 1);
    assert_int_equal(json_integer_value(json_object_get(body, "n")), 1);
    json_decref(body);
    frame_clear(&frame);
    assert_ok(spawn_finish(&child, -1, &status, &killed, &err), &err);
    assert_int_equal(status, 0);
}

static void abort_is_seen_as_abort(void **state)
{
    char told[64];
    int status = run("abort", "", -1, told, sizeof(told));

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void the_probe_tells_what_the_kernel_offers(void **state)
{
    struct sandbox_status status;

    sandbox_probe(&status);
    assert_in_range(status.landlock_abi, 1, SANDBOX_LANDLOCK_NEWEST);
    assert_true(status.seccomp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_the_sandbox_the_self_test_fails),
        cmocka_unit_test(a_sealed_process_is_refused_everything_dangerous),
        cmocka_unit_test(a_process_without_threads_is_closed_from_enter_on),
        cmocka_unit_test(every_worker_thread_is_refused_everything_dangerous),
        cmocka_unit_test(a_thread_made_before_the_sandbox_refuses_it),
        cmocka_unit_test(landlock_alone_keeps_to_the_folder_at_every_abi),
        cmocka_unit_test(a_kernel_without_landlock_is_refused),
        cmocka_unit_test(a_folder_can_be_written_up_to_the_file_limit),
        cmocka_unit_test(memory_is_never_executable_but_for_the_profile_that_says_so),
        cmocka_unit_test(who_may_connect_has_tcp_alone),
        cmocka_unit_test(limits_leave_no_core_files_and_no_processes),
        cmocka_unit_test(calls_of_another_architecture_end_the_process),
        cmocka_unit_test(messages_with_descriptors_pass_from_inside),
        cmocka_unit_test(abort_is_seen_as_abort),
        cmocka_unit_test(the_probe_tells_what_the_kernel_offers),
    };
    const char *top = getenv("TOP_BUILDDIR");

    snprintf(program, sizeof(program), "%s/tests/media/base/child-sandboxed", top ? top : ".");
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
