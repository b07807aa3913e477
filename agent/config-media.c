/* SPDX-License-Identifier: ISC */
#include "agent/config-media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/ini.h"

#define RULE_NUMBER_MAX 9999

int config_take_registered_only(void *context, const char *name, const char *value,
                                struct error *err)
{
    struct config *config = context;

    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return error_set(err, ERROR_CONFIG, "expected yes or no");
    config->registered_only = strcmp(value, "yes") == 0;
    return 0;
}

static void clear_hubs(struct config *config)
{
    for (size_t i = 0; i < config->trusted_hub_count; i++)
        free(config->trusted_hubs[i]);
    config->trusted_hub_count = 0;
}

static int add_hub(struct config *config, const char *word, size_t size, struct error *err)
{
    struct usb_device *taken = bytes_allocate(1, sizeof(*taken));
    char port[LIMIT_USB_PORT + 2];
    struct error ignored;
    int result = 0;

    snprintf(port, sizeof(port), "%.*s", (int)size, word);
    if (config->trusted_hub_count == CONFIG_HUBS)
        result = error_set(err, ERROR_CONFIG, "more than %d hubs", CONFIG_HUBS);
    else if (usb_port_take(port, taken, &ignored) < 0 || strchr(port, '-') == NULL)
        result = error_set(err, ERROR_CONFIG,
                           "expected ports of hubs such as 1-4, with a space between two");
    else
        config->trusted_hubs[config->trusted_hub_count++] = bytes_copy_string(port);
    free(taken);
    return result;
}

int config_take_trusted_hubs(void *context, const char *name, const char *value, struct error *err)
{
    struct config *config = context;
    int result = 0;

    clear_hubs(config);
    for (const char *word = value; *word != '\0' && result == 0;) {
        size_t size = strcspn(word, " ");

        result = add_hub(config, word, size, err);
        word += size;
        word += strspn(word, " ");
    }
    return result;
}

/* The rule's place, where it is made room for if there is none with its number yet. */
static struct usb_rule *rule_row(struct config *config, unsigned number)
{
    size_t at = 0;

    while (at < config->usb_rule_count && config->usb_rules[at].number < number)
        at++;
    if (at < config->usb_rule_count && config->usb_rules[at].number == number)
        return &config->usb_rules[at];
    if (config->usb_rule_count == LIMIT_USB_RULES)
        return NULL;
    memmove(&config->usb_rules[at + 1], &config->usb_rules[at],
            (config->usb_rule_count - at) * sizeof(config->usb_rules[0]));
    config->usb_rules[at] = (struct usb_rule){.number = number};
    config->usb_rule_count++;
    return &config->usb_rules[at];
}

int config_take_media_rule(void *context, const char *name, const char *value, struct error *err)
{
    struct usb_rule rule, *row;
    struct error ignored;
    uint64_t number = 0;
    int result;

    if (ini_number(name, 1, RULE_NUMBER_MAX, &number, &ignored) < 0)
        return error_set(err, ERROR_CONFIG, "expected a rule's number, 1 to %d", RULE_NUMBER_MAX);
    result = usb_rule_parse(value, (unsigned)number, &rule, err);
    row = result == 0 ? rule_row(context, (unsigned)number) : NULL;
    if (result == 0 && row == NULL)
        result = error_set(err, ERROR_CONFIG, "more than USB_RULES rules");
    if (result < 0) {
        usb_rule_clear(&rule);
        return result;
    }
    usb_rule_clear(row);
    *row = rule;
    return 0;
}

void config_clear_media(struct config *config)
{
    for (size_t i = 0; i < config->usb_rule_count; i++)
        usb_rule_clear(&config->usb_rules[i]);
    config->usb_rule_count = 0;
    clear_hubs(config);
}
