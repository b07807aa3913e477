/* SPDX-License-Identifier: ISC
 *
 * What happens on an endpoint, as behaviour rules see it: one record an event. The sensor
 * (sallyport-sensor) makes them, the behaviour driver reads them; both ends include this, neither
 * includes the other. Kinds and fields are one table (event.c), which the rules' man page lists.
 * Fields by kind: sallyport-rules(5).
 *
 * Wire (little-endian), a batch per packet of a SOCK_SEQPACKET pair, at most EVENT_BATCH_BYTES:
 *   batch   magic u32 "SPEV", version u16 1, records u16, dropped u64
 *           dropped: events that the sensor has had to discard since the channel was made
 *   record  size u32 (whole record), kind u8, hits u8, fields u16,
 *           hits  x { subscription u16, reserved u16 0, count u32 },
 *           fields x { field u8, type u8, size u16, bytes }   fields rising, each once
 * Types: 1 number (8 bytes, signed), 2 text (no NUL; any bytes), 3 list (each element ends in NUL),
 * 4 digest (32 bytes). What breaks a bound ends the channel.
 *
 * Back from the driver on the same pair, EVENT_TAG_BYTES fixed: struct event_tag.
 */
#ifndef MEDIA_BASE_EVENT_H
#define MEDIA_BASE_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

#define EVENT_BATCH_BYTES 65536
#define EVENT_MAGIC       0x56455053u /* "SPEV" */
#define EVENT_VERSION     1
#define EVENT_HITS        64 /* subscriptions that one event may hit */

enum event_kind {
    EVENT_EXEC = 1,
    EVENT_EXIT,
    EVENT_FORK,
    EVENT_OPEN,
    EVENT_WRITE, /* a file that was open for writing was closed */
    EVENT_RENAME,
    EVENT_MOUNT,
    EVENT_LISTEN,
    EVENT_USB,
    EVENT_CONTENT, /* a content of ours changed its place: staged, active, withdrawn... */
    EVENT_HEALTH,  /* ... or its health */
    EVENT_KINDS    /* how many, and one */
};

/* In the order in which rules see them listed. */
enum event_field {
    EVENT_TIME = 1, /* number, microseconds since 1970 UTC; rules see seconds */
    EVENT_PID,
    EVENT_UID,
    EVENT_PATH,
    EVENT_TO,   /* rename: the new name */
    EVENT_ARGV, /* list */
    EVENT_CWD,
    EVENT_SHA256, /* digest of the file at path, as it was when the event happened */
    EVENT_SIGNER,
    EVENT_TAGS, /* list of "key=value" */
    EVENT_PARENT_PID,
    EVENT_PARENT_PATH,
    EVENT_SOURCE, /* mount */
    EVENT_TARGET,
    EVENT_FSTYPE,
    EVENT_PROTO, /* listen: "tcp", "tcp6", "udp", "udp6" */
    EVENT_ADDR,
    EVENT_PORT,   /* number */
    EVENT_ID,     /* usb: "0951:1666" */
    EVENT_SERIAL, /* usb */
    EVENT_INTERFACES,
    EVENT_CONTENT_TYPE, /* content, health */
    EVENT_CONTENT_VERSION,
    EVENT_STATE,
    EVENT_REASON,
    EVENT_FIELDS /* how many, and one */
};

enum event_type { EVENT_NUMBER = 1, EVENT_TEXT, EVENT_LIST, EVENT_DIGEST };

struct event_field_row {
    const char *name; /* as rules, filters and recordings write it: "path", "parent.path" */
    enum event_type type;
    uint32_t kinds;   /* bit 1 << kind: events that can carry it */
    bool filterable;  /* may stand in where= and by= */
    const char *what; /* for the man page */
};

/* Names: "exec", ... NULL past the last. Both tables start at 1. */
const char *event_kind_name(enum event_kind kind);
bool event_kind_find(const char *name, enum event_kind *kind);
const struct event_field_row *event_field_row(enum event_field field);
/* 0: no such field. */
enum event_field event_field_find(const char *name);

/* One field's value; of one that is not present nothing else means anything. `text` is borrowed from
 * whoever made the event (also lists and digests). */
struct event_value {
    bool present;
    int64_t number;
    struct bytes_view text;
};

struct event_hit {
    uint16_t subscription;
    uint32_t count; /* how many events this one stands for (event-filter.h); at least 1 */
};

struct event {
    enum event_kind kind;
    struct event_value values[EVENT_FIELDS];
    size_t hit_count;
    struct event_hit hits[EVENT_HITS];
};

/* Appends a record. ERROR_LIMIT where it would be larger than what is left of a batch (the buffer's
 * ceiling); ERROR_PROTOCOL where a value breaks a bound, so that event_get() would refuse it: a text
 * longer than LIMIT_EVENT_TEXT or with a NUL, a list longer than LIMIT_EVENT_ARGV_BYTES or with more
 * elements than LIMIT_EVENT_ARGUMENTS, a field that the kind does not have. The buffer is then
 * unchanged. */
int event_put(const struct event *event, struct bytes *batch, struct error *err) ERROR_MUST_CHECK;
/* Begins a batch in an empty buffer of ceiling EVENT_BATCH_BYTES; the counts are set by end. */
int event_batch_begin(struct bytes *batch, struct error *err) ERROR_MUST_CHECK;
void event_batch_end(struct bytes *batch, uint16_t records, uint64_t dropped);

/* The other side, on bytes that may be hostile. *records and *dropped from the head; then so many
 * event_get(), after which nothing may be left. ERROR_PROTOCOL. Views point into the batch. */
int event_batch_open(struct bytes_view *batch, uint16_t *records, uint64_t *dropped,
                     struct error *err) ERROR_MUST_CHECK;
int event_get(struct bytes_view *batch, struct event *event, struct error *err) ERROR_MUST_CHECK;

/* The form of recordings and of selftest cases: {"type":"exec","time":N,"path":"/tmp/a",
 * "argv":[...],"parent":{"pid":1,"path":"/bin/sh"}}; times in whole seconds, digests in hex. A text
 * that is no UTF-8 is {"hex":"2f746d70ff"}. event_from_json() begins *memory anew; the event's views
 * point into it, and the caller clears it (bytes_clear) after use, after a failure too. No hits.
 * ERROR_BAD_CONTENT names the key. */
int event_from_json(const json_t *object, struct event *event, struct bytes *memory,
                    struct error *err) ERROR_MUST_CHECK;
/* The caller's (json_decref). Texts are as they came: whoever shows them escapes them. */
json_t *event_to_json(const struct event *event);

/* What the driver says of a process: the sensor keeps it with the process, and its children inherit.
 * Strings are NUL-padded. A key that is there is set anew; an empty value removes it. */
#define EVENT_TAG_KEY      32
#define EVENT_TAG_VALUE    64
#define EVENT_PROCESS_TAGS 8 /* keys a process may have */
struct event_tag {
    uint32_t pid;
    char key[EVENT_TAG_KEY];
    char value[EVENT_TAG_VALUE];
};
#define EVENT_TAG_BYTES (4 + EVENT_TAG_KEY + EVENT_TAG_VALUE)
void event_tag_put(const struct event_tag *tag, uint8_t out[static EVENT_TAG_BYTES]);
/* ERROR_PROTOCOL: wrong size, a key that is no [a-z0-9._-]+, a value with controls, one of both
 * without its NUL. */
int event_tag_get(struct bytes_view packet, struct event_tag *tag,
                  struct error *err) ERROR_MUST_CHECK;

#endif
