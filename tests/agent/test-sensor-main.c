/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-sensor, and what it tells of what is really done. As root all sources; as
 * anybody else those that need no rights.
 */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mount.h>
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

static void assert_confined(struct stage *stage)
{
    struct error err = {0};
    struct frame frame;

    assert_ok(frame_send(stage->child.socket, SENSOR_SELFTEST, NULL, 0, NULL, 0, DEADLINE_MS, &err),
              &err);
    assert_ok(frame_receive(stage->child.socket, LIMIT_LOG_LINE, DEADLINE_MS, &frame, &err), &err);
    if (frame.body.size != 2 || memcmp(frame.body.data, "ok", 2) != 0)
        fail_msg("sandbox: %.*s", (int)frame.body.size, (const char *)frame.body.data);
    frame_clear(&frame);
}

static int stop(void **state)
{
    struct stage *stage = *state;
    int status = 0, killed = 0;
    struct error err = {0};

    assert_confined(stage);
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

static void children_and_their_end_are_told(void **state)
{
    struct stage *stage = *state;
    struct event event;
    struct run run;

    if (geteuid() != 0)
        skip();
    put_program(stage, "b.sh", "#!/bin/sh\n/bin/true\nexit 0\n");
    want(stage, "[{\"event\":\"exec\",\"where\":{\"path\":\"*/true\",\"parent.path\":\"*/dash\"}},"
                "{\"event\":\"exit\",\"where\":{\"path\":\"*/true\"}}]");
    RUN(&run, AT_FDCWD, path_in(stage, "b.sh"), "one");
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_EXEC);
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_EXIT);
}

static void files_are_told(void **state)
{
    struct stage *stage = *state;
    char from[512], to[512];
    struct event event;
    struct run run;

    if (geteuid() != 0)
        skip();
    snprintf(from, sizeof(from), "%s", path_in(stage, "from"));
    snprintf(to, sizeof(to), "%s", path_in(stage, "to"));
    want_here(stage, "write");
    assert_source(stage, "write", "fanotify");
    RUN(&run, stage->scratch->fd, "sh", "-c", "echo words >from");
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_WRITE);
    assert_text(&event, EVENT_PATH, from);
    assert_digest(&event, from);
    want_here(stage, "rename");
    assert_source(stage, "rename", "fanotify");
    assert_int_equal(rename(from, to), 0);
    next(stage, &event);
    assert_text(&event, EVENT_PATH, from);
    assert_text(&event, EVENT_TO, to);
    assert_int_equal(event.values[EVENT_PID].number, getpid());
    want_here(stage, "open");
    RUN(&run, AT_FDCWD, "cat", to);
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_OPEN);
    assert_text(&event, EVENT_PATH, to);
}

static void mounts_are_told_and_followed(void **state)
{
    struct stage *stage = *state;
    struct event event;
    char place[512];

    if (geteuid() != 0)
        skip();
    close(scratch_folder(stage->scratch->fd, "place"));
    snprintf(place, sizeof(place), "%s", path_in(stage, "place"));
    want(stage,
         "[{\"event\":\"mount\"},{\"event\":\"write\",\"where\":{\"path\":\"*/place/new\"}}]");
    assert_int_equal(mount("some where", place, "tmpfs", 0, NULL), 0);
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_MOUNT);
    assert_text(&event, EVENT_TARGET, place);
    assert_text(&event, EVENT_SOURCE, "some where");
    assert_text(&event, EVENT_FSTYPE, "tmpfs");
    for (bool seen = false; !seen;) { /* until the hand has marked it */
        struct pollfd wait = {.fd = stage->channel, .events = POLLIN};

        scratch_write(stage->scratch, "place/new", "a");
        seen = stage->left > 0 || poll(&wait, 1, 20) == 1;
    }
    next(stage, &event);
    assert_int_equal(event.kind, EVENT_WRITE);
    assert_int_equal(umount(place), 0);
}

static void who_listens_is_told(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    struct stage *stage = *state;
    struct event event;
    char rules[100];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(rules, sizeof(rules), "[{\"event\":\"listen\",\"where\":{\"port\":\"%u\"}}]",
             ntohs(address.sin_port));
    want(stage, rules);
    assert_source(stage, "listen", "sock_diag");
    assert_int_equal(listen(fd, 1), 0);
    next(stage, &event);
    assert_text(&event, EVENT_PROTO, "tcp");
    assert_text(&event, EVENT_ADDR, "127.0.0.1");
    assert_int_equal(event.values[EVENT_PORT].number, ntohs(address.sin_port));
    assert_int_equal(event.values[EVENT_UID].number, getuid());
    if (geteuid() == 0)
        assert_int_equal(event.values[EVENT_PID].number, getpid());
    close(fd);
}

static void children_inherit_tags(void **state)
{
    struct event_tag tag = {.pid = (uint32_t)getpid(), .key = "from", .value = "test"};
    uint8_t packet[EVENT_TAG_BYTES];
    struct stage *stage = *state;
    struct event event;
    struct run run;

    if (geteuid() != 0)
        skip();
    put_program(stage, "c.sh", "#!/bin/sh\nexit 0\n");
    want_here(stage, "exec");
    event_tag_put(&tag, packet);
    assert_int_equal(send(stage->channel, packet, sizeof(packet), 0), sizeof(packet));
    json_decref(counts(stage));
    RUN(&run, AT_FDCWD, path_in(stage, "c.sh"));
    next(stage, &event);
    assert_int_equal(event.values[EVENT_TAGS].text.size, sizeof("from=test"));
    assert_memory_equal(event.values[EVENT_TAGS].text.data, "from=test", sizeof("from=test"));
}

/* Pages of memory that it holds now. */
static unsigned long resident(const struct stage *stage)
{
    unsigned long all = 0, now = 0;
    char name[64];
    FILE *file;

    snprintf(name, sizeof(name), "/proc/%d/statm", (int)stage->child.pid);
    file = fopen(name, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &all, &now), 2);
    fclose(file);
    return now;
}

static void a_storm_before_a_stuck_reader_costs_no_memory(void **state)
{
    const unsigned storm = 20000;
    struct stage *stage = *state;
    unsigned long before = 0;
    unsigned told = 0;
    struct event event;

    want(stage, "[{\"event\":\"usb\"}]");
    for (unsigned i = 0; i < storm; i++) {
        tell(stage, SENSOR_EVENT,
             json_pack("{s:{s:s, s:s}}", "event", "type", "usb", "serial", "a serial number"),
             NULL);
        if (i == storm / 4)
            before = resident(stage);
    }
    assert_int_equal(count(stage, "matched"), storm);
    assert_true(count(stage, "dropped") > 0);
#ifndef WITH_SANITIZERS /* what was freed is kept by them for a while */
    assert_true(resident(stage) - before < 64);
#else
    (void)before;
#endif
    while (told + stage->dropped < storm) {
        next(stage, &event);
        told++;
    }
    assert_true(stage->dropped > 0);
    assert_int_equal(told + stage->dropped, storm);
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
        TEST(children_and_their_end_are_told),
        TEST(files_are_told),
        TEST(mounts_are_told_and_followed),
        TEST(who_listens_is_told),
        TEST(children_inherit_tags),
        TEST(a_storm_before_a_stuck_reader_costs_no_memory),
        TEST(who_is_not_root_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
