/* SPDX-License-Identifier: ISC */
#include "agent/front-protocol.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "media/base/source.h"
#include "media/base/text.h"

enum {
    FLAG_MORE = 1,
    FLAG_DRY_RUN = 2,
    FLAG_TOKENS = 4,
    FLAG_CONFIRM_TIME = 8,
    FLAG_STRICT_EXPIRY = 16
};

/* What each method may carry; anything else must be zero. */
static const struct {
    enum protocol_method method;
    uint8_t flags;
    bool source, name, only;
    bool may_source; /* or none */
    bool after, limit, period;
    bool asked, may_ask; /* or not */
} shapes[] = {
    {.method = PROTOCOL_STATUS},
    {.method = PROTOCOL_CONTENTS},
    {.method = PROTOCOL_FLOORS},
    {.method = PROTOCOL_IMPORT,
     .flags = FLAG_MORE | FLAG_DRY_RUN | FLAG_CONFIRM_TIME | FLAG_STRICT_EXPIRY,
     .source = true,
     .only = true,
     .may_ask = true},
    {.method = PROTOCOL_INSPECT, .flags = FLAG_MORE | FLAG_TOKENS, .source = true},
    {.method = PROTOCOL_FLAG, .name = true},
    {.method = PROTOCOL_AUDIT, .after = true, .limit = true},
    {.method = PROTOCOL_AUDIT_VERIFY},
    {.method = PROTOCOL_CONFIG},
    {.method = PROTOCOL_REFUSALS, .after = true, .limit = true},
    {.method = PROTOCOL_ACKNOWLEDGE, .after = true},
    {.method = PROTOCOL_REPORT, .period = true},
    {.method = PROTOCOL_REPAIR, .flags = FLAG_MORE | FLAG_DRY_RUN, .may_source = true},
    {.method = PROTOCOL_MEDIA},
    {.method = PROTOCOL_DETECTIONS, .after = true, .limit = true},
    {.method = PROTOCOL_REPLAY, .source = true},
    {.method = PROTOCOL_OUTGOING, .after = true, .limit = true},
    {.method = PROTOCOL_EVENTS, .flags = FLAG_MORE, .after = true},
    {.method = PROTOCOL_FLAGS},
    {.method = PROTOCOL_ACTIVATE, .name = true},
    {.method = PROTOCOL_REPUTATION, .asked = true},
    {.method = PROTOCOL_ATTEST, .after = true, .asked = true},
    {.method = PROTOCOL_ENGINES},
    {.method = PROTOCOL_EJECT, .name = true},
    {.method = PROTOCOL_REGISTER, .name = true, .may_ask = true},
    {.method = PROTOCOL_FORGET, .name = true},
    {.method = PROTOCOL_EXCLUSIONS},
};

static uint8_t flags_of(const struct front_request *request)
{
    return (uint8_t)((request->more ? FLAG_MORE : 0) | (request->dry_run ? FLAG_DRY_RUN : 0) |
                     (request->tokens ? FLAG_TOKENS : 0) |
                     (request->confirm_time ? FLAG_CONFIRM_TIME : 0) |
                     (request->strict_expiry ? FLAG_STRICT_EXPIRY : 0));
}

int front_request_write(const struct front_request *request, struct bytes *out, struct error *err)
{
    uint8_t flags = flags_of(request);
    int result;

    if ((result = bytes_put_u32(out, request->client, err)) < 0 ||
        (result = bytes_put_u8(out, (uint8_t)request->method, err)) < 0 ||
        (result = bytes_put_u8(out, flags, err)) < 0 ||
        (result = bytes_put_u64(out, request->after, err)) < 0 ||
        (result = bytes_put_u32(out, request->limit, err)) < 0 ||
        (result = bytes_put_u64(out, request->from_us, err)) < 0 ||
        (result = bytes_put_u64(out, request->to_us, err)) < 0 ||
        (result = bytes_put(out, request->name, sizeof(request->name), err)) < 0 ||
        (result = bytes_put(out, request->source, sizeof(request->source), err)) < 0 ||
        (result = bytes_put_u32(out, request->only_count, err)) < 0 ||
        (result = bytes_put(out, request->only, sizeof(request->only), err)) < 0 ||
        (result = bytes_put(out, request->asked, sizeof(request->asked), err)) < 0)
        return result;
    return 0;
}

/* A string that ends in its field, zero to the field's end, UTF-8, without C0 and DEL. */
static int string_check(const char *field, size_t size, bool allowed, const char *what,
                        struct error *err)
{
    size_t length = strnlen(field, size);

    if (length == size)
        return error_set(err, ERROR_PROTOCOL, "%s: does not end", what);
    for (size_t i = length; i < size; i++) {
        if (field[i] != '\0')
            return error_set(err, ERROR_PROTOCOL, "%s: bytes after its end", what);
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)field[i] < 0x20 || field[i] == 0x7f)
            return error_set(err, ERROR_PROTOCOL, "%s: control character", what);
    }
    if (!text_is_utf8(field, length))
        return error_set(err, ERROR_PROTOCOL, "%s: not UTF-8", what);
    if (allowed != (length > 0))
        return error_set(err, ERROR_PROTOCOL, "%s: %s", what,
                         allowed ? "missing" : "not for this method");
    return 0;
}

static int only_check(const struct front_request *request, bool allowed, struct error *err)
{
    if (request->only_count > LIMIT_SET_PACKAGES || (!allowed && request->only_count > 0))
        return error_set(err, ERROR_PROTOCOL, "only: %u types", request->only_count);
    for (uint32_t i = 0; i < LIMIT_SET_PACKAGES; i++) {
        int result = string_check(request->only[i], sizeof(request->only[i]),
                                  i < request->only_count, "only", err);

        if (result < 0)
            return result;
    }
    return 0;
}

/* Lines that are ended by LF, none of them empty or too long, all of them text. */
static int asked_check(const char *asked, size_t size, bool allowed, struct error *err)
{
    size_t length = strnlen(asked, size), count = 0, from = 0;

    if (length == size || allowed != (length > 0) || (length > 0 && asked[length - 1] != '\n'))
        return error_set(err, ERROR_PROTOCOL, "asked: missing, not for this method or unended");
    for (size_t i = length; i < size; i++) {
        if (asked[i] != '\0')
            return error_set(err, ERROR_PROTOCOL, "asked: bytes after its end");
    }
    for (size_t i = 0; i < length; i++) {
        if (asked[i] != '\n' && ((unsigned char)asked[i] < 0x20 || asked[i] == 0x7f))
            return error_set(err, ERROR_PROTOCOL, "asked: control character");
        if (asked[i] != '\n')
            continue;
        if (i == from || i - from > LIMIT_SIGNER_BYTES || ++count > LIMIT_REPUTATION_BATCH)
            return error_set(err, ERROR_PROTOCOL, "asked: line %zu", count);
        from = i + 1;
    }
    if (!text_is_utf8(asked, length))
        return error_set(err, ERROR_PROTOCOL, "asked: not UTF-8");
    return 0;
}

static int request_check(const struct front_request *request, uint8_t flags, struct error *err)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        int result;

        if (shapes[i].method != request->method)
            continue;
        if ((flags & ~shapes[i].flags) != 0)
            return error_set(err, ERROR_PROTOCOL, "flags: %#x not for this method", flags);
        if ((!shapes[i].after && request->after != 0) ||
            (!shapes[i].limit && request->limit != 0) || request->after > INT64_MAX)
            return error_set(err, ERROR_PROTOCOL, "range: not for this method");
        if (shapes[i].period ? request->from_us > request->to_us || request->to_us > INT64_MAX
                             : request->from_us != 0 || request->to_us != 0)
            return error_set(err, ERROR_PROTOCOL, "period: not for this method, or it ends first");
        if ((result = string_check(request->name, sizeof(request->name), shapes[i].name, "name",
                                   err)) < 0 ||
            (result = string_check(request->source, sizeof(request->source),
                                   shapes[i].source ||
                                       (shapes[i].may_source && request->source[0] != '\0'),
                                   "source", err)) < 0 ||
            (result = only_check(request, shapes[i].only, err)) < 0 ||
            (result = asked_check(
                 request->asked, sizeof(request->asked),
                 shapes[i].asked || (shapes[i].may_ask && request->asked[0] != '\0'), err)) < 0)
            return result;
        if (request->source[0] != '\0' && source_check(request->source, NULL, err) < 0)
            return error_set(err, ERROR_PROTOCOL, "source: not an absolute path or a URL");
        return 0;
    }
    return error_set(err, ERROR_PROTOCOL, "method: %d is none", (int)request->method);
}

int front_request_check(const struct front_request *request, struct error *err)
{
    return request_check(request, flags_of(request), err);
}

int front_request_read(struct bytes_view body, struct front_request *request, struct error *err)
{
    uint8_t method, flags;

    memset(request, 0, sizeof(*request));
    if (body.size != FRONT_REQUEST_BYTES)
        return error_set(err, ERROR_PROTOCOL, "request: %zu bytes", body.size);
    if (bytes_get_u32(&body, &request->client) < 0 || bytes_get_u8(&body, &method) < 0 ||
        bytes_get_u8(&body, &flags) < 0 || bytes_get_u64(&body, &request->after) < 0 ||
        bytes_get_u32(&body, &request->limit) < 0 || bytes_get_u64(&body, &request->from_us) < 0 ||
        bytes_get_u64(&body, &request->to_us) < 0 ||
        bytes_get(&body, request->name, sizeof(request->name)) < 0 ||
        bytes_get(&body, request->source, sizeof(request->source)) < 0 ||
        bytes_get_u32(&body, &request->only_count) < 0 ||
        bytes_get(&body, request->only, sizeof(request->only)) < 0 ||
        bytes_get(&body, request->asked, sizeof(request->asked)) < 0)
        return error_set(err, ERROR_PROTOCOL, "request: short");
    request->method = (enum protocol_method)method;
    request->more = (flags & FLAG_MORE) != 0;
    request->dry_run = (flags & FLAG_DRY_RUN) != 0;
    request->tokens = (flags & FLAG_TOKENS) != 0;
    request->confirm_time = (flags & FLAG_CONFIRM_TIME) != 0;
    request->strict_expiry = (flags & FLAG_STRICT_EXPIRY) != 0;
    return request_check(request, flags, err);
}

/* Whether a group of that name has one of the peer's group ids. */
static bool in_group(const char *name, const struct borrowed_rights *rights)
{
    const struct group *entry = name != NULL ? getgrnam(name) : NULL;

    if (entry == NULL)
        return false;
    if (entry->gr_gid == rights->gid)
        return true;
    for (size_t i = 0; i < rights->group_count; i++) {
        if (rights->groups[i] == entry->gr_gid)
            return true;
    }
    return false;
}

/* A pair of sockets that we made, and a socket that listens, have our own credentials: only what was
 * accepted at our own place speaks for somebody else. The front can make and bind none. */
static int accepted_check(int socket, const char *place, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t address_size = sizeof(address), size = sizeof(int);
    int listens = 1;

    if (getsockname(socket, (struct sockaddr *)&address, &address_size) < 0 ||
        getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0)
        return error_set_errno(err, ERROR_DENIED, errno, "a client's socket");
    if (address.sun_family != AF_UNIX || listens != 0 ||
        strncmp(address.sun_path, place, sizeof(address.sun_path)) != 0)
        return error_set(err, ERROR_DENIED, "a client that did not come by %s", place);
    return 0;
}

int front_peer_read(int socket, const char *place, const char *read_group, const char *act_group,
                    struct front_peer *peer, struct error *err)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);
    struct borrowed_rights *rights = &peer->rights;
    socklen_t group_size = sizeof(rights->groups);
    bool own;
    int result = accepted_check(socket, place, err);

    memset(peer, 0, sizeof(*peer));
    if (result < 0)
        return result;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return error_set_errno(err, ERROR_DENIED, errno, "credentials of a client");
    /* A user in more groups than fit is taken for one in none: refused, never let in. */
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, rights->groups, &group_size) < 0)
        group_size = 0;
    rights->uid = credentials.uid;
    rights->gid = credentials.gid;
    rights->group_count = group_size / sizeof(rights->groups[0]);
    peer->pid = credentials.pid;
    own = credentials.uid == 0 || credentials.uid == geteuid();
    peer->may_act = own || in_group(act_group, rights);
    peer->may_read = peer->may_act || in_group(read_group, rights);
    return 0;
}
