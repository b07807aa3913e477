/* SPDX-License-Identifier: ISC */
#include "agent/exclusion-round.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/exclusion-answer.h"
#include "agent/exclusion-list.h"
#include "agent/exclusion-user.h"
#include "agent/rule-flags.h"
#include "agent/setting.h"
#include "media/base/instant.h"
#include "media/base/log.h"
#include "media/base/text.h"

#define PROGRAM "sallyport-inventory"
#define DAY_US  (24 * 60 * INSTANT_MINUTE_US)

static const struct {
    const char *type;
    bool per_user;
} feeds[] = {{"appfeed", false}, {"userappfeed", true}};

/* A feed that is asked at this moment. */
struct asking {
    struct exclusion_round *round;
    const struct state_package *package;
    int root;
    const struct exclusion_user *user; /* NULL: the system */
    struct exclusion_rows rows;
    const char *kept[LIMIT_EXCLUSION_USERS]; /* users who could not be asked */
    size_t kept_count;
};

static enum exclusion_verdict judge(struct asking *asking, const char *path)
{
    enum exclusion_verdict verdict = exclusion_judge_form(path, asking->user != NULL);
    struct exclusion_base base = {.folder = asking->root, .software = true};
    struct stat status;

    if (verdict != EXCLUSION_TAKEN)
        return verdict;
    if (asking->user != NULL)
        return inventory_broker_judge(asking->round->asked, path);
    if (fstat(asking->root, &status) < 0)
        return EXCLUSION_NOT_SEEN;
    base.owner = base.user = status.st_uid;
    return exclusion_judge_way(&base, path);
}

static int take(void *context, const struct exclusion_row *asked, struct error *err)
{
    struct asking *asking = context;
    const struct exclusion_user *user = asking->user;
    char path[LIMIT_EXCLUSION_PATH + LIMIT_PATH_BYTES + 2];
    struct exclusion_row row = *asked;

    row.verdict = judge(asking, asked->path);
    if (user != NULL) {
        row.user = user->name;
        if (strncmp(asked->path, "~/", 2) == 0) {
            snprintf(path, sizeof(path), "%s%s", user->home_path, asked->path + 1);
            row.path = path;
        }
    }
    return exclusion_rows_add(&asking->rows, &row, err);
}

static int ask_driver(struct asking *asking, struct error *err)
{
    json_t *request = json_pack("{s:s}", "ask", "exclusions"), *reply = NULL;
    size_t before = asking->rows.count;
    struct exclusion_round *round = asking->round;
    int result = driver_host_serve(round->drivers, asking->package->type, request, &reply, err);

    if (result == 0 && round->asked->failed.code == ERROR_OK)
        result = exclusion_answer_read(reply, take, asking, err);
    /* What the inventory did not tell is not absent: such an answer is worth nothing. */
    if (result == 0 && round->asked->failed.code != ERROR_OK) {
        *err = round->asked->failed;
        exclusion_rows_cut(&asking->rows, before);
        result = -(int)err->code;
    }
    json_decref(reply);
    json_decref(request);
    return result;
}

/* *asked: the inventory came up, so that a failure is the driver's or the feed's. */
static int ask(struct asking *asking, const char *user, bool *asked, struct error *err)
{
    struct exclusion_round *round = asking->round;
    struct inventory_broker broker;
    int home = asking->user != NULL ? asking->user->home : -1;
    int result = inventory_broker_start(round->config, asking->root, home, user, &broker, err);

    *asked = false;
    if (result < 0)
        return result;
    round->asked = &broker;
    result = ask_driver(asking, err);
    *asked = broker.failed.code == ERROR_OK;
    round->asked = NULL;
    inventory_broker_end(&broker);
    return result;
}

static int ask_for_system(struct asking *asking, struct error *err)
{
    const struct config *config = asking->round->config;
    bool asked;

    return ask(asking, process_user(config->inventory_user, PROGRAM), &asked, err);
}

/* One user whose process can't be had is no reason to do without the others. */
static int ask_for_users(struct asking *asking, const struct exclusion_users *users,
                         struct error *err)
{
    char words[2 * ERROR_WORDS_BYTES];
    int result = 0;

    for (size_t i = 0; i < users->count && result == 0; i++) {
        bool asked;

        asking->user = &users->users[i];
        result = ask(asking, geteuid() == 0 ? users->users[i].name : NULL, &asked, err);
        if (result == 0 || asked)
            continue;
        log_write(LOG_LEVEL_WARN, "userappfeed: %s: %s", users->users[i].name,
                  text_escape_string(err->words, words, sizeof(words)));
        asking->kept[asking->kept_count++] = users->users[i].name;
        result = 0;
    }
    return result;
}

static int counts_of(struct state *state, long long counts[2], struct error *err)
{
    json_t *summary = NULL;
    int result = exclusion_list_summary(state, &summary, err);

    counts[0] = json_integer_value(json_object_get(summary, "taken"));
    counts[1] = json_integer_value(json_object_get(summary, "refused"));
    json_decref(summary);
    return result;
}

/* The list with its record, where it changed. */
static int keep(struct asking *asking, const struct error *trouble, const char *who,
                struct error *err)
{
    const struct state_package *package = asking->package;
    struct state *state = asking->round->state;
    const struct exclusion_run_result run = {.package = package,
                                             .trouble = trouble,
                                             .rows = asking->rows.rows,
                                             .count = asking->rows.count,
                                             .kept = asking->kept,
                                             .kept_count = asking->kept_count};
    long long before[2] = {0, 0}, after[2] = {0, 0};
    char words[160];
    const struct audit_event event = {.who = who,
                                      .what = "exclusions",
                                      .code = ERROR_OK,
                                      .subject = package->type,
                                      .words = words};
    int result = counts_of(state, before, err);

    if (result == 0)
        result = exclusion_list_replace(state, &run, err);
    if (result == 0)
        result = counts_of(state, after, err);
    if (result < 0 || memcmp(before, after, sizeof(before)) == 0)
        return result;
    snprintf(words, sizeof(words), "version %s: %lld taken, %lld refused in all", package->version,
             after[0], after[1]);
    return audit_append(state, &event, NULL, err);
}

static int run_feed(struct exclusion_round *round, const struct state_package *package,
                    bool per_user, const char *who, struct error *err)
{
    struct asking asking = {.round = round, .package = package};
    struct exclusion_users users = {NULL, 0};
    struct error trouble = {0};
    int result = 0;

    rule_flags_try(round->state, round->drivers, round->config->site, package->type);
    asking.root = open(round->config->inventory_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (asking.root < 0)
        result = error_set_errno(&trouble, ERROR_IO, errno, "%s", round->config->inventory_root);
    if (result == 0 && per_user)
        result = exclusion_users_open(asking.root, &users, &trouble);
    if (result == 0)
        result =
            per_user ? ask_for_users(&asking, &users, &trouble) : ask_for_system(&asking, &trouble);
    if (result < 0)
        log_write(LOG_LEVEL_WARN, "%s: %s", package->type, trouble.words);
    result = keep(&asking, result < 0 ? &trouble : NULL, who, err);
    exclusion_rows_clear(&asking.rows);
    exclusion_users_clear(&users);
    if (asking.root >= 0)
        close(asking.root);
    return result;
}

/* A clock that was put back is no reason to wait for it. */
static int is_due(struct exclusion_round *round, const struct state_package *package,
                  enum exclusion_round_when when, bool *due, struct error *err)
{
    struct exclusion_list_run last;
    int64_t now_us = instant_clock();
    int result = exclusion_list_last(round->state, package->type, &last, err);

    *due = last.at_us == 0 || memcmp(last.id, package->id, DIGEST_BYTES) != 0;
    if (when == EXCLUSION_ROUND_LOOK)
        *due = *due || last.failed || last.at_us > now_us || now_us - last.at_us >= DAY_US;
    return result;
}

static int drop(struct exclusion_round *round, const char *type, struct error *err)
{
    struct exclusion_list_run last;
    int result = exclusion_list_last(round->state, type, &last, err);

    return result == 0 && last.at_us != 0 ? exclusion_list_drop(round->state, type, err) : result;
}

int exclusion_round_run(struct exclusion_round *round, enum exclusion_round_when when,
                        const char *who, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]) && result == 0; i++) {
        const char *type = feeds[i].type;
        char words[ERROR_WORDS_BYTES];
        struct state_package package;
        bool present = false, due = false;

        result = state_package(round->state, type, STATE_ACTIVE, &package, &present, err);
        if (result == 0 &&
            (!present || setting_switches_off(round->state, type, words, sizeof(words)))) {
            result = drop(round, type, err);
            continue;
        }
        if (result == 0)
            result = is_due(round, &package, when, &due, err);
        if (result == 0 && due)
            result = run_feed(round, &package, feeds[i].per_user, who, err);
    }
    return result;
}

void exclusion_round_follow(struct exclusion_round *round, enum exclusion_round_when when,
                            const char *who)
{
    struct error trouble;

    if (exclusion_round_run(round, when, who, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "exclusions: %s", trouble.words);
}

int exclusion_round_call(struct exclusion_round *round, const char *call, const json_t *arguments,
                         json_t **value, char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    if (round->asked == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "nothing is asked of software at this moment");
    return inventory_broker_call(round->asked, call, arguments, value, reason, err);
}
