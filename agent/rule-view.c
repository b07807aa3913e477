/* SPDX-License-Identifier: ISC */
#include "agent/rule-view.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/content-type.h"

/* Whose drivers answer "rules". */
static const char *const families[] = {"behavior", "exclusions", "repair"};

static bool has_rules(const char *family)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (strcmp(families[i], family) == 0)
            return true;
    }
    return false;
}

static bool is_off(const json_t *rule)
{
    return json_is_object(json_object_get(rule, "off"));
}

static int by_interest(const void *a, const void *b)
{
    const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
    json_int_t one_us = json_integer_value(json_object_get(one, "total_us"));
    json_int_t other_us = json_integer_value(json_object_get(other, "total_us"));

    if (is_off(one) != is_off(other))
        return is_off(one) ? -1 : 1;
    return one_us == other_us ? 0 : one_us > other_us ? -1 : 1;
}

/* Those that people want to see first, as many as an answer holds. */
static json_t *shown_rules(const json_t *rules)
{
    size_t count = json_array_size(rules);
    const json_t **sorted = bytes_allocate(count + 1, sizeof(sorted[0]));
    json_t *shown = json_array();

    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(rules, i);
    qsort(sorted, count, sizeof(sorted[0]), by_interest);
    for (size_t i = 0; i < count && i < RULE_VIEW_SHOWN; i++)
        json_array_append(shown, (json_t *)(uintptr_t)sorted[i]);
    free(sorted);
    return shown;
}

static json_t *count_rules(const json_t *rules)
{
    size_t off = 0;

    for (size_t i = 0; i < json_array_size(rules); i++)
        off += is_off(json_array_get(rules, i));
    return json_pack("{s:I, s:I}", "total", (json_int_t)json_array_size(rules), "off",
                     (json_int_t)off);
}

/* The first page of each type, which is thousands. Whether the driver answered. */
static bool add_rules(struct driver_host *drivers, const char *type, json_t *rules)
{
    json_t *request = json_pack("{s:s}", "ask", "rules"), *reply = NULL, *rows = NULL, *row;
    struct error ignored;
    bool answered;
    size_t i;

    if (driver_host_serve(drivers, type, request, &reply, &ignored) == 0)
        rows = json_object_get(reply, "rules");
    answered = json_is_array(rows);
    json_array_foreach(rows, i, row)
    {
        json_object_set_new(row, "type", json_string(type));
        json_array_append(rules, row);
    }
    json_decref(reply);
    json_decref(request);
    return answered;
}

json_t *rule_view(struct driver_host *drivers, const struct config *config, const char *family)
{
    const struct content_type *type;
    struct driver_host_view view;
    json_t *rules, *answer;

    driver_host_look(drivers, config, family, &view);
    if (!has_rules(family) || view.pid == 0)
        return json_pack("{s:n, s:n}", "rules", "rule_counts");
    rules = json_array();
    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        if (strcmp(type->family, family) == 0)
            add_rules(drivers, type->name, rules);
    }
    answer =
        json_pack("{s:o, s:o}", "rules", shown_rules(rules), "rule_counts", count_rules(rules));
    json_decref(rules);
    return answer;
}
