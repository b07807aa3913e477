/* SPDX-License-Identifier: ISC */
#include "agent/usb-gate.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/audit.h"
#include "media/base/log.h"
#include "media/base/text.h"

#define WAIT_MS   5000 /* for a device that was just plugged in to be told */
#define STEP_MS   200
#define RECORDS   60 /* a minute: who plugs in and out all day fills neither chain nor sightings */
#define SIGHTINGS 16 /* looks of one id and serial number that count */

struct media_identity usb_gate_identity(const struct usb_device *device, struct usb_gate_text *text)
{
    text_hex(device->digest, USB_DIGEST_BYTES, text->digest);
    return (struct media_identity){
        .id = usb_id_text(device, text->id),
        .serial = device->serial,
        .name = usb_name_text(device, text->name),
        .interfaces = usb_interfaces_text(device, text->interfaces),
        .digest = text->digest,
        .speed_mbit = device->speed_mbit,
    };
}

/* What the state knows of the device, in the judge's form. */
struct known {
    struct media_sighting rows[SIGHTINGS];
    uint8_t digests[SIGHTINGS + 1][USB_DIGEST_BYTES];
    struct usb_known seen[SIGHTINGS], registered;
    size_t seen_count;
};

static struct usb_known known_of(const struct usb_device *device, const char *port, int64_t speed,
                                 const uint8_t *digest)
{
    return (struct usb_known){.vendor = device->vendor,
                              .product = device->product,
                              .serial = device->serial,
                              .port = port,
                              .speed_mbit = (unsigned)speed,
                              .digest = digest};
}

static int recall(struct usb_gate *gate, const struct usb_device *device, struct known *known,
                  struct media_registration *registration, struct error *err)
{
    char id[USB_ID_TEXT_BYTES];
    size_t count;
    int result;

    usb_id_text(device, id);
    known->seen_count = 0;
    result = media_registry_find(gate->state, id, device->serial, registration, err);
    if (result == 0)
        result = media_registry_sightings(gate->state, id, device->serial, known->rows, SIGHTINGS,
                                          &count, err);
    if (result < 0)
        return result;
    for (size_t i = 0; i < count; i++) {
        uint8_t *digest = known->digests[known->seen_count];

        if (text_unhex(known->rows[i].digest, digest, USB_DIGEST_BYTES) == 0)
            known->seen[known->seen_count++] =
                known_of(device, known->rows[i].port, known->rows[i].speed_mbit, digest);
    }
    if (registration->number != 0 &&
        text_unhex(registration->digest, known->digests[SIGHTINGS], USB_DIGEST_BYTES) < 0)
        return error_set(err, ERROR_STATE_CORRUPT, "registered medium %lld",
                         (long long)registration->number);
    known->registered = known_of(device, "", registration->speed_mbit, known->digests[SIGHTINGS]);
    return 0;
}

int usb_gate_judge(struct usb_gate *gate, const struct usb_device *device,
                   struct usb_verdict *verdict, struct media_registration *registration,
                   struct error *err)
{
    struct known *known = bytes_allocate(1, sizeof(*known));
    struct usb_case question = {.seen = known->seen};
    int result = recall(gate, device, known, registration, err);

    question.devices = usb_watch_devices(gate->watch, &question.count);
    question.which = (size_t)(device - question.devices);
    question.seen_count = known->seen_count;
    question.rules = gate->config->usb_rules;
    question.rule_count = gate->config->usb_rule_count;
    question.registered_only = gate->config->registered_only;
    question.trusted_hubs = gate->config->trusted_hubs;
    question.hub_count = gate->config->trusted_hub_count;
    question.registered = registration->number != 0 ? &known->registered : NULL;
    if (result == 0)
        usb_judge(&question, verdict);
    free(known);
    return result;
}

static bool may_record(struct usb_gate *gate)
{
    int64_t now_us = minute_quota_clock();
    int due_ms = -1;

    (void)minute_quota_held(&gate->records, now_us, &due_ms);
    if (minute_quota_take(&gate->records, RECORDS, now_us))
        return true;
    if (gate->records.held == 1)
        log_write(LOG_LEVEL_WARN,
                  "USB media come and go more than %d times a minute; the audit "
                  "chain has no more of them until the next one",
                  RECORDS);
    return false;
}

/* False where it came too often. */
static bool record(struct usb_gate *gate, const struct usb_device *device, const char *what,
                   enum error_code code, const char *words)
{
    char subject[ERROR_WORDS_BYTES], id[USB_ID_TEXT_BYTES];
    const struct audit_event event = {
        .who = "kernel", .what = what, .code = code, .subject = subject, .words = words};
    struct error err;

    if (!may_record(gate))
        return false;
    snprintf(subject, sizeof(subject), "%s at %s, serial %.200s", usb_id_text(device, id),
             device->port, device->serial[0] != '\0' ? device->serial : "(none)");
    if (audit_append(gate->state, &event, NULL, &err) < 0)
        log_write(LOG_LEVEL_ERROR, "%s of %s: %s", what, subject, err.words);
    return true;
}

/* Judged by what was known before, and remembered after; a device that comes under a thousand names
 * a minute does not push out what is known of others. Who follows the chain learns so when an
 * allowed medium can be read. */
static void saw(void *context, const struct usb_device *device, enum usb_watch_news news)
{
    struct usb_gate *gate = context;
    struct media_registration registration;
    struct usb_verdict verdict;
    struct usb_gate_text text;
    struct media_identity identity;
    struct error err;

    if (news == USB_WATCH_INSERTED && gate->tell != NULL)
        gate->tell(gate->tell_context, device);
    if (news == USB_WATCH_CHANGED || !usb_is_medium(device))
        return;
    if (usb_gate_judge(gate, device, &verdict, &registration, &err) < 0) {
        log_write(LOG_LEVEL_ERROR, "USB device at %s: %s", device->port, err.words);
        return;
    }
    if (news == USB_WATCH_READY) {
        if (verdict.code == ERROR_OK)
            (void)record(gate, device, "media-ready", ERROR_OK, device->blocks[0].node);
        return;
    }
    if (!record(gate, device, verdict.code == ERROR_OK ? "media-inserted" : "media-refused",
                verdict.code, verdict.words))
        return;
    identity = usb_gate_identity(device, &text);
    if (device->serial[0] != '\0' && device->broken[0] == '\0' &&
        media_registry_saw(gate->state, &identity, device->port, &err) < 0)
        log_write(LOG_LEVEL_ERROR, "USB device at %s: %s", device->port, err.words);
}

static void lost(void *context, const struct usb_device *device)
{
    if (usb_is_medium(device))
        (void)record(context, device, "media-removed", ERROR_OK, "unplugged");
}

void usb_gate_open(struct usb_gate *gate)
{
    const struct usb_watch_client client = {.present = saw, .gone = lost, .context = gate};

    gate->watch = usb_watch_new(gate->config, &client);
}

void usb_gate_close(struct usb_gate *gate)
{
    usb_watch_free(gate->watch);
    gate->watch = NULL;
}

/* The number that the kernel gave to what is at the port now; 0 where it does not tell. */
static unsigned number_now(const struct usb_gate *gate, const char *port)
{
    const struct block_device_places *places =
        gate->places != NULL ? gate->places : &block_device_kernel;
    char path[PATH_MAX];
    unsigned number = 0;
    FILE *file;

    if (snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/devnum", places->sys, port) >=
            (int)sizeof(path) ||
        (file = fopen(path, "re")) == NULL)
        return 0;
    if (fscanf(file, "%5u", &number) != 1)
        number = 0;
    (void)fclose(file);
    return number;
}

/* What was told of the port must be what is there: a device may have been swapped since. */
static const struct usb_device *await_device(struct usb_gate *gate, const char *port,
                                             struct error *err)
{
    bool more = true;

    for (int waited_ms = 0; waited_ms <= WAIT_MS && more; waited_ms += STEP_MS) {
        const struct usb_device *device;

        more = usb_watch_wait(gate->watch, waited_ms == 0 ? 0 : STEP_MS);
        if (usb_watch_settled(gate->watch, err) < 0)
            continue;
        device = usb_watch_find(gate->watch, port);
        if (device != NULL && device->number == number_now(gate, port))
            return device;
        error_set(err, ERROR_USB_UNTOLD, "USB device at %s: it was not told of yet", port);
    }
    return NULL;
}

static int check_device(struct usb_gate *gate, const char *node, const struct usb_device *device,
                        struct error *err)
{
    struct media_registration registration;
    struct usb_verdict verdict;
    char id[USB_ID_TEXT_BYTES];
    int result = usb_gate_judge(gate, device, &verdict, &registration, err);

    if (result < 0 || verdict.code == ERROR_OK)
        return result;
    return error_set(err, verdict.code, "%s is on USB device %s at %s: %.600s", node,
                     usb_id_text(device, id), device->port, verdict.words);
}

/* Either's word is enough: sysfs's, or that of what watches the devices. */
int usb_gate_check(struct usb_gate *gate, int fd, struct error *err)
{
    const struct usb_device *device;
    struct block_device block;
    struct error ignored;
    int result = block_device_of(fd, gate->places, &block, err);

    for (size_t i = 0; result == 0 && i < block.port_count; i++) {
        device = await_device(gate, block.ports[i], err);
        result = device == NULL ? -(int)err->code : check_device(gate, block.node, device, err);
    }
    if (result < 0 || block.port_count > 0 || block.node[0] == '\0')
        return result;
    usb_watch_wait(gate->watch, 0);
    device = usb_watch_settled(gate->watch, &ignored) == 0 ? usb_watch_find(gate->watch, block.node)
                                                           : NULL;
    return device != NULL ? check_device(gate, block.node, device, err) : 0;
}
