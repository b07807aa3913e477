/* SPDX-License-Identifier: ISC */
#include "media/base/refusal.h"

#include <string.h>
#include <sys/wait.h>

#include "media/base/json.h"
#include "media/base/log.h"

#define END_MS 10000

json_t *refusal_body(const struct error *refusal)
{
    char words[ERROR_WORDS_BYTES];
    size_t size = 0;

    for (; refusal->words[size] != '\0' && size < sizeof(words) - 1; size++)
        words[size] =
            refusal->words[size] >= ' ' && refusal->words[size] <= '~' ? refusal->words[size] : '?';
    words[size] = '\0';
    return json_pack("{s:s, s:s}", "code", error_name(refusal->code), "words", words);
}

int refusal_take(const struct frame *frame, uint16_t type, size_t words_limit, struct error *err)
{
    static const enum error_code codes[] = {ERROR_BAD_CONTENT, ERROR_LIMIT, ERROR_NO_SPACE,
                                            ERROR_IO};
    const char *name = NULL, *words = NULL;
    const struct json_field fields[] = {
        {.key = "code", .kind = JSON_NAME, .out = &name},
        {.key = "words", .kind = JSON_TEXT, .out = &words, .max = words_limit},
    };
    enum error_code code = ERROR_BAD_CONTENT;
    json_t *body = NULL;
    int result = frame_read_json(frame, type, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 2, err);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]) && result == 0; i++) {
        if (strcmp(error_name(codes[i]), name) == 0)
            code = codes[i];
    }
    if (result == 0)
        result = error_set(err, code, "%s", words);
    json_decref(body);
    return result;
}

int refusal_of_end(struct child *child, const char *program, const char *what, int no_sandbox,
                   struct error *err)
{
    struct error lost = {.code = ERROR_OK};
    char words[128];
    int status = 0, killed = 0;

    log_drain(child->log, program);
    if (spawn_finish(child, END_MS, &status, &killed, &lost) < 0)
        return -(int)err->code;
    if (WIFEXITED(status) && WEXITSTATUS(status) == no_sandbox)
        return error_set(err, ERROR_SANDBOX, "%s: no sandbox, so it read nothing", program);
    return error_set(err, ERROR_BAD_CONTENT,
                     "%s: %s, which reads it in a sandbox, %s before the end", what, program,
                     spawn_status_text(status, words, sizeof(words)));
}
