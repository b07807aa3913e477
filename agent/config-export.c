/* SPDX-License-Identifier: ISC */
#include "agent/config-export.h"

#include <stdio.h>
#include <string.h>

#include "agent/config.h"
#include "media/base/ini.h"

#define OUTBOX_ITEMS_MAX 5000
#define OUTBOX_BYTES_MIN (64 * KIB)
#define OUTBOX_BYTES_MAX (1 * GIB)

int config_take_export_categories(void *context, const char *name, const char *value,
                                  struct error *err)
{
    struct config *config = context;
    const struct {
        const char *name;
        bool *leaves;
    } rows[] = {{"refusals", &config->export_refusals}, {"detections", &config->export_detections}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        *rows[i].leaves = false;
    if (strcmp(value, "none") == 0)
        return 0;
    for (const char *word = value; *word != '\0'; word += strspn(word, " ")) {
        size_t size = strcspn(word, " "), i = 0;

        while (i < sizeof(rows) / sizeof(rows[0]) &&
               (strlen(rows[i].name) != size || strncmp(word, rows[i].name, size) != 0))
            i++;
        if (i == sizeof(rows) / sizeof(rows[0]))
            return error_set(
                err, ERROR_CONFIG,
                "expected refusals, detections or both, with a space between, or none");
        *rows[i].leaves = true;
        word += size;
    }
    return 0;
}

int config_take_export_telemetry(void *context, const char *name, const char *value,
                                 struct error *err)
{
    struct config *config = context;

    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return error_set(err, ERROR_CONFIG, "expected yes or no");
    config->export_telemetry = strcmp(value, "yes") == 0;
    return 0;
}

static int add_suffix(struct config *config, const char *word, size_t size, struct error *err)
{
    char *suffix = config->suffixes[config->suffix_count];

    if (config->suffix_count == CONFIG_SUFFIXES)
        return error_set(err, ERROR_CONFIG, "more than %d suffixes", CONFIG_SUFFIXES);
    snprintf(suffix, sizeof(config->suffixes[0]), "%.*s", (int)size, word);
    if (size > DESTINATION_SERVER_BYTES || !destination_suffix_valid(suffix))
        return error_set(err, ERROR_CONFIG,
                         "expected DNS names in lower case such as site.example, with a space "
                         "between two");
    config->suffix_count++;
    return 0;
}

int config_take_suffix(void *context, const char *name, const char *value, struct error *err)
{
    struct config *config = context;
    int result = 0;

    config->suffix_count = 0;
    for (const char *word = value; result == 0;) {
        size_t size = strcspn(word, " ");

        result = add_suffix(config, word, size, err);
        word += size;
        if (*word == '\0')
            break;
        word += strspn(word, " ");
    }
    return result;
}

int config_take_export_items(void *context, const char *name, const char *value, struct error *err)
{
    struct config *config = context;

    return ini_number(value, 1, OUTBOX_ITEMS_MAX, &config->outbox_items, err);
}

int config_take_export_bytes(void *context, const char *name, const char *value, struct error *err)
{
    struct config *config = context;

    return ini_size(value, OUTBOX_BYTES_MIN, OUTBOX_BYTES_MAX, &config->outbox_bytes, err);
}
