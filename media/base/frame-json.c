/* SPDX-License-Identifier: ISC */
#include "media/base/frame.h"

#include "media/base/json.h"

int frame_send_json(int socket, uint16_t type, const json_t *body, const int *fds, size_t fd_count,
                    int deadline_ms, struct error *err)
{
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_MESSAGE_BYTES);
    result = json_write(body, &text, err);
    if (result == 0)
        result = frame_send(socket, type, text.data, text.size, fds, fd_count, deadline_ms, err);
    bytes_clear(&text);
    return result;
}

int frame_read_json(const struct frame *frame, uint16_t type, json_t **body, struct error *err)
{
    *body = NULL;
    if (frame->type != type)
        return error_set(err, ERROR_PROTOCOL, "message of type %u where %u is due", frame->type,
                         type);
    if (json_read(frame->body.data, frame->body.size, body, err) < 0)
        return error_set(err, ERROR_PROTOCOL, "message of type %u is not strict JSON", type);
    return 0;
}
