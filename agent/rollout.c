/* SPDX-License-Identifier: ISC */
#include "agent/rollout.h"

#include <stdio.h>

#include "agent/audit.h"
#include "agent/wave-turn.h"
#include "media/base/instant.h"
#include "media/base/log.h"
#include "media/base/path.h"

/* What a round needs to know; the set is the ring's newest accepted one. */
struct round {
    const struct activate *activate;
    struct state_enrolment who;
    struct state_set set;
    bool has_set;
    int64_t now_us, next_us;
    rollout_step step;
    void *context;
};

/* When the wave opens that covers this endpoint. A plan that does not parse opens at once: verify
 * has judged it, and what was verified must not wait for ever. */
static int64_t opens_us(const struct round *round, const struct state_package *package)
{
    struct wave_turn turn;
    struct error err;

    if (!round->has_set ||
        wave_turn_of_staged(&round->set, round->who.endpoint, package, &turn, &err) < 0)
        return 0;
    return turn.opens_us;
}

static void note_next(struct round *round, int64_t at_us)
{
    if (round->next_us == 0 || at_us < round->next_us)
        round->next_us = at_us;
}

/* 1: something changed, 0: nothing (not its turn, or it still needs another one). */
static int turn_one(struct round *round, const char *type, bool last_chance, struct error *err)
{
    struct state_package package;
    struct error why;
    bool present;
    int64_t at_us;
    int result = state_package(round->activate->state, type, STATE_STAGED, &package, &present, err);

    if (result < 0 || !present)
        return result;
    at_us = opens_us(round, &package);
    if (at_us > round->now_us) {
        note_next(round, at_us);
        return 0;
    }
    if (round->step != NULL)
        round->step(round->context, type);
    if (activate_type(round->activate, type, &why) == 0)
        return 1;
    if (why.code == ERROR_REQUIRES && !last_chance)
        return 0;
    log_write(LOG_LEVEL_WARN, "%s: %s", type, why.words);
    /* What only waits for another package stays staged; its health says for which. */
    if (why.code == ERROR_REQUIRES)
        return state_ail(round->activate->state, type, package.id, &why, err);
    result = activate_give_up(round->activate, type, &why, err);
    return result < 0 ? result : 1;
}

static int turn_all(struct round *round, bool last_chance, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int changed = 0;
    int result = state_types(round->activate->state, STATE_STAGED, &types, &count, err);

    for (size_t i = 0; i < count && result >= 0; i++) {
        result = turn_one(round, types[i], last_chance, err);
        changed = changed || result > 0;
    }
    path_free_names(types, count);
    return result < 0 ? result : changed;
}

/* A set that was first seen later than it is now was seen by a clock that was ahead. Its waves would
 * wait for that clock's time, so their delays count from now. */
static int mend_seen(struct round *round, struct error *err)
{
    if (!round->has_set || round->set.seen_us <= round->now_us)
        return 0;
    round->set.seen_us = round->now_us;
    return state_see_set_at(round->activate->state, round->set.ring, round->now_us, err);
}

int rollout_run(const struct activate *activate, int64_t now_us, rollout_step step, void *context,
                int64_t *next_us, struct error *err)
{
    struct round round = {.activate = activate, .now_us = now_us, .step = step, .context = context};
    int result = state_enrolment(activate->state, &round.who, err);

    *next_us = 0;
    if (result == -(int)ERROR_NOT_ENROLLED)
        return 0;
    if (result == 0)
        result = state_set(activate->state, round.who.ring, &round.set, &round.has_set, err);
    if (result == 0)
        result = mend_seen(&round, err);
    while (result == 0 && (result = turn_all(&round, false, err)) > 0)
        result = 0;
    if (result == 0)
        result = turn_all(&round, true, err);
    state_set_clear(&round.set);
    *next_us = round.next_us;
    return result < 0 ? result : 0;
}

/* The wave that is not waited for, for the record. */
static void describe_wave(struct state *state, const struct state_package *package,
                          char words[static ERROR_WORDS_BYTES])
{
    char opens[INSTANT_TEXT_BYTES], id[DIGEST_TEXT_BYTES];
    struct state_enrolment who;
    struct state_set set = {.sequence = 0};
    struct wave_turn turn;
    struct error ignored;
    bool has_set = false;

    snprintf(words, ERROR_WORDS_BYTES, "version %s package %s", package->version,
             digest_text(package->id, id));
    if (state_enrolment(state, &who, &ignored) == 0 &&
        state_set(state, who.ring, &set, &has_set, &ignored) == 0 && has_set &&
        wave_turn_of_staged(&set, who.endpoint, package, &turn, &ignored) == 0)
        snprintf(words, ERROR_WORDS_BYTES, "version %s, wave %lu of %lu opens %s, package %s",
                 package->version, (unsigned long)turn.number, (unsigned long)turn.of,
                 instant_format(turn.opens_us, opens), id);
    state_set_clear(&set);
}

/* That it was asked for, and whether policy let it. */
static int record_now(const struct activate *activate, const struct state_package *package,
                      bool emergency, struct error *err)
{
    char words[ERROR_WORDS_BYTES];
    const struct audit_event event = {.who = activate->who,
                                      .what = "activate-now",
                                      .code = emergency ? ERROR_OK : ERROR_BLOCKED,
                                      .subject = package->type,
                                      .words = words};

    describe_wave(activate->state, package, words);
    return audit_append(activate->state, &event, NULL, err);
}

int rollout_now(const struct activate *activate, bool emergency, const char *type,
                struct state_package *package, struct error *err)
{
    struct error ignored;
    bool present;
    int result = state_package(activate->state, type, STATE_STAGED, package, &present, err);

    if (result == 0 && !present)
        result = error_set(err, ERROR_NOT_FOUND, "nothing of %s is staged", type);
    if (result == 0)
        result = record_now(activate, package, emergency, err);
    if (result < 0)
        return result;
    if (!emergency)
        return error_set(err, ERROR_BLOCKED,
                         "%s waits for its wave: agent.conf does not say [wave] policy = emergency",
                         type);
    result = activate_type(activate, type, err);
    /* What only waits for another package stays staged. */
    if (result < 0 && err->code != ERROR_REQUIRES &&
        activate_give_up(activate, type, err, &ignored) < 0)
        log_write(LOG_LEVEL_WARN, "%s: %s", type, ignored.words);
    return result;
}

/* Whether what a slot of a type holds has been withdrawn; why is in *why. */
static int look_up(const struct activate *activate, const char *type, enum state_slot slot,
                   bool *withdrawn, bool *harmful, struct error *why, struct error *err)
{
    struct state_package package;
    char reason[256] = "";
    bool present;
    int result = state_package(activate->state, type, slot, &package, &present, err);

    *withdrawn = *harmful = false;
    if (result == 0 && present)
        result = state_withdrawn(activate->state, package.id, withdrawn, harmful, reason,
                                 sizeof(reason), err);
    if (result == 0 && *withdrawn)
        error_set(why, ERROR_WITHDRAWN, "version %s is withdrawn: %s", package.version, reason);
    return result;
}

static int check_active(const struct activate *activate, const char *type, struct error *err)
{
    struct error why = {.code = ERROR_OK}, trouble = {0};
    bool withdrawn, harmful;
    int result = look_up(activate, type, STATE_ACTIVE, &withdrawn, &harmful, &why, err);

    if (result < 0 || !withdrawn)
        return result;
    /* Its health says it is withdrawn; the one before may fail to load, and that is no reason to
     * leave the other types as they are. */
    if (activate_return(activate, type, &why, harmful, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", type, trouble.words);
    return 0;
}

/* What waits for its wave waits no longer: nobody is told of a wave that brings known-bad content. */
static int check_staged(const struct activate *activate, const char *type, struct error *err)
{
    struct error why = {.code = ERROR_OK};
    bool withdrawn, harmful;
    int result = look_up(activate, type, STATE_STAGED, &withdrawn, &harmful, &why, err);

    if (result < 0 || !withdrawn)
        return result;
    return activate_give_up(activate, type, &why, err);
}

static int check_slot(const struct activate *activate, enum state_slot slot,
                      int (*check)(const struct activate *activate, const char *type,
                                   struct error *err),
                      struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(activate->state, slot, &types, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = check(activate, types[i], err);
    path_free_names(types, count);
    return result;
}

int rollout_withdrawn(const struct activate *activate, struct error *err)
{
    int result = check_slot(activate, STATE_STAGED, check_staged, err);

    return result < 0 ? result : check_slot(activate, STATE_ACTIVE, check_active, err);
}
