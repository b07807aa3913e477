/* SPDX-License-Identifier: ISC
 *
 * Rules of the remapper, one file each, as their publisher wrote them
 * (urn:sallyport:remapper:1, sallyport-driver.7): which XPath over which policy document gives which
 * key of the configuration store its value, and how it is converted.
 */
#ifndef DRIVERS_REMAP_RULES_H
#define DRIVERS_REMAP_RULES_H

#include <libxml/xpath.h>

#include "drivers/driver.h"
#include "media/base/limits.h"

#define REMAP_NAMESPACE "urn:sallyport:remapper:1"
#define REMAP_CONVERTS  4 /* conversions one after the other */

enum remap_type { REMAP_BOOL, REMAP_INT, REMAP_STRING, REMAP_LIST };

struct remap_map {
    char *from, *to;
};

struct remap_key {
    char *name;     /* "ips/enabled" */
    char *fallback; /* default; NULL: none */
    enum remap_type type;
    uint64_t line;
    const xmlNode *node; /* of the rules' document: whose prefixes hold for select */
    xmlXPathCompExpr *select;
    size_t convert_count;
    const struct remap_convert *converts[REMAP_CONVERTS]; /* drivers/remap-convert.h */
    size_t map_count;
    struct remap_map *maps;
};

struct remap_rules {
    char policy[LIMIT_NAME_BYTES + 1]; /* STEM of STEM.xml */
    xmlDoc *document;
    size_t key_count;
    struct remap_key *keys;
};

const char *remap_type_name(enum remap_type type);

/* Parses one rule file. ERROR_BAD_CONTENT as "LINE: key: what was expected"; *rules is NULL then.
 * remap_rules_free() in the end. */
int remap_rules_read(const struct driver_file *file, struct remap_rules **rules,
                     struct error *err) ERROR_MUST_CHECK;
void remap_rules_free(struct remap_rules *rules); /* NULL is fine */

#endif
