/* SPDX-License-Identifier: ISC */
#include "drivers/remap-evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/remap-clock.h"
#include "drivers/remap-convert.h"
#include "drivers/remap-xml.h"
#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/text.h"

/* Steps of XPath for one rule file: 0.07 s of the slowest that is known; without a bound it takes
 * seconds (count(//a[count(//a)>0]) over 20,000 elements). */
#define STEPS 5000000UL

/* One key's value on its way. */
struct value {
    json_t *items; /* of a list; else NULL */
    char text[LIMIT_SETTING_BYTES + 1];
    uint64_t line; /* 0: the default */
};

static const xmlDoc *find_document(const struct remap_policy *policy, const char *stem)
{
    for (size_t i = 0; policy != NULL && i < policy->count; i++) {
        if (strcmp(policy->documents[i].stem, stem) == 0)
            return policy->documents[i].document;
    }
    return NULL;
}

static uint64_t line_of(const xmlNode *node)
{
    long line = node->type == XML_ATTRIBUTE_NODE || node->type == XML_TEXT_NODE
                    ? xmlGetLineNo(node->parent)
                    : xmlGetLineNo(node);

    return line > 0 ? (uint64_t)line : 1;
}

static int convert(const struct remap_key *key, struct value *value, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < key->convert_count && result == 0; i++)
        result = key->converts[i]->apply(key, value->text, err);
    if (result == 0)
        result = remap_convert_check(key->type, value->text, err);
    return result;
}

static int take_text(const struct remap_key *key, const xmlChar *text, struct value *value,
                     struct error *err)
{
    if (text == NULL || strlen((const char *)text) > LIMIT_SETTING_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "a value longer than SETTING_BYTES, %d",
                         LIMIT_SETTING_BYTES);
    snprintf(value->text, sizeof(value->text), "%s", (const char *)text);
    return convert(key, value, err);
}

static int take_node(const struct remap_key *key, const xmlNode *node, struct value *value,
                     struct error *err)
{
    xmlChar *text = xmlNodeGetContent(node);
    int result = take_text(key, text, value, err);

    if (value->line == 0)
        value->line = line_of(node);
    xmlFree(text);
    return result;
}

static int take_list(const struct remap_key *key, const xmlNodeSet *nodes, struct value *value,
                     struct error *err)
{
    int result = 0;

    if (nodes->nodeNr > LIMIT_SETTING_ITEMS)
        return error_set(err, ERROR_BAD_CONTENT, "more than SETTING_ITEMS, %d nodes",
                         LIMIT_SETTING_ITEMS);
    for (int i = 0; i < nodes->nodeNr && result == 0; i++) {
        result = take_node(key, nodes->nodeTab[i], value, err);
        if (result == 0)
            json_array_append_new(value->items, json_string(value->text));
    }
    return result;
}

static int take_nodes(const struct remap_key *key, const xmlNodeSet *nodes, struct value *value,
                      bool *found, struct error *err)
{
    *found = nodes != NULL && nodes->nodeNr > 0;
    if (!*found)
        return 0;
    if (key->type == REMAP_LIST)
        return take_list(key, nodes, value, err);
    if (nodes->nodeNr > 1)
        return error_set(err, ERROR_BAD_CONTENT, "select finds %d nodes; expected one",
                         nodes->nodeNr);
    return take_node(key, nodes->nodeTab[0], value, err);
}

/* A number, a boolean or a string is computed from the document as a whole; "" is no match, as
 * string() of nothing is. */
static int take_computed(const struct remap_key *key, xmlXPathObject *object, struct value *value,
                         bool *found, struct error *err)
{
    xmlChar *text = xmlXPathCastToString(object);
    int result = 0;

    *found = text != NULL && text[0] != '\0';
    value->line = 1;
    if (*found && key->type == REMAP_LIST)
        result = error_set(err, ERROR_BAD_CONTENT, "a list is selected as nodes");
    else if (*found)
        result = take_text(key, text, value, err);
    xmlFree(text);
    return result;
}

/* With the prefixes that the rule file declares there. */
static xmlXPathObject *evaluate_select(const struct remap_key *key, xmlXPathContext *context)
{
    xmlXPathObject *object;

    context->namespaces = xmlGetNsList(key->node->doc, key->node);
    context->nsNr = 0;
    while (context->namespaces != NULL && context->namespaces[context->nsNr] != NULL)
        context->nsNr++;
    object = xmlXPathCompiledEval(key->select, context);
    xmlFree(context->namespaces);
    context->namespaces = NULL;
    context->nsNr = 0;
    return object;
}

static int select_value(const struct remap_key *key, xmlXPathContext *context, struct value *value,
                        bool *found, struct error *err)
{
    xmlXPathObject *object;
    char words[ERROR_WORDS_BYTES / 2];
    int result;

    *found = false;
    if (context == NULL)
        return 0;
    xmlResetLastError();
    object = evaluate_select(key, context);
    if (object == NULL) {
        remap_xml_words(&context->lastError, words, sizeof(words));
        return error_set(err, ERROR_BAD_CONTENT, "select: %s", words);
    }
    result = object->type == XPATH_NODESET ? take_nodes(key, object->nodesetval, value, found, err)
                                           : take_computed(key, object, value, found, err);
    xmlXPathFreeObject(object);
    return result;
}

static int take_default(const struct remap_key *key, struct value *value, struct error *err)
{
    if (key->fallback == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "no match and no default");
    value->line = 0;
    snprintf(value->text, sizeof(value->text), "%s", key->fallback);
    return 0;
}

static json_t *describe(const struct remap_key *key, const struct value *value)
{
    char *list = NULL;
    json_t *row;

    if (key->type == REMAP_LIST)
        list = json_dumps(value->items, JSON_COMPACT);
    row = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "key", key->name, "type",
                    remap_type_name(key->type), "value", list != NULL ? list : value->text, "from",
                    value->line > 0 ? "policy" : "default", "line", (json_int_t)value->line,
                    "rule_line", (json_int_t)key->line);
    free(list);
    return row;
}

static int evaluate_key(const struct remap_key *key, xmlXPathContext *context, json_t *keys,
                        struct error *err)
{
    struct value value = {.items = key->type == REMAP_LIST ? json_array() : NULL};
    bool found;
    json_t *row;
    int result = select_value(key, context, &value, &found, err);

    if (result < 0 && err->code == ERROR_NOT_FOUND && key->fallback != NULL) {
        json_array_clear(value.items);
        found = false;
        result = 0;
    }
    if (result == 0 && !found)
        result = take_default(key, &value, err);
    row = result == 0 ? describe(key, &value) : NULL;
    if (result == 0 &&
        strlen(json_string_value(json_object_get(row, "value"))) > LIMIT_SETTING_BYTES)
        result = error_set(err, ERROR_BAD_CONTENT, "a value longer than SETTING_BYTES, %d",
                           LIMIT_SETTING_BYTES);
    if (result == 0)
        json_array_append(keys, row);
    json_decref(row);
    json_decref(value.items);
    return result;
}

static void ignore_error(void *context, xmlError *why)
{
    (void)context;
    (void)why;
}

static xmlXPathContext *make_context(const xmlDoc *document)
{
    xmlXPathContext *context;

    if (document == NULL)
        return NULL;
    context = xmlXPathNewContext((xmlDoc *)(uintptr_t)document);
    context->opLimit = STEPS;
    context->error = ignore_error; /* else libxml2 writes to stderr */
    return context;
}

/* Words quote the file, and may have cut a letter in two: JSON holds none such. */
static json_t *left_out(const struct remap_file *file, const char *policy, uint64_t line,
                        const char *words)
{
    char shown[3 * ERROR_WORDS_BYTES];

    if (!text_is_utf8(words, strlen(words)))
        words = text_escape_string(words, shown, sizeof(shown));
    return json_pack("{s:s, s:b, s:s*, s:I, s:s}", "file", file->name, "ok", 0, "policy", policy,
                     "line", (json_int_t)line, "words", words);
}

/* What is left for the files to come: an answer is in time, and fits a message. */
struct budget {
    unsigned cpu_ms;
    size_t bytes;
};

/* Of a message, kept for files that fail. */
#define FAILURES_BYTES (LIMIT_RULE_FILES * 4 * KIB)

/* Every key in turn; *line is that of the last one. */
static int evaluate_keys(const struct remap_rules *rules, xmlXPathContext *context, json_t *keys,
                         uint64_t *line, char words[static 2 * ERROR_WORDS_BYTES], const char *name)
{
    struct error err = {0};

    for (size_t i = 0; i < rules->key_count; i++) {
        *line = rules->keys[i].line;
        if (evaluate_key(&rules->keys[i], context, keys, &err) == 0)
            continue;
        snprintf(words, 2 * ERROR_WORDS_BYTES, "%s:%llu: %s: %s", name, (unsigned long long)*line,
                 rules->keys[i].name, err.words);
        return -1;
    }
    return 0;
}

/* The same within what is left of processor time. */
static int evaluate_bounded(const struct remap_file *file, xmlXPathContext *context, json_t *keys,
                            struct budget *budget, uint64_t *line,
                            char words[static 2 * ERROR_WORDS_BYTES])
{
    unsigned ms = budget->cpu_ms < LIMIT_XPATH_CPU_MS ? budget->cpu_ms : LIMIT_XPATH_CPU_MS,
             used_ms;
    struct remap_clock clock;
    struct error err = {0};
    int result;

    if (context == NULL)
        return evaluate_keys(file->rules, NULL, keys, line, words, file->name);
    if (ms == 0)
        error_set(&err, ERROR_LIMIT, "the files before it took all of REMAP_CPU_MS, %d ms",
                  LIMIT_REMAP_CPU_MS);
    if (ms == 0 || remap_clock_start(&clock, context, ms, &err) < 0) {
        snprintf(words, 2 * ERROR_WORDS_BYTES, "%s: %s", file->name, err.words);
        return -1;
    }
    result = evaluate_keys(file->rules, context, keys, line, words, file->name);
    remap_clock_stop(&clock, &used_ms);
    budget->cpu_ms -= used_ms < ms ? used_ms : ms;
    if (result < 0 && clock.expired)
        snprintf(words, 2 * ERROR_WORDS_BYTES,
                 "%s:%llu: select: the file takes longer than"
                 " XPATH_CPU_MS, %u ms",
                 file->name, (unsigned long long)*line, ms);
    return result;
}

static json_t *evaluate_file(const struct remap_file *file, const struct remap_policy *policy,
                             struct budget *budget)
{
    const struct remap_rules *rules = file->rules;
    char words[2 * ERROR_WORDS_BYTES];
    xmlXPathContext *context;
    uint64_t line = 0;
    json_t *keys, *row;
    size_t size;
    int result;

    if (rules == NULL)
        return left_out(file, NULL, file->line, file->words);
    keys = json_array();
    context = make_context(find_document(policy, rules->policy));
    result = evaluate_bounded(file, context, keys, budget, &line, words);
    xmlXPathFreeContext(context);
    row = json_pack("{s:s, s:b, s:s, s:o}", "file", file->name, "ok", 1, "policy", rules->policy,
                    "keys", keys);
    size = json_dumpb(row, NULL, 0, JSON_COMPACT);
    if (result == 0 && size <= budget->bytes) {
        budget->bytes -= size;
        return row;
    }
    json_decref(row);
    if (result == 0)
        snprintf(words, sizeof(words),
                 "%s: with the files before it more than DRIVER_MESSAGE, %lu"
                 " bytes",
                 file->name, LIMIT_DRIVER_MESSAGE);
    return left_out(file, rules->policy, result == 0 ? 0 : line, words);
}

json_t *remap_evaluate(const struct remap_files *files, const struct remap_policy *policy)
{
    struct budget budget = {LIMIT_REMAP_CPU_MS, LIMIT_DRIVER_MESSAGE - FAILURES_BYTES};
    json_t *rows = json_array();

    for (size_t i = 0; files != NULL && i < files->count; i++)
        json_array_append_new(rows, evaluate_file(&files->files[i], policy, &budget));
    return json_pack("{s:o}", "files", rows);
}
