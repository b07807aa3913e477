/* SPDX-License-Identifier: ISC */
#include "media/base/usb-rule.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/text.h"

/* What a device has of an attribute, as rules write it. */
struct values {
    size_t count;
    char texts[LIMIT_USB_INTERFACES][USB_INTERFACE_TEXT_BYTES + 1];
    char digest[2 * USB_DIGEST_BYTES + 1];
    const char *single; /* in place of texts, where there is one */
};

static void values_of(const struct usb_device *device, enum usb_rule_attribute attribute,
                      struct values *values)
{
    values->count = 1;
    values->single = values->texts[0];
    switch (attribute) {
    case USB_RULE_SERIAL:
        values->single = device->serial;
        break;
    case USB_RULE_NAME:
        values->single = device->name;
        break;
    case USB_RULE_PORT:
        values->single = device->port;
        break;
    case USB_RULE_HASH:
        text_hex(device->digest, sizeof(device->digest), values->digest);
        values->single = values->digest;
        break;
    case USB_RULE_INTERFACE:
        values->count = device->interface_count;
        values->single = NULL;
        for (size_t i = 0; i < device->interface_count; i++)
            usb_interface_text(device->interfaces[i], values->texts[i]);
        break;
    default:
        usb_id_text(device, values->texts[0]);
    }
}

/* Fields between colons, of which the pattern may say * for any. */
static bool fields_match(const char *pattern, const char *value)
{
    while (*pattern != '\0' && *value != '\0') {
        if (*pattern == '*') {
            pattern++;
            value += strcspn(value, ":");
        } else if (*pattern++ != *value++) {
            return false;
        }
    }
    return *pattern == '\0' && *value == '\0';
}

static bool value_matches(enum usb_rule_attribute attribute, const char *pattern, const char *value)
{
    if (attribute == USB_RULE_ID || attribute == USB_RULE_INTERFACE)
        return fields_match(pattern, value);
    return strcmp(pattern, value) == 0;
}

static bool term_matches(const struct usb_rule_term *term, enum usb_rule_attribute attribute,
                         const struct usb_device *device)
{
    struct values values;
    size_t matched_patterns = 0, matched_values = 0;
    bool seen[LIMIT_USB_INTERFACES] = {false};

    values_of(device, attribute, &values);
    for (size_t p = 0; p < term->count; p++) {
        bool matched = false;

        for (size_t v = 0; v < values.count; v++) {
            const char *value = values.single != NULL ? values.single : values.texts[v];

            if (value_matches(attribute, term->values[p], value)) {
                matched = true;
                matched_values += seen[v] ? 0 : 1;
                seen[v] = true;
            }
        }
        matched_patterns += matched ? 1 : 0;
    }
    switch (term->operator) {
    case USB_RULE_ONE_OF:
        return matched_patterns > 0;
    case USB_RULE_ALL_OF:
        return matched_patterns == term->count;
    case USB_RULE_NONE_OF:
        return matched_patterns == 0;
    case USB_RULE_EQUALS:
        return matched_patterns == term->count && matched_values == values.count;
    default:
        return true;
    }
}

bool usb_rule_matches(const struct usb_rule *rule, const struct usb_device *device)
{
    for (int i = 0; i < USB_RULE_ATTRIBUTES; i++) {
        if (!term_matches(&rule->terms[i], (enum usb_rule_attribute)i, device))
            return false;
    }
    return true;
}

const struct usb_rule *usb_rule_find(const struct usb_rule *rules, size_t count,
                                     const struct usb_device *device)
{
    for (size_t i = 0; i < count; i++) {
        if (usb_rule_matches(&rules[i], device))
            return &rules[i];
    }
    return NULL;
}

void usb_rule_clear(struct usb_rule *rule)
{
    for (int i = 0; i < USB_RULE_ATTRIBUTES; i++) {
        for (size_t j = 0; j < rule->terms[i].count; j++)
            free(rule->terms[i].values[j]);
    }
    free(rule->text);
    *rule = (struct usb_rule){0};
}
