/* SPDX-License-Identifier: ISC */
#include "mirror/settings-edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/path.h"
#include "media/base/publish.h"

#define SECTION_BYTES (LIMIT_NAME_BYTES + 64)

/* One line with its LF off the front of text. */
static struct bytes_view take_line(struct bytes_view *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end - text->data) + 1;
    struct bytes_view line = bytes_view_of(text->data, size);

    *text = bytes_view_of(text->data + size, text->size - size);
    return line;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* "[key NAME]" with blanks around it. */
static bool begins_section(struct bytes_view line)
{
    while (line.size > 0 && is_blank(line.data[0]))
        line = bytes_view_of(line.data + 1, line.size - 1);
    return line.size > 0 && line.data[0] == '[';
}

static bool begins_key(struct bytes_view line, const char *name)
{
    char section[SECTION_BYTES];
    size_t size = (size_t)snprintf(section, sizeof(section), "[key %s]", name);

    while (line.size > 0 && is_blank(line.data[0]))
        line = bytes_view_of(line.data + 1, line.size - 1);
    return line.size >= size && memcmp(line.data, section, size) == 0;
}

/* A text in force here; with `write`, in the file before: only when it is read back as it was
 * meant. */
static int take(struct repository *repository, const struct bytes *text, bool write,
                struct error *err)
{
    struct settings settings;
    int result = settings_parse(SETTINGS_FILE, bytes_view(text), &settings, err);

    if (result == 0 && write)
        result = publish_file(repository->fd, SETTINGS_FILE, text->data, text->size, 0644, err);
    if (result < 0) {
        settings_clear(&settings);
        return result;
    }
    settings_clear(&repository->settings);
    repository->settings = settings;
    return 0;
}

int settings_edit_reload(struct repository *repository, struct error *err)
{
    struct bytes text;
    int result = path_read(repository->fd, SETTINGS_FILE, SETTINGS_BYTES, &text, err);

    if (result == 0)
        result = take(repository, &text, false, err);
    bytes_clear(&text);
    return result;
}

int settings_edit_add(struct repository *repository, const struct settings_key *key,
                      const char *renamed, struct error *err)
{
    struct bytes before, after;
    struct bytes_view left;
    bool placed = false;
    int result = path_read(repository->fd, SETTINGS_FILE, SETTINGS_BYTES, &before, err);

    bytes_init(&after, SETTINGS_BYTES);
    left = bytes_view(&before);
    while (result == 0 && left.size > 0) {
        struct bytes_view line = take_line(&left);
        char section[SECTION_BYTES];

        if (renamed == NULL || placed || !begins_key(line, key->name)) {
            result = bytes_put(&after, line.data, line.size, err);
            continue;
        }
        placed = true;
        /* The section brings an empty line of its own. */
        if (after.size > 1 && memcmp(after.data + after.size - 2, "\n\n", 2) == 0)
            after.size--;
        snprintf(section, sizeof(section), "\n[key %s]\n", renamed);
        result = settings_write_key(key, &after, err);
        if (result == 0)
            result = bytes_put(&after, section, strlen(section), err);
    }
    if (result == 0 && !placed)
        result = settings_write_key(key, &after, err);
    if (result == 0)
        result = take(repository, &after, true, err);
    bytes_clear(&before);
    bytes_clear(&after);
    return result;
}

int settings_edit_remove(struct repository *repository, const char *name, struct error *err)
{
    struct bytes before, after;
    struct bytes_view left;
    bool within = false;
    int result = path_read(repository->fd, SETTINGS_FILE, SETTINGS_BYTES, &before, err);

    bytes_init(&after, SETTINGS_BYTES);
    left = bytes_view(&before);
    while (result == 0 && left.size > 0) {
        struct bytes_view line = take_line(&left);

        if (begins_section(line))
            within = begins_key(line, name);
        if (!within)
            result = bytes_put(&after, line.data, line.size, err);
    }
    if (result == 0)
        result = take(repository, &after, true, err);
    bytes_clear(&before);
    bytes_clear(&after);
    return result;
}
