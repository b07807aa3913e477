/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-sensor, and what it tells of what is really done. As root all sources; as
 * anybody else those that need no rights.
 */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sensor-protocol.h"
#include "media/base/event.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/spawn.h"
#include "media/base/text.h"
#include "tests/run.h"
#include "tests/scratch.h"

#define DEADLINE_MS 20000

struct stage {
    struct scratch *scratch;
    struct child child;
    int channel;
    uint8_t packet[EVENT_BATCH_BYTES];
    struct bytes_view batch; /* what is left of it */
    uint16_t left;
    uint64_t dropped;
};

static void tell(struct stage *stage, enum sensor_message type, json_t *body, const int *fd)
{
    struct error err = {0};

    assert_non_null(body);
    assert_ok(frame_send_json(stage->child.socket, (uint16_t)type, body, fd, fd != NULL,
                              DEADLINE_MS, &err),
              &err);
    json_decref(body);
}

static json_t *counts(struct stage *stage)
{
    struct error err = {0};
    struct frame frame;
    json_t *answer = NULL;

    tell(stage, SENSOR_ASK, json_object(), NULL);
    if (frame_receive(stage->child.socket, LIMIT_DRIVER_MESSAGE, DEADLINE_MS, &frame, &err) < 0) {
        log_open("test", 2, LOG_LEVEL_INFO);
        log_drain(stage->child.log, "sensor");
        fail_msg("%s", err.words);
    }
    assert_ok(frame_read_json(&frame, SENSOR_COUNTS, &answer, &err), &err);
    frame_clear(&frame);
    return answer;
}

static json_int_t count(struct stage *stage, const char *key)
{
    json_t *answer = counts(stage);
    json_int_t number = json_integer_value(json_object_get(answer, key));

    assert_true(json_is_integer(json_object_get(answer, key)));
    json_decref(answer);
    return number;
}

/* `source` of the kind, "" where it is not told. */
static void assert_source(struct stage *stage, const char *kind, const char *source)
{
    json_t *answer = counts(stage);
    const char *word = json_string_value(json_object_get(json_object_get(answer, "sources"), kind));

    assert_string_equal(word != NULL ? word : "", source);
    json_decref(answer);
}

/* rules as JSON; the answer to SENSOR_ASK comes when they are in force. */
static void want(struct stage *stage, const char *rules)
{
    struct error err = {0};
    json_t *list = NULL;
    int ends[2];

    if (stage->channel >= 0)
        close(stage->channel);
    stage->left = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_ok(json_read(rules, strlen(rules), &list, &err), &err);
    tell(stage, SENSOR_FILTER, json_pack("{s:o}", "subscriptions", list), &ends[1]);
    close(ends[1]);
    stage->channel = ends[0];
    json_decref(counts(stage));
}

static int start(void **state)
{
    struct stage *stage = bytes_allocate(1, sizeof(*stage));
    const char *const arguments[] = {"sallyport-sensor", NULL};
    struct error err = {0};
    char program[512];
    struct spawn spawn = {.program = program, .arguments = arguments};

    scratch_open((void **)&stage->scratch);
    stage->channel = -1;
    snprintf(program, sizeof(program), "%s/agent/sallyport-sensor", getenv("TOP_BUILDDIR"));
    assert_ok(spawn_with_socket(&spawn, &stage->child, &err), &err);
    *state = stage;
    return 0;
}

static int stop(void **state)
{
    struct stage *stage = *state;
    int status = 0, killed = 0;
    struct error err = {0};

    close(stage->child.socket);
    stage->child.socket = -1;
    close(stage->channel);
    assert_ok(spawn_finish(&stage->child, DEADLINE_MS, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_int_equal(status, 0);
    scratch_close((void **)&stage->scratch);
    free(stage);
    return 0;
}

static void next(struct stage *stage, struct event *event)
{
    struct pollfd wait = {.fd = stage->channel, .events = POLLIN};
    struct error err = {0};

    while (stage->left == 0) {
        ssize_t size;

        if (poll(&wait, 1, DEADLINE_MS) != 1)
            fail_msg("no event came");
        size = recv(stage->channel, stage->packet, sizeof(stage->packet), 0);
        assert_true(size > 0);
        stage->batch = bytes_view_of(stage->packet, (size_t)size);
        assert_ok(event_batch_open(&stage->batch, &stage->left, &stage->dropped, &err), &err);
    }
    assert_ok(event_get(&stage->batch, event, &err), &err);
    stage->left--;
}

static void assert_text(const struct event *event, enum event_field field, const char *text)
{
    const struct event_value *value = &event->values[field];

    assert_true(value->present);
    if (value->text.size != strlen(text) || memcmp(value->text.data, text, strlen(text)) != 0)
        fail_msg("%s: %.*s, not %s", event_field_row(field)->name, (int)value->text.size,
                 (const char *)value->text.data, text);
}

static const char *path_in(const struct stage *stage, const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", stage->scratch->path, name);
    return path;
}

/* A rule that wants one kind, of files beneath our folder. */
static void want_here(struct stage *stage, const char *kind)
{
    char rules[600];

    snprintf(rules, sizeof(rules), "[{\"event\":\"%s\",\"where\":{\"path\":\"%s/*\"}}]", kind,
             stage->scratch->path);
    want(stage, rules);
}

static void put_program(struct stage *stage, const char *name, const char *text)
{
    scratch_write(stage->scratch, name, text);
    assert_int_equal(fchmodat(stage->scratch->fd, name, 0755, 0), 0);
}

/* The digest as sha256sum says it. */
static void assert_digest(const struct event *event, const char *path)
{
    struct run run;
    char hex[2 * 32 + 1];

    assert_int_equal(event->values[EVENT_SHA256].text.size, 32);
    text_hex(event->values[EVENT_SHA256].text.data, 32, hex);
    RUN(&run, AT_FDCWD, "sha256sum", path);
    assert_int_equal(run.status, 0);
    assert_memory_equal(run.output, hex, 64);
}

static void a_script_that_runs_is_told_as_itself(void **state)
{
    struct stage *stage = *state;
    struct event event;
    struct run run;

    if (geteuid() != 0)
        skip();
    want_here(stage, "exec");
    assert_source(stage, "exec", "fanotify");
    put_program(stage, "a.sh", "#!/bin/sh\nexit 3\n");
    RUN(&run, AT_FDCWD, path_in(stage, "a.sh"), "one");
    assert_int_equal(run.status, 3);
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_EXEC);
    assert_text(&event, EVENT_PATH, path_in(stage, "a.sh"));
    assert_digest(&event, path_in(stage, "a.sh"));
    assert_int_equal(event.values[EVENT_PARENT_PID].number, getpid());
    assert_int_equal(event.hit_count, 1);
}

static void what_the_monitor_knows_passes(void **state)
{
    struct stage *stage = *state;
    struct event event;

    want(stage, "[{\"event\":\"usb\",\"where\":{\"id\":\"0951:*\"}}]");
    tell(stage, SENSOR_EVENT,
         json_pack("{s:{s:s, s:s}}", "event", "type", "usb", "id", "1234:1666"), NULL);
    tell(stage, SENSOR_EVENT,
         json_pack("{s:{s:s, s:s}}", "event", "type", "usb", "id", "0951:1666"), NULL);
    next(stage, &event);
    assert_text(&event, EVENT_ID, "0951:1666");
    assert_true(event.values[EVENT_TIME].number > 0);
    assert_int_equal(count(stage, "seen"), 2);
    assert_int_equal(count(stage, "matched"), 1);
    assert_int_equal(count(stage, "dropped"), 0);
}

static void who_is_not_root_is_told_so(void **state)
{
    struct stage *stage = *state;

    if (geteuid() == 0)
        skip();
    want(stage, "[{\"event\":\"exec\"},{\"event\":\"rename\"},{\"event\":\"mount\"}]");
    assert_source(stage, "exec", "off: needs root");
    assert_source(stage, "rename", "off: needs root");
    assert_source(stage, "mount", "mountinfo");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_script_that_runs_is_told_as_itself),
        TEST(what_the_monitor_knows_passes),
        TEST(who_is_not_root_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
