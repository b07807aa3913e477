/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-case.h"

#include <stdio.h>
#include <string.h>

#include "drivers/convert/sigma-sample.h"
#include "media/base/text.h"

#define WISHES 256 /* tests that one event shall pass */

/* Tests that shall hold; those that shall not are left to the trial. */
struct wishes {
    const struct sigma_test *tests[WISHES];
    size_t count;
    bool full;
};

/* What stands between the parts of a field's value, and before them. */
static const struct style {
    const char *between, *folder, *program;
} styles[] = {
    {" ", "/opt/case", "case "},
    {"", "", ""},
    {"x", "/opt/case/", "case"},
    {" ", "", "case"},
};

#define STYLES (sizeof(styles) / sizeof(styles[0]))

/* Of fields that no wish is about, and of those that shall be another. */
static const char *const others[SIGMA_FIELDS] = {
    [SIGMA_PATH] = "/opt/other/case",
    [SIGMA_COMMAND] = "other case",
    [SIGMA_PARENT] = "/opt/other/head",
    [SIGMA_FOLDER] = "/opt/other",
    [SIGMA_USER] = "1000",
};

static void put(struct sigma_text *text, const void *data, size_t size)
{
    size_t room = sizeof(text->data) - 1 - text->size;

    size = size < room ? size : room; /* what is cut off is found by the trial */
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

static void put_string(struct sigma_text *text, const char *string)
{
    put(text, string, strlen(string));
}

static void gather(const struct sigma_rule *rule, const struct sigma_node *node, bool wanted,
                   struct sigma_choice *choice, struct wishes *wishes);

/* All members of an AND that shall hold, and of an OR that shall not; else one. */
static void gather_members(const struct sigma_rule *rule, const struct sigma_node *node,
                           bool wanted, struct sigma_choice *choice, struct wishes *wishes)
{
    const struct sigma_node *member = node->first;
    unsigned count = 0, way;

    if (wanted == (node->op == SIGMA_AND)) {
        for (; member != NULL && !wishes->full; member = member->next)
            gather(rule, member, wanted, choice, wishes);
        return;
    }
    for (const struct sigma_node *each = member; each != NULL; each = each->next)
        count++;
    for (way = sigma_choose(choice, count); way > 0; way--)
        member = member->next;
    gather(rule, member, wanted, choice, wishes);
}

static void gather(const struct sigma_rule *rule, const struct sigma_node *node, bool wanted,
                   struct sigma_choice *choice, struct wishes *wishes)
{
    switch (node->op) {
    case SIGMA_SELECTION:
        gather(rule, rule->selections[node->selection].node, wanted, choice, wishes);
        break;
    case SIGMA_NOT:
        gather(rule, node->first, !wanted, choice, wishes);
        break;
    case SIGMA_TEST:
        wishes->full |= wanted && wishes->count == WISHES;
        if (wanted && !wishes->full)
            wishes->tests[wishes->count++] = &node->test;
        break;
    default:
        gather_members(rule, node, wanted, choice, wishes);
        break;
    }
}

/* The longest of the tests of a field that compare so; NULL: none does. */
static const struct sigma_test *longest(const struct wishes *wishes, enum sigma_field field,
                                        enum sigma_comparison comparison)
{
    const struct sigma_test *best = NULL;

    for (size_t i = 0; i < wishes->count; i++) {
        const struct sigma_test *test = wishes->tests[i];

        if (test->field == field && test->comparison == comparison &&
            (best == NULL || test->text.size > best->text.size))
            best = test;
    }
    return best;
}

/* What shall be somewhere in it. */
static void put_inside(const struct wishes *wishes, enum sigma_field field, const char *between,
                       struct sigma_choice *choice, struct sigma_text *out)
{
    for (size_t i = 0; i < wishes->count; i++) {
        const struct sigma_test *test = wishes->tests[i];

        if (test->field != field ||
            (test->comparison != SIGMA_CONTAINS && test->comparison != SIGMA_RE))
            continue;
        if (out->size > 0)
            put_string(out, between);
        if (test->comparison == SIGMA_CONTAINS)
            put(out, test->text.data, test->text.size);
        else
            (void)sigma_sample(test->text, choice, out);
    }
}

/* The first star of a glob is where the rest goes; any other is nothing. */
static void put_glob(const struct sigma_test *test, const struct sigma_text *inside,
                     struct sigma_text *out)
{
    const char *glob = (const char *)test->text.data;
    bool placed = false;

    for (size_t i = 0; i < test->text.size; i++) {
        if (glob[i] == '*') {
            if (!placed)
                put(out, inside->data, inside->size);
            placed = true;
        } else if (glob[i] == '?') {
            put(out, "x", 1);
        } else {
            i += glob[i] == '\\';
            put(out, glob + i, 1);
        }
    }
}

static void put_edges(const struct wishes *wishes, enum sigma_field field,
                      const struct style *style, const struct sigma_text *inside,
                      struct sigma_text *out)
{
    const struct sigma_test *start = longest(wishes, field, SIGMA_STARTS);
    const struct sigma_test *end = longest(wishes, field, SIGMA_ENDS);

    if (start != NULL)
        put(out, start->text.data, start->text.size);
    else if (field != SIGMA_USER && longest(wishes, field, SIGMA_RE) == NULL)
        put_string(out, field == SIGMA_COMMAND ? style->program : style->folder);
    if (start != NULL && inside->size > 0)
        put_string(out, style->between);
    put(out, inside->data, inside->size);
    if (inside->size > 0 && end != NULL)
        put_string(out, style->between);
    if (end != NULL)
        put(out, end->text.data, end->text.size);
}

static bool is_wished(const struct wishes *wishes, enum sigma_field field)
{
    for (size_t i = 0; i < wishes->count; i++)
        if (wishes->tests[i]->field == field)
            return true;
    return false;
}

static void make_value(const struct wishes *wishes, enum sigma_field field,
                       struct sigma_choice *choice, const struct style *style,
                       struct sigma_text *out)
{
    const struct sigma_test *equals = longest(wishes, field, SIGMA_EQUALS);
    const struct sigma_test *glob = longest(wishes, field, SIGMA_GLOB);
    struct sigma_text inside = {.size = 0};

    out->size = 0;
    out->data[0] = '\0';
    if (!is_wished(wishes, field)) {
        if (field == SIGMA_PATH) /* every event has one */
            put_string(out, others[field]);
        return;
    }
    put_inside(wishes, field, style->between, choice, &inside);
    if (equals != NULL)
        put(out, equals->text.data, equals->text.size);
    else if (glob != NULL)
        put_glob(glob, &inside, out);
    else
        put_edges(wishes, field, style, &inside, out);
    if (out->size == 0)
        put_string(out, others[field]); /* it shall be there */
}

/* An event as it could come: a text is UTF-8 (selftests are JSON to the driver) without NUL. */
static bool is_event(const struct sigma_event *event)
{
    for (size_t i = 0; i < SIGMA_FIELDS; i++)
        if (memchr(event->fields[i].data, '\0', event->fields[i].size) != NULL ||
            !text_is_utf8(event->fields[i].data, event->fields[i].size))
            return false;
    return event->fields[SIGMA_PATH].size > 0;
}

static bool find(const struct sigma_rule *rule, bool detects, const struct sigma_test *test,
                 struct sigma_event *event)
{
    for (unsigned try = 0; try < LIMIT_SIGMA_TRIES; try++) {
        struct sigma_choice choice = {.rest = try};
        const struct style *style = &styles[sigma_choose(&choice, STYLES)];
        struct wishes wishes = {.count = 0};

        gather(rule, rule->condition, detects, &choice, &wishes);
        for (unsigned i = 0; i < SIGMA_FIELDS && !wishes.full; i++)
            make_value(&wishes, i, &choice, style, &event->fields[i]);
        sigma_event_lower(event);
        if (!wishes.full && is_event(event) && sigma_rule_detects(rule, event) == detects &&
            (test == NULL || sigma_test_holds(test, event)))
            return true;
    }
    return false;
}

bool sigma_case_find(const struct sigma_rule *rule, bool detects, struct sigma_event *event)
{
    return find(rule, detects, NULL, event);
}

bool sigma_case_find_with(const struct sigma_rule *rule, const struct sigma_test *test,
                          struct sigma_event *event)
{
    return find(rule, true, test, event);
}

bool sigma_case_beside(const struct sigma_rule *rule, const struct sigma_event *event,
                       enum sigma_field field, struct sigma_event *beside)
{
    if ((sigma_rule_fields(rule) & 1u << field) == 0)
        return false;
    *beside = *event;
    beside->fields[field].size = 0;
    put_string(&beside->fields[field], others[field]);
    sigma_event_lower(beside);
    return !sigma_rule_detects(rule, beside);
}
