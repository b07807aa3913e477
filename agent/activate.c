/* SPDX-License-Identifier: ISC */
#include "agent/activate.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/partial.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/publish.h"

#define LINK        "current"
#define PLACE_BYTES 300

static int record(const struct activate *activate, const char *what, const char *type,
                  const struct state_package *package, const struct error *why, struct error *err)
{
    char words[ERROR_WORDS_BYTES * 2], id[DIGEST_TEXT_BYTES] = "";
    const struct audit_event event = {.who = activate->who,
                                      .what = what,
                                      .code = why != NULL ? why->code : ERROR_OK,
                                      .subject = type,
                                      .words = words};

    if (package != NULL)
        digest_text(package->id, id);
    snprintf(words, sizeof(words), "%s%s%s%s%s%s", package != NULL ? "version " : "",
             package != NULL ? package->version : "", id[0] != '\0' ? " package " : "", id,
             why != NULL ? ": " : "", why != NULL ? why->words : "");
    return audit_append(activate->state, &event, NULL, err);
}

/* Removes the folders of a type that no slot holds any more. Failing to is no failure of what was
 * done: recovery tries again. */
void activate_prune(struct state *state, const char *type)
{
    char place[PLACE_BYTES];
    char **names = NULL;
    size_t count = 0;
    struct error err;
    int folder;

    snprintf(place, sizeof(place), "content/%s", type);
    if (path_open_folder(state_folder(state), place, &folder, &err) < 0)
        return;
    if (path_list(folder, LIMIT_FOLDER_NAMES, &names, &count, &err) < 0)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        char id[DIGEST_TEXT_BYTES];
        bool holds = true;

        if (strcmp(names[i], LINK) == 0)
            continue;
        state_recipe_owner(names[i], id);
        if (state_holds(state, type, id, &holds, &err) < 0 ||
            (!holds && path_remove(folder, names[i], &err) < 0))
            log_write(LOG_LEVEL_WARN, "%s/%s: %s", place, names[i], err.words);
    }
    path_free_names(names, count);
    close(folder);
    if (state_prune_recipes(state, &err) < 0)
        log_write(LOG_LEVEL_WARN, "%s: %s", place, err.words);
}

static int set_link(struct state *state, const char *type, const uint8_t id[static DIGEST_BYTES],
                    struct error *err)
{
    char place[PLACE_BYTES], text[DIGEST_TEXT_BYTES];

    snprintf(place, sizeof(place), "content/%s/" LINK, type);
    return publish_link(state_folder(state), place, digest_text(id, text), err);
}

static int drop_link(struct state *state, const char *type, struct error *err)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof(place), "content/%s/" LINK, type);
    return path_remove(state_folder(state), place, err);
}

static int stage_rows(const struct activate *activate, const struct state_package *package,
                      struct error *err)
{
    struct floor floor = {.present = true, .time_us = package->time_us, .number = package->issue};
    char subject[STATE_SUBJECT_BYTES];
    int result = record(activate, "stage", package->type, package, NULL, err);

    memcpy(floor.digest, package->id, DIGEST_BYTES);
    snprintf(subject, sizeof(subject), "type:%s", package->type);
    if (result == 0)
        result = state_raise_floor(activate->state, subject, &floor, err);
    return result < 0 ? result : state_put_package(activate->state, STATE_STAGED, package, err);
}

int activate_stage(const struct activate *activate, const struct state_package *package,
                   struct error *err)
{
    struct db *db = state_db(activate->state);
    int result = db_begin(db, err);

    if (result == 0)
        result = stage_rows(activate, package, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    else
        activate_prune(activate->state,
                       package->type); /* what was staged before and never came to be */
    return result;
}

/* What a package needs must be in service first. */
static int check_requirements(struct state *state, const struct state_package *package,
                              struct error *err)
{
    for (size_t i = 0; i < package->requirement_count; i++) {
        const char *type = package->requirements[i].type;
        struct state_package needed;
        bool present;

        if (state_package(state, type, STATE_ACTIVE, &needed, &present, err) < 0)
            return -(int)err->code;
        if (!present || needed.issue < package->requirements[i].issue)
            return error_set(err, ERROR_REQUIRES, "%s needs %s of issue %lu or later",
                             package->type, type, (unsigned long)package->requirements[i].issue);
    }
    return 0;
}

static int check_withdrawn(struct state *state, const struct state_package *package,
                           struct error *err)
{
    char reason[256] = "";
    bool withdrawn, harmful;

    if (state_withdrawn(state, package->id, &withdrawn, &harmful, reason, sizeof(reason), err) < 0)
        return -(int)err->code;
    return withdrawn ? error_set(err, ERROR_WITHDRAWN, "%s %s is withdrawn: %s", package->type,
                                 package->version, reason)
                     : 0;
}

/* Rows of an activation: what was active becomes previous. */
static int activate_rows(const struct activate *activate, const struct state_package *package,
                         struct error *err)
{
    struct state_package before;
    bool present;
    int result = record(activate, "activate", package->type, package, NULL, err);

    if (result == 0)
        result =
            state_package(activate->state, package->type, STATE_ACTIVE, &before, &present, err);
    if (result == 0 && present)
        result = state_put_package(activate->state, STATE_PREVIOUS, &before, err);
    if (result == 0)
        result = state_put_package(activate->state, STATE_ACTIVE, package, err);
    if (result == 0)
        result = state_drop_package(activate->state, package->type, STATE_STAGED, err);
    return result < 0 ? result : state_heal(activate->state, package->type, err);
}

typedef int (*change_rows)(const struct activate *activate, const struct state_package *package,
                           struct error *err);

static int commit_rows(const struct activate *activate, change_rows change,
                       const struct state_package *package, struct error *err)
{
    struct db *db = state_db(activate->state);
    int result = db_begin(db, err);

    if (result == 0)
        result = change(activate, package, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}

/* The driver is ready, the rows are written, the link follows, the driver takes over. From the
 * commit on the change has happened: a link that can't be set is mended at the next start. */
static int put_in_service(const struct activate *activate, change_rows change,
                          const struct state_package *package, struct error *err)
{
    struct driver_candidate *candidate = NULL;
    int result = 0;

    if (activate->host != NULL)
        result = driver_host_prepare(activate->host, package->type, package, &candidate, err);
    if (result == 0)
        result = commit_rows(activate, change, package, err);
    if (result < 0) {
        driver_host_discard(candidate);
        return result;
    }
    result = set_link(activate->state, package->type, package->id, err);
    if (candidate != NULL)
        driver_host_adopt(activate->host, candidate);
    activate_prune(activate->state, package->type);
    return result;
}

static int mend_rows(const struct activate *activate, const struct state_package *package,
                     struct error *err)
{
    int result = record(activate, "repair", package->type, package, NULL, err);

    if (result == 0)
        result = state_mend(activate->state, package->id, err);
    return result < 0 ? result : state_heal(activate->state, package->type, err);
}

int activate_mended(const struct activate *activate, const struct state_package *active,
                    struct error *err)
{
    return put_in_service(activate, mend_rows, active, err);
}

static int find_staged(const struct activate *activate, const char *type,
                       struct state_package *package, struct error *err)
{
    bool present;
    int result = state_package(activate->state, type, STATE_STAGED, package, &present, err);

    if (result == 0 && !present)
        result = error_set(err, ERROR_NOT_FOUND, "nothing of %s is staged", type);
    return result < 0 ? result : check_withdrawn(activate->state, package, err);
}

int activate_check(const struct activate *activate, const char *type, struct error *err)
{
    struct driver_candidate *candidate = NULL;
    struct state_package package;
    int result = find_staged(activate, type, &package, err);

    if (result == 0 && activate->host != NULL)
        result = driver_host_prepare(activate->host, type, &package, &candidate, err);
    driver_host_discard(candidate);
    return result;
}

int activate_type(const struct activate *activate, const char *type, struct error *err)
{
    struct state_package package;
    int result = find_staged(activate, type, &package, err);

    if (result == 0)
        result = check_requirements(activate->state, &package, err);
    return result < 0 ? result : put_in_service(activate, activate_rows, &package, err);
}

/* Whether it was the content's own fault, so that trying the same bytes again is pointless. */
static bool is_contents_fault(enum error_code code)
{
    return code == ERROR_DRIVER_REFUSED || code == ERROR_DRIVER_FAILED || code == ERROR_BAD_CONTENT;
}

static int give_up_rows(const struct activate *activate, const struct state_package *package,
                        const struct error *why, struct error *err)
{
    int result = record(activate, "refuse", package->type, package, why, err);

    if (result == 0 && is_contents_fault(why->code))
        result = state_quarantine(activate->state, package->id, package->type, why, err);
    if (result == 0)
        result = state_drop_package(activate->state, package->type, STATE_STAGED, err);
    return result < 0 ? result : state_ail(activate->state, package->type, package->id, why, err);
}

int activate_give_up(const struct activate *activate, const char *type, const struct error *why,
                     struct error *err)
{
    struct db *db = state_db(activate->state);
    struct state_package package;
    bool present;
    int result = state_package(activate->state, type, STATE_STAGED, &package, &present, err);

    if (result < 0 || !present)
        return result;
    result = db_begin(db, err);
    if (result == 0)
        result = give_up_rows(activate, &package, why, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    else
        activate_prune(activate->state, type);
    return result;
}

/* Rows of a return: what was previous is active, nothing is previous. */
static int return_rows(const struct activate *activate, const struct state_package *package,
                       struct error *err)
{
    int result = record(activate, "return", package->type, package, NULL, err);

    if (result == 0)
        result = state_put_package(activate->state, STATE_ACTIVE, package, err);
    return result < 0 ? result
                      : state_drop_package(activate->state, package->type, STATE_PREVIOUS, err);
}

static int unload_rows(const struct activate *activate, const struct state_package *package,
                       struct error *err)
{
    int result = record(activate, "unload", package->type, package, NULL, err);

    return result < 0 ? result
                      : state_drop_package(activate->state, package->type, STATE_ACTIVE, err);
}

static int unload(const struct activate *activate, const struct state_package *package,
                  struct error *err)
{
    struct driver_candidate *candidate = NULL;
    int result = 0;

    if (activate->host != NULL)
        result = driver_host_prepare(activate->host, package->type, NULL, &candidate, err);
    if (result == 0)
        result = commit_rows(activate, unload_rows, package, err);
    if (result == 0)
        result = drop_link(activate->state, package->type, err);
    if (result == 0 && candidate != NULL)
        driver_host_adopt(activate->host, candidate);
    else
        driver_host_discard(candidate);
    activate_prune(activate->state, package->type);
    return result;
}

/* The package to go back to; *usable false: there is none. */
static int find_previous(const struct activate *activate, const char *type,
                         struct state_package *previous, bool *usable, struct error *err)
{
    bool withdrawn = false, harmful, quarantined = false;
    int result = state_package(activate->state, type, STATE_PREVIOUS, previous, usable, err);

    if (result == 0 && *usable)
        result = state_withdrawn(activate->state, previous->id, &withdrawn, &harmful, NULL, 0, err);
    if (result == 0 && *usable)
        result = state_quarantined(activate->state, previous->id, &quarantined, err);
    *usable = *usable && !withdrawn && !quarantined;
    if (result == 0 && *usable && check_requirements(activate->state, previous, err) < 0) {
        *usable = false;
        result = err->code == ERROR_REQUIRES ? 0 : -(int)err->code;
    }
    return result;
}

static int ail_rows(const struct activate *activate, const struct state_package *active,
                    const struct error *why, struct error *err)
{
    int result = record(activate, "ail", active->type, active, why, err);

    if (result == 0 && why->code == ERROR_DRIVER_FAILED)
        result = state_quarantine(activate->state, active->id, active->type, why, err);
    return result < 0 ? result : state_ail(activate->state, active->type, active->id, why, err);
}

static int commit_ailment(const struct activate *activate, const struct state_package *active,
                          const struct error *why, struct error *err)
{
    struct db *db = state_db(activate->state);
    int result = db_begin(db, err);

    if (result == 0)
        result = ail_rows(activate, active, why, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}

static int return_one(const struct activate *activate, const char *type, const struct error *why,
                      bool may_unload, struct error *err)
{
    struct state_package active, previous;
    bool present, usable;
    int result = state_package(activate->state, type, STATE_ACTIVE, &active, &present, err);

    if (result < 0 || !present)
        return result;
    result = commit_ailment(activate, &active, why, err);
    if (result == 0)
        result = find_previous(activate, type, &previous, &usable, err);
    if (result < 0)
        return result;
    if (usable) {
        result = put_in_service(activate, return_rows, &previous, err);
        if (result == 0 || !may_unload || !is_contents_fault(err->code))
            return result;
    }
    if (may_unload)
        return unload(activate, &active, err);
    return error_set(err, ERROR_NOT_FOUND, "%s: there is no content before to return to", type);
}

static bool builds_on(const struct state_package *package, const char *type)
{
    for (size_t i = 0; i < package->requirement_count; i++) {
        if (strcmp(package->requirements[i].type, type) == 0)
            return true;
    }
    return false;
}

/* What requires more of a type than there is now that it went back. */
static void return_dependent(const struct activate *activate, const char *name, const char *type,
                             bool may_unload)
{
    struct state_package package;
    struct error why, trouble = {0};
    bool present = false;
    int result = state_package(activate->state, name, STATE_ACTIVE, &package, &present, &trouble);

    if (result == 0 && present && builds_on(&package, type) &&
        check_requirements(activate->state, &package, &why) < 0)
        result = activate_return(activate, name, &why, may_unload, &trouble);
    if (result < 0)
        log_write(LOG_LEVEL_WARN, "%s: %s", name, trouble.words);
}

/* That one of them can't follow is told by its health, and leaves what was done as it is. */
static void return_dependents(const struct activate *activate, const char *type, bool may_unload)
{
    char **names = NULL;
    size_t count = 0;
    struct error trouble;

    if (state_types(activate->state, STATE_ACTIVE, &names, &count, &trouble) < 0)
        log_write(LOG_LEVEL_WARN, "%s: %s", type, trouble.words);
    for (size_t i = 0; i < count; i++)
        return_dependent(activate, names[i], type, may_unload);
    path_free_names(names, count);
}

int activate_return(const struct activate *activate, const char *type, const struct error *why,
                    bool may_unload, struct error *err)
{
    int result = return_one(activate, type, why, may_unload, err);

    if (result == 0)
        return_dependents(activate, type, may_unload);
    return result;
}

static int read_link(struct state *state, const char *type, char out[static DIGEST_TEXT_BYTES])
{
    char place[PLACE_BYTES];
    ssize_t size;

    snprintf(place, sizeof(place), "content/%s/" LINK, type);
    size = readlinkat(state_folder(state), place, out, DIGEST_TEXT_BYTES - 1);
    out[size > 0 ? size : 0] = '\0';
    return size > 0;
}

static bool link_is_there(struct state *state, const char *type)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof(place), "content/%s/" LINK, type);
    return faccessat(state_folder(state), place, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int activate_link_sound(struct state *state, const char *type, bool *sound, struct error *err)
{
    char link[DIGEST_TEXT_BYTES], id[DIGEST_TEXT_BYTES];
    struct state_package active;
    bool present;
    int result = state_package(state, type, STATE_ACTIVE, &active, &present, err);

    *sound = true;
    if (result < 0)
        return result;
    if (present)
        *sound = read_link(state, type, link) && strcmp(link, digest_text(active.id, id)) == 0;
    else
        *sound = !link_is_there(state, type);
    return 0;
}

int activate_relink(struct state *state, const char *type, bool *changed, struct error *err)
{
    struct state_package active;
    char link[DIGEST_TEXT_BYTES];
    bool present, sound;
    int result = activate_link_sound(state, type, &sound, err);

    *changed = result == 0 && !sound;
    if (!*changed)
        return result;
    result = state_package(state, type, STATE_ACTIVE, &active, &present, err);
    /* Something that is no link does not make room for one. */
    if (result == 0 && (!present || !read_link(state, type, link)))
        result = drop_link(state, type, err);
    return result == 0 && present ? set_link(state, type, active.id, err) : result;
}

static int recover_type(struct state *state, const char *type, struct error *err)
{
    bool changed;
    int result = activate_relink(state, type, &changed, err);

    activate_prune(state, type);
    return result;
}

int activate_recover(struct state *state, struct error *err)
{
    char **names = NULL;
    size_t count = 0;
    int folder;
    int result = partial_sweep(state, err);

    if (result == 0)
        result = path_open_folder(state_folder(state), "content", &folder, err);
    if (result < 0)
        return result;
    result = path_list(folder, LIMIT_FOLDER_NAMES, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = recover_type(state, names[i], err);
    path_free_names(names, count);
    close(folder);
    return result;
}
