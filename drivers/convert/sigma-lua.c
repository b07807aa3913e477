/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-lua.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/convert/lua-text.h"
#include "drivers/convert/sigma-case.h"
#include "drivers/convert/sigma-where.h"

#define NAME_BYTES (LIMIT_SIGMA_NAME + 8)

/* Names that the fields have in what is written, and where they come from. */
static const struct {
    const char *name, *fact, *value, *where;
} fields[SIGMA_FIELDS] = {
    [SIGMA_PATH] = {"path", "path", "e.path or \"\"", "path"},
    [SIGMA_COMMAND] = {"command", "command", "table.concat(e.argv or {}, \" \")", "argv"},
    [SIGMA_PARENT] = {"parent", "parent", "e.parent and e.parent.path or \"\"",
                      "[\"parent.path\"]"},
    [SIGMA_FOLDER] = {"folder", "cwd", "e.cwd or \"\"", "cwd"},
    [SIGMA_USER] = {"user", "uid", "e.uid and tostring(e.uid) or \"\"", "uid"},
};

struct writing {
    const struct sigma_rule *rule;
    struct sigma_where where;
    unsigned way_field; /* of which there are several tests, an on() each; SIGMA_FIELDS: none */
    struct bytes *out;
    struct error *err;
    int result; /* of the first write that failed; none is done after it */
};

static void put(struct writing *writing, const char *text)
{
    if (writing->result == 0)
        writing->result = bytes_put(writing->out, text, strlen(text), writing->err);
}

static void put_quoted(struct writing *writing, struct bytes_view text)
{
    if (writing->result == 0)
        writing->result = lua_text_quote(writing->out, text, writing->err);
}

static void put_comment(struct writing *writing, const char *label, struct bytes_view words)
{
    if (writing->result == 0 && words.size > 0)
        writing->result = lua_text_comment(writing->out, label, words, writing->err);
}

static void put_test(struct writing *writing, const struct sigma_test *test)
{
    static const struct {
        const char *before, *between, *after;
    } forms[] = {
        [SIGMA_EQUALS] = {"", " == ", ""},         [SIGMA_STARTS] = {"starts(", ", ", ")"},
        [SIGMA_ENDS] = {"ends(", ", ", ")"},       [SIGMA_CONTAINS] = {"match.literal(", ", ", ")"},
        [SIGMA_GLOB] = {"match.glob(", ", ", ")"}, [SIGMA_RE] = {"match.re(", ", ", ")"},
        [SIGMA_PRESENT] = {"", " ~= ", ""},
    };

    put(writing, forms[test->comparison].before);
    put(writing, test->exact_case ? "given_" : "");
    put(writing, fields[test->field].name);
    put(writing, forms[test->comparison].between);
    put_quoted(writing, test->text);
    put(writing, forms[test->comparison].after);
}

/* "s1_selection_img": no keyword, and no other selection's. */
static void put_selection_name(struct writing *writing, unsigned i)
{
    const struct sigma_selection *selection = &writing->rule->selections[i];
    char name[NAME_BYTES];
    int size = snprintf(name, sizeof(name), "s%u_%.*s", i + 1, (int)selection->name.size,
                        selection->name.data);

    for (int j = 0; j < size; j++)
        if (name[j] == '-' || name[j] == '.')
            name[j] = '_';
    put(writing, name);
}

static void put_node(struct writing *writing, const struct sigma_node *node);

static void put_members(struct writing *writing, const struct sigma_node *node)
{
    const struct sigma_node *member;

    put(writing, "(");
    for (member = node->first; member != NULL; member = member->next) {
        put_node(writing, member);
        if (member->next != NULL)
            put(writing, node->op == SIGMA_AND ? "\n    and " : "\n    or ");
    }
    put(writing, ")");
}

static void put_node(struct writing *writing, const struct sigma_node *node)
{
    switch (node->op) {
    case SIGMA_TEST:
        put_test(writing, &node->test);
        break;
    case SIGMA_SELECTION:
        put_selection_name(writing, node->selection);
        break;
    case SIGMA_NOT:
        put(writing, "not (");
        put_node(writing, node->first);
        put(writing, ")");
        break;
    default:
        put_members(writing, node);
        break;
    }
}

static bool looks_at(const struct writing *writing, unsigned field)
{
    return (sigma_rule_fields(writing->rule) & 1u << field) != 0;
}

/* The thumbprint is of what the rule looks at: allowing one finding allows no other. */
static void put_head(struct writing *writing)
{
    const struct sigma_rule *rule = writing->rule;

    put_comment(writing, "converted from Sigma; author", rule->author);
    put_comment(writing, "license", rule->license);
    put(writing, "rule{id=\"");
    put(writing, rule->id);
    put(writing, "\", title=");
    put_quoted(writing, rule->title);
    put(writing, ", severity=\"");
    put(writing, rule->severity);
    put(writing, rule->technique_count > 0 ? "\", attack={" : "\"");
    for (size_t i = 0; i < rule->technique_count; i++) {
        put(writing, i > 0 ? ", \"" : "\"");
        put(writing, rule->techniques[i]);
        put(writing, "\"");
    }
    put(writing, rule->technique_count > 0 ? "}" : "");
    put(writing, ", thumbprint={\"path\"");
    for (unsigned i = SIGMA_PATH + 1; i < SIGMA_FIELDS; i++) {
        if (!looks_at(writing, i))
            continue;
        put(writing, ", \"");
        put(writing, fields[i].fact);
        put(writing, "\"");
    }
    put(writing, "}}\n"
                 "local function starts(text, part)\n"
                 "  return string.sub(text, 1, #part) == part\n"
                 "end\n"
                 "local function ends(text, part)\n"
                 "  return #text >= #part and string.sub(text, -#part) == part\n"
                 "end\n");
}

static void put_fields(struct writing *writing)
{
    for (unsigned i = 0; i < SIGMA_FIELDS; i++) {
        if (i != SIGMA_PATH && !looks_at(writing, i))
            continue;
        put(writing, "  local given_");
        put(writing, fields[i].name);
        put(writing, " = ");
        put(writing, fields[i].value);
        put(writing, "\n  local ");
        put(writing, fields[i].name);
        put(writing, " = string.lower(given_");
        put(writing, fields[i].name);
        put(writing, ")\n");
    }
}

static void put_reaction(struct writing *writing)
{
    const struct sigma_rule *rule = writing->rule;

    put(writing, "local function react(e)\n");
    put_fields(writing);
    for (unsigned i = 0; i < rule->selection_count; i++) {
        if (!sigma_rule_names(rule, i))
            continue;
        put(writing, "  local ");
        put_selection_name(writing, i);
        put(writing, " = ");
        put_node(writing, rule->selections[i].node);
        put(writing, "\n");
    }
    put(writing, "  if ");
    put_node(writing, rule->condition);
    put(writing, " then\n    detect{");
    for (unsigned i = 0; i < SIGMA_FIELDS; i++) {
        if (i != SIGMA_PATH && !looks_at(writing, i))
            continue;
        put(writing, i > 0 ? ", " : "");
        put(writing, fields[i].fact);
        put(writing, "=given_");
        put(writing, fields[i].name);
    }
    put(writing, "}\n  end\nend\n");
}

static void put_glob(struct writing *writing, const struct sigma_test *test)
{
    struct bytes glob;

    bytes_init(&glob, LIMIT_LUA_PATTERN);
    if (writing->result == 0)
        writing->result = sigma_where_glob(test, &glob, writing->err);
    put_quoted(writing, bytes_view(&glob));
    bytes_clear(&glob);
}

/* 0: no field has several tests. */
static size_t ways_of(const struct writing *writing)
{
    return writing->way_field < SIGMA_FIELDS ? writing->where.fields[writing->way_field].count : 0;
}

/* One on(), of so many: of the tests of one field this is the one with that number. */
static void put_on(struct writing *writing, size_t way)
{
    const struct sigma_where *where = &writing->where;
    const char *before = ", {where={";

    put(writing, writing->rule->kind == SIGMA_EXEC ? "on(\"exec\"" : "on(\"write\"");
    for (size_t i = 0; i < SIGMA_FIELDS; i++) {
        if (where->fields[i].count == 0)
            continue;
        put(writing, before);
        put(writing, fields[i].where);
        put(writing, "=");
        put_glob(writing, where->fields[i].tests[i == writing->way_field ? way : 0]);
        before = ", ";
    }
    put(writing, before[2] == '{' ? ", {}, react)\n" : "}}, react)\n");
}

static void put_ons(struct writing *writing)
{
    put_on(writing, 0);
    for (size_t way = 1; way < ways_of(writing); way++)
        put_on(writing, way);
}

/* Words joined by one space are the text again, whatever it is. */
static void put_words(struct writing *writing, const struct sigma_text *text)
{
    const char *at = text->data, *end = text->data + text->size;

    put(writing, "{");
    for (;;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *to = space != NULL ? space : end;

        put_quoted(writing, bytes_view_of(at, (size_t)(to - at)));
        if (space == NULL)
            break;
        put(writing, ", ");
        at = space + 1;
    }
    put(writing, "}");
}

static void put_case(struct writing *writing, const struct sigma_event *event, bool detects)
{
    static const char *const keys[SIGMA_FIELDS] = {
        [SIGMA_PATH] = ", path=",  [SIGMA_COMMAND] = ", argv=", [SIGMA_PARENT] = ", parent={path=",
        [SIGMA_FOLDER] = ", cwd=", [SIGMA_USER] = ", uid=",
    };

    put(writing, "selftest{events={{type=");
    put(writing, writing->rule->kind == SIGMA_EXEC ? "\"exec\"" : "\"write\"");
    for (unsigned i = 0; i < SIGMA_FIELDS; i++) {
        const struct sigma_text *text = &event->fields[i];

        if (text->size == 0)
            continue;
        put(writing, keys[i]);
        if (i == SIGMA_COMMAND)
            put_words(writing, text);
        else if (i == SIGMA_USER)
            put(writing, text->data);
        else
            put_quoted(writing, bytes_view_of(text->data, text->size));
        put(writing, i == SIGMA_PARENT ? "}" : "");
    }
    put(writing, detects ? "}}, detects=1}\n" : "}}, detects=0}\n");
}

/* Each field on its own of another value, where the rule needs this field; or else anything. */
static void put_negatives(struct writing *writing, const struct sigma_event *event,
                          struct sigma_event *beside, struct sigma_findings *findings)
{
    const struct sigma_rule *rule = writing->rule;
    unsigned count = 0;

    for (unsigned i = 0; i < SIGMA_FIELDS; i++) {
        if (!sigma_case_beside(rule, event, i, beside))
            continue;
        put_case(writing, beside, false);
        count++;
    }
    if (count == 0 && sigma_case_find(rule, false, beside))
        put_case(writing, beside, false);
    else if (count == 0)
        sigma_unsupported(findings, rule->line,
                          "detection: no event was found that it does not detect");
}

/* Of each on() one that is detected. */
static void put_cases(struct writing *writing, struct sigma_findings *findings)
{
    const struct sigma_rule *rule = writing->rule;
    struct sigma_event *event = bytes_allocate(2, sizeof(*event));
    bool found = sigma_case_find(rule, true, event);

    if (!found)
        sigma_unsupported(findings, rule->line, "detection: no event was found that it detects");
    else if (ways_of(writing) == 0)
        put_case(writing, event, true);
    for (size_t way = 0; way < ways_of(writing); way++)
        if (sigma_case_find_with(rule, writing->where.fields[writing->way_field].tests[way], event))
            put_case(writing, event, true);
    if (found)
        put_negatives(writing, event, event + 1, findings);
    free(event);
}

/* An on() for which there is no case to try it on is not made. */
static void find_where(struct writing *writing)
{
    struct sigma_event *event = bytes_allocate(1, sizeof(*event));
    struct sigma_where *where = &writing->where;
    bool tried = true;

    sigma_where_find(writing->rule, where);
    writing->way_field = 0;
    while (writing->way_field < SIGMA_FIELDS && where->fields[writing->way_field].count < 2)
        writing->way_field++;
    for (size_t way = 0; way < ways_of(writing) && tried; way++)
        tried = sigma_case_find_with(writing->rule, where->fields[writing->way_field].tests[way],
                                     event);
    if (!tried) {
        where->fields[writing->way_field].count = 0;
        writing->way_field = SIGMA_FIELDS;
    }
    free(event);
}

static int convert(const struct sigma_rule *rule, struct bytes *out,
                   struct sigma_findings *findings, struct error *err)
{
    struct writing writing = {.rule = rule, .out = out, .err = err};

    find_where(&writing);
    put_head(&writing);
    put_reaction(&writing);
    put_ons(&writing);
    put_cases(&writing, findings);
    if (writing.result == -(int)ERROR_LIMIT) {
        sigma_unsupported(findings, rule->line, "more than %lu bytes of Lua (LUA_RULE_BYTES)",
                          LIMIT_LUA_RULE_BYTES);
        return 0;
    }
    return writing.result;
}

int sigma_lua_convert(struct bytes_view text, struct bytes *out, struct sigma_findings *findings,
                      struct error *err)
{
    struct yaml_tree *tree = NULL;
    struct error why = {.code = ERROR_OK};
    struct sigma_rule rule;
    unsigned line;
    int result = 0;

    *findings = (struct sigma_findings){0};
    if (yaml_tree_read(text, &tree, &line, &why) < 0) {
        sigma_broken(findings, line, "%s", why.words);
        return 0;
    }
    sigma_rule_read(&rule, tree, findings);
    if (sigma_is_clear(findings))
        result = convert(&rule, out, findings, err);
    sigma_rule_clear(&rule);
    yaml_tree_free(tree);
    return result;
}
