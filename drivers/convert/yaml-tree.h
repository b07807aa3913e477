/* SPDX-License-Identifier: ISC
 *
 * A YAML file from outside as a tree, by libyaml, of the part that data needs: one document of maps,
 * lists and scalars. Anchors, aliases, tags and directives are refused, and with them everything that
 * makes a small file a large tree; so are keys that are no scalars, keys that are there twice, a
 * second document, and whatever passes a limit (limits.h, LIMIT_YAML_*).
 */
#ifndef DRIVERS_CONVERT_YAML_TREE_H
#define DRIVERS_CONVERT_YAML_TREE_H

#include <stdbool.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_item {
    enum yaml_kind kind;
    unsigned line;           /* from 1; of a map's member that of its key */
    bool plain;              /* a scalar without quotes, not a block */
    struct bytes_view key;   /* of a map's member; else empty */
    struct bytes_view text;  /* of a scalar; any bytes, NUL too; owned by the tree */
    struct yaml_item *first; /* of a list or map, in the file's order */
    struct yaml_item *next;  /* in the same list or map */
};

struct yaml_tree;

/* *line: where a refusal lies. ERROR_BAD_CONTENT ("yaml: what"), ERROR_LIMIT. The caller frees the
 * tree, which needs `text` no longer. */
int yaml_tree_read(struct bytes_view text, struct yaml_tree **tree, unsigned *line,
                   struct error *err) ERROR_MUST_CHECK;
void yaml_tree_free(struct yaml_tree *tree); /* NULL is fine */

const struct yaml_item *yaml_tree_root(const struct yaml_tree *tree);

/* The member of a map; NULL: none, or no map. */
const struct yaml_item *yaml_item_member(const struct yaml_item *map, const char *key);
/* Whether it is a scalar that stands for nothing: plain and empty, ~ or null. */
bool yaml_item_is_null(const struct yaml_item *item);
/* Whether it is a scalar of just this text. */
bool yaml_item_is(const struct yaml_item *item, const char *text);

#endif
