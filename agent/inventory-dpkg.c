/* SPDX-License-Identifier: ISC */
#include "agent/inventory-dpkg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"

#define GROWTH 1024

struct package {
    struct bytes_view name, version;
};

struct inventory_dpkg {
    struct package *rows;
    size_t count, room;
};

/* What one paragraph has said so far. */
struct paragraph {
    struct bytes_view name, status, version;
};

static bool is_among(struct bytes_view text, const char *allowed)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\0' || strchr(allowed, text.data[i]) == NULL)
            return false;
    }
    return text.size > 0 && text.size <= LIMIT_FILE_NAME;
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* deb-version(7), and Debian's policy 5.6.7 for names. */
static bool is_sound(const struct paragraph *paragraph)
{
    return is_among(paragraph->name, LOWER DIGITS "+-.") &&
           is_among(paragraph->version, LOWER UPPER DIGITS ".+-~:");
}

/* The third word of "install ok installed": dpkg(1), package states. */
static bool is_installed(struct bytes_view status)
{
    static const char *const states[] = {" installed", " triggers-awaited", " triggers-pending"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        size_t size = strlen(states[i]);

        if (status.size > size && memcmp(status.data + status.size - size, states[i], size) == 0)
            return true;
    }
    return false;
}

static struct bytes_view trim(struct bytes_view value)
{
    while (value.size > 0 && (value.data[0] == ' ' || value.data[0] == '\t')) {
        value.data++;
        value.size--;
    }
    while (value.size > 0 && strchr(" \t\r", value.data[value.size - 1]) != NULL)
        value.size--;
    return value;
}

static void take_field(struct paragraph *paragraph, struct bytes_view key, struct bytes_view value)
{
    const struct {
        const char *key;
        struct bytes_view *place;
    } fields[] = {
        {"Package", &paragraph->name},
        {"Status", &paragraph->status},
        {"Version", &paragraph->version},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (key.size == strlen(fields[i].key) && memcmp(key.data, fields[i].key, key.size) == 0)
            *fields[i].place = trim(value);
    }
}

static int add_package(struct inventory_dpkg *packages, const struct paragraph *paragraph,
                       struct error *err)
{
    if (!is_sound(paragraph) || !is_installed(paragraph->status))
        return 0;
    if (packages->count == LIMIT_DPKG_PACKAGES)
        return error_set(err, ERROR_LIMIT, "more than DPKG_PACKAGES packages");
    if (packages->count == packages->room) {
        size_t room = packages->room * 2 + GROWTH;
        struct package *rows = bytes_allocate(room, sizeof(*rows));

        if (packages->count > 0)
            memcpy(rows, packages->rows, packages->count * sizeof(*rows));
        free(packages->rows);
        packages->rows = rows;
        packages->room = room;
    }
    packages->rows[packages->count++] = (struct package){paragraph->name, paragraph->version};
    return 0;
}

/* One line, without its end. */
static int take_line(struct inventory_dpkg *packages, struct paragraph *paragraph,
                     struct bytes_view line, struct error *err)
{
    const uint8_t *colon;
    size_t size;

    if (line.size == 0) {
        int result = add_package(packages, paragraph, err);

        *paragraph = (struct paragraph){0};
        return result;
    }
    if (line.data[0] == ' ' || line.data[0] == '\t')
        return 0;
    colon = memchr(line.data, ':', line.size);
    if (colon == NULL || colon == line.data)
        return error_set(err, ERROR_BAD_CONTENT, "expected a field");
    size = (size_t)(colon - line.data);
    take_field(paragraph, bytes_view_of(line.data, size),
               bytes_view_of(colon + 1, line.size - size - 1));
    return 0;
}

static int compare_views(struct bytes_view a, struct bytes_view b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* The text's order breaks ties, so that the first of several stays the first. */
static int compare_packages(const void *a, const void *b)
{
    const struct package *left = a, *right = b;
    int order = compare_views(left->name, right->name);

    return order != 0 ? order
                      : (left->name.data > right->name.data) - (left->name.data < right->name.data);
}

static int read_lines(struct inventory_dpkg *packages, struct bytes_view text, struct error *err)
{
    struct paragraph paragraph = {0};
    unsigned long number = 0;
    int result = 0;

    while (text.size > 0 && result == 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;

        number++;
        result = take_line(packages, &paragraph, bytes_view_of(text.data, size), err);
        size += end != NULL;
        text.data += size;
        text.size -= size;
    }
    if (result < 0)
        return error_context(err, "line %lu", number);
    return add_package(packages, &paragraph, err);
}

int inventory_dpkg_read(struct bytes_view text, struct inventory_dpkg **packages, struct error *err)
{
    int result;

    *packages = bytes_allocate(1, sizeof(**packages));
    result = read_lines(*packages, text, err);
    if (result < 0) {
        inventory_dpkg_free(*packages);
        *packages = NULL;
        return result;
    }
    if ((*packages)->count > 0)
        qsort((*packages)->rows, (*packages)->count, sizeof(struct package), compare_packages);
    return 0;
}

void inventory_dpkg_free(struct inventory_dpkg *packages)
{
    if (packages == NULL)
        return;
    free(packages->rows);
    free(packages);
}

size_t inventory_dpkg_count(const struct inventory_dpkg *packages)
{
    return packages->count;
}

struct bytes_view inventory_dpkg_version(const struct inventory_dpkg *packages, const char *name)
{
    struct bytes_view wanted = bytes_view_of(name, strlen(name));
    size_t low = 0, high = packages->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_views(packages->rows[middle].name, wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < packages->count && compare_views(packages->rows[low].name, wanted) == 0)
        return packages->rows[low].version;
    return (struct bytes_view){NULL, 0};
}
