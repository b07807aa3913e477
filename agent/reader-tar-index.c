/* SPDX-License-Identifier: ISC */
#include "agent/reader-tar.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define GROWTH 64

void tar_index_clear(struct tar_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        free(index->rows[i].name);
    free(index->rows);
    *index = (struct tar_index){0};
}

void tar_index_add(struct tar_index *index, const char *name, bool is_folder, uint64_t offset,
                   uint64_t size)
{
    if (index->count == index->capacity) {
        size_t capacity = index->capacity * 2 + GROWTH;
        struct tar_row *grown = bytes_allocate(capacity, sizeof(*grown));

        if (index->count > 0)
            memcpy(grown, index->rows, index->count * sizeof(*grown));
        free(index->rows);
        index->rows = grown;
        index->capacity = capacity;
    }
    index->rows[index->count++] = (struct tar_row){
        .name = bytes_copy_string(name), .is_folder = is_folder, .offset = offset, .size = size};
}

/* Names are ASCII (path_name_valid()). "/" before all else: what a folder holds comes right behind
 * it, and names that differ by case only lie side by side. */
static unsigned rank(char letter)
{
    if (letter == '\0' || letter == '/')
        return letter == '/';
    return letter >= 'A' && letter <= 'Z' ? (unsigned)(letter - 'A' + 'a') : (unsigned char)letter;
}

static int compare_folded(const char *a, const char *b)
{
    while (*a != '\0' && rank(*a) == rank(*b)) {
        a++;
        b++;
    }
    return (rank(*a) > rank(*b)) - (rank(*a) < rank(*b));
}

static int compare_rows(const void *a, const void *b)
{
    const struct tar_row *first = a, *second = b;
    int order = compare_folded(first->name, second->name);

    return order != 0 ? order : strcmp(first->name, second->name);
}

/* Where a component of both ends behind the last one that they share but for case. */
static size_t shared(const char *a, const char *b)
{
    size_t end = 0;

    for (size_t i = 0;; i++) {
        bool a_ends = a[i] == '\0' || a[i] == '/', b_ends = b[i] == '\0' || b[i] == '/';

        if (a_ends && b_ends)
            end = i;
        if (a[i] == '\0' || b[i] == '\0' || rank(a[i]) != rank(b[i]))
            return end;
    }
}

/* Neighbours of the sorted rows. */
static int check_pair(const struct tar_row *row, const struct tar_row *next, struct error *err)
{
    size_t common = shared(row->name, next->name);

    if (memcmp(row->name, next->name, common) != 0)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s and %s: names that differ by case only",
                         row->name, next->name);
    if (row->name[common] != '\0')
        return 0;
    if (next->name[common] == '\0')
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s: twice in the tar", row->name);
    if (!row->is_folder)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s: a file and a folder in the tar",
                         row->name);
    return 0;
}

int tar_index_finish(struct tar_index *index, struct error *err)
{
    int result = 0;

    if (index->count > 0)
        qsort(index->rows, index->count, sizeof(*index->rows), compare_rows);
    for (size_t i = 1; i < index->count && result == 0; i++)
        result = check_pair(&index->rows[i - 1], &index->rows[i], err);
    return result;
}

/* The first row that is not before name. */
static size_t find_place(const struct tar_index *index, const char *name)
{
    size_t first = 0, end = index->count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (compare_folded(index->rows[middle].name, name) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* What of a row's name lies within the folder; NULL: the row lies elsewhere, or is the folder. */
static const char *within(const struct tar_row *row, const char *folder)
{
    size_t size = strlen(folder);

    return strncmp(row->name, folder, size) == 0 && row->name[size] == '/' ? row->name + size + 1
                                                                           : NULL;
}

int tar_index_file(const struct tar_index *index, const char *name, const struct tar_row **row,
                   struct error *err)
{
    size_t place = find_place(index, name);

    *row = NULL;
    if (place < index->count && strcmp(index->rows[place].name, name) == 0)
        *row = &index->rows[place];
    if (*row != NULL && !(*row)->is_folder)
        return 0;
    if (*row != NULL || (place < index->count && within(&index->rows[place], name) != NULL))
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s: not a regular file", name);
    return error_set(err, ERROR_NOT_FOUND, "%s: not in the tar", name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the rows from place on. What one folder holds lies together: a name is new, or the last one. */
static int take_names(const struct tar_index *index, size_t place, const char *folder, char **names,
                      size_t *count, struct error *err)
{
    const char *rest;

    for (; place < index->count && (rest = within(&index->rows[place], folder)) != NULL; place++) {
        size_t size = strcspn(rest, "/");

        if (*count > 0 && strlen(names[*count - 1]) == size &&
            memcmp(names[*count - 1], rest, size) == 0)
            continue;
        if (*count == LIMIT_FOLDER_NAMES)
            return error_set(err, ERROR_LIMIT, "%s: more than %d names (FOLDER_NAMES)", folder,
                             LIMIT_FOLDER_NAMES);
        names[*count] = bytes_allocate(1, size + 1);
        memcpy(names[(*count)++], rest, size);
    }
    return 0;
}

int tar_index_list(const struct tar_index *index, const char *folder, char ***names, size_t *count,
                   struct error *err)
{
    size_t place = find_place(index, folder);
    bool named = place < index->count && strcmp(index->rows[place].name, folder) == 0;
    int result;

    *names = NULL;
    *count = 0;
    if (named && !index->rows[place].is_folder)
        return error_set(err, ERROR_UNEXPECTED_FILE, "%s: not a folder", folder);
    place += named;
    if (!named && (place == index->count || within(&index->rows[place], folder) == NULL))
        return error_set(err, ERROR_NOT_FOUND, "%s: not in the tar", folder);
    *names = bytes_allocate(LIMIT_FOLDER_NAMES, sizeof(**names));
    result = take_names(index, place, folder, *names, count, err);
    if (result < 0) {
        path_free_names(*names, *count);
        *names = NULL;
        *count = 0;
    } else if (*count > 0) {
        qsort(*names, *count, sizeof(**names), compare_names);
    }
    return result;
}
