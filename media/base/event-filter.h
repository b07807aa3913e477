/* SPDX-License-Identifier: ISC
 *
 * Which events a rule wants, and how many of them: where, by, window, mode and limit of on() as data,
 * evaluated where the events are made, so that what is discarded crosses no process boundary. The
 * same code runs in the sensor, in a rule's selftest and in `events replay`.
 *
 *   where   field = glob; all must match. A number is compared as text, and may be written as one;
 *           a list matches by its elements joined by one space; a field that is absent matches
 *           nothing.
 *   by      fields whose values make one group, absent being a value too; none: all events are one
 *           group.
 *   window  seconds that a group lasts from its first event on; 0: no window, each event counts alone
 *   mode    first: the first event of a group, at once, and no more within the window
 *           count: the event with which the group reaches `limit` events, once within the window,
 *           which it must have
 *           sample: every limit-th event of a group, within the window if there is one
 *           all: every event, at most `limit` within the window (0: no limit)
 *   The default is all, window 0, limit 0. What a window or a limit holds back is counted, and a
 *   group's next delivery says in `count` how many it stands for, also of windows before.
 *   limit is at most LIMIT_FILTER_COUNT; first takes none, count and sample need one.
 *
 * Memory: at most LIMIT_FILTER_GROUPS groups for all subscriptions together; beyond, the oldest group
 * of the subscription that has most is forgotten, which is counted: no rule's events make another
 * rule forget. Values are told apart by a keyed hash of 128 bits (event-group.h).
 */
#ifndef MEDIA_BASE_EVENT_FILTER_H
#define MEDIA_BASE_EVENT_FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"
#include "media/base/event.h"

enum event_mode { EVENT_MODE_ALL, EVENT_MODE_FIRST, EVENT_MODE_COUNT, EVENT_MODE_SAMPLE };

/* At most LIMIT_FILTER_SUBSCRIPTIONS with LIMIT_FILTER_TERMS where= and by= fields each. The JSON form,
 * which goes from driver to monitor to sensor:
 * [{"event":"exec","where":{"path":"/tmp/ *"},"by":["path"],"window":60,"mode":"first","limit":0}]
 * (where's glob without the blank). Row i is subscription i; null: a number that stands for nothing. */
struct event_filter;

/* ERROR_BAD_CONTENT: row, key, what was expected. */
int event_filter_new(const json_t *subscriptions, struct event_filter **filter,
                     struct error *err) ERROR_MUST_CHECK;
void event_filter_free(struct event_filter *filter);

/* Kinds that any subscription wants: bit 1 << kind. */
uint32_t event_filter_kinds(const struct event_filter *filter);

/* Whether any subscription's where= could match, judged by the fields that are present so far: a
 * sensor asks before it goes to the cost of the others (argv, digest). */
bool event_filter_may_match(const struct event_filter *filter, const struct event *event);

/* Sets the event's hits, subscriptions rising. True: at least one. Of more than EVENT_HITS that it
 * would hit, the others don't see it. The event's own time (EVENT_TIME) is the clock; where it goes back
 * by a window or more, a new window begins. Without it, time 0. */
bool event_filter_take(struct event_filter *filter, struct event *event);

/* Of events, but the last two. */
struct event_filter_counts {
    uint64_t seen;      /* offered */
    uint64_t matched;   /* by at least one where= */
    uint64_t held;      /* matched, and held back by window, mode or limit of all that did */
    uint64_t forgotten; /* groups, for want of room */
    uint64_t crowded;   /* hits beyond EVENT_HITS of one event */
};
void event_filter_counts(const struct event_filter *filter, struct event_filter_counts *counts);

/* Globs of rules: * any run, also of '/', ? one byte, [a-z] [!a-z] classes (a ] that comes first is
 * one of the class), \ takes the next byte as it is, in a class too. Bytes, not characters. Linear in
 * the text for each star (no backtracking beyond the last star): at most text times pattern, and
 * that only for ? and classes between two stars. A glob that is not valid matches nothing. */
bool event_glob(const char *pattern, size_t pattern_size, const char *text, size_t text_size);
/* False: a class that is not closed, or a \ with nothing behind it. */
bool event_glob_valid(const char *pattern, size_t pattern_size);

#endif
