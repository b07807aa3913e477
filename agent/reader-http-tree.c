/* SPDX-License-Identifier: ISC */
#include "agent/reader-http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"
#include "media/tree-index.h"
#include "media/volume.h"

/* The largest document that is taken whole. */
#define DOCUMENT_BYTES (LIMIT_SET_BYTES > LIMIT_EXPORT_BYTES ? LIMIT_SET_BYTES : LIMIT_EXPORT_BYTES)

/* What is kept between requests: the names, and the file that was asked for last. */
struct http_tree {
    struct http_mirror *mirror;
    struct error failure;
    struct bytes index; /* as it was when names were first asked for: one view for one client */
    bool has_index;
    char *name; /* NULL: none */
    uint64_t size;
    struct bytes document; /* its bytes, where it is a document */
};

struct http_tree *http_tree_new(struct http_mirror *mirror, const struct error *failure)
{
    struct http_tree *tree = bytes_allocate(1, sizeof(*tree));

    tree->mirror = mirror;
    if (failure != NULL)
        tree->failure = *failure;
    bytes_init(&tree->index, LIMIT_INDEX_BYTES);
    bytes_init(&tree->document, DOCUMENT_BYTES);
    return tree;
}

void http_tree_free(struct http_tree *tree)
{
    bytes_clear(&tree->index);
    bytes_clear(&tree->document);
    free(tree->name);
    free(tree);
}

/* Packs and recipes are named by what they hold: they never change, may be large, and are read in
 * parts. Documents are small, and some are replaced while we look: they are taken whole, at once. */
static bool is_read_in_parts(const char *name)
{
    static const char *const folders[] = {VOLUME_ROOT "/packs/", VOLUME_ROOT "/recipes/"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (strncmp(name, folders[i], strlen(folders[i])) == 0)
            return true;
    }
    return false;
}

static int fetch(struct http_tree *tree, const struct http_request *request,
                 struct http_answer *answer, struct error *err)
{
    *answer = (struct http_answer){0};
    if (tree->failure.code == ERROR_OK)
        return http_fetch(tree->mirror, request, answer, err);
    *err = tree->failure;
    return -(int)err->code;
}

/* A whole file into memory: room for the most it may have, given back where it has less. */
static int fetch_whole(struct http_tree *tree, const char *name, size_t limit, struct bytes *out,
                       struct error *err)
{
    uint8_t *room = bytes_allocate(1, limit); /* untouched pages cost nothing */
    struct http_request request = {.name = name, .size = limit, .out = room};
    struct http_answer answer;
    int result;

    bytes_clear(out);
    result = fetch(tree, &request, &answer, err);
    if (result == 0)
        result = bytes_put(out, room, answer.got, err);
    free(room);
    return result;
}

static int fetch_size(struct http_tree *tree, const char *name, uint64_t *size, struct error *err)
{
    struct http_request request = {.name = name, .head = true};
    struct http_answer answer;
    int result = fetch(tree, &request, &answer, err);

    *size = answer.total;
    return result;
}

static int need_index(struct http_tree *tree, struct error *err)
{
    int result;

    if (tree->has_index)
        return 0;
    result = fetch_whole(tree, VOLUME_INDEX_NAME, LIMIT_INDEX_BYTES, &tree->index, err);
    if (result == -ERROR_NOT_FOUND)
        return error_set(err, ERROR_NOT_A_MEDIUM,
                         "the mirror has no " VOLUME_INDEX_NAME ", by which names are found");
    if (result == 0 && tree_index_check(bytes_view(&tree->index), err) < 0)
        result = error_context(err, VOLUME_INDEX_NAME);
    tree->has_index = result == 0;
    return result;
}

/* What INDEX names should be there. */
static int explain_absent(const struct http_tree *tree, const char *name, struct error *err)
{
    if (err->code == ERROR_NOT_FOUND && tree->has_index &&
        tree_index_has(bytes_view(&tree->index), name))
        err->code = ERROR_MEDIUM_DAMAGED;
    return -(int)err->code;
}

static int need_file(struct http_tree *tree, const char *name, struct error *err)
{
    int result;

    if (tree->name != NULL && strcmp(tree->name, name) == 0)
        return 0;
    free(tree->name);
    tree->name = NULL;
    bytes_clear(&tree->document);
    if (is_read_in_parts(name)) {
        result = fetch_size(tree, name, &tree->size, err);
    } else {
        result = fetch_whole(tree, name, DOCUMENT_BYTES, &tree->document, err);
        tree->size = tree->document.size;
    }
    if (result < 0)
        return explain_absent(tree, name, err);
    tree->name = bytes_copy_string(name);
    return 0;
}

static int list_folder(void *context, const char *folder, char ***names, size_t *count,
                       struct error *err)
{
    struct http_tree *tree = context;
    int result = need_index(tree, err);

    return result < 0 ? result
                      : tree_index_list(bytes_view(&tree->index), folder, names, count, err);
}

static int size_of(void *context, const char *name, uint64_t *size, struct error *err)
{
    struct http_tree *tree = context;
    int result = need_file(tree, name, err);

    *size = tree->size;
    return result;
}

static int read_part(struct http_tree *tree, uint64_t offset, uint8_t *out, size_t size,
                     struct error *err)
{
    struct http_request request = {
        .name = tree->name, .part = true, .offset = offset, .size = size, .out = out};
    struct http_answer answer;
    int result = fetch(tree, &request, &answer, err);

    if (result == 0 && answer.total != tree->size)
        return error_set(err, ERROR_MEDIUM_DAMAGED,
                         "%s: had %" PRIu64 " bytes before and has %" PRIu64 " now", tree->name,
                         tree->size, answer.total);
    return result < 0 ? explain_absent(tree, tree->name, err) : 0;
}

static int read_bytes(void *context, const char *name, uint64_t offset, uint8_t *out, size_t size,
                      struct error *err)
{
    struct http_tree *tree = context;
    int result = need_file(tree, name, err);

    if (result < 0 || size == 0)
        return result;
    if (offset > tree->size || size > tree->size - offset)
        return error_set(err, ERROR_MEDIUM_DAMAGED, "%s ends early", name);
    if (is_read_in_parts(name))
        return read_part(tree, offset, out, size, err);
    memcpy(out, tree->document.data + offset, size);
    return 0;
}

const struct reader_methods http_tree_methods = {list_folder, size_of, read_bytes};
