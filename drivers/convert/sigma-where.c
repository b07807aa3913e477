/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-where.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "media/base/event-filter.h"
#include "media/base/event-glob.h"

#define PART_BYTES                                                                                 \
    32 /* of a text that a glob looks for: enough to tell, and four times that as classes */
#define GLOB_BYTES 64 /* of a glob of the rule's own: a longer one is not asked */

/* What a part of the condition can't do without. */
struct need {
    size_t count;
    const struct sigma_test *tests[SIGMA_WHERE_WAYS];
};
struct needs {
    struct need fields[SIGMA_FIELDS];
};

/* A class in a glob is not the rule's: a bracket that is meant is escaped (sigma-value.c). */
static bool can_ask(const struct sigma_test *test)
{
    switch (test->comparison) {
    case SIGMA_EQUALS:
    case SIGMA_STARTS:
    case SIGMA_ENDS:
    case SIGMA_CONTAINS:
        return test->text.size > 0;
    case SIGMA_GLOB:
        return test->text.size <= GLOB_BYTES &&
               event_glob_valid((const char *)test->text.data, test->text.size);
    default:
        return false;
    }
}

static bool lies_at_start(struct bytes_view text, struct bytes_view part)
{
    return text.size >= part.size &&
           strncasecmp((const char *)text.data, (const char *)part.data, part.size) == 0;
}

static bool lies_at_end(struct bytes_view text, struct bytes_view part)
{
    return text.size >= part.size && strncasecmp((const char *)text.data + text.size - part.size,
                                                 (const char *)part.data, part.size) == 0;
}

/* Whether no text holds for both, whatever case its letters have. Of texts that a glob has cut, who
 * knows. */
static bool exclude_each_other(const struct sigma_test *a, const struct sigma_test *b)
{
    enum sigma_comparison kind = a->comparison != SIGMA_EQUALS ? a->comparison : b->comparison;

    if (a->text.size > PART_BYTES || b->text.size > PART_BYTES)
        return false;
    if (a->comparison != b->comparison && a->comparison != SIGMA_EQUALS &&
        b->comparison != SIGMA_EQUALS)
        return false;
    switch (kind) {
    case SIGMA_EQUALS:
        return a->text.size != b->text.size || !lies_at_start(a->text, b->text);
    case SIGMA_STARTS:
        return !lies_at_start(a->text, b->text) && !lies_at_start(b->text, a->text);
    case SIGMA_ENDS:
        return !lies_at_end(a->text, b->text) && !lies_at_end(b->text, a->text);
    default:
        return false;
    }
}

static bool is_same(const struct sigma_test *a, const struct sigma_test *b)
{
    return a->comparison == b->comparison && a->exact_case == b->exact_case &&
           bytes_equal(a->text, b->text);
}

/* One more of which one must hold. False: they can't be told apart, or are too many. */
static bool add_way(struct need *need, const struct sigma_test *test)
{
    for (size_t i = 0; i < need->count; i++) {
        if (is_same(need->tests[i], test))
            return true;
        if (!exclude_each_other(need->tests[i], test))
            return false;
    }
    if (need->count == SIGMA_WHERE_WAYS)
        return false;
    need->tests[need->count++] = test;
    return true;
}

static void either(struct needs *needs, const struct needs *other)
{
    for (size_t field = 0; field < SIGMA_FIELDS; field++) {
        struct need *need = &needs->fields[field];
        const struct need *more = &other->fields[field];
        bool told = need->count > 0 && more->count > 0;

        for (size_t i = 0; i < more->count && told; i++)
            told = add_way(need, more->tests[i]);
        if (!told)
            need->count = 0;
    }
}

/* Few ways before many, long texts before short ones. */
static bool tells_more(const struct need *a, const struct need *b)
{
    if (a->count == 0 || b->count == 0)
        return a->count > 0;
    return a->count < b->count ||
           (a->count == b->count && a->tests[0]->text.size > b->tests[0]->text.size);
}

static void both(struct needs *needs, const struct needs *other)
{
    for (size_t field = 0; field < SIGMA_FIELDS; field++)
        if (tells_more(&other->fields[field], &needs->fields[field]))
            needs->fields[field] = other->fields[field];
}

static struct needs needs_of(const struct sigma_node *node, const struct sigma_rule *rule)
{
    struct needs needs = {0};
    const struct sigma_node *member;

    if (node->op == SIGMA_SELECTION)
        return needs_of(rule->selections[node->selection].node, rule);
    if (node->op == SIGMA_TEST && can_ask(&node->test))
        needs.fields[node->test.field] = (struct need){1, {&node->test}};
    if (node->op != SIGMA_AND && node->op != SIGMA_OR)
        return needs;
    needs = needs_of(node->first, rule);
    for (member = node->first->next; member != NULL; member = member->next) {
        const struct needs other = needs_of(member, rule);

        (node->op == SIGMA_AND ? both : either)(&needs, &other);
    }
    return needs;
}

void sigma_where_find(const struct sigma_rule *rule, struct sigma_where *where)
{
    const struct needs needs = needs_of(rule->condition, rule);
    const struct need *ways = NULL;

    *where = (struct sigma_where){0};
    for (size_t field = 0; field < SIGMA_FIELDS; field++) {
        const struct need *need = &needs.fields[field];

        if (need->count > 1 && (ways == NULL || need->count < ways->count))
            ways = need;
    }
    for (size_t field = 0; field < SIGMA_FIELDS; field++) {
        const struct need *need = &needs.fields[field];

        if (need->count != 1 && need != ways)
            continue;
        where->fields[field].count = need->count;
        memcpy(where->fields[field].tests, need->tests, sizeof(need->tests));
    }
}

/* One byte of the text as it is, or in either case. */
static int put_byte(struct bytes *glob, uint8_t byte, bool exact_case, struct error *err)
{
    const uint8_t either_case[] = {'[', byte, (uint8_t)toupper(byte), ']'};
    const uint8_t escaped[] = {'\\', byte};

    if (byte >= 'a' && byte <= 'z' && !exact_case)
        return bytes_put(glob, either_case, sizeof(either_case), err);
    if (byte != '\0' && strchr("*?[\\", byte) != NULL)
        return bytes_put(glob, escaped, sizeof(escaped), err);
    return bytes_put_u8(glob, byte, err);
}

static int put_text(struct bytes *glob, struct bytes_view text, bool exact_case, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < text.size && result == 0; i++)
        result = put_byte(glob, text.data[i], exact_case, err);
    return result;
}

static int put_glob(struct bytes *glob, struct bytes_view own, bool exact_case, struct error *err)
{
    int result = 0;

    while (own.size > 0 && result == 0) {
        size_t size = event_glob_element(own);

        if (size == 1 && own.data[0] != '*' && own.data[0] != '?')
            result = put_byte(glob, own.data[0], exact_case, err);
        else
            result = bytes_put(glob, own.data, size, err);
        own = bytes_view_of(own.data + size, own.size - size);
    }
    return result;
}

int sigma_where_glob(const struct sigma_test *test, struct bytes *glob, struct error *err)
{
    bool cut = test->text.size > PART_BYTES;
    struct bytes_view part = bytes_view_of(test->text.data, cut ? PART_BYTES : test->text.size);
    bool ends = test->comparison == SIGMA_ENDS || test->comparison == SIGMA_EQUALS;
    int result = 0;

    if (test->comparison == SIGMA_GLOB)
        return put_glob(glob, test->text, test->exact_case, err);
    if (test->comparison == SIGMA_ENDS && cut)
        part.data += test->text.size - PART_BYTES;
    if (test->comparison == SIGMA_ENDS || test->comparison == SIGMA_CONTAINS)
        result = bytes_put_u8(glob, '*', err);
    if (result == 0)
        result = put_text(glob, part, test->exact_case, err);
    if (result == 0 && (!ends || (cut && test->comparison == SIGMA_EQUALS)))
        result = bytes_put_u8(glob, '*', err);
    return result;
}
