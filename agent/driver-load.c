/* SPDX-License-Identifier: ISC */
#include "agent/driver-load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/setting.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/content-type.h"

static int load_from(struct state *state, struct driver_run *run,
                     const struct state_package *package, int folder, struct error *err)
{
    uint8_t key_bytes[ENROLMENT_KEY_BYTES];
    struct driver_run_key key = {package->sealed, bytes_view_of(key_bytes, sizeof(key_bytes))};
    json_t *arguments = NULL;
    bool sealed = package->sealed[0] != '\0';
    int result = driver_run_reads(run, package->type, package->schema_low, package->schema_high,
                                  package->abi_low, package->abi_high, err);

    if (result == 0 && sealed)
        result = state_content_key(state, package->sealed, key_bytes, err);
    if (result == 0)
        result = driver_run_content(run, "load", package->type, folder, sealed ? &key : NULL, err);
    bytes_wipe(key_bytes, sizeof(key_bytes));
    if (result < 0)
        return result;
    arguments = json_pack("{s:s}", "type", package->type);
    result = driver_run_request(run, "swap", arguments, NULL, err);
    json_decref(arguments);
    return result;
}

int driver_load_package(struct state *state, struct driver_run *run,
                        const struct state_package *package, struct error *err)
{
    char id[DIGEST_TEXT_BYTES], place[300];
    int folder, result;

    snprintf(place, sizeof(place), "content/%s/%s", package->type, digest_text(package->id, id));
    result = path_open_folder(state_folder(state), place, &folder, err);
    if (result < 0)
        return error_context(err, "%s", package->type);
    result = load_from(state, run, package, folder, err);
    close(folder);
    return result;
}

bool driver_load_is_off(struct state *state, const char *type)
{
    char words[ERROR_WORDS_BYTES];

    return setting_switches_off(state, type, words, sizeof(words));
}

/* The active package of a type, where it is to be loaded at all. Of damaged content health says so
 * already; what is not what was verified is not loaded. */
static int find_loadable(struct state *state, const char *type, struct state_package *package,
                         bool *loadable, struct error *err)
{
    bool damaged = false;
    int result;

    *loadable = false;
    if (driver_load_is_off(state, type))
        return 0;
    result = state_package(state, type, STATE_ACTIVE, package, loadable, err);
    if (result == 0 && *loadable)
        result = state_damaged(state, package->id, &damaged, NULL, 0, err);
    *loadable = result == 0 && *loadable && !damaged;
    return result;
}

/* A bad neighbour must not keep a good one from being loaded. */
static int load_neighbour(struct state *state, struct driver_run *run, const char *type,
                          struct error *err)
{
    struct state_package package;
    struct error why;
    bool loadable;
    int result = find_loadable(state, type, &package, &loadable, err);

    if (result < 0 || !loadable)
        return result;
    if (driver_load_package(state, run, &package, &why) < 0)
        return state_ail(state, type, package.id, &why, err);
    (void)!state_heal_loaded(state, type, package.id, &why); /* no reason to end */
    return 0;
}

int driver_load_family(struct state *state, struct driver_run *run, const char *family,
                       const char *except, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(state, STATE_ACTIVE, &types, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        const struct content_type *row = content_type_find(types[i]);

        if (row == NULL || strcmp(row->family, family) != 0 ||
            (except != NULL && strcmp(types[i], except) == 0))
            continue;
        result = load_neighbour(state, run, types[i], err);
    }
    path_free_names(types, count);
    return result;
}

void driver_load_note(struct driver_load_unread unread[static DRIVER_READS], const char *type,
                      const char *words)
{
    size_t i = 0;

    while (i < DRIVER_READS - 1 && unread[i].type[0] != '\0' && strcmp(unread[i].type, type) != 0)
        i++;
    snprintf(unread[i].type, sizeof(unread[i].type), "%s", type);
    snprintf(unread[i].words, sizeof(unread[i].words), "%s", words);
}

const struct driver_load_unread *driver_load_noted(
    const struct driver_load_unread unread[static DRIVER_READS], const char *type)
{
    for (size_t i = 0; i < DRIVER_READS; i++) {
        if (strcmp(unread[i].type, type) == 0)
            return &unread[i];
    }
    return NULL;
}

static int load_read(struct state *state, struct driver_run *run, const char *type,
                     struct driver_load_unread *unread, struct error *err)
{
    struct state_package package;
    struct error why;
    bool loadable;
    int result = find_loadable(state, type, &package, &loadable, err);

    if (result == 0 && loadable && driver_load_package(state, run, &package, &why) < 0)
        driver_load_note(unread, type, why.words);
    return result;
}

int driver_load_reads(struct state *state, struct driver_run *run,
                      struct driver_load_unread unread[static DRIVER_READS], struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(state, STATE_ACTIVE, &types, &count, err);

    for (size_t i = 0; i < count && result == 0 && !driver_run_has_ended(run); i++) {
        if (driver_run_looks_up(run, types[i]))
            result = load_read(state, run, types[i], unread, err);
    }
    path_free_names(types, count);
    return result;
}
