/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include "mirror/belief.h"
#include "mirror/content-keys.h"
#include "mirror/report.h"

static int retire(const struct repository *repository, struct trust *trust, const char *id,
                  struct enrolment *keys, struct error *err)
{
    bool in_use;
    int result = content_keys_in_use(repository, trust, id, &in_use, err);

    if (result == 0 && in_use)
        result = error_set(err, ERROR_USAGE,
                           "%s seals a package that a ring carries; publish its content again "
                           "first",
                           id);
    return result < 0 ? result : content_keys_retire(keys, id, err);
}

static void tell(const struct report *report, const struct enrolment *keys, const char *made,
                 const char *retired, bool dry_run)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < keys->key_count; i++) {
        report_line(report, "content key   %s%s", keys->keys[i].id,
                    i == 0 ? " (seals what is published from now on)" : "");
        json_array_append_new(ids, json_string(keys->keys[i].id));
    }
    if (dry_run)
        report_line(report, "%s would be %s; nothing was changed", made != NULL ? made : retired,
                    made != NULL ? "made" : "retired");
    else if (made != NULL)
        report_line(report, "next: sallyport-mirror enroll ENDPOINT --replace for each endpoint, "
                            "before sealed content is published");
    report_document(report, "sallyport.keys-content/1",
                    json_pack("{s:o, s:s?, s:s?, s:b}", "content_keys", ids, "made", made,
                              "retired", retired, "dry_run", dry_run));
}

static int rotate(const struct command_invocation *invocation, struct report *report,
                  struct repository *repository, struct error *err)
{
    const char *retired = command_text(invocation, "retire");
    struct keyring *keyring = keyring_new(repository, invocation, "");
    char made[LIMIT_NAME_BYTES + 1] = "";
    struct enrolment keys = {.key_count = 0};
    struct trust *trust = NULL;
    bool dry_run = command_flag(invocation, "dry-run");
    int result = belief_trust(repository, &trust, err);

    if (result == 0)
        result = keyring_content_keys(keyring, &keys, err);
    if (result == 0)
        result = retired != NULL ? retire(repository, trust, retired, &keys, err)
                                 : content_keys_add(&keys, made, err);
    if (result == 0 && !dry_run)
        result = content_keys_write(repository, keyring, &keys, err);
    if (result == 0)
        tell(report, &keys, retired == NULL ? made : NULL, retired, dry_run);
    enrolment_clear(&keys);
    trust_free(trust);
    keyring_free(keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, rotate, err);
}

static const struct command_option options[] = {
    {"retire", 0, COMMAND_TEXT, "ID", "take this old key out in place of making one"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show the keys that there would be, change nothing"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {"keys content", "keys content --retire content-1", NULL};

const struct command cmd_keys_content = {
    .name = "keys content",
    .arguments = "",
    .summary = "Make a new key for sealed content, beside those there",
    .description =
        "What is published from then on is sealed with the new key. Enrolments carry all keys, the "
        "old ones for content that was sealed by them; an endpoint gets the new one by enroll "
        "--replace. An old key is retired once no ring carries a package that needs it.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
