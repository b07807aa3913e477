/* SPDX-License-Identifier: ISC */
#include "media/delta-records.h"

#include <string.h>

#include "media/base/limits.h"

/* How many records of the view are below the key; those that equal it too, with `same`. */
static size_t count_below(const struct delta_records *walk, struct bytes_view view,
                          const uint8_t *key, int same)
{
    size_t low = 0, high = view.size / walk->record_size;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(view.data + middle * walk->record_size, key, walk->record_size) < same)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t whole_records(const struct delta_records *walk, const struct delta_list *list,
                            size_t most)
{
    uint64_t left = list->end - list->at;
    size_t fits = most / walk->record_size * walk->record_size;

    return left < fits ? (size_t)left : fits;
}

static int read_some(const struct delta_records *walk, const struct delta_list *list, uint8_t *out,
                     size_t most, struct bytes_view *view, struct error *err)
{
    size_t size = whole_records(walk, list, most);

    *view = bytes_view_of(out, size);
    return size > 0 ? list->read(list->context, list->at, out, size, err) : 0;
}

/* Moves the base on to the first record that is not below the key: what is below it has gone. */
static int skip_gone(struct delta_records *walk, const uint8_t *key, struct bytes_view *window,
                     struct error *err)
{
    size_t below;
    int result;

    do {
        result = read_some(walk, &walk->base, walk->window, LIMIT_BASE_BYTES, window, err);
        if (result < 0)
            return result;
        below = count_below(walk, *window, key, 0) * walk->record_size;
        walk->base.at += below;
    } while (below > 0 && below == window->size);
    if (below > 0)
        result = read_some(walk, &walk->base, walk->window, LIMIT_BASE_BYTES, window, err);
    return result;
}

/* Fewer new records, until the base's between them fit a range. */
static size_t fit(struct delta_records *walk, struct bytes_view window)
{
    uint32_t size = walk->record_size;

    for (;;) {
        const uint8_t *last = walk->plain.data + walk->plain.size - size;
        size_t within = count_below(walk, window, last, 1) * size;

        if (within < window.size || walk->base.at + within == walk->base.end ||
            walk->plain.size == size)
            return within;
        walk->plain.size = walk->plain.size / size / 2 * size;
    }
}

int delta_records_step(struct delta_records *walk, struct error *err)
{
    struct bytes_view window;
    size_t within;
    int result = read_some(walk, &walk->fresh, walk->records, LIMIT_FRAME_BYTES, &walk->plain, err);

    if (result < 0 || walk->plain.size == 0)
        return result;
    result = skip_gone(walk, walk->plain.data, &window, err);
    if (result < 0)
        return result;
    within = fit(walk, window);
    walk->before = bytes_view_of(window.data, within);
    walk->before_at = walk->base.at;
    walk->fresh.at += walk->plain.size;
    walk->base.at += within;
    return 1;
}
