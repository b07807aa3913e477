/* SPDX-License-Identifier: ISC */
#include "drivers/convert/yaml-tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "media/base/limits.h"
#include "media/base/text.h"

struct yaml_tree {
    struct yaml_item items[LIMIT_YAML_ITEMS]; /* a pool: places that don't move */
    size_t count;
};

/* A list or map that is not closed yet. */
struct level {
    struct yaml_item *item;
    struct yaml_item **end; /* where the next member goes */
    struct bytes_view key;  /* that was read, and whose value is awaited */
    bool has_key;
    unsigned key_line;
    size_t members;
};

struct reading {
    yaml_parser_t parser;
    struct yaml_tree *tree;
    struct level levels[LIMIT_YAML_DEPTH];
    size_t depth;
    unsigned *line;
};

static int refuse(struct error *err, const char *what)
{
    return error_set(err, ERROR_BAD_CONTENT, "yaml: %s", what);
}

static struct bytes_view keep(const yaml_event_t *event)
{
    size_t size = event->data.scalar.length;
    uint8_t *copy = bytes_allocate(1, size + 1);

    memcpy(copy, event->data.scalar.value, size);
    return bytes_view_of(copy, size);
}

static void drop(struct bytes_view *bytes)
{
    free((void *)(uintptr_t)bytes->data);
    *bytes = bytes_view_of(NULL, 0);
}

static bool is_text(struct bytes_view bytes, const char *text)
{
    return bytes_equal(bytes, bytes_view_of(text, strlen(text)));
}

static bool has_member(const struct yaml_item *map, struct bytes_view key)
{
    const struct yaml_item *item;

    for (item = map->first; item != NULL; item = item->next)
        if (bytes_equal(item->key, key))
            return true;
    return false;
}

static int take_key(struct level *level, const yaml_event_t *event, unsigned line,
                    struct error *err)
{
    struct bytes_view key = bytes_view_of(event->data.scalar.value, event->data.scalar.length);

    if (event->type != YAML_SCALAR_EVENT)
        return refuse(err, "expected a key that is a text");
    if (has_member(level->item, key))
        return refuse(err, "the key is there twice");
    level->key = keep(event);
    level->has_key = true;
    level->key_line = line;
    return 0;
}

/* Puts a new item where the innermost open list or map awaits one. */
static int add(struct reading *reading, enum yaml_kind kind, struct yaml_item **added,
               struct error *err)
{
    struct level *level = reading->depth > 0 ? &reading->levels[reading->depth - 1] : NULL;
    struct yaml_item *item;

    if (reading->tree->count == LIMIT_YAML_ITEMS)
        return error_set(err, ERROR_LIMIT, "yaml: more than %d items (YAML_ITEMS)",
                         LIMIT_YAML_ITEMS);
    if (level != NULL && level->has_key && level->members == LIMIT_YAML_KEYS)
        return error_set(err, ERROR_LIMIT, "yaml: more than %d keys in a map (YAML_KEYS)",
                         LIMIT_YAML_KEYS);
    item = &reading->tree->items[reading->tree->count++];
    *item = (struct yaml_item){.kind = kind, .line = *reading->line};
    if (level != NULL) {
        if (level->has_key)
            item->line = level->key_line;
        item->key = level->key;
        level->key = bytes_view_of(NULL, 0);
        level->has_key = false;
        level->members++;
        *level->end = item;
        level->end = &item->next;
    }
    *added = item;
    return 0;
}

static int open_level(struct reading *reading, enum yaml_kind kind, struct error *err)
{
    struct yaml_item *item;
    int result;

    if (reading->depth == LIMIT_YAML_DEPTH)
        return error_set(err, ERROR_LIMIT, "yaml: more than %d levels (YAML_DEPTH)",
                         LIMIT_YAML_DEPTH);
    result = add(reading, kind, &item, err);
    if (result == 0)
        reading->levels[reading->depth++] = (struct level){.item = item, .end = &item->first};
    return result;
}

static int add_scalar(struct reading *reading, const yaml_event_t *event, struct error *err)
{
    struct yaml_item *item;
    int result = add(reading, YAML_SCALAR, &item, err);

    if (result < 0)
        return result;
    item->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    item->text = keep(event);
    return 0;
}

static bool has_name(const yaml_char_t *anchor, const yaml_char_t *tag)
{
    return anchor != NULL || tag != NULL;
}

/* What would make one part of a file stand for another, or give it a type. */
static const char *forbidden(const yaml_event_t *event)
{
    bool named = false;

    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return "aliases are not read";
    case YAML_SCALAR_EVENT:
        named = has_name(event->data.scalar.anchor, event->data.scalar.tag);
        break;
    case YAML_SEQUENCE_START_EVENT:
        named = has_name(event->data.sequence_start.anchor, event->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        named = has_name(event->data.mapping_start.anchor, event->data.mapping_start.tag);
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (event->data.document_start.version_directive != NULL ||
            event->data.document_start.tag_directives.start !=
                event->data.document_start.tag_directives.end)
            return "directives are not read";
        break;
    default:
        break;
    }
    return named ? "anchors and tags are not read" : NULL;
}

static int take(struct reading *reading, const yaml_event_t *event, struct error *err)
{
    struct level *level = reading->depth > 0 ? &reading->levels[reading->depth - 1] : NULL;
    const char *why = forbidden(event);

    *reading->line = (unsigned)event->start_mark.line + 1;
    if (why != NULL)
        return refuse(err, why);
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT) {
        reading->depth--;
        return 0;
    }
    if (event->type == YAML_DOCUMENT_START_EVENT && reading->tree->count > 0)
        return refuse(err, "a second document: expected one");
    if (event->type != YAML_SCALAR_EVENT && event->type != YAML_SEQUENCE_START_EVENT &&
        event->type != YAML_MAPPING_START_EVENT)
        return 0;
    if (level != NULL && level->item->kind == YAML_MAP && !level->has_key)
        return take_key(level, event, *reading->line, err);
    if (event->type == YAML_SCALAR_EVENT)
        return add_scalar(reading, event, err);
    return open_level(reading, event->type == YAML_MAPPING_START_EVENT ? YAML_MAP : YAML_LIST, err);
}

static int refuse_syntax(struct reading *reading, struct error *err)
{
    *reading->line = (unsigned)reading->parser.problem_mark.line + 1;
    if (reading->parser.error == YAML_READER_ERROR)
        *reading->line = 1;
    return error_set(err, ERROR_BAD_CONTENT, "yaml: %s",
                     reading->parser.problem != NULL ? reading->parser.problem : "not readable");
}

static int take_all(struct reading *reading, struct error *err)
{
    bool more = true;
    int result = 0;

    while (more && result == 0) {
        yaml_event_t event;

        if (yaml_parser_parse(&reading->parser, &event) == 0)
            return refuse_syntax(reading, err);
        more = event.type != YAML_STREAM_END_EVENT;
        result = take(reading, &event, err);
        yaml_event_delete(&event);
    }
    return result;
}

static int check_text(struct bytes_view text, struct error *err)
{
    if (text.size > LIMIT_YAML_BYTES)
        return error_set(err, ERROR_LIMIT, "yaml: more than %lu bytes (YAML_BYTES)",
                         LIMIT_YAML_BYTES);
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        return refuse(err, "begins with a byte order mark: save it as UTF-8 without one");
    return text_is_utf8(text.data, text.size) ? 0 : refuse(err, "is not UTF-8");
}

int yaml_tree_read(struct bytes_view text, struct yaml_tree **tree, unsigned *line,
                   struct error *err)
{
    struct reading reading = {.line = line};
    int result;

    *tree = NULL;
    *line = 1;
    result = check_text(text, err);
    if (result < 0)
        return result;
    if (yaml_parser_initialize(&reading.parser) == 0)
        return error_set(err, ERROR_INTERNAL, "libyaml can't start");
    yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reading.parser, text.data, text.size);
    reading.tree = bytes_allocate(1, sizeof(*reading.tree));
    result = take_all(&reading, err);
    if (result == 0 && reading.tree->count == 0)
        result = refuse(err, "there is nothing in it");
    for (size_t i = 0; i < LIMIT_YAML_DEPTH; i++)
        drop(&reading.levels[i].key);
    yaml_parser_delete(&reading.parser);
    if (result == 0)
        *tree = reading.tree;
    else
        yaml_tree_free(reading.tree);
    return result;
}

void yaml_tree_free(struct yaml_tree *tree)
{
    if (tree == NULL)
        return;
    for (size_t i = 0; i < tree->count; i++) {
        drop(&tree->items[i].key);
        drop(&tree->items[i].text);
    }
    free(tree);
}

const struct yaml_item *yaml_tree_root(const struct yaml_tree *tree)
{
    return &tree->items[0];
}

const struct yaml_item *yaml_item_member(const struct yaml_item *map, const char *key)
{
    const struct yaml_item *item = map->kind == YAML_MAP ? map->first : NULL;

    while (item != NULL && !is_text(item->key, key))
        item = item->next;
    return item;
}

bool yaml_item_is(const struct yaml_item *item, const char *text)
{
    return item->kind == YAML_SCALAR && is_text(item->text, text);
}

bool yaml_item_is_null(const struct yaml_item *item)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
        if (item->plain && yaml_item_is(item, nulls[i]))
            return true;
    return false;
}
