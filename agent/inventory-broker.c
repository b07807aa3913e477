/* SPDX-License-Identifier: ISC */
#include "agent/inventory-broker.h"

#include <stdio.h>

#include "agent/inventory-protocol.h"
#include "media/base/json.h"
#include "media/base/limits.h"

#define PROGRAM     "sallyport-inventory"
#define DEADLINE_MS 10000 /* a question takes below 100 ms, also on a disk that is asleep */

int inventory_broker_start(const struct config *config, int root, int home, const char *user,
                           struct inventory_broker *broker, struct error *err)
{
    const int fds[] = {root, home};

    *broker = (struct inventory_broker){.failed = {.code = ERROR_OK}};
    return process_start(config, PROGRAM, user, fds, home >= 0 ? 2 : 1, &broker->process, err);
}

void inventory_broker_end(struct inventory_broker *broker)
{
    process_end(&broker->process);
}

/* One message and its answer. What goes wrong once goes wrong from then on. */
static int converse(struct inventory_broker *broker, enum inventory_message type,
                    const json_t *body, json_t **answer, struct error *err)
{
    enum inventory_message expected = type == INVENTORY_CALL ? INVENTORY_RETURN : type;
    struct frame frame = {.fd_count = 0};
    int result;

    *answer = NULL;
    if (broker->failed.code != ERROR_OK) {
        *err = broker->failed;
        return -(int)err->code;
    }
    result = process_send_json(&broker->process, (uint16_t)type, body, NULL, 0, err);
    if (result == 0)
        result = process_receive(&broker->process, NULL, LIMIT_INVENTORY_MESSAGE, DEADLINE_MS,
                                 &frame, err);
    if (result == 0)
        result = frame_read_json(&frame, (uint16_t)expected, answer, err);
    frame_clear(&frame);
    if (result < 0)
        broker->failed = *err;
    return result;
}

static int take_return(const json_t *answer, json_t **value, char reason[static ERROR_WORDS_BYTES],
                       struct error *err)
{
    const char *refused = json_string_value(json_object_get(answer, "refused"));
    const char *why = json_string_value(json_object_get(answer, "reason"));

    if (refused != NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%s", refused);
    *value = json_incref(json_object_get(answer, "value"));
    if (*value == NULL)
        *value = json_null();
    if (why != NULL)
        snprintf(reason, ERROR_WORDS_BYTES, "%s", why);
    return 0;
}

int inventory_broker_call(struct inventory_broker *broker, const char *call,
                          const json_t *arguments, json_t **value,
                          char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    json_t *body = json_pack("{s:s, s:O}", "call", call, "arguments", arguments), *answer = NULL;
    struct error why;
    int result;

    *value = NULL;
    if (body == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "a call that is no text");
    if (converse(broker, INVENTORY_CALL, body, &answer, &why) == 0) {
        result = take_return(answer, value, reason, err);
    } else {
        *value = json_null();
        snprintf(reason, ERROR_WORDS_BYTES, "inventory-failed");
        result = 0;
    }
    json_decref(answer);
    json_decref(body);
    return result;
}

enum exclusion_verdict inventory_broker_judge(struct inventory_broker *broker, const char *path)
{
    json_t *body = json_pack("{s:s}", "path", path), *answer = NULL;
    enum exclusion_verdict verdict = EXCLUSION_NOT_SEEN;
    const char *word = NULL;
    struct error why;

    if (body != NULL && converse(broker, INVENTORY_JUDGE, body, &answer, &why) == 0)
        word = json_string_value(json_object_get(answer, "verdict"));
    if (word == NULL || !exclusion_find(word, &verdict))
        verdict = EXCLUSION_NOT_SEEN;
    json_decref(answer);
    json_decref(body);
    return verdict;
}
