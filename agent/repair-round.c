/* SPDX-License-Identifier: ISC */
#include "agent/repair-round.h"

#include "agent/repair-last-resort.h"
#include "agent/repair-note.h"
#include "agent/setting.h"
#include "media/base/log.h"

#define TYPE "repair-kit"

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
    int result =
        driver_host_serve_listening(kit->import->drivers, TYPE, request, &listener, &reply, err);

    json_decref(request);
    json_decref(reply);
    return result;
}

/* A kit that fails is told, and what is built in does what it can. */
static int run_kit(struct repair_kit *kit, struct error *err)
{
    struct error why;
    int result;

    if (ask_driver(kit, &why) == 0)
        return kit->dry_run ? 0 : repair_note_forget(kit->import->state, kit->since_us, err);
    log_write(LOG_LEVEL_ERROR, "repair: " TYPE ": %s", why.words);
    result = kit->dry_run
                 ? 0
                 : repair_note_failure(kit->import->state, "run", TYPE, kit->who, &why, err);
    return result < 0 ? result : repair_last_resort_run(kit, err);
}

int repair_round_run(struct repair_kit *kit, enum repair_round_when when, struct error *err)
{
    bool serving;
    int result = serves(kit->import, &serving, err);

    if (result < 0)
        return result;
    if (serving)
        return when != REPAIR_ROUND_EARLY ? run_kit(kit, err) : 0;
    return when != REPAIR_ROUND_LATE ? repair_last_resort_run(kit, err) : 0;
}
