/* SPDX-License-Identifier: ISC */
#include "media/base/event-subscription.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/limits.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SECOND_US   UINT64_C(1000000)

/* limit: least and most that a mode takes, and why no other. */
static const struct mode_row {
    const char *name;
    uint64_t least, most;
    bool window; /* must have one */
    const char *limit_words;
} modes[] = {
    [EVENT_MODE_ALL] = {"all", 0, LIMIT_FILTER_COUNT, false, "0, or the most within a window"},
    [EVENT_MODE_FIRST] = {"first", 0, 0, false, "0: mode first takes one"},
    [EVENT_MODE_COUNT] = {"count", 1, LIMIT_FILTER_COUNT, true, "how many events to count to"},
    [EVENT_MODE_SAMPLE] = {"sample", 1, LIMIT_FILTER_COUNT, false,
                           "of how many events to take one"},
};

static int expected(const char *key, const char *what, struct error *err)
{
    return error_set(err, ERROR_BAD_CONTENT, "%s: expected %s", key, what);
}

/* Of where= and by=: a field that events of the kind can have. */
static int find_field(const struct event_subscription *subscription, const char *key,
                      const char *name, enum event_field *field, struct error *err)
{
    const struct event_field_row *row;

    *field = event_field_find(name);
    row = event_field_row(*field);
    if (row == NULL || !row->filterable)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s: no field that a filter knows", key, name);
    if ((row->kinds & 1U << subscription->kind) == 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s: not of %s events", key, name,
                         event_kind_name(subscription->kind));
    return 0;
}

/* A glob; a number stands for its digits. */
static int read_term(const char *name, const json_t *value, struct event_subscription *subscription,
                     struct error *err)
{
    char decimal[24];
    const char *glob = json_string_value(value);
    size_t size = json_string_length(value);
    enum event_field field;
    int result = find_field(subscription, "where", name, &field, err);

    if (result < 0)
        return result;
    if (json_is_integer(value)) {
        size = (size_t)snprintf(decimal, sizeof(decimal), "%" JSON_INTEGER_FORMAT,
                                json_integer_value(value));
        glob = decimal;
    }
    if (glob == NULL || size > LIMIT_LUA_PATTERN || !event_glob_valid(glob, size))
        return error_set(
            err, ERROR_BAD_CONTENT,
            "where: %s: expected a glob of at most %d bytes, each [ closed and each \\ "
            "before a byte",
            name, LIMIT_LUA_PATTERN);
    event_term_make(&subscription->terms[subscription->term_count++], field, glob, size);
    return 0;
}

static void heaviest_first(struct event_subscription *subscription)
{
    for (size_t i = 1; i < subscription->term_count; i++) {
        struct event_term term = subscription->terms[i];

        if (event_term_weight(&term) > event_term_weight(&subscription->terms[0])) {
            subscription->terms[i] = subscription->terms[0];
            subscription->terms[0] = term;
        }
    }
}

static int read_where(json_t *where, struct event_subscription *subscription, struct error *err)
{
    int result = 0;

    subscription->terms = bytes_allocate(json_object_size(where), sizeof(*subscription->terms));
    for (void *i = json_object_iter(where); i != NULL && result == 0;
         i = json_object_iter_next(where, i))
        result = read_term(json_object_iter_key(i), json_object_iter_value(i), subscription, err);
    heaviest_first(subscription);
    return result;
}

static int read_by(const json_t *by, struct event_subscription *subscription, struct error *err)
{
    subscription->by = bytes_allocate(json_array_size(by), sizeof(*subscription->by));
    for (size_t i = 0; i < json_array_size(by); i++) {
        const char *name = json_string_value(json_array_get(by, i));
        int result;

        if (name == NULL)
            return expected("by", "a list of names of fields", err);
        result = find_field(subscription, "by", name, &subscription->by[i], err);
        if (result < 0)
            return result;
        subscription->by_count++;
    }
    return 0;
}

static int read_mode(const char *name, uint64_t limit, struct event_subscription *subscription,
                     struct error *err)
{
    for (size_t i = 0; i < COUNT(modes); i++) {
        if (strcmp(modes[i].name, name) != 0)
            continue;
        if (limit < modes[i].least || limit > modes[i].most)
            return expected("limit", modes[i].limit_words, err);
        if (modes[i].window && subscription->window_us == 0)
            return expected("window", "the seconds within which to count", err);
        subscription->mode = (enum event_mode)i;
        subscription->limit = (uint32_t)limit;
        return 0;
    }
    return expected("mode", "all, first, count or sample", err);
}

int event_subscription_read(const json_t *row, struct event_subscription *subscription,
                            struct error *err)
{
    const char *kind = NULL, *mode = "all";
    uint64_t window = 0, limit = 0;
    json_t *where = NULL, *by = NULL;
    const struct json_field fields[] = {
        {"event", JSON_NAME, JSON_REQUIRED, &kind, 0, 0, NULL},
        {"where", JSON_TABLE, JSON_OPTIONAL, &where, 0, LIMIT_FILTER_TERMS, NULL},
        {"by", JSON_LIST, JSON_OPTIONAL, &by, 0, LIMIT_FILTER_TERMS, NULL},
        {"window", JSON_COUNT, JSON_OPTIONAL, &window, 0, LIMIT_FILTER_WINDOW_S, NULL},
        {"mode", JSON_NAME, JSON_OPTIONAL, &mode, 0, 0, NULL},
        {"limit", JSON_COUNT, JSON_OPTIONAL, &limit, 0, LIMIT_FILTER_COUNT, NULL},
    };
    int result;

    *subscription = (struct event_subscription){.kind = 0};
    if (json_fields(row, fields, COUNT(fields), err) < 0) {
        err->code = ERROR_BAD_CONTENT;
        return -(int)err->code;
    }
    if (!event_kind_find(kind, &subscription->kind))
        return expected("event", "exec, write or another kind of event", err);
    subscription->window_us = window * SECOND_US;
    result = read_mode(mode, limit, subscription, err);
    if (result == 0)
        result = read_where(where, subscription, err);
    if (result == 0)
        result = read_by(by, subscription, err);
    return result;
}

void event_subscription_clear(struct event_subscription *subscription)
{
    for (size_t i = 0; i < subscription->term_count; i++)
        event_term_clear(&subscription->terms[i]);
    free(subscription->terms);
    free(subscription->by);
    *subscription = (struct event_subscription){.kind = 0};
}
