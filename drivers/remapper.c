/* SPDX-License-Identifier: ISC
 *
 * sallyport-driver-remapper: remapper-rules, and the policy documents (type policy) that they read.
 * A rule file that is wrong is left out and the others count; publish takes none that leaves one out.
 * A policy document that is wrong is refused with all of its content. Serves {"evaluate":true} for
 * remapper-rules with remap_evaluate().
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "drivers/driver.h"
#include "drivers/remap-evaluate.h"
#include "drivers/remap-xml.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#define RULES_TYPE "remapper-rules"

/* Order of `types`. */
enum { ROW_POLICY, ROW_RULES };

struct loaded {
    struct remap_files files;   /* of rules */
    struct remap_policy policy; /* of policy */
};

static bool is_rules(const struct driver_content *content)
{
    return strcmp(content->type, RULES_TYPE) == 0;
}

/* What may lie beside the files that count. */
static bool is_accompanying(const char *name)
{
    const char *dot = strrchr(name, '.');

    return (dot == NULL || strcmp(dot, ".xml") != 0) &&
           (strncmp(name, "README", 6) == 0 || strncmp(name, "LICENSE", 7) == 0);
}

/* One key, one file: the file that comes later by name is left out. */
static void check_double(struct remap_files *files, struct remap_file *file)
{
    for (size_t i = 0; &files->files[i] != file && file->rules != NULL; i++) {
        const struct remap_rules *other = files->files[i].rules;

        for (size_t j = 0; other != NULL && j < other->key_count; j++)
            for (size_t k = 0; file->rules != NULL && k < file->rules->key_count; k++) {
                if (strcmp(other->keys[j].name, file->rules->keys[k].name) != 0)
                    continue;
                file->line = file->rules->keys[k].line;
                snprintf(file->words, sizeof(file->words),
                         "%.100s:%llu: %.128s: %.100s makes this key already", file->name,
                         (unsigned long long)file->line, other->keys[j].name, files->files[i].name);
                remap_rules_free(file->rules);
                file->rules = NULL;
            }
    }
}

/* They quote the file, and may have cut a letter in two: JSON holds none such. */
static void put_words(struct remap_file *file, const char *name, const char *words)
{
    char shown[3 * ERROR_WORDS_BYTES];

    if (!text_is_utf8(words, strlen(words)))
        words = text_escape_string(words, shown, sizeof(shown));
    snprintf(file->words, sizeof(file->words), "%.100s:%.400s", name, words);
    if (!text_is_utf8(file->words, strlen(file->words)))
        snprintf(file->words, sizeof(file->words), "line %llu is wrong",
                 (unsigned long long)file->line);
}

static void load_rule_file(const struct driver_content *content, const struct driver_file *from,
                           struct remap_files *files)
{
    struct remap_file *file = &files->files[files->count++];
    struct error why = {0};

    driver_at(content, from->name, 0, NULL);
    file->name = bytes_copy_string(from->name);
    if (remap_rules_read(from, &file->rules, &why) < 0) {
        file->line = strtoull(why.words, NULL, 10);
        put_words(file, from->name, why.words);
    }
    check_double(files, file);
}

static int load_rules(const struct driver_content *content, struct remap_files *files,
                      struct error *err)
{
    size_t good = 0;

    if (content->file_count > LIMIT_RULE_FILES)
        return error_set(err, ERROR_BAD_CONTENT, "%s: more than RULE_FILES, %d", content->type,
                         LIMIT_RULE_FILES);
    files->files = bytes_allocate(content->file_count + 1, sizeof(files->files[0]));
    for (size_t i = 0; i < content->file_count; i++) {
        if (!is_accompanying(content->files[i].name))
            load_rule_file(content, &content->files[i], files);
    }
    for (size_t i = 0; i < files->count; i++)
        good += files->files[i].rules != NULL;
    if (good == 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: no rule file is good: %s", content->type,
                         files->count > 0 ? files->files[0].words : "there is none");
    return 0;
}

static int load_document(const struct driver_content *content, const struct driver_file *from,
                         struct remap_policy *policy, struct error *err)
{
    struct remap_document *document = &policy->documents[policy->count];
    const char *end = strstr(from->name, ".xml");
    char stem[LIMIT_NAME_BYTES + 1];

    driver_at(content, from->name, 0, NULL);
    if (end == NULL || end[4] != '\0' || end - from->name > LIMIT_NAME_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s: expected STEM.xml", content->type,
                         from->name);
    snprintf(stem, sizeof(stem), "%.*s", (int)(end - from->name), from->name);
    if (!json_name_valid(stem))
        return error_set(err, ERROR_BAD_CONTENT, "%s: %s: expected STEM.xml", content->type,
                         from->name);
    if (remap_xml_read(from, LIMIT_POLICY_BYTES, "POLICY_BYTES", &document->document, err) < 0) {
        struct error why = *err;

        return error_set(err, ERROR_BAD_CONTENT, "%s: %s:%s", content->type, from->name, why.words);
    }
    document->stem = bytes_copy_string(stem);
    policy->count++;
    return 0;
}

static int load_policy(const struct driver_content *content, struct remap_policy *policy,
                       struct error *err)
{
    int result = 0;

    if (content->file_count > LIMIT_POLICY_DOCUMENTS)
        return error_set(err, ERROR_BAD_CONTENT, "%s: more than POLICY_DOCUMENTS, %d",
                         content->type, LIMIT_POLICY_DOCUMENTS);
    policy->documents = bytes_allocate(content->file_count + 1, sizeof(policy->documents[0]));
    for (size_t i = 0; i < content->file_count && result == 0; i++) {
        if (!is_accompanying(content->files[i].name))
            result = load_document(content, &content->files[i], policy, err);
    }
    if (result == 0 && policy->count == 0)
        return error_set(err, ERROR_BAD_CONTENT, "%s: no file STEM.xml", content->type);
    return result;
}

static void remapper_unload(void *context)
{
    struct loaded *loaded = context;

    for (size_t i = 0; i < loaded->files.count; i++) {
        remap_rules_free(loaded->files.files[i].rules);
        free(loaded->files.files[i].name);
    }
    for (size_t i = 0; i < loaded->policy.count; i++) {
        xmlFreeDoc(loaded->policy.documents[i].document);
        free(loaded->policy.documents[i].stem);
    }
    free(loaded->files.files);
    free(loaded->policy.documents);
    free(loaded);
}

static int remapper_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct loaded *made = bytes_allocate(1, sizeof(*made));
    int result = is_rules(content) ? load_rules(content, &made->files, err)
                                   : load_policy(content, &made->policy, err);

    if (result < 0)
        remapper_unload(made);
    else
        *loaded = made;
    return result;
}

static json_t *remapper_findings(const void *context)
{
    const struct loaded *loaded = context;
    json_t *findings = json_array();

    for (size_t i = 0; i < loaded->files.count; i++) {
        const struct remap_file *file = &loaded->files.files[i];

        if (file->rules == NULL)
            json_array_append_new(findings,
                                  json_pack("{s:s, s:I, s:s}", "file", file->name, "line",
                                            (json_int_t)file->line, "words", file->words));
    }
    return findings;
}

static int remapper_serve(void *const *loaded, size_t row, const json_t *request, json_t **reply,
                          struct error *err)
{
    const struct loaded *rules = loaded[ROW_RULES], *policy = loaded[ROW_POLICY];
    bool evaluate = false;
    const struct json_field fields[] = {
        {"evaluate", JSON_FLAG, JSON_REQUIRED, &evaluate, 0, 0, NULL},
    };

    if (json_fields(request, fields, 1, err) < 0)
        return -(int)err->code;
    if (!evaluate || row != ROW_RULES)
        return error_set(err, ERROR_BAD_DOCUMENT, "evaluate: expected true, of " RULES_TYPE);
    if (rules == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no " RULES_TYPE " are loaded");
    *reply = remap_evaluate(&rules->files, policy != NULL ? &policy->policy : NULL);
    return 0;
}

static json_t *remapper_stats(void *context)
{
    const struct loaded *loaded = context;
    size_t keys = 0;

    if (loaded == NULL)
        return json_object();
    for (size_t i = 0; i < loaded->files.count; i++)
        keys += loaded->files.files[i].rules != NULL ? loaded->files.files[i].rules->key_count : 0;
    return json_pack("{s:I, s:I, s:I}", "rule_files", (json_int_t)loaded->files.count, "keys",
                     (json_int_t)keys, "documents", (json_int_t)loaded->policy.count);
}

static const struct driver_type types[] = {
    [ROW_POLICY] = {"policy", 1, 1},
    [ROW_RULES] = {"remapper-rules", 1, 1},
};

static const struct sandbox_call calls[] = {
    {SYS_timer_create, "processor time of XPath is bounded", -1, 0, 0},
    {SYS_timer_settime, "the same", -1, 0, 0},
    {SYS_timer_gettime, "how much of it is left", -1, 0, 0},
    {SYS_timer_delete, "the same", -1, 0, 0},
};

static const struct sandbox_profile profile = {
    .name = "driver-remapper",
    .calls = calls,
    .call_count = sizeof(calls) / sizeof(calls[0]),
    .memory_bytes = 512 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver remapper_driver = {
    .family = "remapper",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = remapper_load,
    .unload = remapper_unload,
    .findings = remapper_findings,
    .serve_together = remapper_serve,
    .stats = remapper_stats,
};

int main(int argc, char **argv)
{
    remap_xml_begin();
    return harness_main(&remapper_driver, argc, argv);
}
