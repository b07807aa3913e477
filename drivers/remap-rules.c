/* SPDX-License-Identifier: ISC */
#include "drivers/remap-rules.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/remap-convert.h"
#include "drivers/remap-select.h"
#include "drivers/remap-xml.h"
#include "media/base/bytes.h"
#include "media/base/json.h"
#include "media/base/protected-flag.h"

static const char *const type_names[] = {"bool", "int", "string", "list"};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

const char *remap_type_name(enum remap_type type)
{
    return type_names[type];
}

static unsigned long long line_of(const xmlNode *node)
{
    long line = xmlGetLineNo(node);

    return line > 0 ? (unsigned long long)line : 1;
}

static bool is_named(const xmlNode *node, const char *name)
{
    return node->ns != NULL && strcmp((const char *)node->ns->href, REMAP_NAMESPACE) == 0 &&
           strcmp((const char *)node->name, name) == 0;
}

/* Every attribute must be one of the names (NULL-terminated), none of a namespace. */
static int check_attributes(const xmlNode *node, const char *const *names, struct error *err)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL;
         attribute = attribute->next) {
        size_t i = 0;

        while (names[i] != NULL && strcmp(names[i], (const char *)attribute->name) != 0)
            i++;
        if (names[i] == NULL || attribute->ns != NULL)
            return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: unknown attribute %.64s",
                             line_of(node), node->name, attribute->name);
    }
    return 0;
}

/* The caller's to free. *text NULL where it is absent and need not be there. */
static int take(const xmlNode *node, const char *name, size_t most, bool needed, char **text,
                struct error *err)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    int result = 0;

    *text = NULL;
    if (value == NULL && needed)
        result = error_set(err, ERROR_BAD_CONTENT, "%llu: %s: no attribute %s", line_of(node),
                           node->name, name);
    else if (value != NULL && strlen((char *)value) > most)
        result = error_set(err, ERROR_BAD_CONTENT, "%llu: %s: %s is longer than %zu bytes",
                           line_of(node), node->name, name, most);
    else if (value != NULL)
        *text = bytes_copy_string((char *)value);
    xmlFree(value);
    return result;
}

/* The next element among siblings; *stray: text that is no white space came before it. */
static const xmlNode *next_element(const xmlNode *node, const xmlNode **stray)
{
    for (; node != NULL && node->type != XML_ELEMENT_NODE; node = node->next) {
        if (node->type == XML_COMMENT_NODE || xmlIsBlankNode(node))
            continue;
        *stray = node;
    }
    return node;
}

/* "ips/enabled": two parts or more of a-z, 0-9 and -. */
static bool key_name_valid(const char *name)
{
    size_t parts = 1;
    char before = '/';

    for (const char *c = name; *c != '\0'; before = *c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-';

        if (*c == '/')
            parts++;
        if (!plain && (*c != '/' || before == '/'))
            return false;
    }
    return before != '/' && parts >= 2 && parts <= LIMIT_SETTING_PARTS &&
           strlen(name) <= LIMIT_SETTING_NAME;
}

static int read_type(const xmlNode *node, struct remap_key *key, struct error *err)
{
    char *type;
    int result = take(node, "type", LIMIT_NAME_BYTES, true, &type, err);

    if (result < 0)
        return result;
    for (size_t i = 0; i < TYPES; i++) {
        if (strcmp(type_names[i], type) != 0)
            continue;
        key->type = (enum remap_type)i;
        free(type);
        return 0;
    }
    result = error_set(err, ERROR_BAD_CONTENT,
                       "%llu: %s: type %s: expected bool, int, string or "
                       "list",
                       line_of(node), key->name, type);
    free(type);
    return result;
}

static int add_convert(struct remap_key *key, const char *name, struct error *err)
{
    const struct remap_convert *row = remap_convert_find(name);

    if (row == NULL)
        return error_set(err, ERROR_BAD_CONTENT,
                         "%llu: %s: convert %.32s: expected yes-no, invert, trim, lower, seconds, "
                         "mib or map",
                         (unsigned long long)key->line, key->name, name);
    if (key->convert_count == REMAP_CONVERTS)
        return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: more than %d conversions",
                         (unsigned long long)key->line, key->name, REMAP_CONVERTS);
    key->converts[key->convert_count++] = row;
    return 0;
}

static int read_converts(const xmlNode *node, struct remap_key *key, struct error *err)
{
    char *list, *save;
    int result = take(node, "convert", LIMIT_NAME_BYTES, false, &list, err);

    save = list;
    while (result == 0 && save != NULL && *save != '\0') {
        size_t size = strcspn(save, " ");
        char name[LIMIT_NAME_BYTES + 1];

        snprintf(name, sizeof(name), "%.*s", (int)size, save);
        save += size + strspn(save + size, " ");
        result = add_convert(key, name, err);
    }
    free(list);
    return result;
}

static int read_select(const xmlNode *node, struct remap_key *key, struct error *err)
{
    char *text, words[ERROR_WORDS_BYTES / 2];
    xmlXPathContext *context;
    int result = take(node, "select", LIMIT_XPATH_BYTES, true, &text, err);

    if (result < 0)
        return result;
    if (remap_select_check(text, node, err) < 0) {
        free(text);
        return error_context(err, "%llu: %s: select", (unsigned long long)key->line, key->name);
    }
    context = xmlXPathNewContext(NULL);
    context->error = NULL;
    xmlResetLastError();
    key->select = xmlXPathCtxtCompile(context, (const xmlChar *)text);
    if (key->select == NULL) {
        remap_xml_words(xmlGetLastError(), words, sizeof(words));
        result = error_set(err, ERROR_BAD_CONTENT, "%llu: %s: select: %s",
                           (unsigned long long)key->line, key->name, words);
    }
    xmlXPathFreeContext(context);
    free(text);
    return result;
}

static int read_map(const xmlNode *node, struct remap_key *key, struct error *err)
{
    static const char *const names[] = {"from", "to", NULL};
    struct remap_map *row = &key->maps[key->map_count];
    const xmlNode *stray = NULL;

    if (!is_named(node, "map"))
        return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: unknown element %.64s", line_of(node),
                         key->name, node->name);
    if (key->map_count == LIMIT_RULE_MAPS)
        return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: more than RULE_MAPS, %d", line_of(node),
                         key->name, LIMIT_RULE_MAPS);
    if (next_element(node->children, &stray) != NULL || stray != NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%llu: map: expected nothing within",
                         line_of(node));
    key->map_count++;
    if (check_attributes(node, names, err) < 0 ||
        take(node, "from", LIMIT_SETTING_BYTES, true, &row->from, err) < 0 ||
        take(node, "to", LIMIT_SETTING_BYTES, true, &row->to, err) < 0)
        return -(int)err->code;
    for (size_t i = 0; i + 1 < key->map_count; i++)
        if (strcmp(key->maps[i].from, row->from) == 0)
            return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: map from \"%.64s\" is there twice",
                             line_of(node), key->name, row->from);
    return 0;
}

static int read_maps(const xmlNode *node, struct remap_key *key, struct error *err)
{
    const xmlNode *stray = NULL, *child = next_element(node->children, &stray);
    bool wanted = false;
    int result = 0;

    key->maps = bytes_allocate(LIMIT_RULE_MAPS, sizeof(key->maps[0]));
    for (; child != NULL && result == 0; child = next_element(child->next, &stray))
        result = read_map(child, key, err);
    if (result == 0 && stray != NULL)
        result =
            error_set(err, ERROR_BAD_CONTENT, "%llu: %s: text within", line_of(node), key->name);
    for (size_t i = 0; i < key->convert_count; i++)
        wanted |= strcmp(key->converts[i]->name, "map") == 0;
    if (result == 0 && wanted != (key->map_count > 0))
        result = error_set(err, ERROR_BAD_CONTENT,
                           "%llu: %s: convert map and <map> go together, and only so",
                           line_of(node), key->name);
    return result;
}

/* A default is a value already: no conversion is applied to it. A list has none but the empty one. */
static int read_default(const xmlNode *node, struct remap_key *key, struct error *err)
{
    struct error why = {0};

    if (take(node, "default", LIMIT_SETTING_BYTES, false, &key->fallback, err) < 0)
        return -(int)err->code;
    if (key->fallback == NULL)
        return 0;
    if (key->type == REMAP_LIST && key->fallback[0] != '\0')
        return error_set(err, ERROR_BAD_CONTENT,
                         "%llu: %s: default: a list has only the empty one, \"\"", line_of(node),
                         key->name);
    if (remap_convert_check(key->type, key->fallback, &why) < 0)
        return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: default: %s", line_of(node), key->name,
                         why.words);
    return 0;
}

static int read_key(const xmlNode *node, struct remap_rules *rules, struct error *err)
{
    static const char *const names[] = {"name", "type", "select", "convert", "default", NULL};
    struct remap_key *key = &rules->keys[rules->key_count];

    if (!is_named(node, "key"))
        return error_set(err, ERROR_BAD_CONTENT, "%llu: unknown element %.64s; expected key",
                         line_of(node), node->name);
    if (rules->key_count == LIMIT_RULE_KEYS)
        return error_set(err, ERROR_BAD_CONTENT, "%llu: more than RULE_KEYS, %d", line_of(node),
                         LIMIT_RULE_KEYS);
    rules->key_count++;
    key->line = line_of(node);
    key->node = node;
    if (check_attributes(node, names, err) < 0 ||
        take(node, "name", LIMIT_SETTING_NAME, true, &key->name, err) < 0)
        return -(int)err->code;
    if (!key_name_valid(key->name))
        return error_set(err, ERROR_BAD_CONTENT,
                         "%llu: name \"%.64s\": expected parts of a-z, 0-9 and - with / between",
                         line_of(node), key->name);
    if (protected_key(key->name) != NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: no key may be called so: %s",
                         line_of(node), key->name, protected_key(key->name));
    for (size_t i = 0; i + 1 < rules->key_count; i++)
        if (strcmp(rules->keys[i].name, key->name) == 0)
            return error_set(err, ERROR_BAD_CONTENT, "%llu: %s: is there twice", line_of(node),
                             key->name);
    if (read_type(node, key, err) < 0 || read_converts(node, key, err) < 0 ||
        read_maps(node, key, err) < 0 || read_default(node, key, err) < 0 ||
        read_select(node, key, err) < 0)
        return -(int)err->code;
    return 0;
}

static int read_policy(const xmlNode *root, struct remap_rules *rules, struct error *err)
{
    char *policy;
    int result = take(root, "policy", LIMIT_NAME_BYTES, true, &policy, err);

    if (result == 0 && !json_name_valid(policy))
        result =
            error_set(err, ERROR_BAD_CONTENT,
                      "%llu: policy \"%.64s\": expected the name of a policy file without .xml",
                      line_of(root), policy);
    if (result == 0)
        snprintf(rules->policy, sizeof(rules->policy), "%s", policy);
    free(policy);
    return result;
}

static int read_root(const xmlNode *root, struct remap_rules *rules, struct error *err)
{
    static const char *const names[] = {"policy", NULL};
    const xmlNode *stray = NULL, *child;
    int result;

    if (root == NULL || !is_named(root, "remap"))
        return error_set(err, ERROR_BAD_CONTENT,
                         "1: expected <remap xmlns=\"" REMAP_NAMESPACE "\" policy=\"STEM\">");
    result = check_attributes(root, names, err);
    if (result == 0)
        result = read_policy(root, rules, err);
    child = next_element(root->children, &stray);
    for (; child != NULL && result == 0; child = next_element(child->next, &stray))
        result = read_key(child, rules, err);
    if (result == 0 && stray != NULL)
        result = error_set(err, ERROR_BAD_CONTENT, "%llu: text between the keys", line_of(stray));
    if (result == 0 && rules->key_count == 0)
        result = error_set(err, ERROR_BAD_CONTENT, "%llu: no key", line_of(root));
    return result;
}

int remap_rules_read(const struct driver_file *file, struct remap_rules **rules, struct error *err)
{
    struct remap_rules *made;
    xmlDoc *document;
    int result = remap_xml_read(file, LIMIT_RULE_BYTES, "RULE_BYTES", &document, err);

    *rules = NULL;
    if (result < 0)
        return result;
    made = bytes_allocate(1, sizeof(*made));
    made->document = document;
    made->keys = bytes_allocate(LIMIT_RULE_KEYS, sizeof(made->keys[0]));
    result = read_root(xmlDocGetRootElement(document), made, err);
    if (result < 0)
        remap_rules_free(made);
    else
        *rules = made;
    return result;
}

static void free_key(struct remap_key *key)
{
    for (size_t i = 0; i < key->map_count; i++) {
        free(key->maps[i].from);
        free(key->maps[i].to);
    }
    free(key->maps);
    free(key->name);
    free(key->fallback);
    xmlXPathFreeCompExpr(key->select);
}

void remap_rules_free(struct remap_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->key_count; i++)
        free_key(&rules->keys[i]);
    free(rules->keys);
    xmlFreeDoc(rules->document);
    free(rules);
}
