/* SPDX-License-Identifier: ISC
 *
 * Subscriptions as JSON, a NUL, then lines: the paths of events. A subscription is hit only by events
 * that its globs match, one after the other; and a glob matches just when a slow judge says so.
 */
#include <string.h>

#include "media/base/event-filter.h"
#include "media/base/event-glob.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "tests/fuzz/fuzz.h"

const size_t fuzz_replay_runs = 8000;

#define EVENTS     32
#define TEXT_BYTES 256 /* the judge takes pattern times text */

static bool judge_element(struct bytes_view element, uint8_t byte)
{
    return event_glob((const char *)element.data, element.size, (const char *)&byte, 1);
}

/* at[i]: the pattern so far can take just the first i bytes. */
static bool judge(struct bytes_view pattern, struct bytes_view text)
{
    bool at[TEXT_BYTES + 1] = {true};
    struct bytes_view element;

    while (pattern.size > 0) {
        if (bytes_get_view(&pattern, event_glob_element(pattern), &element) < 0 ||
            element.size == 0)
            return false;
        for (size_t i = 1; element.data[0] == '*' && i <= text.size; i++)
            at[i] = at[i] || at[i - 1];
        for (size_t i = text.size; element.data[0] != '*' && i > 0; i--)
            at[i] = at[i - 1] && judge_element(element, text.data[i - 1]);
        at[0] = at[0] && element.data[0] == '*';
    }
    return at[text.size];
}

/* The events have a path and nothing else. */
static bool judge_row(const json_t *row, struct bytes_view path)
{
    json_t *where = json_object_get(row, "where");

    for (void *i = json_object_iter(where); i != NULL; i = json_object_iter_next(where, i)) {
        const json_t *glob = json_object_iter_value(i);

        if (strcmp(json_object_iter_key(i), "path") != 0)
            return false;
        if (json_is_string(glob) &&
            !judge(bytes_view_of(json_string_value(glob), json_string_length(glob)), path))
            return false;
        if (json_is_integer(glob)) {
            char digits[32];
            int size =
                snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(glob));

            if (!bytes_equal(bytes_view_of(digits, (size_t)size), path))
                return false;
        }
    }
    return true;
}

/* mode all without a limit: each event that matches. */
static bool takes_all(const json_t *row)
{
    const char *mode = json_string_value(json_object_get(row, "mode"));

    return (mode == NULL || strcmp(mode, "all") == 0) &&
           json_integer_value(json_object_get(row, "limit")) == 0;
}

static void judge_hits(const json_t *rows, const struct event *event, struct bytes_view path)
{
    size_t hit = 0;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *kind = json_string_value(json_object_get(row, "event"));
        bool told = hit < event->hit_count && event->hits[hit].subscription == i;
        bool matches = strcmp(kind, event_kind_name(event->kind)) == 0 && judge_row(row, path);

        FUZZ_MUST(!told || (matches && event->hits[hit].count > 0));
        FUZZ_MUST(told || !matches || !takes_all(row) || event->hit_count == EVENT_HITS);
        hit += told;
    }
    FUZZ_MUST(hit == event->hit_count);
}

static void offer(struct event_filter *filter, const json_t *rows, struct bytes_view path,
                  unsigned number)
{
    struct event event = {.kind = number % 2 == 0 ? EVENT_EXEC : EVENT_WRITE};
    bool may;

    event.values[EVENT_PATH] = (struct event_value){.present = true, .text = path};
    event.values[EVENT_TIME] = (struct event_value){
        .present = true, .number = (int64_t)(path.size * UINT64_C(0x4000000000000001))};
    may = event_filter_may_match(filter, &event);
    FUZZ_MUST(event_filter_take(filter, &event) == (event.hit_count > 0));
    FUZZ_MUST(may || event.hit_count == 0);
    judge_hits(rows, &event, path);
}

static void offer_lines(struct event_filter *filter, const json_t *rows, struct bytes_view lines)
{
    for (unsigned i = 0; i < EVENTS && lines.size > 0; i++) {
        const uint8_t *end = memchr(lines.data, '\n', lines.size);
        size_t size = end != NULL ? (size_t)(end - lines.data) : lines.size;
        struct bytes_view line, newline;

        if (bytes_get_view(&lines, size, &line) < 0 ||
            bytes_get_view(&lines, end != NULL, &newline))
            return;
        if (line.size <= TEXT_BYTES)
            offer(filter, rows, line, i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t json_size = end != NULL ? (size_t)(end - data) : size;
    struct event_filter *filter = NULL;
    struct event_filter_counts counts;
    struct error err = {0};
    json_t *rows = NULL;

    if (json_read(data, json_size, &rows, &err) == 0) {
        if (event_filter_new(rows, &filter, &err) < 0) {
            FUZZ_MUST(err.code == ERROR_BAD_CONTENT && err.words[0] != '\0' && filter == NULL);
        } else {
            if (end != NULL)
                offer_lines(filter, rows, bytes_view_of(end + 1, size - json_size - 1));
            event_filter_counts(filter, &counts);
            FUZZ_MUST(counts.seen >= counts.matched && counts.matched >= counts.held);
        }
    }
    event_filter_free(filter);
    json_decref(rows);
    return 0;
}
