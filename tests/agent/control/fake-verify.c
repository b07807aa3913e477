/* SPDX-License-Identifier: ISC
 *
 * A verify for tests of whoever starts one. What it does is said by the root document that it gets:
 * the words of the table below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/control/verify-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/spawn.h"

#define DOCUMENT   "{\"code\":\"ok\",\"kind\":\"root\",\"path\":\"sallyport/root/1.p7m\"}"
#define PLAN(code) "{\"code\":\"" code "\",\"words\":\"the words\",\"packages\":[],\"set\":null}"

static const struct {
    const char *word;
    struct {
        enum verify_message type;
        const char *body;
    } says[4]; /* until a body is NULL */
} scripts[] = {
    {"good",
     {{VERIFY_DOCUMENT, DOCUMENT},
      {VERIFY_NEW_ROOT, "raw"},
      {VERIFY_NEW_CRL, "raw"},
      {VERIFY_PLAN, PLAN("ok")}}},
    {"refused", {{VERIFY_DOCUMENT, DOCUMENT}, {VERIFY_PLAN, PLAN("rollback")}}},
    {"cannot", {{VERIFY_ERROR, "{\"code\":\"root-unsigned\",\"words\":\"why\"}"}}},
    {"formless", {{VERIFY_ERROR, "{}"}}},
    {"lying", {{VERIFY_ERROR, "{\"code\":\"ok\",\"words\":\"\"}"}}},
    {"garbage", {{VERIFY_DOCUMENT, "}{"}}},
    {"list", {{VERIFY_PLAN, "[]"}}},
    {"strange", {{VERIFY_WANT, "{}"}}},
    {"silent", {{VERIFY_PLAN, NULL}}},
};

static void play(const char *word)
{
    struct error err;

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        if (strcmp(scripts[i].word, word) != 0)
            continue;
        for (size_t j = 0; j < 4 && scripts[i].says[j].body != NULL; j++) {
            const char *body = scripts[i].says[j].body;

            if (frame_send(SPAWN_FD_SOCKET, (uint16_t)scripts[i].says[j].type, body, strlen(body),
                           NULL, 0, -1, &err) < 0)
                exit(2);
        }
    }
}

int main(void)
{
    char word[32] = "";
    struct frame frame;
    struct error err;
    json_t *judge = NULL;
    int result;

    result = frame_receive(SPAWN_FD_SOCKET, sizeof(word) - 1, -1, &frame, &err);
    if (result < 0 || frame.type != VERIFY_ROOT)
        return 3;
    memcpy(word, frame.body.data, frame.body.size);
    frame_clear(&frame);
    if (frame_receive(SPAWN_FD_SOCKET, 4096, -1, &frame, &err) < 0 || frame.type != VERIFY_JUDGE ||
        json_read(frame.body.data, frame.body.size, &judge, &err) < 0 ||
        strcmp(json_string_value(json_object_get(judge, "mode")), "inspect") != 0)
        return 4;
    json_decref(judge);
    frame_clear(&frame);
    play(word);
    return strcmp(word, "silent") == 0 ? 5 : 0;
}
