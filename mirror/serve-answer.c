/* SPDX-License-Identifier: ISC */
#include "mirror/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "media/base/http-range.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/volume.h"

#define TYPE_TREE   "application/octet-stream"
#define TYPE_WORDS  "text/plain; charset=us-ascii"
#define CACHE_FIXED "public, max-age=31536000, immutable" /* named by content or number */
#define CACHE_ASK   "no-cache"                            /* replaced by rename */

/* A file that is about to be sent: bytes first to last of size. */
struct part {
    int fd;
    uint64_t size, first, last;
    enum http_range range;
};

struct header {
    const char *name, *value;
};

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response, const struct header *headers,
                             size_t count, struct serve_request *request)
{
    enum MHD_Result result = response != NULL ? MHD_YES : MHD_NO;

    for (size_t i = 0; i < count && result == MHD_YES; i++) {
        if (headers[i].value != NULL)
            result = MHD_add_response_header(response, headers[i].name, headers[i].value);
    }
    if (result == MHD_YES)
        result = MHD_queue_response(connection, status, response);
    if (response != NULL)
        MHD_destroy_response(response);
    request->status = result == MHD_YES ? status : 0;
    return result;
}

/* Everything that is no file. */
static const struct refusal {
    unsigned status;
    const char *words;
} refusals[] = {
    {MHD_HTTP_BAD_REQUEST, "a request for a file has no body\n"},
    {MHD_HTTP_NOT_FOUND, "no such file\n"},
    {MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n"},
    {MHD_HTTP_RANGE_NOT_SATISFIABLE, "the file ends before that\n"},
    {MHD_HTTP_INTERNAL_SERVER_ERROR, "the file can't be read\n"},
};

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status,
                              const char *content_range, struct serve_request *request)
{
    const struct header headers[] = {
        {MHD_HTTP_HEADER_CONTENT_TYPE, TYPE_WORDS},
        {MHD_HTTP_HEADER_CACHE_CONTROL, CACHE_ASK},
        {MHD_HTTP_HEADER_ALLOW, status == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL},
        {MHD_HTTP_HEADER_CONTENT_RANGE, content_range},
    };
    const char *words = "";

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].status == status)
            words = refusals[i].words;
    }
    return queue(connection, status,
                 MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words,
                                                 MHD_RESPMEM_PERSISTENT),
                 headers, sizeof(headers) / sizeof(headers[0]), request);
}

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* A condition needs something to compare with; files here have no tags and no dates that count, so
 * a conditional range is the whole file (RFC 9110, 13.1.5). */
static void choose_part(struct MHD_Connection *connection, struct part *part)
{
    const char *range = header_of(connection, MHD_HTTP_HEADER_RANGE);

    part->range = HTTP_RANGE_NONE;
    if (range != NULL && header_of(connection, MHD_HTTP_HEADER_IF_RANGE) == NULL)
        part->range = http_range_read(range, part->size, &part->first, &part->last);
    if (part->range == HTTP_RANGE_NONE) {
        part->first = 0;
        part->last = part->size - 1; /* of an empty file: one below 0, so that its length is 0 */
    }
}

static bool is_replaced(enum volume_kind kind)
{
    return kind == VOLUME_INDEX || kind == VOLUME_SET_NEWEST || kind == VOLUME_FORMAT;
}

static enum MHD_Result send_file(struct MHD_Connection *connection, struct part *part,
                                 enum volume_kind kind, struct serve_request *request)
{
    uint64_t length;
    char range[96];
    const struct header headers[] = {
        {MHD_HTTP_HEADER_CONTENT_TYPE, TYPE_TREE},
        {MHD_HTTP_HEADER_CACHE_CONTROL, is_replaced(kind) ? CACHE_ASK : CACHE_FIXED},
        {MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes"},
        {"X-Content-Type-Options", "nosniff"},
        {MHD_HTTP_HEADER_CONTENT_RANGE, part->range == HTTP_RANGE_PART ? range : NULL},
    };
    const union MHD_ConnectionInfo *info;

    length = part->last - part->first + 1;
    snprintf(range, sizeof(range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, part->first,
             part->last, part->size);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info != NULL && info->socket_context != NULL)
        serve_client_answer(info->socket_context, length);
    return queue(connection,
                 part->range == HTTP_RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK,
                 MHD_create_response_from_fd_at_offset64(length, part->fd, part->first), headers,
                 sizeof(headers) / sizeof(headers[0]), request);
}

/* The name that a request is for: one of the format's, written in the one way that there is. */
static int name_of(const char *target, struct volume_name *name)
{
    if (target[0] != '/' || volume_parse(target + 1, name) < 0)
        return -1;
    return name->kind == VOLUME_RECEIPT || name->kind == VOLUME_OUTBOX ? -1 : 0;
}

static enum MHD_Result answer_file(const struct serve_options *options,
                                   struct MHD_Connection *connection, struct serve_request *request)
{
    struct part part = {.fd = -1};
    struct volume_name name;
    struct error err = {.code = ERROR_OK};
    char range[64];

    if (name_of(request->target, &name) < 0)
        return refuse(connection, MHD_HTTP_NOT_FOUND, NULL, request);
    errno = 0;
    if (path_open_regular(options->tree_fd, request->target + 1, UINT64_MAX, &part.fd, &part.size,
                          &err) < 0) {
        if (err.code == ERROR_NOT_FOUND || err.code == ERROR_UNEXPECTED_FILE || errno == ELOOP)
            return refuse(connection, MHD_HTTP_NOT_FOUND, NULL, request);
        log_write(LOG_LEVEL_WARN, "%s: %s", request->target, err.words);
        return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, request);
    }
    choose_part(connection, &part);
    if (part.range != HTTP_RANGE_UNSATISFIABLE)
        return send_file(connection, &part, name.kind, request); /* which takes the descriptor */
    (void)close(part.fd);
    snprintf(range, sizeof(range), "bytes */%" PRIu64, part.size);
    return refuse(connection, MHD_HTTP_RANGE_NOT_SATISFIABLE, range, request);
}

/* Each line counts: where a length comes twice, what stands in front of us may have believed the
 * other one, and takes our second answer for somebody else's. */
static enum MHD_Result note_body(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    bool *found = context;

    if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0 ||
        (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 &&
         (value == NULL || strcmp(value, "0") != 0)))
        *found = true;
    return MHD_YES;
}

static bool has_body(struct MHD_Connection *connection)
{
    bool found = false;

    MHD_get_connection_values(connection, MHD_HEADER_KIND, note_body, &found);
    return found;
}

enum MHD_Result serve_answer(const struct serve_options *options, struct MHD_Connection *connection,
                             const char *method, struct serve_request *request)
{
    bool begun = request->begun;

    request->begun = true;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, NULL, request);
    if (has_body(connection))
        return refuse(connection, MHD_HTTP_BAD_REQUEST, NULL, request);
    /* Answered at the second call: an answer at the first one would end the connection. */
    return begun ? answer_file(options, connection, request) : MHD_YES;
}
