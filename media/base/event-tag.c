/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "media/base/event.h"

#define KEY_AT   4
#define VALUE_AT (KEY_AT + EVENT_TAG_KEY)

/* Both ends are ours, but the reader is the privileged one: nothing but what a rule may say. */
static bool key_valid(const char *key)
{
    size_t size = strnlen(key, EVENT_TAG_KEY);

    return size > 0 && size < EVENT_TAG_KEY &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static bool value_valid(const char *value)
{
    size_t size = strnlen(value, EVENT_TAG_VALUE);

    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
            return false;
    }
    return size < EVENT_TAG_VALUE;
}

static bool padded(const char *text, size_t size)
{
    for (size_t i = strnlen(text, size); i < size; i++) {
        if (text[i] != 0)
            return false;
    }
    return true;
}

void event_tag_put(const struct event_tag *tag, uint8_t out[static EVENT_TAG_BYTES])
{
    memset(out, 0, EVENT_TAG_BYTES);
    for (unsigned i = 0; i < KEY_AT; i++)
        out[i] = (uint8_t)(tag->pid >> (8 * i));
    memcpy(out + KEY_AT, tag->key, strnlen(tag->key, EVENT_TAG_KEY));
    memcpy(out + VALUE_AT, tag->value, strnlen(tag->value, EVENT_TAG_VALUE));
}

int event_tag_get(struct bytes_view packet, struct event_tag *tag, struct error *err)
{
    if (packet.size != EVENT_TAG_BYTES || bytes_get_u32(&packet, &tag->pid) < 0 ||
        bytes_get(&packet, tag->key, sizeof(tag->key)) < 0 ||
        bytes_get(&packet, tag->value, sizeof(tag->value)) < 0)
        return error_set(err, ERROR_PROTOCOL, "a tag of %zu bytes", packet.size);
    if (!key_valid(tag->key) || !padded(tag->key, sizeof(tag->key)))
        return error_set(err, ERROR_PROTOCOL, "a tag whose key is no name");
    if (!value_valid(tag->value) || !padded(tag->value, sizeof(tag->value)))
        return error_set(err, ERROR_PROTOCOL, "a tag whose value is no text");
    return 0;
}
