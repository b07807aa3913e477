/* SPDX-License-Identifier: ISC */
#include "media/base/event-filter.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/event-group.h"
#include "media/base/event-subscription.h"
#include "media/base/event-text.h"
#include "media/base/event-window.h"
#include "media/base/limits.h"

_Static_assert(LIMIT_FILTER_SUBSCRIPTIONS <= UINT16_MAX, "a hit's number");

/* What is looked at of each subscription of a kind: side by side, so that thousands are passed at
 * the speed of memory. */
struct entry {
    struct event_gate gate;
    uint16_t subscription;
};

struct index {
    struct entry *entries;
    size_t count;
    uint32_t fields, grams; /* of the terms: bit 1 << field */
};

struct event_filter {
    struct event_subscription *subscriptions;
    size_t count;
    struct index kinds[EVENT_KINDS];
    struct event_texts *texts;
    struct event_groups *groups;
    struct siphash_key key;
    struct event_filter_counts counts;
};

static void index_subscription(struct event_filter *filter, size_t number)
{
    const struct event_subscription *subscription = &filter->subscriptions[number];
    struct index *index = &filter->kinds[subscription->kind];
    struct entry *entry = &index->entries[index->count++];

    entry->subscription = (uint16_t)number;
    if (subscription->term_count > 0)
        entry->gate = subscription->terms[0].gate;
    index->fields |= 1U << entry->gate.field;
    for (size_t i = 0; i < subscription->term_count; i++) {
        const struct event_gate *gate = &subscription->terms[i].gate;

        index->fields |= 1U << gate->field;
        index->grams |= gate->has_grams ? 1U << gate->field : 0;
    }
}

static void make_index(struct event_filter *filter)
{
    size_t counts[EVENT_KINDS] = {0};

    for (size_t i = 0; i < filter->count; i++)
        counts[filter->subscriptions[i].kind]++;
    for (unsigned i = 1; i < EVENT_KINDS; i++)
        filter->kinds[i].entries = bytes_allocate(counts[i], sizeof(struct entry));
    for (size_t i = 0; i < filter->count; i++)
        if (filter->subscriptions[i].kind != 0)
            index_subscription(filter, i);
}

static int read_subscriptions(const json_t *rows, struct event_filter *filter, struct error *err)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        filter->count++;
        if (json_is_null(json_array_get(rows, i)))
            continue;
        if (event_subscription_read(json_array_get(rows, i), &filter->subscriptions[i], err) < 0)
            return error_context(err, "subscription %zu", i);
    }
    return 0;
}

int event_filter_new(const json_t *subscriptions, struct event_filter **filter, struct error *err)
{
    struct event_filter *made;
    size_t count = json_array_size(subscriptions);
    int result;

    *filter = NULL;
    if (!json_is_array(subscriptions) || count > LIMIT_FILTER_SUBSCRIPTIONS)
        return error_set(err, ERROR_BAD_CONTENT, "expected a list of at most %d subscriptions",
                         LIMIT_FILTER_SUBSCRIPTIONS);
    made = bytes_allocate(1, sizeof(*made));
    made->subscriptions = bytes_allocate(count, sizeof(*made->subscriptions));
    made->texts = event_texts_new();
    made->groups = event_groups_new(count);
    result = siphash_make_key(&made->key, err);
    if (result == 0)
        result = read_subscriptions(subscriptions, made, err);
    if (result < 0) {
        event_filter_free(made);
        return result;
    }
    make_index(made);
    *filter = made;
    return 0;
}

void event_filter_free(struct event_filter *filter)
{
    if (filter == NULL)
        return;
    for (size_t i = 0; i < filter->count; i++)
        event_subscription_clear(&filter->subscriptions[i]);
    for (unsigned i = 1; i < EVENT_KINDS; i++)
        free(filter->kinds[i].entries);
    event_groups_free(filter->groups);
    event_texts_free(filter->texts);
    free(filter->subscriptions);
    free(filter);
}

uint32_t event_filter_kinds(const struct event_filter *filter)
{
    uint32_t kinds = 0;

    for (unsigned i = 1; i < EVENT_KINDS; i++)
        kinds |= filter->kinds[i].count > 0 ? 1U << i : 0;
    return kinds;
}

/* The index of the event's kind, and its texts. NULL: it has no kind. */
static const struct index *begin(const struct event_filter *filter, const struct event *event,
                                 const struct event_text **texts)
{
    const struct index *index;

    if (event_kind_name(event->kind) == NULL)
        return NULL;
    index = &filter->kinds[event->kind];
    event_texts_begin(filter->texts, event);
    *texts = event_texts_make(filter->texts, index->fields, index->grams);
    return index;
}

static bool may_match(const struct event_subscription *subscription, const struct event_text *texts)
{
    for (size_t i = 0; i < subscription->term_count; i++) {
        const struct event_term *term = &subscription->terms[i];
        const struct event_text *text = &texts[term->gate.field];

        if (text->present && !event_term_matches(term, text))
            return false;
    }
    return true;
}

bool event_filter_may_match(const struct event_filter *filter, const struct event *event)
{
    const struct event_text *texts = NULL;
    const struct index *index = begin(filter, event, &texts);

    for (size_t i = 0; index != NULL && i < index->count; i++) {
        const struct entry *entry = &index->entries[i];
        const struct event_text *text = &texts[entry->gate.field];

        if ((!text->present || event_gate_passes(&entry->gate, text)) &&
            may_match(&filter->subscriptions[entry->subscription], texts))
            return true;
    }
    return false;
}

static bool matches(const struct event_subscription *subscription, const struct event_text *texts)
{
    for (size_t i = 0; i < subscription->term_count; i++) {
        const struct event_term *term = &subscription->terms[i];

        if (!event_term_matches(term, &texts[term->gate.field]))
            return false;
    }
    return true;
}

static struct event_group *group_of(struct event_filter *filter, uint16_t number)
{
    const struct event_subscription *subscription = &filter->subscriptions[number];
    struct siphash hashes[LIMIT_FILTER_TERMS], values;

    for (size_t i = 0; i < subscription->by_count; i++)
        hashes[i] = event_texts_hash(filter->texts, subscription->by[i], &filter->key);
    values =
        siphash(&filter->key, bytes_view_of(hashes, subscription->by_count * sizeof(hashes[0])));
    return event_groups_find(filter->groups, number, &values);
}

/* Counts an event that a subscription matches. How many events its delivery stands for, 0: none. */
static uint32_t count_event(struct event_filter *filter, uint16_t number, int64_t now_us)
{
    const struct event_subscription *subscription = &filter->subscriptions[number];
    struct event_group *group;

    if (!event_window_is_needed(subscription))
        return 1;
    group = group_of(filter, number);
    if (!group->open || event_window_is_over(subscription, group, now_us))
        event_groups_restart(filter->groups, group, now_us);
    return event_window_count(subscription, group);
}

static void take_hit(struct event_filter *filter, struct event *event, uint16_t number,
                     int64_t now_us)
{
    uint32_t count;

    if (event->hit_count == EVENT_HITS) {
        filter->counts.crowded++;
        return;
    }
    count = count_event(filter, number, now_us);
    if (count > 0)
        event->hits[event->hit_count++] = (struct event_hit){number, count};
}

bool event_filter_take(struct event_filter *filter, struct event *event)
{
    const struct event_text *texts = NULL;
    const struct index *index = begin(filter, event, &texts);
    const struct event_value *time = &event->values[EVENT_TIME];
    int64_t now_us = time->present ? time->number : 0;
    bool matched = false;

    event->hit_count = 0;
    filter->counts.seen++;
    for (size_t i = 0; index != NULL && i < index->count; i++) {
        const struct entry *entry = &index->entries[i];

        if (!event_gate_passes(&entry->gate, &texts[entry->gate.field]) ||
            !matches(&filter->subscriptions[entry->subscription], texts))
            continue;
        matched = true;
        take_hit(filter, event, entry->subscription, now_us);
    }
    filter->counts.matched += matched;
    filter->counts.held += matched && event->hit_count == 0;
    return event->hit_count > 0;
}

void event_filter_counts(const struct event_filter *filter, struct event_filter_counts *counts)
{
    *counts = filter->counts;
    counts->forgotten = event_groups_forgotten(filter->groups);
}
