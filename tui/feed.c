/* SPDX-License-Identifier: ISC */
#include "tui/feed.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/text.h"
#include "tui/field.h"

#define WAIT_FIRST_US (INSTANT_SECOND_US / 4)
#define WAIT_LAST_US  (30 * INSTANT_SECOND_US) /* where no folder tells that the socket is back */

/* No turn is waited for that lies further away: 100 years. */
#define TURN_LAST_S (100LL * 366 * INSTANT_DAY_US / INSTANT_SECOND_US)

#define BIT(question) (1U << (question))

static const struct {
    const char *method, *answer;
} questions[FEED_QUESTIONS] = {
    [FEED_STATUS] = {"Status", "status"},
    [FEED_MEDIA] = {"Media", "media"},
    [FEED_FLOORS] = {"Floors", "floors"},
    [FEED_ENGINES] = {"Engines", "engines"},
};

/* By the first word of what an audit record says was done. What is not here touches everything. */
static const struct {
    const char *what;
    unsigned touches;
} touched[] = {
    {"acknowledge", BIT(FEED_STATUS)},
    {"configure", BIT(FEED_STATUS) | BIT(FEED_ENGINES)},
    {"confirm-time", 0},
    {"device", BIT(FEED_STATUS) | BIT(FEED_MEDIA)},
    {"medium", BIT(FEED_STATUS) | BIT(FEED_MEDIA)},
    {"refuse", BIT(FEED_STATUS) | BIT(FEED_MEDIA)},
    {"setting", BIT(FEED_STATUS)},
    {"telemetry", BIT(FEED_STATUS)},
};

int64_t feed_clock(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * INSTANT_SECOND_US + time.tv_nsec / 1000;
}

static void watch_folder(struct feed *feed)
{
    char path[512], *folder;

    feed->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    snprintf(path, sizeof(path), "%s", feed->socket_path);
    folder = dirname(path);
    /* The socket is made, then given its mode: only then can others connect. */
    if (feed->watch >= 0 &&
        inotify_add_watch(feed->watch, folder, IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) <
            0) {
        close(feed->watch);
        feed->watch = -1;
    }
}

/* What was known stays; the words say why nothing newer comes. */
static void lose(struct feed *feed, const struct error *why)
{
    struct model *model = feed->model;

    link_close(&feed->events);
    link_close(&feed->questions);
    feed->asked = -1;
    feed->retry_us = feed_clock() + feed->wait_us;
    feed->wait_us = feed->wait_us * 2 < WAIT_LAST_US ? feed->wait_us * 2 : WAIT_LAST_US;
    feed->turn_us = -1;
    feed->trouble = why->code;
    model->up = false;
    text_escape_string(why->words, model->why, sizeof(model->why));
    if (feed->watch < 0)
        watch_folder(feed);
}

static void connect_now(struct feed *feed)
{
    struct error err = {0};

    feed->retry_us = -1;
    if (link_open(&feed->questions, feed->socket_path, &err) < 0 ||
        link_open(&feed->events, feed->socket_path, &err) < 0) {
        lose(feed, &err);
        return;
    }
    feed->unknown = 0;
    feed->due = FEED_EVERYTHING;
}

void feed_open(struct feed *feed, struct model *model, const char *socket_path)
{
    *feed = (struct feed){.model = model,
                          .socket_path = socket_path,
                          .asked = -1,
                          .turn_us = -1,
                          .wait_us = WAIT_FIRST_US};
    link_init(&feed->events);
    link_init(&feed->questions);
    feed->watch = -1;
    feed->retry_us = -1;
    if (socket_path == NULL)
        return;
    watch_folder(feed);
    connect_now(feed);
}

void feed_close(struct feed *feed)
{
    link_close(&feed->events);
    link_close(&feed->questions);
    if (feed->watch >= 0)
        close(feed->watch);
}

void feed_ask(struct feed *feed, unsigned asked)
{
    feed->unknown = 0;
    feed->due |= asked;
    if (feed->questions.socket < 0 && feed->socket_path != NULL)
        feed->retry_us = feed_clock();
}

void feed_poll(const struct feed *feed, struct pollfd *entries)
{
    entries[0] =
        (struct pollfd){.fd = feed->questions.socket, .events = link_events(&feed->questions)};
    entries[1] = (struct pollfd){.fd = feed->events.socket, .events = link_events(&feed->events)};
    entries[2] = (struct pollfd){.fd = feed->watch, .events = POLLIN};
}

/* The question that may be asked first, -1: none is due. *when_us: from when on. */
static int next_question(const struct feed *feed, int64_t *when_us)
{
    int next = -1;

    for (int i = 0; i < FEED_QUESTIONS; i++) {
        int64_t from_us = feed->asked_us[i] != 0 ? feed->asked_us[i] + FEED_PAUSE_US : 0;

        if ((feed->due & ~feed->unknown & BIT(i)) == 0 || (next >= 0 && from_us >= *when_us))
            continue;
        next = i;
        *when_us = from_us;
    }
    return next;
}

int64_t feed_deadline(const struct feed *feed)
{
    int64_t when_us;

    if (feed->questions.socket < 0)
        return feed->retry_us;
    if (feed->asked >= 0)
        return feed->asked_us[feed->asked] + FEED_ANSWER_US;
    return next_question(feed, &when_us) >= 0 ? when_us : feed->turn_us;
}

/* An agent that is stopped or stuck keeps its connections: what is shown would pass for new. */
static int check_silence(const struct feed *feed, struct error *err)
{
    if (feed->asked < 0 || feed_clock() < feed->asked_us[feed->asked] + FEED_ANSWER_US)
        return 0;
    return error_set(err, ERROR_PEER_GONE, "the agent has not answered %s for %d seconds",
                     questions[feed->asked].method, (int)(FEED_ANSWER_US / INSTANT_SECOND_US));
}

static void ask_at_turn(struct feed *feed)
{
    if (feed->turn_us < 0 || feed->turn_us > feed_clock())
        return;
    feed->turn_us = -1;
    feed->due |= BIT(FEED_STATUS);
}

static int ask_next(struct feed *feed, struct error *err)
{
    int64_t when_us, now_us = feed_clock();
    int next = next_question(feed, &when_us);

    if (feed->asked >= 0 || next < 0 || when_us > now_us)
        return 0;
    feed->due &= ~BIT(next);
    feed->asked = next;
    feed->asked_us[next] = now_us;
    return link_call(&feed->questions, questions[next].method, NULL, false, err);
}

/* The stream begins where the list does, or where it ended before the agent went away. */
static int follow(struct feed *feed, struct error *err)
{
    const json_t *audit = field_object(feed->model->status, "audit");
    int64_t records = field_number(audit, "records"), after = feed->last_record;
    json_t *parameters;
    int result;

    if (feed->events.waiting)
        return 0;
    if (after == 0 || records < after || records - after > FEED_RECORDS_BACK) {
        after = records > FEED_RECORDS_BACK ? records - FEED_RECORDS_BACK : 0;
        model_take(feed->model, "audit",
                   json_pack("{s:s, s:[]}", "schema", "sallyport.audit/1", "records"));
    }
    parameters = json_pack("{s:I}", "after", (json_int_t)after);
    result = link_call(&feed->events, "Events", parameters, true, err);
    json_decref(parameters);
    return result;
}

static void keep_first(int64_t *first_s, int64_t seconds)
{
    if (seconds >= 0 && seconds <= TURN_LAST_S && (*first_s < 0 || seconds < *first_s))
        *first_s = seconds;
}

/* Whatever numbers the agent gives. */
static void keep_first_limit(int64_t *first_s, int64_t limit, int64_t age)
{
    int64_t seconds;

    if (!__builtin_sub_overflow(limit, age, &seconds))
        keep_first(first_s, seconds);
}

static void keep_first_until(int64_t *first_s, const json_t *object, const char *key,
                             int64_t now_us)
{
    const char *text = field_raw(object, key);
    int64_t time_us;

    if (text != NULL && instant_parse(text, strlen(text), &time_us) == 0 && time_us > now_us)
        keep_first(first_s, (time_us - now_us) / INSTANT_SECOND_US);
}

/* Seconds until something in a status changes although nothing happens: content passes an age limit,
 * the set expires, a wave opens. -1: nothing does. */
static int64_t turns_in(const json_t *status)
{
    const json_t *contents = json_object_get(status, "contents");
    int64_t first_s = -1, now_us = instant_clock();

    keep_first_until(&first_s, field_object(status, "set"), "expires", now_us);
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *row = json_array_get(contents, i);
        const json_t *staged = field_object(row, "staged");
        int64_t age = field_number(row, "age");

        if (json_is_integer(json_object_get(row, "age"))) {
            keep_first_limit(&first_s, field_number(row, "warn"), age);
            keep_first_limit(&first_s, field_number(row, "fail"), age);
        }
        keep_first_until(&first_s, field_object(staged, "wave"), "opens", now_us);
    }
    return first_s;
}

/* A question that is refused leaves the others alone: an older agent does not know it. */
static int take_answer(struct feed *feed, enum link_kind kind, json_t *answer,
                       const struct error *refused, struct error *err)
{
    struct model *model = feed->model;
    int asked = feed->asked;

    feed->asked = -1;
    if (asked < 0 || (kind == LINK_LAST && answer == NULL))
        return error_set(err, ERROR_PROTOCOL, "the agent answered without a question");
    if (kind == LINK_REFUSED) {
        feed->unknown |= BIT(asked);
        if (asked == FEED_STATUS) {
            feed->trouble = refused->code;
            text_escape_string(refused->words, model->why, sizeof(model->why));
        }
        return 0;
    }
    model_take(model, questions[asked].answer, json_incref(answer));
    model->seen_us = instant_clock();
    if (asked != FEED_STATUS)
        return 0;
    feed->trouble = ERROR_OK;
    model->up = true;
    model->act = field_true(answer, "may_act");
    model->why[0] = '\0';
    feed->turn_us = turns_in(answer);
    if (feed->turn_us >= 0)
        feed->turn_us = feed_clock() + (feed->turn_us + 1) * INSTANT_SECOND_US;
    feed->wait_us = WAIT_FIRST_US;
    return follow(feed, err);
}

static unsigned touched_by(const char *what)
{
    size_t size = strcspn(what, ".-");

    for (size_t i = 0; i < sizeof(touched) / sizeof(touched[0]); i++)
        if (strcmp(touched[i].what, what) == 0 ||
            (strlen(touched[i].what) == size && strncmp(touched[i].what, what, size) == 0))
            return touched[i].touches;
    return FEED_EVERYTHING;
}

static void take_record(struct feed *feed, json_t *record)
{
    json_t *records = json_object_get(feed->model->audit, "records");
    const char *what = field_raw(record, "what");

    if (record == NULL || what == NULL)
        return;
    feed->last_record = field_number(record, "number");
    feed->due |= touched_by(what);
    json_array_append(records, record);
    if (json_array_size(records) > FEED_RECORDS)
        json_array_remove(records, 0);
    json_object_set(feed->model->audit, "head", json_object_get(record, "digest"));
}

static int serve_questions(struct feed *feed, short events, bool *changed, struct error *err)
{
    struct error refused = {0};
    json_t *answer = NULL;
    enum link_kind kind;
    int result = link_serve(&feed->questions, events, err);

    if (result == 0)
        result = link_next(&feed->questions, &kind, &answer, &refused, err);
    if (result == 0 && kind != LINK_NOTHING) {
        *changed = true;
        result = take_answer(feed, kind, answer, &refused, err);
    }
    json_decref(answer);
    return result;
}

static int serve_events(struct feed *feed, short events, bool *changed, struct error *err)
{
    struct error refused = {0};
    enum link_kind kind = LINK_MORE;
    int result = link_serve(&feed->events, events, err);

    while (result == 0 && kind == LINK_MORE) {
        json_t *answer = NULL;

        result = link_next(&feed->events, &kind, &answer, &refused, err);
        if (result == 0 && kind == LINK_MORE) {
            take_record(feed, json_object_get(answer, "record"));
            *changed = true;
        }
        json_decref(answer);
    }
    return result;
}

/* Something happened in the socket's folder: perhaps it is there again. */
static void serve_watch(struct feed *feed)
{
    char events[4096] __attribute__((aligned(8)));

    while (read(feed->watch, events, sizeof(events)) > 0)
        continue;
    if (feed->questions.socket < 0) {
        feed->wait_us = WAIT_FIRST_US;
        feed->retry_us = feed_clock();
    }
}

bool feed_serve(struct feed *feed, const struct pollfd *entries)
{
    bool changed = false;
    struct error err = {0};
    int result = 0;

    if (entries[2].revents != 0 && feed->watch >= 0)
        serve_watch(feed);
    if (feed->questions.socket < 0) {
        if (feed->retry_us >= 0 && feed->retry_us <= feed_clock())
            connect_now(feed);
        return false;
    }
    if (entries[0].revents != 0)
        result = serve_questions(feed, entries[0].revents, &changed, &err);
    if (result == 0 && entries[1].revents != 0)
        result = serve_events(feed, entries[1].revents, &changed, &err);
    if (result == 0)
        result = check_silence(feed, &err);
    ask_at_turn(feed);
    if (result == 0)
        result = ask_next(feed, &err);
    if (result < 0) {
        lose(feed, &err);
        changed = true;
    }
    return changed;
}
