/* SPDX-License-Identifier: ISC
 *
 * What a Sigma rule asks of an event, as a tree of tests, and its answer for one event: what the
 * written Lua does is also what is computed here, which is how selftest cases are found.
 *
 * A field that an event does not have is an empty text. Unless exact_case, letters of ASCII count in
 * either case (Sigma: values are case-insensitive).
 */
#ifndef DRIVERS_CONVERT_SIGMA_EXPRESSION_H
#define DRIVERS_CONVERT_SIGMA_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "drivers/convert/sigma-finding.h"
#include "media/base/bytes.h"
#include "media/base/limits.h"

/* What a test looks at. */
enum sigma_field {
    SIGMA_PATH,    /* e.path */
    SIGMA_COMMAND, /* e.argv, joined by one space */
    SIGMA_PARENT,  /* e.parent.path */
    SIGMA_FOLDER,  /* e.cwd */
    SIGMA_USER,    /* e.uid in decimal */
    SIGMA_FIELDS
};

enum sigma_comparison {
    SIGMA_EQUALS,
    SIGMA_STARTS,
    SIGMA_ENDS,
    SIGMA_CONTAINS,
    SIGMA_GLOB,   /* of the whole text (event_glob) */
    SIGMA_RE,     /* PCRE2, anywhere in the text */
    SIGMA_PRESENT /* not empty */
};

struct sigma_test {
    enum sigma_field field;
    enum sigma_comparison comparison;
    bool exact_case;        /* always with SIGMA_RE */
    struct bytes_view text; /* lower-case unless exact_case; NUL behind it */
    void *re;               /* compiled, of SIGMA_RE */
};

enum sigma_op {
    SIGMA_TEST,
    SIGMA_AND,      /* of members, at least one */
    SIGMA_OR,       /* likewise */
    SIGMA_NOT,      /* of one member */
    SIGMA_SELECTION /* what the rule's selection of this number says */
};

struct sigma_node {
    enum sigma_op op;
    struct sigma_test test;
    unsigned selection;
    struct sigma_node *first, *next; /* members; the next beside this */
    struct sigma_node *made_before;
};

/* All nodes of one rule, for freeing them. */
struct sigma_pool {
    struct sigma_node *last;
    size_t count;
};

/* NULL beyond LIMIT_SIGMA_NODES, which is a finding. */
struct sigma_node *sigma_node_make(struct sigma_pool *pool, enum sigma_op op, unsigned line,
                                   struct sigma_findings *findings);
void sigma_pool_clear(struct sigma_pool *pool);
/* The only member stands for an AND or OR of one. */
struct sigma_node *sigma_node_alone(struct sigma_node *node);

/* Compiles the expression of SIGMA_RE, which belongs to the node then. False: `why` says where and why
 * it is none. */
bool sigma_test_compile(struct sigma_test *test, char *why, size_t why_bytes);

struct sigma_text {
    size_t size;
    char data[LIMIT_EVENT_ARGV_BYTES]; /* NUL-terminated */
};

struct sigma_event {
    struct sigma_text fields[SIGMA_FIELDS]; /* empty: the event has none */
    struct sigma_text lower[SIGMA_FIELDS];  /* the same in lower case: sigma_event_lower() */
};

/* To be called when fields have changed. */
void sigma_event_lower(struct sigma_event *event);

bool sigma_test_holds(const struct sigma_test *test, const struct sigma_event *event);

/* selections: what each says of the event; NULL within a selection. */
bool sigma_holds(const struct sigma_node *node, const bool *selections,
                 const struct sigma_event *event);

#endif
