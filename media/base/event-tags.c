/* SPDX-License-Identifier: ISC */
#include "media/base/event-tags.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"

struct event_tags {
    unsigned holders;
    size_t size;
    char list[EVENT_PROCESS_TAGS * (EVENT_TAG_KEY + EVENT_TAG_VALUE)];
};

struct event_tags *event_tags_share(struct event_tags *tags)
{
    if (tags != NULL)
        tags->holders++;
    return tags;
}

void event_tags_leave(struct event_tags *tags)
{
    if (tags != NULL && --tags->holders == 0)
        free(tags);
}

static void add(struct event_tags *tags, const char *text, size_t size)
{
    memcpy(tags->list + tags->size, text, size);
    tags->size += size;
}

/* Copies all but those of the key. How many. */
static size_t copy_others(struct event_tags *to, const struct event_tags *from, const char *key)
{
    size_t key_size = strlen(key), count = 0, size;

    for (size_t at = 0; from != NULL && at < from->size; at += size) {
        size = strlen(from->list + at) + 1;
        if (strncmp(from->list + at, key, key_size) == 0 && from->list[at + key_size] == '=')
            continue;
        add(to, from->list + at, size);
        count++;
    }
    return count;
}

bool event_tags_set(struct event_tags **tags, const struct event_tag *tag)
{
    struct event_tags *made = bytes_allocate(1, sizeof(*made));
    size_t others = copy_others(made, *tags, tag->key);

    if (tag->value[0] != '\0' && others == EVENT_PROCESS_TAGS) {
        free(made);
        return false;
    }
    if (tag->value[0] != '\0') {
        add(made, tag->key, strlen(tag->key));
        add(made, "=", 1);
        add(made, tag->value, strlen(tag->value) + 1);
    }
    made->holders = 1;
    event_tags_leave(*tags);
    *tags = made;
    if (made->size == 0) {
        free(made);
        *tags = NULL;
    }
    return true;
}

struct bytes_view event_tags_list(const struct event_tags *tags)
{
    return tags == NULL ? bytes_view_of("", 0) : bytes_view_of(tags->list, tags->size);
}
