/* SPDX-License-Identifier: ISC */
#include "drivers/harness-watch.h"

#include <stdio.h>
#include <unistd.h>

#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define CALL_DEADLINE_MS 600000 /* the parent may fetch a content from a medium meanwhile */

static void send_heartbeat(struct driver_watch *watch)
{
    char item[ERROR_WORDS_BYTES * 2];
    char line[24] = "";
    struct error err;
    json_t *body;

    if (watch->line > 0)
        snprintf(line, sizeof(line), ":%llu", (unsigned long long)watch->line);
    snprintf(item, sizeof(item), "%s%s%s%s", watch->file, line, watch->item[0] ? ": " : "",
             watch->item);
    body = json_pack("{s:s}", "item", item);
    if (frame_send_json(watch->socket, DRIVER_HEARTBEAT, body, NULL, 0, HARNESS_SEND_MS, &err) < 0)
        _exit(1); /* the parent is gone: nothing is left to work for */
    json_decref(body);
}

void driver_at(const struct driver_content *content, const char *file, uint64_t line,
               const char *item)
{
    struct driver_watch *watch = content->watch;

    if (watch == NULL)
        return;
    text_escape_string(file != NULL ? file : "", watch->file, sizeof(watch->file));
    text_escape_string(item != NULL ? item : "", watch->item, sizeof(watch->item));
    watch->line = line;
    send_heartbeat(watch);
}

static int take_return(const json_t *body, json_t **value, char reason[static ERROR_WORDS_BYTES],
                       struct error *err)
{
    const char *refused = json_string_value(json_object_get(body, "refused"));
    const char *words = json_string_value(json_object_get(body, "reason"));

    if (refused != NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%s", refused);
    snprintf(reason, ERROR_WORDS_BYTES, "%s", words != NULL ? words : "");
    *value = json_incref(json_object_get(body, "value"));
    return *value == NULL ? error_set(err, ERROR_PROTOCOL, "an answer without \"value\"") : 0;
}

int driver_call(struct driver_watch *watch, const char *call, json_t *arguments, json_t **value,
                char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    json_t *body = json_pack("{s:s, s:o}", "call", call, "arguments", arguments), *answer = NULL;
    struct frame frame;
    int result;

    *value = NULL;
    if (watch == NULL) {
        json_decref(body);
        return error_set(err, ERROR_BAD_CONTENT, "%s: nobody is there to ask", call);
    }
    result = frame_send_json(watch->socket, DRIVER_CALL, body, NULL, 0, HARNESS_SEND_MS, err);
    json_decref(body);
    if (result == 0)
        result =
            frame_receive(watch->socket, LIMIT_DRIVER_CALL_BYTES, CALL_DEADLINE_MS, &frame, err);
    if (result < 0)
        _exit(1); /* the parent is gone, or no parent of ours */
    if (frame_read_json(&frame, DRIVER_RETURN, &answer, err) < 0)
        _exit(1);
    frame_clear(&frame);
    result = take_return(answer, value, reason, err);
    json_decref(answer);
    return result;
}

void driver_news(struct driver_watch *watch, json_t *news)
{
    struct error err;

    if (watch != NULL &&
        frame_send_json(watch->socket, DRIVER_NEWS, news, NULL, 0, HARNESS_SEND_MS, &err) < 0)
        _exit(1);
    json_decref(news);
}

void harness_watch_reset(struct driver_watch *watch)
{
    watch->file[0] = '\0';
    watch->item[0] = '\0';
    watch->line = 0;
}
