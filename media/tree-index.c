/* SPDX-License-Identifier: ISC */
#include "media/tree-index.h"

#include <string.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/volume.h"

/* The next line without its LF; false at the end, or where no LF comes any more. */
static bool next_line(struct bytes_view *index, struct bytes_view *line)
{
    const uint8_t *end = index->size > 0 ? memchr(index->data, '\n', index->size) : NULL;

    if (end == NULL)
        return false;
    *line = bytes_view_of(index->data, (size_t)(end - index->data));
    index->data += line->size + 1;
    index->size -= line->size + 1;
    return true;
}

static int compare(struct bytes_view a, struct bytes_view b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static bool is_below(struct bytes_view line, const char *folder)
{
    size_t size = strlen(folder);

    return line.size > size + 1 && memcmp(line.data, folder, size) == 0 && line.data[size] == '/';
}

int tree_index_check(struct bytes_view index, struct error *err)
{
    struct bytes_view line, before = {0};
    size_t number = 0;

    while (next_line(&index, &line)) {
        number++;
        if (!path_name_valid((const char *)line.data, line.size) || !is_below(line, VOLUME_ROOT))
            return error_set(err, ERROR_MEDIUM_DAMAGED, "line %zu is no name of a tree", number);
        if (number > 1 && compare(before, line) >= 0)
            return error_set(err, ERROR_MEDIUM_DAMAGED, "line %zu is not sorted", number);
        before = line;
    }
    if (index.size > 0)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "line %zu does not end", number + 1);
    return 0;
}

/* The last part of a name that lies directly in the folder; size 0 for any other. */
static struct bytes_view part_in(struct bytes_view line, const char *folder)
{
    struct bytes_view part = {0};

    if (!is_below(line, folder))
        return part;
    part = bytes_view_of(line.data + strlen(folder) + 1, line.size - strlen(folder) - 1);
    if (memchr(part.data, '/', part.size) != NULL)
        part.size = 0;
    return part;
}

int tree_index_list(struct bytes_view index, const char *folder, char ***names, size_t *count,
                    struct error *err)
{
    struct bytes_view line;

    *names = bytes_allocate(LIMIT_FOLDER_NAMES, sizeof(**names));
    *count = 0;
    while (next_line(&index, &line)) {
        struct bytes_view part = part_in(line, folder);

        if (part.size == 0)
            continue;
        if (*count == LIMIT_FOLDER_NAMES) {
            path_free_names(*names, *count);
            *names = NULL;
            *count = 0;
            return error_set(err, ERROR_LIMIT, "%s: more names than FOLDER_NAMES, %d", folder,
                             LIMIT_FOLDER_NAMES);
        }
        (*names)[*count] = bytes_allocate(1, part.size + 1);
        memcpy((*names)[(*count)++], part.data, part.size);
    }
    return 0;
}

bool tree_index_has(struct bytes_view index, const char *name)
{
    struct bytes_view line, wanted = bytes_view_of(name, strlen(name));

    while (next_line(&index, &line)) {
        if (bytes_equal(line, wanted))
            return true;
    }
    return false;
}
