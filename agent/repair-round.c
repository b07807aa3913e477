/* SPDX-License-Identifier: ISC */
#include "agent/repair-round.h"

#include "agent/repair-last-resort.h"
#include "agent/repair-note.h"
#include "agent/repair-rule.h"
#include "agent/rule-flags.h"
#include "agent/setting.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"

#define TYPE "repair-kit"
#define RUN  "run" /* in place of a verb: the whole kit */

/* One that a flag or a setting switches off serves nothing, and that is no failure of it. */
static int serves(const struct import *import, bool *serving, struct error *err)
{
    char words[ERROR_WORDS_BYTES];
    struct state_package package;
    int result = state_package(import->state, TYPE, STATE_ACTIVE, &package, serving, err);

    *serving = result == 0 && *serving && import->drivers != NULL &&
               driver_host_has_program(import->config, TYPE) &&
               !setting_switches_off(import->state, TYPE, words, sizeof(words));
    return result;
}

static int answer(void *context, const char *call, const json_t *arguments, json_t **value,
                  char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    return repair_kit_call(context, call, arguments, value, reason, err);
}

static int ask_driver(struct repair_kit *kit, struct error *err)
{
    const struct driver_run_listener listener = {.call = answer, .context = kit};
    json_t *request = json_pack("{s:s, s:b}", "ask", "run", "dry_run", kit->dry_run);
    json_t *reply = NULL;
    const struct import *import = kit->import;
    int result;

    rule_flags_try(import->state, import->drivers, import->config->site, TYPE);
    result = driver_host_serve_listening(import->drivers, TYPE, request, &listener, &reply, err);
    if (result == 0)
        result = repair_rule_take(kit, reply, err);
    json_decref(request);
    json_decref(reply);
    return result;
}

static int forget_failures(const struct repair_kit *kit, struct error *err)
{
    int result = repair_note_clear(kit->import->state, RUN, TYPE, err);

    return result < 0 ? result : repair_note_forget(kit->import->state, kit->since_us, err);
}

/* A kit that fails is told, and what is built in does what it can. */
static int run_kit(struct repair_kit *kit, struct error *err)
{
    struct error why;
    int result = ask_driver(kit, &why);

    if (result == 0)
        return kit->dry_run ? 0 : forget_failures(kit, err);
    log_write(LOG_LEVEL_ERROR, "repair: " TYPE ": %s", why.words);
    result =
        kit->dry_run ? 0 : repair_note_failure(kit->import->state, RUN, TYPE, kit->who, &why, err);
    return result < 0 ? result : repair_last_resort_run(kit, err);
}

/* What is damaged is fetched between this round and the next, so that only that one can judge it. */
static int run_middle(struct repair_kit *kit, bool serving, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_damaged_types(kit->import->state, &types, &count, err);

    path_free_names(types, count);
    if (result < 0)
        return result;
    kit->fetches = true;
    kit->again = !serving || count > 0;
    result = serving ? run_kit(kit, err) : 0;
    kit->fetches = false;
    return result;
}

int repair_round_run(struct repair_kit *kit, enum repair_round_when when, struct error *err)
{
    bool serving;
    int result = serves(kit->import, &serving, err);

    if (result < 0)
        return result;
    if (when == REPAIR_ROUND_MIDDLE)
        return run_middle(kit, serving, err);
    kit->again = false;
    if (when == REPAIR_ROUND_LATE)
        return serving ? run_kit(kit, err) : 0;
    return serving == (when == REPAIR_ROUND_BLIND) ? repair_last_resort_run(kit, err) : 0;
}
