/* SPDX-License-Identifier: ISC */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "drivers/convert/sigma-expression.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/event-filter.h"

struct sigma_node *sigma_node_make(struct sigma_pool *pool, enum sigma_op op, unsigned line,
                                   struct sigma_findings *findings)
{
    struct sigma_node *node;

    if (pool->count == LIMIT_SIGMA_NODES) {
        sigma_unsupported(findings, line, "more than %d tests (SIGMA_NODES)", LIMIT_SIGMA_NODES);
        return NULL;
    }
    node = bytes_allocate(1, sizeof(*node));
    node->op = op;
    node->made_before = pool->last;
    pool->last = node;
    pool->count++;
    return node;
}

void sigma_pool_clear(struct sigma_pool *pool)
{
    while (pool->last != NULL) {
        struct sigma_node *node = pool->last;

        pool->last = node->made_before;
        pcre2_code_free(node->test.re);
        free((void *)(uintptr_t)node->test.text.data);
        free(node);
    }
    pool->count = 0;
}

struct sigma_node *sigma_node_alone(struct sigma_node *node)
{
    return node->first != NULL && node->first->next == NULL ? node->first : node;
}

bool sigma_test_compile(struct sigma_test *test, char *why, size_t why_bytes)
{
    PCRE2_UCHAR words[128];
    PCRE2_SIZE where;
    int code;

    test->re =
        pcre2_compile(test->text.data, test->text.size, PCRE2_NEVER_UTF, &code, &where, NULL);
    if (test->re != NULL)
        return true;
    pcre2_get_error_message(code, words, sizeof(words));
    snprintf(why, why_bytes, "byte %zu: %s", (size_t)where + 1, (const char *)words);
    return false;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

void sigma_event_lower(struct sigma_event *event)
{
    for (size_t i = 0; i < SIGMA_FIELDS; i++) {
        const struct sigma_text *text = &event->fields[i];

        event->lower[i].size = text->size;
        for (size_t j = 0; j < text->size; j++)
            event->lower[i].data[j] = lower(text->data[j]);
    }
}

static bool expression_matches(const pcre2_code *re, const struct sigma_text *text)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    int found = -1;

    if (data != NULL && context != NULL) {
        pcre2_set_match_limit(context, LIMIT_LUA_MATCH_STEPS);
        found = pcre2_match(re, (PCRE2_SPTR)text->data, text->size, 0, 0, data, context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return found >= 0;
}

bool sigma_test_holds(const struct sigma_test *test, const struct sigma_event *event)
{
    const struct sigma_text *text =
        test->exact_case ? &event->fields[test->field] : &event->lower[test->field];
    const char *wanted = (const char *)test->text.data;
    size_t size = test->text.size;

    switch (test->comparison) {
    case SIGMA_EQUALS:
        return text->size == size && memcmp(text->data, wanted, size) == 0;
    case SIGMA_STARTS:
        return text->size >= size && memcmp(text->data, wanted, size) == 0;
    case SIGMA_ENDS:
        return text->size >= size && memcmp(text->data + text->size - size, wanted, size) == 0;
    case SIGMA_PRESENT:
        return text->size > 0;
    case SIGMA_RE:
        return expression_matches(test->re, text);
    case SIGMA_CONTAINS:
        return memmem(text->data, text->size, wanted, size) != NULL;
    default:
        return event_glob(wanted, size, text->data, text->size);
    }
}

bool sigma_holds(const struct sigma_node *node, const bool *selections,
                 const struct sigma_event *event)
{
    const struct sigma_node *member;

    switch (node->op) {
    case SIGMA_TEST:
        return sigma_test_holds(&node->test, event);
    case SIGMA_SELECTION:
        return selections[node->selection];
    case SIGMA_NOT:
        return !sigma_holds(node->first, selections, event);
    default:
        for (member = node->first; member != NULL; member = member->next)
            if (sigma_holds(member, selections, event) == (node->op == SIGMA_OR))
                return node->op == SIGMA_OR;
        return node->op == SIGMA_AND;
    }
}
