/* SPDX-License-Identifier: ISC */
#include "agent/behavior-own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/audit.h"
#include "agent/state-content.h"
#include "media/base/instant.h"
#include "media/content-type.h"

#define TYPES 32 /* rows of media/content-type.c, and more */

/* What was known of a type; ids are all zero where there is no package. */
struct known {
    uint8_t active[DIGEST_BYTES], staged[DIGEST_BYTES];
    char version[LIMIT_VERSION_BYTES + 1]; /* of the active one */
    enum error_code ailment;
};

struct behavior_own {
    struct state *state;
    int64_t newest; /* number of the audit record up to which it has looked; -1: never */
    struct known known[TYPES];
};

struct behavior_own *behavior_own_new(struct state *state)
{
    struct behavior_own *own = bytes_allocate(1, sizeof(*own));

    own->state = state;
    own->newest = -1;
    return own;
}

void behavior_own_free(struct behavior_own *own)
{
    free(own);
}

static int read_type(struct state *state, const char *type, struct known *known, struct error *err)
{
    struct state_package package;
    struct error why = {0};
    bool present, ailing;
    int result = state_package(state, type, STATE_ACTIVE, &package, &present, err);

    *known = (struct known){.ailment = ERROR_OK};
    if (result == 0 && present) {
        memcpy(known->active, package.id, DIGEST_BYTES);
        snprintf(known->version, sizeof(known->version), "%s", package.version);
    }
    if (result == 0)
        result = state_package(state, type, STATE_STAGED, &package, &present, err);
    if (result == 0 && present)
        memcpy(known->staged, package.id, DIGEST_BYTES);
    if (result == 0)
        result = state_ailment(state, type, &why, &ailing, err);
    if (result == 0 && ailing)
        known->ailment = why.code;
    return result;
}

static json_t *event_of(const char *kind, const char *type, const struct known *known,
                        const char *state, enum error_code reason)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "type", kind, "time",
                     (json_int_t)(instant_clock() / INSTANT_SECOND_US), "content", type, "version",
                     known->version, "state", state, "reason", error_name(reason));
}

static bool is_none(const uint8_t id[static DIGEST_BYTES])
{
    static const uint8_t none[DIGEST_BYTES];

    return memcmp(id, none, DIGEST_BYTES) == 0;
}

static void compare(const char *type, const struct known *was, const struct known *is,
                    void (*tell)(void *context, json_t *event), void *context)
{
    if (memcmp(was->active, is->active, DIGEST_BYTES) != 0)
        tell(context,
             event_of("content", type, is, is_none(is->active) ? "gone" : "active", is->ailment));
    if (memcmp(was->staged, is->staged, DIGEST_BYTES) != 0 && !is_none(is->staged))
        tell(context, event_of("content", type, is, "staged", ERROR_OK));
    if (was->ailment != is->ailment)
        tell(context,
             event_of("health", type, is, is->ailment == ERROR_OK ? "ok" : "fail", is->ailment));
}

int behavior_own_look(struct behavior_own *own, void (*tell)(void *context, json_t *event),
                      void *context, struct error *err)
{
    const struct content_type *row;
    bool first = own->newest < 0;
    int64_t newest;
    int result = audit_newest(own->state, &newest, err);

    if (result < 0 || newest == own->newest)
        return result;
    for (size_t i = 0; i < TYPES && (row = content_type_row(i)) != NULL; i++) {
        struct known is;

        result = read_type(own->state, row->name, &is, err);
        if (result < 0)
            return result;
        if (!first)
            compare(row->name, &own->known[i], &is, tell, context);
        own->known[i] = is;
    }
    own->newest = newest;
    return 0;
}

json_t *behavior_own_usb(const struct usb_device *device)
{
    json_t *interfaces = json_array();
    char text[16];

    for (size_t i = 0; i < device->interface_count; i++) {
        const struct usb_interface *kind = &device->interfaces[i];

        snprintf(text, sizeof(text), "%02x:%02x:%02x", kind->class, kind->subclass, kind->protocol);
        json_array_append_new(interfaces, json_string(text));
    }
    snprintf(text, sizeof(text), "%04x:%04x", device->vendor, device->product);
    return json_pack("{s:s, s:I, s:s, s:s, s:o}", "type", "usb", "time",
                     (json_int_t)(instant_clock() / INSTANT_SECOND_US), "id", text, "serial",
                     device->serial, "interfaces", interfaces);
}
