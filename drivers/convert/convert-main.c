/* SPDX-License-Identifier: ISC
 *
 * sallyport-convert: rules in the form of others become ours. Everything that is read comes from
 * outside and is read here, with nothing in reach but the descriptors that were sent.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/convert/sigma-lua.h"
#include "media/base/convert-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/refusal.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define FORMAT      "sigma"
#define DATA_BYTES  (128 * MIB)
#define OPEN_FILES  32
#define CPU_SECONDS 120 /* 4,000 usual rules take below 10 */

static int confine(struct error *err)
{
    const struct sandbox_profile profile = {
        .name = "convert",
        .data_bytes = DATA_BYTES,
        .file_bytes = LIMIT_LUA_RULE_BYTES,
        .open_files = OPEN_FILES,
        .cpu_seconds = CPU_SECONDS,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

static int answer(enum convert_message type, json_t *body, struct error *err)
{
    int result = frame_send_json(SPAWN_FD_SOCKET, (uint16_t)type, body, NULL, 0, -1, err);

    json_decref(body);
    return result;
}

static json_t *plain(const char *words)
{
    char text[CONVERT_WHAT];
    size_t size = 0;

    for (; words[size] != '\0' && size < sizeof(text) - 1; size++)
        text[size] = words[size] >= ' ' && words[size] <= '~' ? words[size] : '?';
    text[size] = '\0';
    return json_string(text);
}

static int answer_found(const struct sigma_findings *findings, struct error *err)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < findings->count; i++)
        json_array_append_new(rows,
                              json_pack("{s:I, s:o}", "line", (json_int_t)findings->rows[i].line,
                                        "what", plain(findings->rows[i].what)));
    return answer(CONVERT_FOUND,
                  json_pack("{s:b, s:I, s:o}", "broken", findings->broken, "untold",
                            (json_int_t)findings->untold, "rows", rows),
                  err);
}

static int convert(const struct frame *frame, uint64_t size, struct error *err)
{
    struct sigma_findings findings;
    struct bytes out;
    uint8_t *text = bytes_allocate(1, size + 1);
    int result = path_pread(frame->fds[0], text, size, 0, err);

    bytes_init(&out, LIMIT_LUA_RULE_BYTES);
    if (result == 0)
        result = sigma_lua_convert(bytes_view_of(text, size), &out, &findings, err);
    if (result == 0 && !sigma_is_clear(&findings))
        result = answer_found(&findings, err);
    else if (result == 0)
        result = path_write(frame->fds[1], out.data, out.size, err);
    if (result == 0 && sigma_is_clear(&findings))
        result = answer(CONVERT_MADE, json_object(), err);
    bytes_clear(&out);
    free(text);
    return result;
}

static int take_file(const struct frame *frame, struct error *err)
{
    const char *format = NULL;
    uint64_t size = 0;
    const struct json_field fields[] = {
        {.key = "format", .kind = JSON_NAME, .out = &format},
        {.key = "size", .kind = JSON_COUNT, .out = &size, .max = LIMIT_YAML_BYTES},
    };
    json_t *body = NULL;
    int result = frame_read_json(frame, CONVERT_FILE, &body, err);

    if (result == 0)
        result = json_fields(body, fields, 2, err);
    if (result == 0 && (strcmp(format, FORMAT) != 0 || frame->fd_count != 2))
        result =
            error_set(err, ERROR_PROTOCOL, "format %s, %zu descriptors", format, frame->fd_count);
    if (result == 0)
        result = convert(frame, size, err);
    json_decref(body);
    return result;
}

static int selftest(struct error *err)
{
    struct error found = {.code = ERROR_OK};

    if (sandbox_selftest(&found) == 0)
        return answer(CONVERT_MADE, json_object(), err);
    return answer(CONVERT_REFUSED, refusal_body(&found), err);
}

/* What went wrong here is told, where anybody listens. */
static int serve_one(struct error *err)
{
    struct frame frame;
    int result = frame_receive(SPAWN_FD_SOCKET, CONVERT_MESSAGE, -1, &frame, err);

    if (result < 0)
        return result;
    result = frame.type == CONVERT_SELFTEST ? selftest(err) : take_file(&frame, err);
    frame_clear(&frame);
    if (result < 0) {
        struct error untold = {.code = ERROR_OK};

        (void)answer(CONVERT_REFUSED, refusal_body(err), &untold);
    }
    return result;
}

int main(void)
{
    struct error err = {.code = ERROR_OK};
    int result;

    log_open("convert", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    json_object_seed(0);
    result = confine(&err);
    while (result == 0)
        result = serve_one(&err);
    if (err.code == ERROR_PEER_GONE) /* nobody asks any more */
        return 0;
    log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return err.code == ERROR_SANDBOX ? CONVERT_NO_SANDBOX : 1;
}
