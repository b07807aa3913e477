/* SPDX-License-Identifier: ISC */
#include "tests/agent/run-inventory.h"

#include <poll.h>

#include "agent/inventory-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"

#define DEADLINE_MS 20000

void run_inventory_start(struct run_inventory *run, int root_fd, int home_fd)
{
    char program[512];
    const char *const arguments[] = {"sallyport-inventory", NULL};
    struct spawn spawn = {.program = program,
                          .arguments = arguments,
                          .fds = {root_fd, home_fd},
                          .fd_count = home_fd >= 0 ? 2 : 1};
    struct error err = {0};

    snprintf(program, sizeof(program), "%s/agent/sallyport-inventory", getenv("TOP_BUILDDIR"));
    assert_ok(spawn_with_socket(&spawn, &run->child, &err), &err);
}

static void receive(struct run_inventory *run, struct frame *frame)
{
    struct error err = {0};

    assert_ok(frame_receive(run->child.socket, LIMIT_INVENTORY_MESSAGE, DEADLINE_MS, frame, &err),
              &err);
}

void run_inventory_finish(struct run_inventory *run)
{
    struct error err = {0};
    struct frame frame;
    int status, killed;

    assert_ok(
        frame_send(run->child.socket, INVENTORY_SELFTEST, NULL, 0, NULL, 0, DEADLINE_MS, &err),
        &err);
    receive(run, &frame);
    assert_int_equal(frame.type, INVENTORY_SELFTEST);
    if (frame.body.size != 2 || memcmp(frame.body.data, "ok", 2) != 0)
        fail_msg("sandbox: %.*s", (int)frame.body.size, (const char *)frame.body.data);
    frame_clear(&frame);
    close(run->child.socket);
    run->child.socket = -1;
    assert_ok(spawn_finish(&run->child, DEADLINE_MS, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_int_equal(status, 0);
}

json_t *run_inventory_send(struct run_inventory *run, json_t *body)
{
    struct error err = {0};
    struct frame frame;
    json_t *answer = NULL;

    assert_non_null(body);
    assert_ok(frame_send_json(run->child.socket, INVENTORY_CALL, body, NULL, 0, DEADLINE_MS, &err),
              &err);
    json_decref(body);
    receive(run, &frame);
    assert_ok(frame_read_json(&frame, INVENTORY_RETURN, &answer, &err), &err);
    frame_clear(&frame);
    return answer;
}

json_t *run_inventory_ask(struct run_inventory *run, const char *call, const char *argument)
{
    return run_inventory_send(run, json_pack("{s:s, s:[s]}", "call", call, "arguments", argument));
}

void run_inventory_expect(struct run_inventory *run, const char *call, const char *argument,
                          const char *value, const char *reason)
{
    json_t *answer = run_inventory_ask(run, call, argument);
    char *got = json_dumps(json_object_get(answer, "value"),
                           JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    const char *why = json_string_value(json_object_get(answer, "reason"));

    if (got == NULL || strcmp(got, value != NULL ? value : "null") != 0)
        fail_msg("%s(%s): got %s, reason %s; expected %s", call, argument,
                 got != NULL ? got : "no value", why != NULL ? why : "none", value);
    if (strcmp(why != NULL ? why : "none", reason != NULL ? reason : "none") != 0)
        fail_msg("%s(%s): reason %s, expected %s", call, argument, why, reason);
    free(got);
    json_decref(answer);
}

void run_inventory_refused(struct run_inventory *run, const char *call, const char *argument,
                           const char *words)
{
    json_t *answer = run_inventory_ask(run, call, argument);
    const char *refused = json_string_value(json_object_get(answer, "refused"));

    if (refused == NULL || strstr(refused, words) == NULL)
        fail_msg("%s(%s): refused with %s, expected %s", call, argument, refused, words);
    json_decref(answer);
}

void run_inventory_judged(struct run_inventory *run, const char *path, const char *word)
{
    json_t *body = json_pack("{s:s}", "path", path), *answer = NULL;
    struct error err = {0};
    struct frame frame;

    assert_ok(frame_send_json(run->child.socket, INVENTORY_JUDGE, body, NULL, 0, DEADLINE_MS, &err),
              &err);
    json_decref(body);
    receive(run, &frame);
    assert_ok(frame_read_json(&frame, INVENTORY_JUDGE, &answer, &err), &err);
    frame_clear(&frame);
    assert_string_equal(json_string_value(json_object_get(answer, "verdict")), word);
    json_decref(answer);
}
