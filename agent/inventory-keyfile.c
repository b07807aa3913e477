/* SPDX-License-Identifier: ISC */
#include "agent/inventory-keyfile.h"

#include <string.h>

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct bytes_view trim(struct bytes_view view)
{
    while (view.size > 0 && is_blank(view.data[0])) {
        view.data++;
        view.size--;
    }
    while (view.size > 0 && is_blank(view.data[view.size - 1]))
        view.size--;
    return view;
}

static bool is_word(struct bytes_view view, const char *word)
{
    return view.size == strlen(word) && memcmp(view.data, word, view.size) == 0;
}

/* Takes the next line off the text. False: there is none. */
static bool next_line(struct bytes_view *text, struct bytes_view *line)
{
    const uint8_t *end;
    size_t size;

    if (text->size == 0)
        return false;
    end = memchr(text->data, '\n', text->size);
    size = end != NULL ? (size_t)(end - text->data) : text->size;
    *line = trim(bytes_view_of(text->data, size));
    size += end != NULL;
    text->data += size;
    text->size -= size;
    return true;
}

static bool is_section(struct bytes_view line, struct bytes_view *name)
{
    if (line.size < 2 || line.data[0] != '[' || line.data[line.size - 1] != ']')
        return false;
    *name = bytes_view_of(line.data + 1, line.size - 2);
    return true;
}

static bool is_key(struct bytes_view line, const char *key, struct bytes_view *value)
{
    const uint8_t *equals = line.size > 0 ? memchr(line.data, '=', line.size) : NULL;
    size_t size = equals != NULL ? (size_t)(equals - line.data) : 0;

    if (equals == NULL || !is_word(trim(bytes_view_of(line.data, size)), key))
        return false;
    *value = trim(bytes_view_of(equals + 1, line.size - size - 1));
    return value->size > 0;
}

bool inventory_keyfile_find(struct bytes_view text, const char *section, const char *key,
                            struct bytes_view *value)
{
    bool within = section == NULL;
    struct bytes_view line, name;

    while (next_line(&text, &line)) {
        if (is_section(line, &name))
            within = section != NULL && is_word(name, section);
        else if (within && is_key(line, key, value))
            return true;
    }
    return false;
}

bool inventory_keyfile_has(struct bytes_view text, const char *section)
{
    struct bytes_view line, name;

    while (next_line(&text, &line)) {
        if (is_section(line, &name) && is_word(name, section))
            return true;
    }
    return false;
}

struct bytes_view inventory_keyfile_program(struct bytes_view line, const char *prefixes)
{
    size_t size = 0;
    uint8_t quote;

    line = trim(line);
    while (line.size > 0 && line.data[0] != '\0' && strchr(prefixes, line.data[0]) != NULL) {
        line.data++;
        line.size--;
    }
    quote = line.size > 0 && (line.data[0] == '"' || line.data[0] == '\'') ? line.data[0] : 0;
    if (quote != 0) {
        line.data++;
        line.size--;
    }
    while (size < line.size && (quote != 0 ? line.data[size] != quote : !is_blank(line.data[size])))
        size++;
    return bytes_view_of(line.data, size);
}

bool inventory_keyfile_unquote(struct bytes_view value, char *out, size_t out_size)
{
    uint8_t quote = value.size > 0 ? value.data[0] : 0;
    size_t size = 0;

    if (quote == '"' || quote == '\'') {
        if (value.size < 2 || value.data[value.size - 1] != quote)
            return false;
        value = bytes_view_of(value.data + 1, value.size - 2);
    }
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '\\' && quote != '\'' && i + 1 < value.size)
            i++;
        if (size + 1 >= out_size)
            return false;
        out[size++] = (char)value.data[i];
    }
    out[size] = '\0';
    return true;
}
