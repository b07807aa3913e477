/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/media/forge.h"

#include <stdlib.h>

struct value {
    uint8_t tag;
    struct bytes_view content, whole;
};

/* The forge edits what it has written itself, so this reader only guards against its own mistakes.
 */
static struct value take(struct bytes_view *view)
{
    struct bytes_view left = *view;
    struct value value = {0};
    uint8_t byte = 0;
    size_t size;

    if (bytes_get_u8(&left, &value.tag) < 0 || bytes_get_u8(&left, &byte) < 0)
        abort();
    size = byte;
    if (byte >= 0x80) {
        size = 0;
        for (unsigned i = byte & 0x7fU; i > 0; i--) {
            if (bytes_get_u8(&left, &byte) < 0)
                abort();
            size = size << 8 | byte;
        }
    }
    if (bytes_get_view(&left, size, &value.content) < 0)
        abort();
    value.whole = bytes_view_of(view->data, view->size - left.size);
    *view = left;
    return value;
}

size_t forge_count(struct bytes_view whole)
{
    size_t count = 0;

    while (whole.size > 0) {
        struct value value = take(&whole);

        count += 1 + (value.tag & 0x20 ? forge_count(value.content) : 0);
    }
    return count;
}

static struct bytes_view edit_value(struct forge *forge, const struct value *value,
                                    enum forge_edit edit)
{
    static const uint8_t follower[] = {0x0a, 0x01, 0x00};
    uint8_t tag = value->tag ^ 0x01;

    switch (edit) {
    case FORGE_DELETE:
        return bytes_view_of(NULL, 0);
    case FORGE_DOUBLE:
        return forge_join(forge, FORGE_VIEWS(value->whole, value->whole));
    case FORGE_RETAG:
        /* To another type that lets the content pass where there is one. */
        if (value->tag == 0x30)
            tag = 0xa5;
        else if (value->tag < 0x20)
            tag = value->tag == 0x04 ? 0x86 : 0x04;
        return forge_value(forge, tag, &value->content, 1);
    case FORGE_EMPTY:
        return forge_value(forge, value->tag, NULL, 0);
    case FORGE_FOLLOW:
    case FORGE_EDITS:
        break;
    }
    return forge_join(forge, FORGE_VIEWS(value->whole, bytes_view_of(follower, sizeof(follower))));
}

static struct bytes_view edit_list(struct forge *forge, struct bytes_view list, size_t *node,
                                   enum forge_edit edit)
{
    struct bytes_view out = {0};

    while (list.size > 0) {
        struct value value = take(&list);
        struct bytes_view part = value.whole;

        if ((*node)-- == 0) {
            part = edit_value(forge, &value, edit);
        } else if (value.tag & 0x20) {
            part = edit_list(forge, value.content, node, edit);
            part = forge_value(forge, value.tag, &part, 1);
        }
        out = forge_join(forge, FORGE_VIEWS(out, part));
    }
    return out;
}

struct bytes_view forge_edit(struct forge *forge, struct bytes_view whole, size_t node,
                             enum forge_edit edit)
{
    return edit_list(forge, whole, &node, edit);
}
