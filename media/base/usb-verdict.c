/* SPDX-License-Identifier: ISC */
#include "media/base/usb-verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SUPERSPEED_MBIT 5000 /* from here on on wires of its own */

/* Each check answers true where it refused. */
typedef bool (*check)(const struct usb_case *question, struct usb_verdict *verdict);

static bool refuse(struct usb_verdict *verdict, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct usb_verdict *verdict, enum error_code code, const char *format, ...)
{
    va_list list;

    verdict->code = code;
    va_start(list, format);
    vsnprintf(verdict->words, sizeof(verdict->words), format, list);
    va_end(list);
    return true;
}

static const struct usb_device *judged(const struct usb_case *question)
{
    return &question->devices[question->which];
}

static const struct usb_device *at_port(const struct usb_case *question, const char *port)
{
    for (size_t i = 0; i < question->count && port[0] != '\0'; i++) {
        if (strcmp(question->devices[i].port, port) == 0)
            return &question->devices[i];
    }
    return NULL;
}

static bool is_root(const struct usb_device *device)
{
    return strncmp(device->port, "usb", 3) == 0;
}

/* At a port, or beneath a hub that is there; no port "": no. */
static bool is_at(const struct usb_device *device, const char *port)
{
    size_t length = strlen(port);

    return length > 0 && strncmp(device->port, port, length) == 0 &&
           (device->port[length] == '.' || device->port[length] == '\0');
}

const char *usb_interfaces_text(const struct usb_device *device,
                                char out[USB_INTERFACES_TEXT_BYTES])
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < device->interface_count; i++) {
        char text[USB_INTERFACE_TEXT_BYTES];

        used += (size_t)snprintf(out + used, USB_INTERFACES_TEXT_BYTES - used, "%s%s",
                                 i > 0 ? " " : "", usb_interface_text(device->interfaces[i], text));
    }
    return out;
}

static bool descriptors_lie(const struct usb_case *question, struct usb_verdict *verdict)
{
    const char *broken = judged(question)->broken;

    return broken[0] != '\0' && refuse(verdict, ERROR_USB_DESCRIPTOR, "%s", broken);
}

static bool is_storage(struct usb_interface interface)
{
    return interface.class == USB_CLASS_STORAGE && interface.subclass == 0x06 &&
           (interface.protocol == 0x50 || interface.protocol == 0x62);
}

static bool is_more_than_storage(const struct usb_case *question, struct usb_verdict *verdict)
{
    const struct usb_device *device = judged(question);
    bool storage = device->interface_count > 0 &&
                   (device->kind.class == 0 || device->kind.class == USB_CLASS_STORAGE);
    char text[USB_INTERFACES_TEXT_BYTES];

    usb_interfaces_text(device, text);
    if (usb_device_has(device, USB_CLASS_INPUT))
        return refuse(verdict, ERROR_USB_KEYBOARD,
                      "its interfaces are %.400s; 03 is an input device", text);
    for (size_t i = 0; i < device->interface_count; i++)
        storage = storage && is_storage(device->interfaces[i]);
    return !storage && refuse(verdict, ERROR_USB_NOT_STORAGE,
                              "its interfaces are %.400s; expected 08:06:50 and 08:06:62 only",
                              text[0] != '\0' ? text : "none");
}

/* Soldered in, as is everything above it: firmware told so, of ports that hang on a root hub. */
static bool is_of_the_machine(const struct usb_case *question, const struct usb_device *device)
{
    while (device != NULL && !is_root(device) && device->fixed)
        device = at_port(question, device->parent);
    return device != NULL && is_root(device);
}

/* What was plugged into the machine as one thing: the device, or the first hub on the way to it that
 * is not the machine's. NULL where no record tells what is between. */
static const struct usb_device *plugged_in(const struct usb_case *question)
{
    const struct usb_device *whole = judged(question), *at = whole;

    while (at != NULL && !is_root(at)) {
        at = at_port(question, at->parent);
        if (at != NULL && !is_of_the_machine(question, at))
            whole = at;
    }
    return at != NULL ? whole : NULL;
}

static bool is_trusted(const struct usb_case *question, const struct usb_device *hub)
{
    for (size_t i = 0; i < question->hub_count; i++) {
        if (strcmp(question->trusted_hubs[i], hub->port) == 0 ||
            strcmp(question->trusted_hubs[i], hub->peer) == 0)
            return true;
    }
    return false;
}

/* A USB 3 hub is two hubs: a stick may be on the one and a keyboard on the other. Where nobody tells
 * which two belong together, any other hub that was plugged in may be it. */
static bool is_part_of(const struct usb_case *question, const struct usb_device *other,
                       const struct usb_device *whole)
{
    bool pair_unknown = whole->peer[0] == '\0' && whole->speed_mbit >= SUPERSPEED_MBIT &&
                        usb_device_has(whole, USB_CLASS_HUB);
    const struct usb_device *above = at_port(question, other->parent);

    if (is_at(other, whole->port) || is_at(other, whole->peer))
        return true;
    return pair_unknown && (above == NULL || !is_of_the_machine(question, above));
}

/* A hub tells which of its ports are soldered. It may lie, so that only the admin's word makes a
 * desk hub of it; where it owns up, not even that does. */
static bool hub_hides_keyboard(const struct usb_case *question, struct usb_verdict *verdict)
{
    const struct usb_device *device = judged(question), *whole = plugged_in(question);
    bool trusted;

    if (whole == NULL)
        return refuse(verdict, ERROR_USB_HIDDEN_KEYBOARD, "what it hangs on is not known");
    trusted = is_trusted(question, whole) && whole != device && !device->fixed;
    for (size_t i = 0; i < question->count; i++) {
        const struct usb_device *other = &question->devices[i];
        bool lies = other->broken[0] != '\0';

        if (other != device && (lies || usb_device_has(other, USB_CLASS_INPUT)) &&
            (other->fixed || !trusted) && is_part_of(question, other, whole))
            return refuse(verdict, ERROR_USB_HIDDEN_KEYBOARD,
                          "it came with what is plugged in at %s, as may have %s at %s",
                          whole->port, lies ? "a device whose descriptors lie" : "an input device",
                          other->port);
    }
    return false;
}

static bool same_identity(const struct usb_device *device, const struct usb_known *known)
{
    return known->vendor == device->vendor && known->product == device->product &&
           strcmp(known->serial, device->serial) == 0;
}

static bool differs(const struct usb_device *device, const struct usb_known *known)
{
    return same_identity(device, known) && known->speed_mbit == device->speed_mbit &&
           memcmp(known->digest, device->digest, USB_DIGEST_BYTES) != 0;
}

static bool has_changed(const struct usb_case *question, struct usb_verdict *verdict)
{
    const struct usb_device *device = judged(question);

    if (question->registered != NULL && differs(device, question->registered))
        return refuse(verdict, ERROR_USB_CHANGED,
                      "its descriptors are not those that it was registered with");
    for (size_t i = 0; i < question->seen_count; i++) {
        const struct usb_known *seen = &question->seen[i];

        if (strcmp(seen->port, device->port) == 0 && differs(device, seen))
            return refuse(verdict, ERROR_USB_CHANGED,
                          "its descriptors are not those that it had at %s before", device->port);
    }
    return false;
}

static bool has_no_serial(const struct usb_case *question, struct usb_verdict *verdict)
{
    return judged(question)->serial[0] == '\0' &&
           refuse(verdict, ERROR_USB_NO_SERIAL, "it has no serial number");
}

static bool has_a_twin(const struct usb_case *question, struct usb_verdict *verdict)
{
    const struct usb_device *device = judged(question);

    for (size_t i = 0; i < question->count; i++) {
        const struct usb_device *other = &question->devices[i];

        if (i != question->which && other->vendor == device->vendor &&
            other->product == device->product && strcmp(other->serial, device->serial) == 0)
            return refuse(verdict, ERROR_USB_DUPLICATE_SERIAL,
                          "the device at %s has the same id and serial number", other->port);
    }
    for (size_t i = 0; i < question->seen_count; i++) {
        if (differs(device, &question->seen[i]))
            return refuse(verdict, ERROR_USB_DUPLICATE_SERIAL,
                          "a device with its id and serial number, but other descriptors, was at "
                          "%s before",
                          question->seen[i].port);
    }
    return false;
}

static bool was_registered(const struct usb_case *question)
{
    return question->registered != NULL && same_identity(judged(question), question->registered);
}

/* As it describes itself now. At another speed it says something else, which nobody has looked at:
 * an id and a serial number alone are on its label. */
static bool is_registered(const struct usb_case *question)
{
    return was_registered(question) &&
           memcmp(question->registered->digest, judged(question)->digest, USB_DIGEST_BYTES) == 0;
}

static bool refuse_unregistered(const struct usb_case *question, const char *what,
                                struct usb_verdict *verdict)
{
    if (was_registered(question))
        return refuse(verdict, ERROR_USB_NOT_ALLOWED,
                      "%s it is registered as it is at %u Mbit/s and was plugged in at %u: use a "
                      "port as fast as then, or register it here",
                      what, question->registered->speed_mbit, judged(question)->speed_mbit);
    return refuse(verdict, ERROR_USB_NOT_ALLOWED, "%s it is not registered", what);
}

static bool rules_refuse(const struct usb_case *question, struct usb_verdict *verdict)
{
    const struct usb_rule *rule =
        usb_rule_find(question->rules, question->rule_count, judged(question));

    verdict->rule = rule;
    if (rule != NULL && !rule->allow)
        return refuse(verdict, ERROR_BLOCKED, "rule %u: %.400s", rule->number, rule->text);
    if (is_registered(question))
        return false;
    if (question->registered_only)
        return refuse_unregistered(question, "registered-only = yes, and", verdict);
    return rule == NULL && refuse_unregistered(question, "no rule allows it, and", verdict);
}

void usb_judge(const struct usb_case *question, struct usb_verdict *verdict)
{
    static const check checks[] = {descriptors_lie, is_more_than_storage, hub_hides_keyboard,
                                   has_changed,     has_no_serial,        has_a_twin,
                                   rules_refuse};
    bool refused = false;

    *verdict = (struct usb_verdict){.code = ERROR_OK};
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !refused; i++)
        refused = checks[i](question, verdict);
    if (!refused && verdict->rule != NULL)
        snprintf(verdict->words, sizeof(verdict->words), "rule %u: %.400s", verdict->rule->number,
                 verdict->rule->text);
    else if (!refused)
        snprintf(verdict->words, sizeof(verdict->words), "registered");
}
