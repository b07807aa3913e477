/* SPDX-License-Identifier: ISC */
#include "media/base/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define ENTRY_BYTES (64 * KIB) /* below what a datagram holds */

bool journal_is(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char here[64];

    if (stream == NULL || fstat(fd, &status) < 0)
        return false;
    snprintf(here, sizeof(here), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(stream, here) == 0;
}

/* The escaped value has no line feed, so the short form of a field is enough. */
static int put_field(struct bytes *entry, const struct journal_field *field, struct error *err)
{
    char value[LIMIT_LOG_LINE];
    int result = bytes_put(entry, field->name, strlen(field->name), err);

    text_escape_string(field->value != NULL ? field->value : "", value, sizeof(value));
    if (result == 0)
        result = bytes_put_u8(entry, '=', err);
    if (result == 0)
        result = bytes_put(entry, value, strlen(value), err);
    return result < 0 ? result : bytes_put_u8(entry, '\n', err);
}

bool journal_send(int socket, const char *place, const struct journal_field *fields, size_t count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct bytes entry;
    struct error ignored;
    bool sent = strlen(place) < sizeof(address.sun_path);

    bytes_init(&entry, ENTRY_BYTES);
    for (size_t i = 0; i < count && sent; i++)
        sent = put_field(&entry, &fields[i], &ignored) == 0;
    if (sent) {
        memcpy(address.sun_path, place, strlen(place));
        sent = sendto(socket, entry.data, entry.size, MSG_NOSIGNAL | MSG_DONTWAIT,
                      (const struct sockaddr *)&address, sizeof(address)) == (ssize_t)entry.size;
    }
    bytes_clear(&entry);
    return sent;
}

/* FNV-1a: no secret is in it, it must only stay the same. */
static uint64_t hash(const char *name, uint64_t start)
{
    for (; *name != '\0'; name++)
        start = (start ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return start;
}

const char *journal_id(enum error_code code, char out[static JOURNAL_ID_BYTES])
{
    const char *name = error_name(code);

    snprintf(out, JOURNAL_ID_BYTES, "%016" PRIx64 "%016" PRIx64,
             hash(name, UINT64_C(0xcbf29ce484222325)), hash(name, UINT64_C(0x53616c6c79706f72)));
    return out;
}
