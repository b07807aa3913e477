/* SPDX-License-Identifier: ISC */
#include "media/base/destination.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/path.h"

#define HTTPS_PORT  443
#define LABEL_BYTES 63 /* RFC 1035 */

#define HEADERS_BYTES                                                                              \
    (LIMIT_DESTINATION_HEADERS * (LIMIT_DESTINATION_NAME + LIMIT_DESTINATION_VALUE + 2))

/* PUT alone: an item has a name of its own, so that sending it twice does no harm. */
static const char *const verbs[] = {"PUT"};

/* Names that lead to this machine or to a service that hands out its credentials; what lies beneath
 * them too. */
static const char *const refused_servers[] = {
    "localhost",
    "localhost.localdomain",
    "metadata.google.internal",
    "instance-data.ec2.internal",
};

/* What content may not say in a header. family: and every name that begins so. */
static const struct {
    const char *name;
    bool family;
    const char *why;
} refused_headers[] = {
    {"Host", false, "server says where it goes"},
    {"Content-", true, "the sender sets it"},
    {"Transfer-Encoding", false, "the sender sets it"},
    {"TE", false, "the sender sets it"},
    {"Trailer", false, "the sender sets it"},
    {"Connection", false, "the sender sets it"},
    {"Keep-Alive", false, "the sender sets it"},
    {"Upgrade", false, "the sender sets it"},
    {"HTTP2-Settings", false, "the sender sets it"},
    {"Expect", false, "the sender sets it"},
    {"Range", false, "the sender sets it"},
    {"If-", true, "the sender sets it"},
    {"Date", false, "the sender sets it"},
    {"User-Agent", false, "the sender sets it"},
    {"Via", false, "no proxy wrote it"},
    {"Forwarded", false, "no proxy wrote it"},
    {"X-Forwarded-", true, "no proxy wrote it"},
    {"Proxy-", true, "it is for a proxy"},
    {"X-HTTP-Method", true, "verb says what is done"},
    {"Authorization", false, "whoever holds the medium could read it"},
    {"Cookie", false, "whoever holds the medium could read it"},
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Size of the label that a name begins with; 0: none. */
static size_t label_size(const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (size > LABEL_BYTES || name[0] == '-' || (size > 0 && name[size - 1] == '-'))
        return 0;
    return size;
}

/* How many labels a DNS name has; 0: it is none. A last label that begins with a digit would make
 * it an address to some resolvers ("10.1", "0x7f000001"). */
static size_t count_labels(const char *name)
{
    size_t count = 0;

    if (strnlen(name, DESTINATION_SERVER_BYTES + 1) > DESTINATION_SERVER_BYTES)
        return 0;
    for (;;) {
        size_t size = label_size(name);

        if (size == 0)
            return 0;
        count++;
        if (name[size] == '\0')
            return name[0] >= '0' && name[0] <= '9' ? 0 : count;
        if (name[size] != '.')
            return 0;
        name += size + 1;
    }
}

bool destination_suffix_valid(const char *name)
{
    return count_labels(name) > 0;
}

bool destination_is_beneath(const char *server, const char *suffix)
{
    size_t server_size = strlen(server), suffix_size = strlen(suffix);

    if (suffix_size == 0 || suffix_size > server_size ||
        strcmp(server + server_size - suffix_size, suffix) != 0)
        return false;
    return suffix_size == server_size || server[server_size - suffix_size - 1] == '.';
}

static int take_server(const char *given, struct destination *destination, struct error *err)
{
    if (count_labels(given) < 2)
        return error_set(err, ERROR_BAD_CONTENT,
                         "server: expected a full DNS name in lower case such as "
                         "mirror.site.example; no address, user or port");
    for (size_t i = 0; i < ROWS(refused_servers); i++) {
        if (destination_is_beneath(given, refused_servers[i]))
            return error_set(err, ERROR_BAD_CONTENT,
                             "server: expected a server of the site; %s is a name of the machine "
                             "itself or of what serves its credentials",
                             refused_servers[i]);
    }
    snprintf(destination->server, sizeof(destination->server), "%s", given);
    return 0;
}

static int take_root(const char *given, struct destination *destination, struct error *err)
{
    if (!path_name_valid(given, strlen(given)))
        return error_set(err, ERROR_BAD_CONTENT,
                         "resourceRoot: expected names of A-Z a-z 0-9 . _ - joined by single "
                         "slashes, none . or ..");
    snprintf(destination->root, sizeof(destination->root), "%s", given);
    return 0;
}

static int take_verb(const char *given, struct destination *destination, struct error *err)
{
    for (size_t i = 0; i < ROWS(verbs); i++) {
        if (strcmp(given, verbs[i]) == 0) {
            destination->verb = verbs[i];
            return 0;
        }
    }
    return error_set(err, ERROR_BAD_CONTENT, "verb: expected \"PUT\"");
}

/* number: of the header, from 1. */
static int refuse_header(struct error *err, size_t number, const char *words)
{
    return error_set(err, ERROR_BAD_CONTENT, "additionalHeaders: line %zu: %s", number, words);
}

static int check_name(const struct destination *destination, const char *name, size_t number,
                      struct error *err)
{
    for (size_t i = 0; i < ROWS(refused_headers); i++) {
        size_t size = strlen(refused_headers[i].name) + (refused_headers[i].family ? 0 : 1);

        if (strncasecmp(name, refused_headers[i].name, size) == 0)
            return error_set(err, ERROR_BAD_CONTENT,
                             "additionalHeaders: line %zu: %s is not for content to set: %s",
                             number, name, refused_headers[i].why);
    }
    for (size_t i = 0; i + 1 < number; i++) {
        if (strcasecmp(name, destination->headers[i].name) == 0)
            return error_set(err, ERROR_BAD_CONTENT,
                             "additionalHeaders: line %zu: %s is already on line %zu", number, name,
                             i + 1);
    }
    return 0;
}

/* Printable ASCII: whoever sends it sends no control, and nobody has to know an encoding. */
static bool value_valid(const char *value, size_t size)
{
    if (size == 0 || size > LIMIT_DESTINATION_VALUE || value[0] == ' ' || value[size - 1] == ' ')
        return false;
    for (size_t i = 0; i < size; i++) {
        if (value[i] < ' ' || value[i] > '~')
            return false;
    }
    return true;
}

/* "Name:value" of size bytes. */
static int take_header(const char *line, size_t size, struct destination *destination,
                       struct error *err)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$%&'*+-.^_`|~";
    struct destination_header *header = &destination->headers[destination->header_count];
    size_t number = destination->header_count + 1;
    size_t name_size = strspn(line, token);

    if (number > LIMIT_DESTINATION_HEADERS)
        return error_set(err, ERROR_BAD_CONTENT,
                         "additionalHeaders: more than DESTINATION_HEADERS, %d lines",
                         LIMIT_DESTINATION_HEADERS);
    if (name_size == 0 || name_size > LIMIT_DESTINATION_NAME || line[name_size] != ':')
        return refuse_header(
            err, number, "expected Name:value, the name a token (RFC 9110) of at most 64 bytes");
    memcpy(header->name, line, name_size);
    header->name[name_size] = '\0';
    line += name_size + 1;
    size -= name_size + 1;
    if (!value_valid(line, size))
        return refuse_header(err, number,
                             "expected a value of 1 to 256 bytes of printable ASCII, without "
                             "spaces at its ends");
    memcpy(header->value, line, size);
    header->value[size] = '\0';
    destination->header_count++;
    return check_name(destination, header->name, number, err);
}

static int take_headers(const char *given, struct destination *destination, struct error *err)
{
    int result = 0;

    if (given[0] == '\0')
        return 0;
    for (;;) {
        size_t size = strcspn(given, "\n");

        result = take_header(given, size, destination, err);
        if (result < 0 || given[size] == '\0')
            return result;
        given += size + 1;
    }
}

/* What each key holds, before it is looked into. */
struct given {
    const char *headers, *root, *server, *verb;
    uint64_t port;
};

static int take(const struct given *given, struct destination *destination, struct error *err)
{
    int result = take_headers(given->headers, destination, err);

    if (result == 0)
        result = take_root(given->root, destination, err);
    if (result == 0)
        result = take_server(given->server, destination, err);
    if (result == 0)
        result = take_verb(given->verb, destination, err);
    destination->port = (uint16_t)(given->port != 0 ? given->port : HTTPS_PORT);
    return result;
}

int destination_read(const json_t *object, struct destination *destination, struct error *err)
{
    struct given given;
    uint64_t *interval = &destination->interval_s;
    const struct json_field fields[] = {
        {"additionalHeaders", JSON_TEXT, JSON_REQUIRED, &given.headers, 0, HEADERS_BYTES, NULL},
        {"port", JSON_COUNT, JSON_REQUIRED, &given.port, 0, UINT16_MAX, NULL},
        {"resourceRoot", JSON_TEXT, JSON_REQUIRED, &given.root, 1, LIMIT_DESTINATION_ROOT, NULL},
        {"server", JSON_TEXT, JSON_REQUIRED, &given.server, 1, DESTINATION_SERVER_BYTES, NULL},
        {"verb", JSON_TEXT, JSON_REQUIRED, &given.verb, 1, LIMIT_NAME_BYTES, NULL},
        {"interval", JSON_COUNT, JSON_REQUIRED, interval, LIMIT_TELEMETRY_INTERVAL_S,
         LIMIT_TELEMETRY_LONGEST_S, NULL},
    };
    int result;

    *destination = (struct destination){0};
    result = json_fields(object, fields, ROWS(fields), err);
    if (result == 0)
        result = take(&given, destination, err);
    if (result < 0)
        err->code = ERROR_BAD_CONTENT;
    return result < 0 ? -(int)err->code : 0;
}

static json_t *headers_value(const struct destination *destination)
{
    char text[HEADERS_BYTES] = "";
    size_t used = 0;

    for (size_t i = 0; i < destination->header_count; i++) {
        const struct destination_header *header = &destination->headers[i];

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s:%s", i > 0 ? "\n" : "",
                                 header->name, header->value);
    }
    return json_string(text);
}

json_t *destination_value(const struct destination *destination)
{
    return json_pack("{s:o, s:i, s:s, s:s, s:s, s:I}", "additionalHeaders",
                     headers_value(destination), "port", (int)destination->port, "resourceRoot",
                     destination->root, "server", destination->server, "verb", destination->verb,
                     "interval", (json_int_t)destination->interval_s);
}
