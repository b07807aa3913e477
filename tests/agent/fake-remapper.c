/* SPDX-License-Identifier: ISC
 *
 * A driver of the family remapper that reads just enough of both formats for a test to tell what it
 * shall answer: one <key .../> or <element .../> on a line, select only as //ELEMENT/@ATTRIBUTE. It
 * has the real harness and its sandbox. A document with a DOCTYPE is refused, one with the word
 * "crash" ends the process; rules with the comment "garbage" are answered for with nonsense.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "media/base/limits.h"
#include "media/base/path.h"

#define TEXT_BYTES 4096
#define WORD_BYTES 128

struct document {
    char name[WORD_BYTES];
    char text[TEXT_BYTES];
};

struct documents {
    size_t count;
    struct document *rows;
};

/* The policy in force: rules are evaluated over what another type has loaded. */
static const struct documents *policy;

static int read_file(const struct driver_content *content, const struct driver_file *file,
                     struct document *document, struct error *err)
{
    size_t size = file->size < TEXT_BYTES ? (size_t)file->size : TEXT_BYTES - 1;

    driver_at(content, file->name, 1, NULL);
    snprintf(document->name, sizeof(document->name), "%s", file->name);
    if (path_pread(file->fd, document->text, size, 0, err) < 0)
        return -(int)err->code;
    if (strstr(document->text, "crash") != NULL)
        abort();
    if (strstr(document->text, "<!DOCTYPE") != NULL)
        return error_set(err, ERROR_BAD_CONTENT, "%s:1: a DOCTYPE", file->name);
    return 0;
}

static void fake_unload(void *loaded)
{
    struct documents *documents = loaded;

    if (policy == documents)
        policy = NULL;
    free(documents->rows);
    free(documents);
}

static int fake_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct documents *documents = bytes_allocate(1, sizeof(*documents));
    int result = 0;

    documents->rows = bytes_allocate(content->file_count + 1, sizeof(documents->rows[0]));
    for (size_t i = 0; i < content->file_count && result == 0; i++)
        result = read_file(content, &content->files[i], &documents->rows[documents->count++], err);
    if (result < 0) {
        fake_unload(documents);
        return result;
    }
    if (strcmp(content->type, "policy") == 0)
        policy = documents;
    *loaded = documents;
    return 0;
}

/* The value of an attribute within one line. */
static bool attribute(const char *line, size_t size, const char *name, char out[WORD_BYTES])
{
    char wanted[WORD_BYTES + 4];
    const char *found, *end;

    snprintf(wanted, sizeof(wanted), " %s=\"", name);
    found = memmem(line, size, wanted, strlen(wanted));
    if (found == NULL)
        return false;
    found += strlen(wanted);
    end = memchr(found, '"', size - (size_t)(found - line));
    if (end == NULL)
        return false;
    snprintf(out, WORD_BYTES, "%.*s", (int)(end - found), found);
    return true;
}

/* The line of a text that has the element and its attribute; 0: none. */
static int find_in(const char *text, const char *element, const char *name, char out[WORD_BYTES])
{
    char start[WORD_BYTES + 4];
    int number = 1;

    snprintf(start, sizeof(start), "<%s ", element);
    for (const char *line = text; *line != '\0'; number++) {
        size_t size = strcspn(line, "\n");

        if (memmem(line, size, start, strlen(start)) != NULL && attribute(line, size, name, out))
            return number;
        line += size + (line[size] == '\n');
    }
    return 0;
}

static const char *policy_text(const char *stem)
{
    char name[2 * WORD_BYTES];

    snprintf(name, sizeof(name), "%s.xml", stem);
    for (size_t i = 0; policy != NULL && i < policy->count; i++) {
        if (strcmp(policy->rows[i].name, name) == 0)
            return policy->rows[i].text;
    }
    return "";
}

/* false: neither a value nor a default. */
static bool evaluate_key(const char *line, size_t size, int number, const char *stem, json_t *keys)
{
    char name[WORD_BYTES] = "", type[WORD_BYTES] = "", select[WORD_BYTES] = "";
    char element[WORD_BYTES] = "", wanted[WORD_BYTES] = "", value[WORD_BYTES] = "";
    int at = 0;

    (void)attribute(line, size, "name", name);
    (void)attribute(line, size, "type", type);
    if (attribute(line, size, "select", select) &&
        sscanf(select, "//%60[a-z]/@%60[a-z]", element, wanted) == 2)
        at = find_in(policy_text(stem), element, wanted, value);
    if (at == 0 && !attribute(line, size, "default", value))
        return false;
    if (at > 0 && strcmp(type, "bool") == 0)
        snprintf(value, sizeof(value), "%s", strcmp(value, "yes") == 0 ? "true" : "false");
    json_array_append_new(
        keys, json_pack("{s:s, s:s, s:s, s:s, s:i, s:i}", "key", name, "type", type, "value", value,
                        "from", at > 0 ? "policy" : "default", "line", at, "rule_line", number));
    return true;
}

static json_t *failed(const char *file, const char *stem, int line, const char *words)
{
    return json_pack("{s:s, s:b, s:s, s:i, s:s}", "file", file, "ok", 0, "policy", stem, "line",
                     line, "words", words);
}

static json_t *evaluate_file(const struct document *rules)
{
    char stem[WORD_BYTES] = "";
    json_t *keys = json_array();
    int number = 1;

    if (find_in(rules->text, "remap", "policy", stem) == 0) {
        json_decref(keys);
        return failed(rules->name, "", 1, "no <remap policy=\"STEM\">");
    }
    for (const char *line = rules->text; *line != '\0'; number++) {
        size_t size = strcspn(line, "\n");

        if (memmem(line, size, "<key ", 5) != NULL &&
            !evaluate_key(line, size, number, stem, keys)) {
            json_decref(keys);
            return failed(rules->name, stem, number, "no match and no default");
        }
        line += size + (line[size] == '\n');
    }
    return json_pack("{s:s, s:b, s:s, s:o}", "file", rules->name, "ok", 1, "policy", stem, "keys",
                     keys);
}

static int fake_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    const struct documents *rules = loaded;
    json_t *files = json_array();

    if (rules == NULL || !json_is_true(json_object_get(request, "evaluate"))) {
        json_decref(files);
        return error_set(err, ERROR_NOT_FOUND, "evaluate: no rules are loaded");
    }
    for (size_t i = 0; i < rules->count; i++) {
        if (strstr(rules->rows[i].name, ".xml") != NULL)
            json_array_append_new(files, evaluate_file(&rules->rows[i]));
        if (strstr(rules->rows[i].text, "garbage") != NULL)
            json_array_append_new(files, json_integer(1));
    }
    *reply = json_pack("{s:o}", "files", files);
    return 0;
}

static const struct driver_type types[] = {{"policy", 1, 1}, {"remapper-rules", 1, 1}};

static const struct sandbox_profile profile = {
    .name = "driver-fake-remapper",
    .memory_bytes = 256 * MIB,
    .file_bytes = 16 * MIB,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

static const struct driver fake = {
    .family = "remapper",
    .types = types,
    .type_count = sizeof(types) / sizeof(types[0]),
    .sandbox = &profile,
    .load = fake_load,
    .unload = fake_unload,
    .serve = fake_serve,
};

int main(int argc, char **argv)
{
    return harness_main(&fake, argc, argv);
}
