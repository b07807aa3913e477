/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tests/scratch.h"

#include <fcntl.h>

#include "media/base/frame.h"
#include "media/base/spawn.h"
#include "mirror/unpack.h"

/* The program as it is started for an archive. */
static void start(const struct scratch *scratch, struct child *child)
{
    static const char *const arguments[] = {UNPACK_PROGRAM, NULL};
    struct error err = {.code = ERROR_OK};
    char program[512];
    struct spawn spawn = {.program = program, .arguments = arguments, .fd_count = 2};

    scratch_write(scratch, "archive", "none");
    assert_ok(path_make_folders(scratch->fd, "out", 0700, &err), &err);
    spawn.fds[0] = openat(scratch->fd, "archive", O_RDONLY | O_CLOEXEC);
    spawn.fds[1] = openat(scratch->fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(program, sizeof(program), "%s/mirror/" UNPACK_PROGRAM, getenv("TOP_BUILDDIR"));
    assert_ok(spawn_with_socket(&spawn, child, &err), &err);
    close(spawn.fds[0]);
    close(spawn.fds[1]);
}

/* Sends one message and takes the answer, whose type is returned. */
static unsigned ask(const struct child *child, uint16_t type, char *words, size_t size)
{
    struct error err = {.code = ERROR_OK};
    json_t *body = json_object();
    struct frame frame;
    unsigned answer;

    assert_ok(frame_send_json(child->socket, type, body, NULL, 0, -1, &err), &err);
    json_decref(body);
    assert_ok(frame_receive(child->socket, UNPACK_MESSAGE, -1, &frame, &err), &err);
    answer = frame.type;
    snprintf(words, size, "%.*s", (int)frame.body.size, (const char *)frame.body.data);
    frame_clear(&frame);
    return answer;
}

static void it_is_refused_everything_dangerous(void **state)
{
    struct scratch *scratch = *state;
    struct child child;
    char words[UNPACK_MESSAGE];

#ifndef WITH_SANDBOX
    skip();
#endif
    start(scratch, &child);
    if (ask(&child, UNPACK_SELFTEST, words, sizeof(words)) != UNPACK_DONE)
        fail_msg("%s", words);
    spawn_kill(&child);
}

static void another_message_ends_it_without_an_answer(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    json_t *body = json_object();
    struct frame frame;
    struct child child;

    start(scratch, &child);
    assert_ok(frame_send_json(child.socket, UNPACK_DONE, body, NULL, 0, -1, &err), &err);
    json_decref(body);
    assert_refused(frame_receive(child.socket, UNPACK_MESSAGE, -1, &frame, &err), &err,
                   ERROR_PEER_GONE);
    spawn_kill(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_refused_everything_dangerous, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(another_message_ends_it_without_an_answer, scratch_open,
                                        scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
