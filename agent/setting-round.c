/* SPDX-License-Identifier: ISC */
#include "agent/setting-round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/setting-apply.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/driver-files.h"

#define RULES_TYPE  "remapper-rules"
#define POLICY_TYPE "policy"

/* Package ids in service, all zero where there is none. */
static int read_ids(struct state *state, struct setting_round *now, struct error *err)
{
    const struct {
        const char *type;
        uint8_t *id;
    } rows[] = {{RULES_TYPE, now->rules}, {POLICY_TYPE, now->policy}};
    int result = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && result == 0; i++) {
        struct state_package package;
        bool present;

        result = state_package(state, rows[i].type, STATE_ACTIVE, &package, &present, err);
        if (result == 0 && present)
            memcpy(rows[i].id, package.id, DIGEST_BYTES);
    }
    return result;
}

/* Whether a round is due; notes what it will be made from. */
static int is_due(struct setting_round *round, enum setting_round_when when, bool *due,
                  struct error *err)
{
    struct setting_round now = {.done = true};
    int result = read_ids(round->state, &now, err);

    *due = false;
    if (result < 0)
        return result;
    *due = !round->done || when == SETTING_ROUND_ALWAYS ||
           memcmp(now.rules, round->rules, DIGEST_BYTES) != 0 ||
           memcmp(now.policy, round->policy, DIGEST_BYTES) != 0;
    if (!*due && when == SETTING_ROUND_CONTENT)
        return 0;
    policy_source_look(round->config->policy, now.site);
    *due = *due || round->failed || memcmp(now.site, round->site, DIGEST_BYTES) != 0;
    memcpy(round->rules, now.rules, DIGEST_BYTES);
    memcpy(round->policy, now.policy, DIGEST_BYTES);
    memcpy(round->site, now.site, DIGEST_BYTES);
    round->done = true;
    return 0;
}

/* A document of the site on its own: what is wrong with it is no other's trouble. A driver that it
 * ends is replaced. */
static int check_document(struct setting_round *round, struct policy_document *document,
                          struct driver_candidate **candidate, struct error *err)
{
    char name[LIMIT_NAME_BYTES + 8];
    const struct driver_run_file file = {name, document->fd};
    struct error why;

    snprintf(name, sizeof(name), "%s.xml", document->stem);
    if (driver_host_give(*candidate, "check", POLICY_TYPE, &file, 1, &why) == 0)
        return 0;
    policy_source_leave(document, why.words);
    if (why.code == ERROR_DRIVER_REFUSED)
        return 0;
    driver_host_discard(*candidate);
    return driver_host_prepare(round->drivers, POLICY_TYPE, NULL, candidate, err);
}

static int check_site(struct setting_round *round, struct policy_source *policy,
                      struct driver_candidate **candidate, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < policy->count && result == 0; i++) {
        struct policy_document *document = &policy->documents[i];

        if (!document->is_signed && document->fd >= 0)
            result = check_document(round, document, candidate, err);
    }
    return result;
}

/* All that are left, as one content. */
static int load_policy(const struct policy_source *policy, struct driver_candidate *candidate,
                       struct error *err)
{
    char names[LIMIT_POLICY_DOCUMENTS][LIMIT_NAME_BYTES + 8];
    struct driver_run_file files[LIMIT_POLICY_DOCUMENTS];
    size_t count = 0;

    for (size_t i = 0; i < policy->count; i++) {
        if (policy->documents[i].fd < 0)
            continue;
        snprintf(names[count], sizeof(names[count]), "%s.xml", policy->documents[i].stem);
        files[count] = (struct driver_run_file){names[count], policy->documents[i].fd};
        count++;
    }
    return count == 0 ? 0 : driver_host_give(candidate, "load", POLICY_TYPE, files, count, err);
}

/* What else may lie beside rule files is the driver's to say. */
static void drop_others(struct driver_files *files)
{
    size_t kept = 0;

    for (size_t i = 0; i < files->count; i++) {
        const char *dot = strrchr(files->names[i], '.');

        if (dot != NULL && strcmp(dot, ".xml") == 0)
            files->names[kept++] = files->names[i];
        else
            free(files->names[i]);
    }
    files->count = kept;
}

/* The names of the rule files in service, sorted. */
static int list_rules(struct state *state, const struct state_package *rules,
                      struct driver_files *files, struct error *err)
{
    char id[DIGEST_TEXT_BYTES], place[300];
    bool damaged = false;
    int folder, result = state_damaged(state, rules->id, &damaged, NULL, 0, err);

    if (result == 0 && damaged)
        result = error_set(err, ERROR_BAD_DIGEST, "the rules in service are damaged");
    if (result < 0)
        return result;
    snprintf(place, sizeof(place), "content/%s/%s", RULES_TYPE, digest_text(rules->id, id));
    result = path_open_folder(state_folder(state), place, &folder, err);
    if (result < 0)
        return result;
    result = driver_files_list(folder, files, err);
    if (result == 0)
        drop_others(files);
    close(folder);
    return result;
}

static int ask(struct setting_round *round, struct policy_source *policy,
               struct driver_candidate **candidate, json_t **reply, struct error *err)
{
    json_t *request = json_pack("{s:b}", "evaluate", 1);
    int result = driver_host_prepare(round->drivers, POLICY_TYPE, NULL, candidate, err);

    if (result == 0)
        result = check_site(round, policy, candidate, err);
    if (result == 0)
        result = load_policy(policy, *candidate, err);
    if (result == 0)
        result = driver_host_ask(*candidate, RULES_TYPE, request, reply, err);
    json_decref(request);
    return result;
}

/* The process that has answered is the one that serves from now on. */
static int evaluate(struct setting_round *round, const struct state_package *rules,
                    struct policy_source *policy, struct setting_answer *answer, struct error *err)
{
    struct driver_candidate *candidate = NULL;
    struct driver_files files = {0};
    json_t *reply = NULL;
    int result = list_rules(round->state, rules, &files, err);

    if (result == 0)
        result = ask(round, policy, &candidate, &reply, err);
    if (result == 0)
        result = setting_answer_read(reply, files.names, files.count, policy, answer, err);
    if (result == 0)
        driver_host_adopt(round->drivers, candidate);
    else
        driver_host_discard(candidate);
    json_decref(reply);
    driver_files_clear(&files);
    return result;
}

static int fail(struct setting_round *round, const char *who, const struct error *why,
                struct error *err)
{
    char words[2 * ERROR_WORDS_BYTES];

    round->failed = true;
    log_write(LOG_LEVEL_WARN, "policy: no key was evaluated: %s",
              text_escape_string(why->words, words, sizeof(words)));
    return setting_apply_failure(round->state, who, why, err);
}

/* Drivers of what is switched now. One that does not start says so in its content's health. */
static void follow(struct setting_round *round, const json_t *changed)
{
    const struct setting_key *row;
    struct error why;

    for (size_t i = 0; (row = setting_key_row(i)) != NULL; i++) {
        if (row->content == NULL || json_object_get(changed, row->name) == NULL)
            continue;
        if (driver_host_switch(round->drivers, row->content, &why) < 0)
            log_write(LOG_LEVEL_ERROR, "%s: %s", row->content, why.words);
    }
}

static int store(struct setting_round *round, const struct setting_change *change,
                 struct error *err)
{
    json_t *changed = NULL;
    int result = setting_apply(round->state, change, &changed, err);

    if (result == 0)
        follow(round, changed);
    json_decref(changed);
    return result;
}

static int run(struct setting_round *round, const char *who, struct error *err)
{
    struct setting_answer answer = {0};
    struct policy_source policy;
    struct state_package rules;
    struct error why;
    bool present;
    struct setting_change change = {.who = who, .policy = &policy, .answer = &answer};
    int result = state_package(round->state, RULES_TYPE, STATE_ACTIVE, &rules, &present, err);

    if (result < 0)
        return result;
    result = policy_source_open(round->state, round->config->policy, &policy, &why);
    if (result == 0 && present) {
        change.rules = &rules;
        result = evaluate(round, &rules, &policy, &answer, &why);
    }
    round->failed = false;
    result = result < 0 ? fail(round, who, &why, err) : store(round, &change, err);
    setting_answer_clear(&answer);
    policy_source_close(&policy);
    return result;
}

int setting_round_run(struct setting_round *round, enum setting_round_when when, const char *who,
                      struct error *err)
{
    bool due;
    int result = is_due(round, when, &due, err);

    return result < 0 || !due ? result : run(round, who, err);
}
