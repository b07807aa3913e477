/* SPDX-License-Identifier: ISC
 *
 * A hostile parent: whatever breaks a bound must end the driver's conversation, from the real
 * program, with its own status 1 and no reply.
 */
#include <config.h>

#include "tests/scratch.h"
#include "tests/test.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "media/base/driver-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/spawn.h"

#define DEADLINE_MS 10000

struct scene {
    void *scratch;
    struct child child;
};

static int setup(void **state)
{
    static const char *const arguments[] = {"sallyport-driver-null", NULL};
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    const char *top = getenv("TOP_BUILDDIR");
    struct spawn spawn = {.arguments = arguments};
    struct frame frame;
    char program[512];
    struct error err = {0};

    snprintf(program, sizeof(program), "%s/drivers/sallyport-driver-null", top ? top : ".");
    spawn.program = program;
    *state = scene;
    if (scratch_open(&scene->scratch) < 0 || spawn_with_socket(&spawn, &scene->child, &err) < 0)
        return -1;
    if (frame_receive(scene->child.socket, LIMIT_DRIVER_MESSAGE, DEADLINE_MS, &frame, &err) < 0)
        return -1;
    frame_clear(&frame);
    return frame.type == DRIVER_HELLO ? 0 : -1;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    spawn_kill(&scene->child);
    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

static void say(struct scene *scene, enum driver_message type, const char *body, const int *fds,
                size_t fd_count)
{
    struct error err = {0};

    assert_ok(frame_send(scene->child.socket, (uint16_t)type, body, strlen(body), fds, fd_count,
                         DEADLINE_MS, &err),
              &err);
}

/* A descriptor for a fresh file with this text. */
static int file(struct scene *scene, const char *text, int flags)
{
    const struct scratch *scratch = scene->scratch;
    int fd;

    unlinkat(scratch->fd, "file", 0);
    scratch_write(scratch, "file", text);
    fd = openat(scratch->fd, "file", flags | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void announce(struct scene *scene, unsigned files)
{
    char body[100];

    snprintf(body, sizeof(body), "{\"files\":%u,\"sealed\":null,\"type\":\"null\"}", files);
    say(scene, DRIVER_CONTENT, body, NULL, 0);
}

static void give(struct scene *scene, const char *name, const char *text, int flags)
{
    int fd = file(scene, text, flags);
    char body[300];

    snprintf(body, sizeof(body), "{\"name\":\"%s\",\"size\":%zu}", name, strlen(text));
    say(scene, DRIVER_FILE, body, &fd, 1);
    close(fd);
}

/* The driver has to end by itself: no reply, status 1. Heartbeats are not replies. */
static void expect_end(struct scene *scene)
{
    struct frame frame;
    struct error err = {0};
    int status = 0, killed = 0;

    while (frame_receive(scene->child.socket, LIMIT_DRIVER_MESSAGE, DEADLINE_MS, &frame, &err) ==
           0) {
        uint16_t type = frame.type;

        frame_clear(&frame);
        assert_int_equal(type, DRIVER_HEARTBEAT);
    }
    assert_int_equal(err.code, ERROR_PEER_GONE);
    assert_ok(spawn_finish(&scene->child, DEADLINE_MS, &status, &killed, &err), &err);
    assert_false(killed);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

static json_t *expect_reply(struct scene *scene)
{
    struct frame frame;
    json_t *reply = NULL;
    struct error err = {0};

    do {
        assert_ok(
            frame_receive(scene->child.socket, LIMIT_DRIVER_MESSAGE, DEADLINE_MS, &frame, &err),
            &err);
        if (frame.type == DRIVER_REPLY)
            assert_ok(json_read(frame.body.data, frame.body.size, &reply, &err), &err);
        frame_clear(&frame);
    } while (frame.type == DRIVER_HEARTBEAT);
    assert_non_null(reply);
    return reply;
}

static void a_whole_content_is_answered(void **state)
{
    json_t *reply;

    announce(*state, 2);
    give(*state, "a", "1", O_RDONLY);
    give(*state, "b/c", "22", O_RDONLY);
    say(*state, DRIVER_REQUEST, "{\"type\":\"null\",\"verb\":\"check\"}", NULL, 0);
    reply = expect_reply(*state);
    assert_true(json_is_true(json_object_get(reply, "ok")));
    json_decref(reply);
}

static void a_refusal_names_file_and_code(void **state)
{
    json_t *reply;

    announce(*state, 1);
    give(*state, "refuse", "no", O_RDONLY);
    say(*state, DRIVER_REQUEST, "{\"type\":\"null\",\"verb\":\"check\"}", NULL, 0);
    reply = expect_reply(*state);
    assert_string_equal(json_string_value(json_object_get(reply, "code")), "bad-content");
    assert_string_equal(json_string_value(json_object_get(reply, "file")), "refuse");
    json_decref(reply);
}

/* One message after an announcement of two files and one good file "m". */
static const struct {
    const char *what;
    const char *name;
    const char *body; /* NULL: the usual one */
    int flags;
} bad_files[] = {
    {"out of order", "a", NULL, O_RDONLY},
    {"the same name again", "m", NULL, O_RDONLY},
    {"climbing", "../x", NULL, O_RDONLY},
    {"absolute", "/x", NULL, O_RDONLY},
    {"empty name", "", NULL, O_RDONLY},
    {"hostile name", "z\\u001b[31m", NULL, O_RDONLY},
    {"writable", "z", NULL, O_RDWR},
    {"write only", "z", NULL, O_WRONLY},
    {"path only", "z", NULL, O_PATH},
    {"size too small", "z", "{\"name\":\"z\",\"size\":0}", O_RDONLY},
    {"size too large", "z", "{\"name\":\"z\",\"size\":2}", O_RDONLY},
    {"size negative", "z", "{\"name\":\"z\",\"size\":-1}", O_RDONLY},
    {"unknown key", "z", "{\"name\":\"z\",\"size\":1,\"x\":1}", O_RDONLY},
    {"no JSON", "z", "}", O_RDONLY},
};

static void a_bad_file_ends_the_conversation(void **state)
{
    for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
        void *scene = NULL;
        int fd;

        assert_int_equal(setup(&scene), 0);
        announce(scene, 2);
        give(scene, "m", "1", O_RDONLY);
        if (bad_files[i].body == NULL) {
            give(scene, bad_files[i].name, "1", bad_files[i].flags);
        } else {
            fd = file(scene, "1", bad_files[i].flags);
            say(scene, DRIVER_FILE, bad_files[i].body, &fd, 1);
            close(fd);
        }
        expect_end(scene);
        teardown(&scene);
    }
}

static const struct {
    enum driver_message type;
    const char *body;
} bad_messages[] = {
    {DRIVER_CONTENT, "{\"files\":1,\"sealed\":null,\"type\":\"behavior\"}"},
    {DRIVER_CONTENT, "{\"files\":0,\"sealed\":null,\"type\":\"null\"}"},
    {DRIVER_CONTENT, "{\"files\":4001,\"sealed\":null,\"type\":\"null\"}"},
    {DRIVER_CONTENT, "{\"files\":1,\"sealed\":\"k1\",\"type\":\"null\"}"}, /* without its key */
    {DRIVER_CONTENT, "{\"files\":1,\"type\":\"null\"}"},
    {DRIVER_FILE, "{\"name\":\"a\",\"size\":0}"}, /* nothing announced */
    {DRIVER_REQUEST, "{\"verb\":\"nonsense\"}"},
    {DRIVER_REQUEST, "{\"verb\":\"check\",\"type\":\"null\"}"}, /* no content before it */
    {DRIVER_REQUEST, "[]"},
    {DRIVER_REQUEST, "{\"verb\":\"ping\",\"verb\":\"ping\"}"},
    {DRIVER_REQUEST, ""},
    {DRIVER_REPLY, "{}"},
    {DRIVER_HELLO, "{}"},
};

static void a_bad_message_ends_the_conversation(void **state)
{
    for (size_t i = 0; i < sizeof(bad_messages) / sizeof(bad_messages[0]); i++) {
        void *scene = NULL;

        assert_int_equal(setup(&scene), 0);
        say(scene, bad_messages[i].type, bad_messages[i].body, NULL, 0);
        expect_end(scene);
        teardown(&scene);
    }
}

static void a_request_amid_a_content_ends_the_conversation(void **state)
{
    announce(*state, 2);
    give(*state, "a", "1", O_RDONLY);
    say(*state, DRIVER_REQUEST, "{\"verb\":\"ping\"}", NULL, 0);
    expect_end(*state);
}

static void half_a_content_is_not_checked(void **state)
{
    announce(*state, 2);
    give(*state, "a", "1", O_RDONLY);
    say(*state, DRIVER_REQUEST, "{\"type\":\"null\",\"verb\":\"check\"}", NULL, 0);
    expect_end(*state);
}

static void more_files_than_announced_end_the_conversation(void **state)
{
    announce(*state, 1);
    give(*state, "a", "1", O_RDONLY);
    give(*state, "b", "1", O_RDONLY);
    expect_end(*state);
}

static void a_second_announcement_ends_the_conversation(void **state)
{
    announce(*state, 1);
    announce(*state, 1);
    expect_end(*state);
}

static void descriptors_that_nothing_asked_for_end_the_conversation(void **state)
{
    int fd = file(*state, "1", O_RDONLY);

    say(*state, DRIVER_REQUEST, "{\"verb\":\"ping\"}", &fd, 1);
    expect_end(*state);
    close(fd);
}

static void what_is_no_regular_file_ends_the_conversation(void **state)
{
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    announce(*state, 1);
    say(*state, DRIVER_FILE, "{\"name\":\"a\",\"size\":0}", &fd, 1);
    expect_end(*state);
    close(fd);
}

static void a_short_key_ends_the_conversation(void **state)
{
    int fd = file(*state, "not thirty-two bytes", O_RDONLY);

    say(*state, DRIVER_CONTENT, "{\"files\":1,\"sealed\":\"k1\",\"type\":\"null-sealed\"}", &fd, 1);
    expect_end(*state);
    close(fd);
}

static void requests_out_of_turn_are_refused_and_the_driver_goes_on(void **state)
{
    static const char *const requests[] = {
        "{\"type\":\"null\",\"verb\":\"swap\"}",
        "{\"type\":\"null\",\"verb\":\"selftest\"}",
        "{\"type\":\"absent\",\"verb\":\"swap\"}",
        "{\"verb\":\"swap\"}", /* the family has two types: which? */
        "{\"type\":\"null\",\"verb\":\"serve\"}",
        "{\"request\":[],\"type\":\"null\",\"verb\":\"serve\"}",
    };
    json_t *reply;

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        say(*state, DRIVER_REQUEST, requests[i], NULL, 0);
        reply = expect_reply(*state);
        assert_true(json_is_false(json_object_get(reply, "ok")));
        json_decref(reply);
    }
    say(*state, DRIVER_REQUEST, "{\"verb\":\"ping\"}", NULL, 0);
    reply = expect_reply(*state);
    assert_true(json_is_true(json_object_get(reply, "ok")));
    json_decref(reply);
}

static void the_end_of_the_parent_is_a_good_end(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    int status = 0, killed = 0;

    close(scene->child.socket);
    scene->child.socket = -1;
    assert_ok(spawn_finish(&scene->child, DEADLINE_MS, &status, &killed, &err), &err);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_false(killed);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_whole_content_is_answered),
        SCENE(a_refusal_names_file_and_code),
        cmocka_unit_test(a_bad_file_ends_the_conversation),
        cmocka_unit_test(a_bad_message_ends_the_conversation),
        SCENE(a_request_amid_a_content_ends_the_conversation),
        SCENE(half_a_content_is_not_checked),
        SCENE(more_files_than_announced_end_the_conversation),
        SCENE(a_second_announcement_ends_the_conversation),
        SCENE(descriptors_that_nothing_asked_for_end_the_conversation),
        SCENE(what_is_no_regular_file_ends_the_conversation),
        SCENE(a_short_key_ends_the_conversation),
        SCENE(requests_out_of_turn_are_refused_and_the_driver_goes_on),
        SCENE(the_end_of_the_parent_is_a_good_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
