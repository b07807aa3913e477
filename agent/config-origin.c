/* SPDX-License-Identifier: ISC
 *
 * Where each value of the configuration comes from, for whoever wonders why it is what it is.
 */
#include "agent/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/content-type.h"

#define KEY_BYTES 256

/* Section "source stick" and key "location" are "source.stick.location". */
void config_set_origin(struct config *config, const char *section, const char *key,
                       const char *value, const char *origin)
{
    char name[KEY_BYTES];
    char *space;

    snprintf(name, sizeof(name), "%s.%s", section, key);
    space = strchr(name, ' ');
    if (space != NULL)
        *space = '.';
    json_object_set_new(config->origins, name,
                        json_pack("{s:s, s:s}", "value", value, "origin", origin));
}

static void add_days(json_t *all, const char *type, const char *key, uint32_t days)
{
    char name[KEY_BYTES], value[16];

    snprintf(name, sizeof(name), "age.%s.%s", type, key);
    snprintf(value, sizeof(value), "%u", days);
    if (json_object_get(all, name) == NULL)
        json_object_set_new(all, name,
                            json_pack("{s:s, s:s}", "value", value, "origin", "built-in"));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *sorted_list(json_t *all)
{
    size_t count = json_object_size(all), next = 0;
    const char **names = bytes_allocate(count + 1, sizeof(*names));
    json_t *list = json_array(), *row;
    const char *name;

    json_object_foreach(all, name, row) names[next++] = name;
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        row = json_object_get(all, names[i]);
        json_array_append_new(list, json_pack("{s:s, s:O, s:O}", "key", names[i], "value",
                                              json_object_get(row, "value"), "origin",
                                              json_object_get(row, "origin")));
    }
    free(names);
    return list;
}

/* The age limits of types that no file speaks of are the types' own. */
json_t *config_list(const struct config *config)
{
    json_t *all = json_copy(config->origins), *list;
    const struct content_type *type;

    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        add_days(all, type->name, "warn", type->warn_days);
        add_days(all, type->name, "fail", type->fail_days);
    }
    list = sorted_list(all);
    json_decref(all);
    return list;
}
