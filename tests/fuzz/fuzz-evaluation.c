/* SPDX-License-Identifier: ISC
 *
 * The remapper driver's answer, as the monitor reads it: what is accepted answers for just the rule
 * files of the content, has each key once and in its form, values of their types, places only in
 * documents that were handed over, and no key that may not be switched; or the file is left out.
 */
#include <string.h>

#include "agent/setting-answer.h"
#include "media/base/json.h"
#include "media/base/protected-flag.h"
#include "tests/fuzz/fuzz.h"

static void check_value(const struct setting_file *file, const struct setting_value *value)
{
    FUZZ_MUST(strchr(value->key, '/') != NULL && strstr(value->key, "//") == NULL);
    FUZZ_MUST(value->key[strspn(value->key, "abcdefghijklmnopqrstuvwxyz0123456789-/")] == '\0');
    FUZZ_MUST(json_text_valid(value->value, 2 * LIMIT_SETTING_BYTES));
    FUZZ_MUST(value->from_policy == (value->line > 0) && value->rule_line > 0);
    if (value->from_policy)
        FUZZ_MUST(file->policy != NULL && file->policy->fd >= 0);
    if (value->type == SETTING_BOOL)
        FUZZ_MUST(strcmp(value->value, "true") == 0 || strcmp(value->value, "false") == 0);
    if (value->type == SETTING_INT) {
        char again[32];

        snprintf(again, sizeof(again), "%lld", strtoll(value->value, NULL, 10));
        FUZZ_MUST(strcmp(again, value->value) == 0);
    }
    if (!file->left)
        FUZZ_MUST(protected_key(value->key) == NULL);
}

static void check(const struct setting_answer *answer, char *const *names)
{
    json_t *seen = json_object();

    for (size_t i = 0; i < answer->count; i++) {
        const struct setting_file *file = &answer->files[i];

        FUZZ_MUST(strcmp(file->name, names[i]) == 0);
        FUZZ_MUST(file->left == (file->words[0] != '\0'));
        FUZZ_MUST(file->left || file->policy == NULL || file->policy->fd >= 0);
        for (size_t k = 0; k < file->count; k++) {
            check_value(file, &file->values[k]);
            FUZZ_MUST(json_object_get(seen, file->values[k].key) == NULL);
            json_object_set_new(seen, file->values[k].key, json_true());
        }
    }
    json_decref(seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_document documents[] = {{.stem = "broken", .fd = -1},
                                          {.stem = "signed", .is_signed = true, .fd = 1},
                                          {.stem = "site", .fd = 1}};
    const struct policy_source policy = {.folder = "/policy", .count = 3, .documents = documents};
    char first[] = "a.xml", second[] = "b.xml";
    char *const names[] = {first, second};
    struct setting_answer answer;
    struct error err = {0};
    json_t *reply = NULL;

    if (json_read(data, size, &reply, &err) == 0) {
        if (setting_answer_read(reply, names, 2, &policy, &answer, &err) < 0)
            FUZZ_MUST(err.code == ERROR_PROTOCOL && err.words[0] != '\0');
        else
            check(&answer, names);
        setting_answer_clear(&answer);
    }
    json_decref(reply);
    return 0;
}
