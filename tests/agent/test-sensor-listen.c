/* SPDX-License-Identifier: ISC
 *
 * With us in the kernel's place: a look is four questions (tcp, tcp6, udp, udp6), whose answers lie
 * there before it asks.
 */
#include <config.h>

#include "tests/test.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sensor-listen.h"
#include "media/base/json.h"
#include "tests/scratch.h"

#define LOOKS 4 /* of protocols */

struct scene {
    struct scratch *scratch; /* in the place of /proc: without processes */
    struct sensor sensor;
    int kernel, driver;
};

struct answer {
    struct nlmsghdr head;
    struct inet_diag_msg body;
};

static int begin(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct sensor *sensor = &scene->sensor;
    struct error err = {0};
    json_t *rules = json_pack("[{s:s}]", "event", "listen");
    int ends[2];

    if (scratch_open((void **)&scene->scratch) < 0)
        return -1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    sensor->sockets = ends[0];
    scene->kernel = ends[1];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    sensor_channel_init(&sensor->channel);
    sensor_channel_open(&sensor->channel, ends[0]);
    scene->driver = ends[1];
    sensor->proc = scene->scratch->fd;
    assert_ok(event_filter_new(rules, &sensor->filter, &err), &err);
    json_decref(rules);
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    sensor_listen_end(&scene->sensor);
    event_filter_free(scene->sensor.filter);
    sensor_channel_close(&scene->sensor.channel);
    close(scene->sensor.sockets);
    close(scene->kernel);
    close(scene->driver);
    scratch_close((void **)&scene->scratch);
    free(scene);
    return 0;
}

static struct answer answer_of(unsigned cookie, uint8_t family, uint16_t port)
{
    struct answer answer = {
        .head = {.nlmsg_len = sizeof(answer), .nlmsg_type = SOCK_DIAG_BY_FAMILY},
        .body = {.idiag_family = family, .idiag_uid = 1000},
    };

    answer.body.id.idiag_cookie[0] = cookie;
    answer.body.id.idiag_sport = htons(port);
    inet_pton(family, family == AF_INET ? "127.0.0.1" : "::1", answer.body.id.idiag_src);
    return answer;
}

static void reply(const struct scene *scene, const void *bytes, size_t size)
{
    assert_int_equal(send(scene->kernel, bytes, size, 0), size);
}

static void finish(const struct scene *scene)
{
    const struct nlmsghdr done = {.nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE};

    reply(scene, &done, sizeof(done));
}

/* Answers of one look: rows of tcp, nothing of the others. */
static void list(const struct scene *scene, const struct answer *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        reply(scene, &rows[i], sizeof(rows[i]));
    for (int i = 0; i < LOOKS; i++)
        finish(scene);
}

/* What was asked in one look. */
static void assert_asked(const struct scene *scene)
{
    static const struct {
        uint8_t family, protocol, state;
    } rows[LOOKS] = {{AF_INET, IPPROTO_TCP, TCP_LISTEN},
                     {AF_INET6, IPPROTO_TCP, TCP_LISTEN},
                     {AF_INET, IPPROTO_UDP, TCP_CLOSE},
                     {AF_INET6, IPPROTO_UDP, TCP_CLOSE}};
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request;

    for (int i = 0; i < LOOKS; i++) {
        assert_int_equal(recv(scene->kernel, &request, sizeof(request), MSG_DONTWAIT),
                         sizeof(request));
        assert_int_equal(request.head.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
        assert_int_equal(request.body.sdiag_family, rows[i].family);
        assert_int_equal(request.body.sdiag_protocol, rows[i].protocol);
        assert_int_equal(request.body.idiag_states, 1U << rows[i].state);
    }
}

static void look(struct scene *scene)
{
    sensor_listen_turn(&scene->sensor, scene->sensor.listen_due_ms);
    sensor_channel_send(&scene->sensor.channel, INT64_MAX);
    assert_asked(scene);
}

/* Ports of the events that came, in a row. */
static size_t told(const struct scene *scene, struct event *last, int64_t *ports)
{
    static uint8_t packet[EVENT_BATCH_BYTES];
    ssize_t size = recv(scene->driver, packet, sizeof(packet), MSG_DONTWAIT);
    struct bytes_view batch = bytes_view_of(packet, size > 0 ? (size_t)size : 0);
    struct error err = {0};
    uint16_t records = 0;
    uint64_t dropped;

    if (size <= 0)
        return 0;
    assert_ok(event_batch_open(&batch, &records, &dropped, &err), &err);
    for (uint16_t i = 0; i < records; i++) {
        assert_ok(event_get(&batch, last, &err), &err);
        assert_int_equal(last->kind, EVENT_LISTEN);
        ports[i] = last->values[EVENT_PORT].number;
    }
    return records;
}

static void assert_text(const struct event *event, enum event_field field, const char *text)
{
    assert_int_equal(event->values[field].text.size, strlen(text));
    assert_memory_equal(event->values[field].text.data, text, strlen(text));
}

static void what_is_new_is_told_and_what_was_there_is_not(void **state)
{
    struct scene *scene = *state;
    /* Cookies, and so the order, are the kernel's. */
    const struct answer first[] = {answer_of(9, AF_INET, 90), answer_of(5, AF_INET, 50)};
    const struct answer second[] = {answer_of(7, AF_INET, 70), answer_of(9, AF_INET, 90),
                                    answer_of(3, AF_INET, 30), answer_of(11, AF_INET, 110)};
    int64_t ports[8];
    struct event event;

    list(scene, first, 2);
    sensor_listen_begin(&scene->sensor);
    assert_asked(scene);
    list(scene, first, 2);
    look(scene);
    assert_int_equal(told(scene, &event, ports), 0);
    list(scene, second, 4);
    look(scene);
    assert_int_equal(told(scene, &event, ports), 3);
    assert_int_equal(ports[0], 30);
    assert_int_equal(ports[1], 70);
    assert_int_equal(ports[2], 110);
    assert_text(&event, EVENT_PROTO, "tcp");
    assert_text(&event, EVENT_ADDR, "127.0.0.1");
    assert_int_equal(event.values[EVENT_UID].number, 1000);
    list(scene, first, 2);
    look(scene);
    assert_int_equal(told(scene, &event, ports), 1); /* 5 was closed meanwhile: another one */
    assert_int_equal(ports[0], 50);
}

static void nothing_is_asked_before_it_is_due(void **state)
{
    struct scene *scene = *state;
    char byte;

    sensor_listen_turn(&scene->sensor, INT64_MAX); /* nobody wants it */
    list(scene, NULL, 0);
    sensor_listen_begin(&scene->sensor);
    assert_asked(scene);
    sensor_listen_turn(&scene->sensor, scene->sensor.listen_due_ms - 1);
    assert_int_equal(recv(scene->kernel, &byte, 1, MSG_DONTWAIT), -1);
}

static void each_protocol_has_its_name(void **state)
{
    static const char *const names[] = {"tcp", "tcp6", "udp", "udp6"};
    struct scene *scene = *state;
    int64_t ports[8];
    struct event event;

    for (unsigned i = 0; i < LOOKS; i++) {
        const uint8_t family = i % 2 == 0 ? AF_INET : AF_INET6;
        const struct answer row = answer_of(i + 1, family, 1);

        list(scene, NULL, 0);
        sensor_listen_begin(&scene->sensor);
        assert_asked(scene);
        for (unsigned p = 0; p < LOOKS; p++) {
            if (p == i)
                reply(scene, &row, sizeof(row));
            finish(scene);
        }
        look(scene);
        assert_int_equal(told(scene, &event, ports), 1);
        assert_text(&event, EVENT_PROTO, names[i]);
        assert_text(&event, EVENT_ADDR, family == AF_INET ? "127.0.0.1" : "::1");
        sensor_listen_end(&scene->sensor);
    }
}

/* A row in front of it counts, and what comes behind is not read. */
static void an_answer_that_is_cut_or_lies_ends_there(void **state)
{
    struct scene *scene = *state;
    struct {
        struct answer good, wrong;
    } __attribute__((packed)) packets[] = {
        {answer_of(1, AF_INET, 1), answer_of(100, AF_INET, 2)},
        {answer_of(3, AF_INET, 3), answer_of(101, AF_INET, 4)},
        {answer_of(5, AF_INET, 5), answer_of(102, AF_INET, 6)},
        {answer_of(7, AF_INET, 7), answer_of(103, AF_INET6, 8)},
    };
    const size_t whole = sizeof(packets[0]);
    const size_t sizes[] = {whole - 1, whole, whole, whole};
    int64_t ports[8];
    struct event event;

    packets[1].wrong.head.nlmsg_len = 3;
    packets[2].wrong.head.nlmsg_len = sizeof(struct nlmsghdr) + 4; /* what is behind it is none */
    list(scene, NULL, 0);
    sensor_listen_begin(&scene->sensor);
    assert_asked(scene);
    for (unsigned i = 0; i < LOOKS; i++) {
        reply(scene, &packets[i], sizes[i]);
        if (i == 3) /* a row of another protocol is passed over */
            finish(scene);
        for (unsigned p = 1; p < LOOKS; p++)
            finish(scene);
        look(scene);
        assert_int_equal(told(scene, &event, ports), 1);
        assert_int_equal(ports[0], 2 * i + 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_new_is_told_and_what_was_there_is_not),
        TEST(nothing_is_asked_before_it_is_due),
        TEST(each_protocol_has_its_name),
        TEST(an_answer_that_is_cut_or_lies_ends_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
