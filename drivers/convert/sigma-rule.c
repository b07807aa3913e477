/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-rule.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "drivers/convert/sigma-selection.h"
#include "media/base/json.h"

#define TAG        "attack.t"
#define UUID_BYTES 36

/* The text of a member. NULL: absent, or no text, which is a finding. */
static const struct yaml_item *member_text(const struct yaml_item *map, const char *key,
                                           struct sigma_findings *findings)
{
    const struct yaml_item *item = yaml_item_member(map, key);

    if (item == NULL || item->kind == YAML_SCALAR)
        return item;
    sigma_broken(findings, item->line, "%s: expected a text", key);
    return NULL;
}

static const struct yaml_item *needed_text(const struct yaml_item *map, const char *key,
                                           struct sigma_findings *findings)
{
    const struct yaml_item *item = member_text(map, key, findings);

    if (item == NULL && yaml_item_member(map, key) == NULL)
        sigma_broken(findings, map->line, "%s: is not there", key);
    return item;
}

static bool is_uuid(struct bytes_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.data[i] != '-' : !isxdigit(text.data[i]))
            return false;
    }
    return text.size == UUID_BYTES;
}

static void read_id(struct sigma_rule *rule, const struct yaml_item *root,
                    struct sigma_findings *findings)
{
    const struct yaml_item *item = needed_text(root, "id", findings);
    char *at = rule->id + snprintf(rule->id, sizeof(rule->id), "sigma-");

    if (item == NULL)
        return;
    if (!is_uuid(item->text)) {
        sigma_broken(findings, item->line, "id: expected a UUID");
        return;
    }
    for (size_t i = 0; i < UUID_BYTES; i++)
        *at++ = (char)tolower(item->text.data[i]);
}

static void read_title(struct sigma_rule *rule, const struct yaml_item *root,
                       struct sigma_findings *findings)
{
    const struct yaml_item *item = needed_text(root, "title", findings);

    if (item == NULL)
        return;
    if (item->text.size == 0 || memchr(item->text.data, '\0', item->text.size) != NULL ||
        !json_text_valid((const char *)item->text.data, LIMIT_SIGMA_TITLE))
        sigma_broken(findings, item->line, "title: expected 1 to %d bytes without controls",
                     LIMIT_SIGMA_TITLE);
    rule->title = item->text;
}

static void read_level(struct sigma_rule *rule, const struct yaml_item *root,
                       struct sigma_findings *findings)
{
    static const struct {
        const char *level, *severity;
    } levels[] = {{"informational", "info"},
                  {"low", "low"},
                  {"medium", "medium"},
                  {"high", "high"},
                  {"critical", "critical"}};
    const struct yaml_item *item = member_text(root, "level", findings);

    rule->severity = "medium";
    if (item == NULL)
        return;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (yaml_item_is(item, levels[i].level)) {
            rule->severity = levels[i].severity;
            return;
        }
    }
    sigma_broken(findings, item->line,
                 "level: expected informational, low, medium, high or critical");
}

/* "attack.t1059" or "attack.t1059.004"; other tags (tactics, CVEs) say nothing that we keep. */
static bool is_technique(struct bytes_view tag)
{
    size_t prefix = sizeof(TAG) - 1;

    if ((tag.size != prefix + 4 && tag.size != prefix + 8) || memcmp(tag.data, TAG, prefix) != 0)
        return false;
    for (size_t i = prefix; i < tag.size; i++) {
        bool dot = i == prefix + 4;

        if (dot ? tag.data[i] != '.' : !isdigit(tag.data[i]))
            return false;
    }
    return true;
}

static void read_tags(struct sigma_rule *rule, const struct yaml_item *root,
                      struct sigma_findings *findings)
{
    const struct yaml_item *list = yaml_item_member(root, "tags");
    const struct yaml_item *item = list != NULL ? list->first : NULL;

    if (list != NULL && list->kind != YAML_LIST && !yaml_item_is_null(list))
        sigma_broken(findings, list->line, "tags: expected a list");
    for (; item != NULL && rule->technique_count < LIMIT_SIGMA_TECHNIQUES; item = item->next) {
        if (item->kind == YAML_SCALAR && is_technique(item->text))
            snprintf(rule->techniques[rule->technique_count++], SIGMA_TECHNIQUE_BYTES, "T%s",
                     (const char *)item->text.data + sizeof(TAG) - 1);
    }
}

/* Who wrote a rule, and on what terms, goes with it. */
static void read_credits(struct sigma_rule *rule, const struct yaml_item *root,
                         struct sigma_findings *findings)
{
    const struct yaml_item *author = member_text(root, "author", findings);
    const struct yaml_item *license = member_text(root, "license", findings);

    if (author != NULL)
        rule->author = author->text;
    if (license != NULL)
        rule->license = license->text;
}

static void check_source(const struct yaml_item *source, struct sigma_findings *findings)
{
    const struct yaml_item *product = needed_text(source, "product", findings);
    const struct yaml_item *service = yaml_item_member(source, "service");

    if (product != NULL && !yaml_item_is(product, "linux"))
        sigma_unsupported(findings, product->line, "logsource: product %.64s: expected linux",
                          (const char *)product->text.data);
    if (service != NULL)
        sigma_unsupported(findings, service->line,
                          "logsource: service: the log of a service is not read");
}

/* False: no category that is converted, so that nothing in the detection can be judged. */
static bool read_source(struct sigma_rule *rule, const struct yaml_item *root,
                        struct sigma_findings *findings)
{
    const struct yaml_item *source = yaml_item_member(root, "logsource");
    const struct yaml_item *category;

    if (source == NULL || source->kind != YAML_MAP) {
        sigma_broken(findings, root->line, "logsource: expected a map");
        return false;
    }
    check_source(source, findings);
    category = member_text(source, "category", findings);
    if (category != NULL && yaml_item_is(category, "process_creation"))
        rule->kind = SIGMA_EXEC;
    else if (category != NULL && yaml_item_is(category, "file_event"))
        rule->kind = SIGMA_WRITE;
    else
        sigma_unsupported(findings, source->line,
                          "logsource: category %.64s: expected process_creation or file_event",
                          category != NULL ? (const char *)category->text.data : "is not there");
    return category != NULL &&
           (yaml_item_is(category, "process_creation") || yaml_item_is(category, "file_event"));
}

static bool is_name(struct bytes_view name)
{
    for (size_t i = 0; i < name.size; i++)
        if (!isalnum(name.data[i]) && (name.data[i] == '\0' || strchr("_.-", name.data[i]) == NULL))
            return false;
    return name.size > 0 && name.size <= LIMIT_SIGMA_NAME;
}

static void read_selection(struct sigma_rule *rule, const struct yaml_item *item,
                           struct sigma_findings *findings)
{
    struct sigma_selection *selection;

    if (!is_name(item->key)) {
        sigma_broken(findings, item->line, "selection: a name is 1 to %d of [A-Za-z0-9_.-]",
                     LIMIT_SIGMA_NAME);
        return;
    }
    if (rule->selection_count == LIMIT_SIGMA_SELECTIONS) {
        sigma_unsupported(findings, item->line, "more than %d selections (SIGMA_SELECTIONS)",
                          LIMIT_SIGMA_SELECTIONS);
        return;
    }
    selection = &rule->selections[rule->selection_count++];
    selection->name = item->key;
    selection->node = sigma_selection_read(rule->kind, item, &rule->pool, findings);
}

static bool is_key(const struct yaml_item *item, const char *key)
{
    return bytes_equal(item->key, bytes_view_of(key, strlen(key)));
}

static void read_condition(struct sigma_rule *rule, const struct yaml_item *detection,
                           struct sigma_findings *findings)
{
    const struct yaml_item *item = needed_text(detection, "condition", findings);

    if (item != NULL)
        rule->condition = sigma_condition_read(item->text, item->line, rule->selections,
                                               rule->selection_count, &rule->pool, findings);
}

static void read_detection(struct sigma_rule *rule, const struct yaml_item *root,
                           struct sigma_findings *findings)
{
    const struct yaml_item *detection = yaml_item_member(root, "detection");
    const struct yaml_item *item;

    if (detection == NULL || detection->kind != YAML_MAP) {
        sigma_broken(findings, root->line, "detection: expected a map");
        return;
    }
    rule->line = detection->line;
    for (item = detection->first; item != NULL; item = item->next) {
        if (is_key(item, "timeframe"))
            sigma_unsupported(findings, item->line, "timeframe: (aggregation) is not converted");
        else if (!is_key(item, "condition"))
            read_selection(rule, item, findings);
    }
    read_condition(rule, detection, findings);
}

void sigma_rule_read(struct sigma_rule *rule, const struct yaml_tree *tree,
                     struct sigma_findings *findings)
{
    const struct yaml_item *root = yaml_tree_root(tree);
    const struct yaml_item *other = yaml_item_member(root, "correlation");

    *rule = (struct sigma_rule){0};
    if (other == NULL)
        other = yaml_item_member(root, "filter");
    if (root->kind != YAML_MAP)
        sigma_broken(findings, root->line, "expected a map: a Sigma rule");
    else if (other != NULL)
        sigma_unsupported(findings, other->line, "%s: only rules are converted",
                          (const char *)other->key.data);
    if (!sigma_is_clear(findings))
        return;
    read_title(rule, root, findings);
    read_id(rule, root, findings);
    read_level(rule, root, findings);
    read_tags(rule, root, findings);
    read_credits(rule, root, findings);
    if (read_source(rule, root, findings))
        read_detection(rule, root, findings);
}

void sigma_rule_clear(struct sigma_rule *rule)
{
    sigma_pool_clear(&rule->pool);
}

bool sigma_rule_detects(const struct sigma_rule *rule, const struct sigma_event *event)
{
    bool selections[LIMIT_SIGMA_SELECTIONS];

    for (size_t i = 0; i < rule->selection_count; i++)
        selections[i] = sigma_holds(rule->selections[i].node, NULL, event);
    return sigma_holds(rule->condition, selections, event);
}

static unsigned fields_of(const struct sigma_node *node, const struct sigma_rule *rule)
{
    const struct sigma_node *member;
    unsigned fields = 0;

    if (node->op == SIGMA_TEST)
        return 1u << node->test.field;
    if (node->op == SIGMA_SELECTION)
        return fields_of(rule->selections[node->selection].node, rule);
    for (member = node->first; member != NULL; member = member->next)
        fields |= fields_of(member, rule);
    return fields;
}

unsigned sigma_rule_fields(const struct sigma_rule *rule)
{
    return fields_of(rule->condition, rule);
}

static bool is_named(const struct sigma_node *node, unsigned selection)
{
    const struct sigma_node *member;

    if (node->op == SIGMA_SELECTION)
        return node->selection == selection;
    for (member = node->first; member != NULL; member = member->next)
        if (is_named(member, selection))
            return true;
    return false;
}

bool sigma_rule_names(const struct sigma_rule *rule, unsigned selection)
{
    return is_named(rule->condition, selection);
}
