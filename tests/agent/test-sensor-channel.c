/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/sensor-channel.h"

#define LATER INT64_MAX

struct pair {
    struct sensor_channel channel;
    int driver;
};

static int make(void **state)
{
    struct pair *pair = bytes_allocate(1, sizeof(*pair));
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    sensor_channel_init(&pair->channel);
    sensor_channel_open(&pair->channel, ends[0]);
    pair->driver = ends[1];
    *state = pair;
    return 0;
}

static int drop(void **state)
{
    struct pair *pair = *state;

    sensor_channel_close(&pair->channel);
    close(pair->driver);
    free(pair);
    return 0;
}

static void put(struct pair *pair, const char *path, size_t size)
{
    struct event event = {.kind = EVENT_EXEC, .hit_count = 1, .hits = {{0, 1}}};

    event.values[EVENT_PATH] =
        (struct event_value){.present = true, .text = bytes_view_of(path, size)};
    sensor_channel_put(&pair->channel, &event);
}

/* How many events the next packet holds; -1: there is none now. */
static int take(struct pair *pair, uint64_t *dropped)
{
    static uint8_t packet[EVENT_BATCH_BYTES];
    ssize_t size = recv(pair->driver, packet, sizeof(packet), MSG_DONTWAIT);
    struct bytes_view batch = bytes_view_of(packet, size > 0 ? (size_t)size : 0);
    struct error err = {0};
    uint16_t records;

    if (size <= 0)
        return -1;
    assert_ok(event_batch_open(&batch, &records, dropped, &err), &err);
    for (unsigned i = 0; i < records; i++) {
        struct event event;

        assert_ok(event_get(&batch, &event, &err), &err);
    }
    assert_int_equal(batch.size, 0);
    return records;
}

static void a_batch_waits_for_its_time(void **state)
{
    struct pair *pair = *state;
    uint64_t dropped;

    assert_int_equal(sensor_channel_patience(&pair->channel, 0), -1);
    put(pair, "/a", 2);
    put(pair, "/b", 2);
    assert_int_equal(sensor_channel_patience(&pair->channel, pair->channel.first_ms + 1), 3);
    sensor_channel_send(&pair->channel, pair->channel.first_ms + 3);
    assert_int_equal(take(pair, &dropped), -1);
    sensor_channel_send(&pair->channel, pair->channel.first_ms + 4);
    assert_int_equal(take(pair, &dropped), 2);
    assert_int_equal(dropped, 0);
    sensor_channel_send(&pair->channel, LATER);
    assert_int_equal(take(pair, &dropped), -1);
}

static void a_stuck_reader_costs_events_and_no_memory(void **state)
{
    const unsigned events = 2000;
    struct pair *pair = *state;
    unsigned told = 0;
    uint64_t dropped = 0;
    char path[1000];
    int records;

    memset(path, 'x', sizeof(path));
    for (unsigned i = 0; i < events; i++)
        put(pair, path, sizeof(path));
    assert_true(pair->channel.dropped > 0);
    assert_true(pair->channel.batch.capacity <= EVENT_BATCH_BYTES);
    assert_true(pair->channel.full);
    assert_int_equal(sensor_channel_patience(&pair->channel, LATER), -1);
    while ((records = take(pair, &dropped)) >= 0)
        told += (unsigned)records;
    assert_true(told > 0);
    sensor_channel_send(&pair->channel, LATER);
    records = take(pair, &dropped);
    assert_true(records > 0);
    assert_false(pair->channel.full);
    assert_int_equal(told + (unsigned)records + dropped, events);
}

static void what_the_wire_cannot_carry_is_dropped(void **state)
{
    struct pair *pair = *state;
    uint64_t dropped;

    put(pair, "/a", 2);
    put(pair, "/\0b", 3);
    put(pair, "/c", 2);
    sensor_channel_send(&pair->channel, LATER);
    assert_int_equal(take(pair, &dropped), 2);
    assert_int_equal(dropped, 1);
}

static void without_a_reader_events_are_counted(void **state)
{
    struct pair *pair = *state;
    struct event_tag tag;
    struct error err = {0};

    put(pair, "/a", 2);
    shutdown(pair->driver, SHUT_RDWR);
    assert_int_equal(sensor_channel_hear(&pair->channel, &tag, &err), 1);
    assert_int_equal(pair->channel.socket, -1);
    put(pair, "/b", 2);
    assert_int_equal(pair->channel.dropped, 2);
}

static void a_send_to_nobody_closes(void **state)
{
    struct pair *pair = *state;

    put(pair, "/a", 2);
    shutdown(pair->driver, SHUT_RDWR);
    sensor_channel_send(&pair->channel, LATER);
    assert_int_equal(pair->channel.socket, -1);
    assert_int_equal(pair->channel.dropped, 1);
}

static void tags_are_heard(void **state)
{
    struct event_tag tag = {.pid = 9, .key = "a", .value = "b"}, heard;
    uint8_t packet[EVENT_TAG_BYTES + 1] = {0};
    struct pair *pair = *state;
    struct error err = {0};

    event_tag_put(&tag, packet);
    assert_int_equal(send(pair->driver, packet, EVENT_TAG_BYTES, 0), EVENT_TAG_BYTES);
    assert_int_equal(sensor_channel_hear(&pair->channel, &heard, &err), 0);
    assert_int_equal(heard.pid, 9);
    assert_string_equal(heard.value, "b");
    assert_int_equal(sensor_channel_hear(&pair->channel, &heard, &err), 1);
    assert_int_equal(send(pair->driver, packet, sizeof(packet), 0), sizeof(packet));
    assert_refused(sensor_channel_hear(&pair->channel, &heard, &err), &err, ERROR_PROTOCOL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_waits_for_its_time),
        TEST(a_stuck_reader_costs_events_and_no_memory),
        TEST(what_the_wire_cannot_carry_is_dropped),
        TEST(without_a_reader_events_are_counted),
        TEST(a_send_to_nobody_closes),
        TEST(tags_are_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
