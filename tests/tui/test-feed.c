/* SPDX-License-Identifier: ISC
 *
 * How the console keeps up with an agent: what it asks, what makes it ask again, and what stays when
 * the agent goes.
 */
#include "tests/fake-agent.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tui/feed.h"

#define AGENT "org.sallyport.Agent."
#define STATUS(words)                                                                              \
    FAKE_REPLY(AGENT "Status", "{\"parameters\":{\"schema\":\"sallyport.status/1\","               \
                               "\"audit\":{\"records\":2},\"contents\":[]," words "}}")
#define RECORD(number, what)                                                                       \
    "{\"continues\":true,\"parameters\":{\"record\":{\"number\":" #number ",\"what\":\"" what      \
    "\",\"digest\":\"d" #number "\"}}}"
#define UNKNOWN(method)                                                                            \
    FAKE_REPLY(AGENT method, "{\"error\":\"org.varlink.service.MethodNotFound\","                  \
                             "\"parameters\":{\"method\":\"x\"}}")

struct scene {
    struct scratch *scratch;
    struct fake_agent agent;
    struct model model;
    struct feed feed;
};

static int open_scene(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));

    *state = scene;
    model_open(&scene->model);
    return scratch_open((void **)&scene->scratch);
}

static int close_scene(void **state)
{
    struct scene *scene = *state;

    feed_close(&scene->feed);
    model_close(&scene->model);
    fake_agent_stop(&scene->agent);
    scratch_close((void **)&scene->scratch);
    free(scene);
    return 0;
}

static void start(struct scene *scene, const struct fake_reply *replies, size_t count)
{
    assert_int_equal(fake_agent_start(&scene->agent, scene->scratch->path, replies, count), 0);
}

#define START(scene, ...)                                                                          \
    start(scene, (struct fake_reply[]){__VA_ARGS__},                                               \
          sizeof((struct fake_reply[]){__VA_ARGS__}) / sizeof(struct fake_reply))

/* One turn of the loop that a session has. False: nothing came in five seconds. */
static bool turn(struct feed *feed)
{
    struct pollfd entries[FEED_DESCRIPTORS];
    int64_t deadline_us = feed_deadline(feed), left_us = 5 * INT64_C(1000000);
    int ready;

    if (deadline_us >= 0 && deadline_us - feed_clock() < left_us)
        left_us = deadline_us - feed_clock();
    feed_poll(feed, entries);
    ready = poll(entries, FEED_DESCRIPTORS, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
    feed_serve(feed, entries);
    return ready > 0 || deadline_us >= 0;
}

static bool is_quiet(const struct feed *feed)
{
    return feed->asked < 0 && (feed->due & ~feed->unknown) == 0 && feed->model->up;
}

#define UNTIL(scene, condition)                                                                    \
    do {                                                                                           \
        while (!(condition))                                                                       \
            assert_true(turn(&(scene)->feed));                                                     \
    } while (0)

/* How often a method was called since the last look. */
static int calls_of(struct scene *scene, const char *method)
{
    char text[65536], wanted[100];
    int size = 0, count = 0;

    snprintf(wanted, sizeof(wanted), "\"" AGENT "%s\"", method);
    assert_int_equal(ioctl(scene->agent.calls, FIONREAD, &size), 0);
    assert_true(size < (int)sizeof(text));
    size = size > 0 ? (int)read(scene->agent.calls, text, (size_t)size) : 0;
    text[size] = '\0';
    for (char *at = text; at < text + size; at += strlen(at) + 1)
        count += strstr(at, wanted) != NULL;
    return count;
}

static void asks_everything_once(void **state)
{
    struct scene *scene = *state;

    START(scene, STATUS("\"may_act\":true"), FAKE_REPLY(AGENT "Media", "{\"parameters\":{}}"),
          FAKE_REPLY(AGENT "Floors", "{\"parameters\":{}}"),
          FAKE_REPLY(AGENT "Engines", "{\"parameters\":{}}"),
          FAKE_REPLY(AGENT "Events", RECORD(1, "enrol")));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, is_quiet(&scene->feed) && scene->model.engines != NULL);
    assert_true(scene->model.up && scene->model.act);
    assert_non_null(scene->model.media);
    assert_non_null(scene->model.floors);
    assert_true(scene->model.seen_us > 0);
    UNTIL(scene, json_array_size(json_object_get(scene->model.audit, "records")) == 1);
    assert_string_equal(json_string_value(json_object_get(scene->model.audit, "head")), "d1");
}

/* "refuse" touches status and media; the others are not asked again, and nothing asks twice. */
static void a_record_asks_for_what_it_touches(void **state)
{
    struct scene *scene = *state;
    static const char events[] = RECORD(1, "refuse") "\0" RECORD(2, "refuse");

    START(scene, STATUS("\"may_act\":false"), FAKE_REPLY(AGENT "Media", "{\"parameters\":{}}"),
          FAKE_REPLY(AGENT "Floors", "{\"parameters\":{}}"),
          FAKE_REPLY(AGENT "Engines", "{\"parameters\":{}}"),
          {AGENT "Events", events, sizeof(events)});
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, json_array_size(json_object_get(scene->model.audit, "records")) == 2);
    UNTIL(scene, is_quiet(&scene->feed));
    assert_false(scene->model.act);
    UNTIL(scene, scene->feed.asked_us[FEED_STATUS] > scene->feed.asked_us[FEED_FLOORS]);
    UNTIL(scene, is_quiet(&scene->feed));
    assert_int_equal(calls_of(scene, "Status"), 2);
}

static void asks_at_most_four_times_a_second(void **state)
{
    struct scene *scene = *state;

    START(scene, STATUS("\"may_act\":true"), UNKNOWN("Media"), UNKNOWN("Floors"),
          UNKNOWN("Engines"), FAKE_REPLY(AGENT "Events", RECORD(1, "telemetry")));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, is_quiet(&scene->feed));
    for (int i = 0; i < 3; i++) {
        int64_t before_us = scene->feed.asked_us[FEED_STATUS];

        feed_ask(&scene->feed, 1U << FEED_STATUS);
        feed_ask(&scene->feed, 1U << FEED_STATUS);
        UNTIL(scene, is_quiet(&scene->feed));
        assert_true(scene->feed.asked_us[FEED_STATUS] - before_us >= FEED_PAUSE_US);
    }
}

static void what_an_agent_does_not_know_is_asked_no_more(void **state)
{
    struct scene *scene = *state;

    START(scene, STATUS("\"may_act\":true"), UNKNOWN("Media"), UNKNOWN("Floors"),
          UNKNOWN("Engines"), FAKE_REPLY(AGENT "Events", RECORD(1, "import")));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, json_array_size(json_object_get(scene->model.audit, "records")) == 1);
    UNTIL(scene, is_quiet(&scene->feed));
    assert_true(scene->model.up);
    assert_null(scene->model.engines);
    assert_int_equal(calls_of(scene, "Engines"), 1);
}

static void without_an_agent_it_says_why(void **state)
{
    struct scene *scene = *state;
    char path[300];

    snprintf(path, sizeof(path), "%s/agent.sock", scene->scratch->path);
    feed_open(&scene->feed, &scene->model, path);
    assert_false(scene->model.up);
    assert_non_null(strstr(scene->model.why, "start it"));
    assert_int_equal(scene->feed.trouble, ERROR_NO_AGENT);
    assert_true(feed_deadline(&scene->feed) > 0);
}

/* The socket comes back: its folder tells, long before the wait is over. */
static void comes_back_with_the_socket(void **state)
{
    struct scene *scene = *state;
    struct fake_reply replies[] = {STATUS("\"may_act\":true"), UNKNOWN("Media"), UNKNOWN("Floors"),
                                   UNKNOWN("Engines"),
                                   FAKE_REPLY(AGENT "Events", RECORD(2, "telemetry"))};

    start(scene, replies, 5);
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, is_quiet(&scene->feed));
    fake_agent_stop(&scene->agent);
    UNTIL(scene, !scene->model.up);
    assert_non_null(scene->model.status);
    assert_true(scene->model.why[0] != '\0');
    scene->feed.wait_us = 3600 * INT64_C(1000000);
    scene->feed.retry_us = feed_clock() + scene->feed.wait_us;
    start(scene, replies, 5);
    UNTIL(scene, is_quiet(&scene->feed));
    assert_true(scene->model.up);
    assert_string_equal(scene->model.why, "");
    assert_int_equal(scene->feed.trouble, ERROR_OK);
}

static void what_is_no_answer_ends_the_conversation(void **state)
{
    struct scene *scene = *state;

    START(scene, FAKE_REPLY(AGENT "Status", "{\"parameters\":"));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, scene->feed.questions.socket < 0);
    assert_false(scene->model.up);
    assert_true(scene->feed.retry_us > 0);
}

/* A stopped agent keeps its connections: what it said last does not pass for news. */
static void an_agent_that_keeps_silent_is_gone(void **state)
{
    struct scene *scene = *state;
    int64_t now_us;

    START(scene, {AGENT "Status", "", 0});
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, scene->feed.asked == FEED_STATUS);
    scene->model.up = true;
    now_us = feed_clock();
    assert_true(feed_deadline(&scene->feed) > now_us);
    scene->feed.asked_us[FEED_STATUS] = now_us - FEED_ANSWER_US;
    UNTIL(scene, scene->feed.questions.socket < 0);
    assert_false(scene->model.up);
    assert_non_null(strstr(scene->model.why, "not answered Status for 30 seconds"));
}

static void a_refusal_to_look_is_shown(void **state)
{
    struct scene *scene = *state;

    START(scene,
          FAKE_REPLY(AGENT "Status", "{\"error\":\"" AGENT "Refused\",\"parameters\":{\"code\":"
                                     "\"denied\",\"message\":\"uid 9 is \\u202enot\"}}"),
          UNKNOWN("Media"), UNKNOWN("Floors"), UNKNOWN("Engines"));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, scene->feed.unknown == FEED_EVERYTHING);
    assert_false(scene->model.up);
    assert_int_equal(scene->feed.trouble, ERROR_DENIED);
    assert_string_equal(scene->model.why, "uid 9 is \\u{202E}not");
}

/* Content warns a second after this answer: it is asked again then, and only then. */
static void a_limit_that_passes_is_asked_about(void **state)
{
    struct scene *scene = *state;

    START(
        scene,
        FAKE_REPLY(AGENT "Status", "{\"parameters\":{\"audit\":{\"records\":0},\"contents\":"
                                   "[{\"age\":9,\"warn\":10,\"fail\":0}]}}"),
        FAKE_REPLY(AGENT "Status", "{\"parameters\":{\"audit\":{\"records\":0},\"contents\":[]}}"),
        UNKNOWN("Media"), UNKNOWN("Floors"), UNKNOWN("Engines"),
        FAKE_REPLY(AGENT "Events", RECORD(1, "confirm-time")));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, is_quiet(&scene->feed));
    assert_true(scene->feed.turn_us > feed_clock());
    assert_true(feed_deadline(&scene->feed) == scene->feed.turn_us);
    scene->feed.turn_us = feed_clock();
    UNTIL(scene, scene->feed.turn_us < 0 && is_quiet(&scene->feed));
    assert_int_equal(feed_deadline(&scene->feed), -1);
}

/* Ages and limits that no clock reaches make it neither ask at once nor ever again. */
static void numbers_beyond_all_clocks_are_no_turn(void **state)
{
    struct scene *scene = *state;

    START(scene,
          FAKE_REPLY(AGENT "Status",
                     "{\"parameters\":{\"audit\":{\"records\":0},\"contents\":["
                     "{\"age\":-9223372036854775807,\"warn\":9223372036854775807,\"fail\":5},"
                     "{\"age\":0,\"warn\":9223372036854775807,\"fail\":9223372036855}]}}"),
          UNKNOWN("Media"), UNKNOWN("Floors"), UNKNOWN("Engines"),
          FAKE_REPLY(AGENT "Events", RECORD(1, "confirm-time")));
    feed_open(&scene->feed, &scene->model, scene->agent.path);
    UNTIL(scene, scene->model.up && is_quiet(&scene->feed));
    assert_int_equal(scene->feed.turn_us, -1);
}

static void a_fixture_has_no_feed(void **state)
{
    struct scene *scene = *state;

    feed_open(&scene->feed, &scene->model, NULL);
    feed_ask(&scene->feed, FEED_EVERYTHING);
    assert_int_equal(feed_deadline(&scene->feed), -1);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(asks_everything_once),
        SCENE(a_record_asks_for_what_it_touches),
        SCENE(asks_at_most_four_times_a_second),
        SCENE(what_an_agent_does_not_know_is_asked_no_more),
        SCENE(without_an_agent_it_says_why),
        SCENE(comes_back_with_the_socket),
        SCENE(what_is_no_answer_ends_the_conversation),
        SCENE(an_agent_that_keeps_silent_is_gone),
        SCENE(a_refusal_to_look_is_shown),
        SCENE(a_limit_that_passes_is_asked_about),
        SCENE(numbers_beyond_all_clocks_are_no_turn),
        SCENE(a_fixture_has_no_feed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
