/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-condition.h"

#include <string.h>
#include <strings.h>

#include "media/base/event-filter.h"

#define END_SHOWN "the end"

struct condition {
    struct bytes_view rest;
    struct bytes_view word; /* that comes next; empty at the end */
    unsigned line, depth;
    const struct sigma_selection *selections;
    size_t count;
    struct sigma_pool *pool;
    struct sigma_findings *findings;
    bool failed; /* and said so */
};

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_letter(uint8_t byte)
{
    return byte != '\0' &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-*", byte) !=
               NULL;
}

static void advance(struct condition *condition)
{
    struct bytes_view *rest = &condition->rest;
    size_t from = 0, to;

    while (from < rest->size && is_space(rest->data[from]))
        from++;
    to = from;
    while (to < rest->size && is_letter(rest->data[to]))
        to++;
    to += to == from && from < rest->size;
    condition->word = bytes_view_of(rest->data + from, to - from);
    *rest = bytes_view_of(rest->data + to, rest->size - to);
}

static bool at(const struct condition *condition, const char *word)
{
    return condition->word.size == strlen(word) &&
           strncasecmp((const char *)condition->word.data, word, condition->word.size) == 0;
}

static struct sigma_node *fail(struct condition *condition, const char *expected)
{
    const struct bytes_view *word = &condition->word;

    if (condition->failed)
        return NULL;
    condition->failed = true;
    if (word->size == 1 && word->data[0] == '|')
        sigma_unsupported(condition->findings, condition->line,
                          "condition: | (aggregation) is not converted");
    else
        sigma_broken(condition->findings, condition->line, "condition: %.*s: expected %s",
                     word->size > 0 ? (int)(word->size < 64 ? word->size : 64)
                                    : (int)sizeof(END_SHOWN) - 1,
                     word->size > 0 ? (const char *)word->data : END_SHOWN, expected);
    return NULL;
}

static struct sigma_node *make(struct condition *condition, enum sigma_op op)
{
    struct sigma_node *node =
        sigma_node_make(condition->pool, op, condition->line, condition->findings);

    condition->failed |= node == NULL;
    return node;
}

static struct sigma_node *make_selection(struct condition *condition, size_t i)
{
    struct sigma_node *node = make(condition, SIGMA_SELECTION);

    if (node != NULL)
        node->selection = (unsigned)i;
    return node;
}

static struct sigma_node *read_name(struct condition *condition)
{
    for (size_t i = 0; i < condition->count; i++) {
        if (bytes_equal(condition->selections[i].name, condition->word)) {
            advance(condition);
            return make_selection(condition, i);
        }
    }
    return fail(condition, "a selection of the rule");
}

static bool is_meant(const struct condition *condition, const struct sigma_selection *selection)
{
    if (at(condition, "them"))
        return selection->name.data[0] != '_';
    return event_glob((const char *)condition->word.data, condition->word.size,
                      (const char *)selection->name.data, selection->name.size);
}

static struct sigma_node *read_quantity(struct condition *condition)
{
    struct sigma_node *node = make(condition, at(condition, "all") ? SIGMA_AND : SIGMA_OR);
    struct sigma_node **end = node != NULL ? &node->first : NULL;

    advance(condition);
    if (!at(condition, "of"))
        return fail(condition, "of");
    advance(condition);
    if (condition->word.size == 0 || !is_letter(condition->word.data[0]))
        return fail(condition, "them, or a pattern of selections' names");
    for (size_t i = 0; i < condition->count && !condition->failed; i++) {
        if (!is_meant(condition, &condition->selections[i]))
            continue;
        *end = make_selection(condition, i);
        if (*end != NULL)
            end = &(*end)->next;
    }
    if (condition->failed || node->first == NULL)
        return fail(condition, "a pattern that a selection's name matches");
    advance(condition);
    return sigma_node_alone(node);
}

static struct sigma_node *read_or(struct condition *condition);

static struct sigma_node *read_group(struct condition *condition)
{
    struct sigma_node *node;

    advance(condition);
    node = read_or(condition);
    if (!at(condition, ")"))
        return fail(condition, ")");
    advance(condition);
    return node;
}

static bool is_number(struct bytes_view word)
{
    for (size_t i = 0; i < word.size; i++)
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
    return word.size > 0;
}

static struct sigma_node *read_one(struct condition *condition)
{
    if (at(condition, "("))
        return read_group(condition);
    if (at(condition, "1") || at(condition, "any") || at(condition, "all"))
        return read_quantity(condition);
    if (is_number(condition->word))
        return fail(condition, "1 of, any of or all of");
    if (condition->word.size == 0 || !is_letter(condition->word.data[0]))
        return fail(condition, "a selection, not, or (");
    return read_name(condition);
}

static struct sigma_node *read_not(struct condition *condition)
{
    struct sigma_node *node;

    if (++condition->depth > LIMIT_SIGMA_DEPTH)
        return fail(condition, "fewer levels (SIGMA_DEPTH)");
    if (!at(condition, "not")) {
        node = read_one(condition);
    } else {
        advance(condition);
        node = make(condition, SIGMA_NOT);
        if (node != NULL)
            node->first = read_not(condition);
    }
    condition->depth--;
    return node;
}

/* Members with one word between them. */
static struct sigma_node *read_joined(struct condition *condition, const char *word,
                                      enum sigma_op op,
                                      struct sigma_node *(*read_member)(struct condition *))
{
    struct sigma_node *node = make(condition, op);
    struct sigma_node **end = node != NULL ? &node->first : NULL;
    bool more = node != NULL;

    while (more && !condition->failed) {
        *end = read_member(condition);
        if (*end != NULL)
            end = &(*end)->next;
        more = at(condition, word);
        if (more)
            advance(condition);
    }
    return condition->failed ? NULL : sigma_node_alone(node);
}

static struct sigma_node *read_and(struct condition *condition)
{
    return read_joined(condition, "and", SIGMA_AND, read_not);
}

static struct sigma_node *read_or(struct condition *condition)
{
    return read_joined(condition, "or", SIGMA_OR, read_and);
}

struct sigma_node *sigma_condition_read(struct bytes_view text, unsigned line,
                                        const struct sigma_selection *selections, size_t count,
                                        struct sigma_pool *pool, struct sigma_findings *findings)
{
    struct condition condition = {.rest = text,
                                  .line = line,
                                  .selections = selections,
                                  .count = count,
                                  .pool = pool,
                                  .findings = findings};
    struct sigma_node *node;

    if (text.size > LIMIT_SIGMA_CONDITION) {
        sigma_broken(findings, line, "condition: more than %d bytes (SIGMA_CONDITION)",
                     LIMIT_SIGMA_CONDITION);
        return NULL;
    }
    advance(&condition);
    node = read_or(&condition);
    if (!condition.failed && condition.word.size > 0)
        node = fail(&condition, "and, or, or the end");
    return condition.failed ? NULL : node;
}
