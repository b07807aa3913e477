/* SPDX-License-Identifier: ISC */
#include "agent/import-stage.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/import-base.h"
#include "agent/import-fetch.h"
#include "agent/partial.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"

static int compare(const struct import *import, struct import_verify *verify,
                   struct import_package *package, struct error *err)
{
    struct import_base base;
    struct error none;
    int result = 0;

    if (import_base_open(import, package, &base, &none) == 0 && base.recipe >= 0)
        result = import_verify_compare(import, verify, package, base.recipe, err);
    import_base_close(&base);
    return result;
}

int import_stage_compare(const struct import *import, struct import_verify *verify,
                         struct import_plan *plan, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        if (import_plan_awaits(&plan->packages[i]))
            result = compare(import, verify, &plan->packages[i], err);
    }
    return result;
}

/* What space packages take. */
struct need {
    uint64_t bytes, files, held;
};

/* Its recipe is kept beside it. */
static void add_recipe(const struct import_package *package, struct need *need)
{
    struct stat status;

    if (package->recipe_fd < 0 || fstat(package->recipe_fd, &status) < 0)
        return;
    need->bytes += (uint64_t)status.st_size;
    need->files++;
}

/* Files that are the same are links. Not counted on where they may have to be copied, or where an
 * earlier import has left files of the package: intake goes on with those, whatever the base has. */
static int add_need(const struct import *import, const struct import_package *package,
                    struct need *need, struct error *err)
{
    uint64_t held = 0;
    int result = partial_held(import->state, package->package.id, &held, err);

    need->held += held < package->package.bytes ? held : package->package.bytes;
    need->bytes += package->package.bytes;
    need->files += package->package.files;
    add_recipe(package, need);
    if (result == 0 && held == 0 && !package->alone && staging_links(import->state)) {
        need->bytes -= package->same_bytes;
        need->files -= package->same_files;
    }
    return result;
}

int import_stage_measure(const struct import *import, const struct import_plan *plan,
                         struct staging_space *space, struct error *err)
{
    struct need need = {0};
    int result = 0;

    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        if (import_plan_awaits(&plan->packages[i]))
            result = add_need(import, &plan->packages[i], &need, err);
    }
    return result < 0
               ? result
               : staging_measure(import->state, need.bytes, need.files, need.held, space, err);
}

/* What the package is made of, less what was taken before and now. Where nothing is left of that and
 * frames are missing all the same, what was taken has been lost: all other volumes are needed. */
static int find_needs(const struct import *import, const struct import_plan *plan,
                      struct import_package *package, struct volumes *taken, struct error *err)
{
    int result = partial_volumes(import->state, package->package.id, plan->export_id, taken, err);

    if (result < 0)
        return result;
    volumes_add(taken, plan->volume);
    package->needs = package->volumes;
    volumes_remove(&package->needs, taken);
    if (volumes_count(&package->needs) > 0 || package->problem.code != ERROR_VOLUME_MISSING)
        return 0;
    *taken = (struct volumes){{0}};
    volumes_add(taken, plan->volume);
    package->needs = package->volumes;
    volumes_remove(&package->needs, taken);
    return 0;
}

static int note_needs(const struct import *import, const struct import_plan *plan,
                      struct import_package *package, struct error *err)
{
    char words[VOLUMES_WORDS_BYTES];
    struct volumes taken;
    int result = find_needs(import, plan, package, &taken, err);

    if (result == 0 && package->begun)
        result =
            partial_note_volumes(import->state, package->package.id, plan->export_id, &taken, err);
    if (result < 0 || volumes_count(&package->needs) == 0)
        return result;
    volumes_words(&package->needs, plan->volumes, words);
    if (package->begun)
        error_set(&package->problem, ERROR_VOLUME_MISSING, "%s; what this one has of it is kept",
                  words);
    return 0;
}

int import_stage_find_needs(const struct import *import, struct import_plan *plan,
                            struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        struct import_package *package = &plan->packages[i];
        bool asked = package->begun ? package->problem.code == ERROR_VOLUME_MISSING
                                    : import_plan_awaits(package);

        if (asked && plan->has_export && plan->volumes > 1)
            result = note_needs(import, plan, package, err);
    }
    return result;
}

static bool is_to_fetch(void *context, const char *folder)
{
    const struct import_plan *plan = context;
    char id[DIGEST_TEXT_BYTES];

    for (size_t i = 0; i < plan->package_count; i++) {
        if (plan->packages[i].answer == IMPORT_FETCH &&
            strcmp(digest_text(plan->packages[i].package.id, id), folder) == 0)
            return true;
    }
    return false;
}

/* Where the disk is full, what was kept of other packages goes first, if that helps. */
static int check_space(const struct import *import, struct import_plan *plan, struct error *err)
{
    struct staging_space space;
    char where[LIMIT_PATH_BYTES + 16];
    struct error full;
    uint64_t others = 0;
    int result = import_stage_measure(import, plan, &space, err);

    snprintf(where, sizeof(where), "%s/staging", import->config->state);
    if (result < 0 || staging_check_space(&space, where, &full) == 0)
        return result;
    result = partial_end_others(import->state, is_to_fetch, plan, true, &others, err);
    if (result == 0 && (others == 0 || space.free + others < space.needed)) {
        *err = full;
        return -(int)err->code;
    }
    if (result == 0)
        result = partial_end_others(import->state, is_to_fetch, plan, false, &others, err);
    if (result == 0)
        result = import_stage_measure(import, plan, &space, err);
    return result < 0 ? result : staging_check_space(&space, where, err);
}

/* The row comes first: a folder without one is debris. What is there goes to intake's user. */
static int begin_package(const struct import *import, int staging, struct import_package *package,
                         struct error *err)
{
    char folder[DIGEST_TEXT_BYTES];
    uint64_t held;
    int result = partial_begin(import->state, &package->package, err);

    if (result == 0)
        result = staging_give(staging, digest_text(package->package.id, folder),
                              import_fetch_user(import), &package->kept, &held, err);
    package->begun = result == 0;
    package->spoiled = false;
    return result;
}

/* However intake ends, the folder comes back; what it was about counts first. */
static int fetch_lent(const struct import *import, const struct source *source,
                      struct import_plan *plan, int staging, struct error *err)
{
    struct error trouble;
    int result = staging_lend(staging, import_fetch_user(import), err);

    if (result < 0)
        return result;
    result = import_fetch(import, source, staging, plan, err);
    if (staging_return(staging, result < 0 ? &trouble : err) < 0 && result == 0)
        result = -(int)err->code;
    return result;
}

static int fetch(const struct import *import, const struct source *source, struct import_plan *plan,
                 int *staging, struct error *err)
{
    int result = check_space(import, plan, err);

    if (result == 0 && *staging < 0)
        result = staging_open(import->state, staging, err);
    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        if (import_plan_awaits(&plan->packages[i]))
            result = begin_package(import, *staging, &plan->packages[i], err);
    }
    if (result == 0)
        result = fetch_lent(import, source, plan, *staging, err);
    return result < 0 ? result : import_stage_find_needs(import, plan, err);
}

/* Files that are the same in the base are not in staging: they are linked as verify asks for them. */
static int judge(const struct import *import, struct import_verify *verify, int staging,
                 struct import_package *package, const char *folder, struct error *verdict,
                 struct error *err)
{
    struct import_base base;
    bool linked = false;
    int result = import_base_open(import, package, &base, verdict);

    if (result == 0)
        result = import_verify_staged(import, verify, package, staging, folder, base.folder,
                                      &linked, verdict, err);
    else
        result = 0; /* the verdict says it */
    if ((linked || package->built_bytes > 0) && verdict->code == ERROR_BAD_DIGEST) {
        package->base_spoiled = true;
        verdict->code = ERROR_BASE_MISSING;
        error_context(verdict, "what was built on installed content is wrong; that is judged now, "
                               "then import again");
    }
    import_base_close(&base);
    return result;
}

/* A full recipe does without the base. What lies there may be linked with damaged files of it, which
 * are nobody else's to write to: it is begun anew. */
static int take_nothing(const struct import *import, int staging, struct import_package *package,
                        const char *folder, const struct error *verdict, struct error *err)
{
    int result;

    if (package->base_spoiled && import_base_leave(package)) {
        result = staging_remove(staging, folder, err);
        return result < 0 ? result : partial_end(import->state, package->package.id, err);
    }
    package->problem = *verdict;
    package->answer = IMPORT_REFUSED;
    return 0;
}

/* One package's files: ours from now on, judged by verify, then in their place. What verify refuses
 * is no beginning for anything. */
static int take_in(const struct import *import, struct import_verify *verify, int staging,
                   struct import_package *package, struct error *err)
{
    char id[DIGEST_TEXT_BYTES];
    struct error verdict = {.code = ERROR_OK};
    int result = 0;

    digest_text(package->package.id, id);
    package->spoiled = true;
    if (staging_take_over(staging, id, package->package.files, &verdict) == 0)
        result = judge(import, verify, staging, package, id, &verdict, err);
    if (result < 0)
        return result;
    if (verdict.code == ERROR_OK)
        (void)!staging_check_count(staging, id, package->package.files, &verdict);
    if (verdict.code != ERROR_OK)
        return take_nothing(import, staging, package, id, &verdict, err);
    result = state_keep_recipe(import->state, package->package.type, package->package.id,
                               package->recipe_fd, err);
    if (result == 0)
        result = staging_commit(import->state, staging, id, package->package.type, id, err);
    package->staged = result == 0;
    return result;
}

static int take_all_in(const struct import *import, struct import_verify *verify, int staging,
                       struct import_plan *plan, struct error *err)
{
    uint64_t done = 0, total = import_plan_needed_bytes(plan);
    int result = 0;

    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        struct import_package *package = &plan->packages[i];

        if (!import_plan_awaits(package))
            continue;
        import_tell(import, "judge", package->package.type, done, total);
        done += package->package.bytes;
        result = take_in(import, verify, staging, package, err);
    }
    return result;
}

/* A medium that was pulled in the middle leaves everything as it was, whatever had been read of it. */
static int check_medium(const struct source *source, const struct import_plan *plan,
                        struct error *err)
{
    for (size_t i = 0; i < plan->package_count; i++) {
        struct error problem = plan->packages[i].problem;

        if (!plan->packages[i].begun || !source_reading_failed(&problem))
            continue;
        if (!source_explain(source, &problem))
            return 0; /* the disk is there, for the others too */
        *err = problem;
        return -(int)err->code;
    }
    return 0;
}

static int fetch_and_judge(const struct import *import, const struct source *source,
                           struct import_verify *verify, struct import_plan *plan, int *staging,
                           struct error *err)
{
    int result;

    if (import_plan_fetches(plan) == 0)
        return 0;
    result = fetch(import, source, plan, staging, err);
    if (result == 0)
        result = check_medium(source, plan, err);
    return result < 0 ? result : take_all_in(import, verify, *staging, plan, err);
}

/* The second time: those that turned out to be linked with what is damaged. */
int import_stage(const struct import *import, const struct source *source,
                 struct import_verify *verify, struct import_plan *plan, int *staging,
                 struct error *err)
{
    int result;

    *staging = -1;
    import_tell(import, "plan", "space and packages", 0, import_plan_needed_bytes(plan));
    result = fetch_and_judge(import, source, verify, plan, staging, err);
    return result < 0 ? result : fetch_and_judge(import, source, verify, plan, staging, err);
}

/* Whether what lies in staging can be gone on with. A full disk gets its space back, and a folder in
 * which something could not be written is begun again. */
static bool is_worth_keeping(const struct import_package *package, const struct error *why)
{
    static const enum error_code ends[] = {
        ERROR_OK,        ERROR_VOLUME_MISSING, ERROR_BAD_DIGEST,
        ERROR_BAD_PACK,  ERROR_MEDIUM_GONE,    ERROR_MEDIUM_DAMAGED,
        ERROR_PEER_GONE, ERROR_PROTOCOL,       ERROR_TIMEOUT};
    enum error_code code = package->problem.code != ERROR_OK ? package->problem.code : why->code;

    if (package->spoiled)
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (ends[i] == code)
            return true;
    }
    return false;
}

static int end_package(const struct import *import, int staging,
                       const struct import_package *package, const struct error *why,
                       struct error *err)
{
    const struct error *reason = package->problem.code != ERROR_OK ? &package->problem : why;
    char id[DIGEST_TEXT_BYTES];
    uint64_t held;
    int result;

    digest_text(package->package.id, id);
    if (!is_worth_keeping(package, why)) {
        /* The files first: a full disk has no room for the row's end. */
        result = staging_remove(staging, id, err);
        return result < 0 ? result : partial_end(import->state, package->package.id, err);
    }
    result = staging_held(staging, id, &held, err);
    return result < 0 ? result
                      : partial_note(import->state, package->package.id, held, reason->words, err);
}

void import_stage_end(const struct import *import, const struct import_plan *plan, int staging,
                      const struct error *why)
{
    struct error err;
    int result = 0;

    if (staging < 0)
        return;
    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        if (plan->packages[i].begun)
            result = end_package(import, staging, &plan->packages[i], why, &err);
    }
    close(staging);
    if (result < 0)
        log_write(LOG_LEVEL_WARN, "staging: %s", err.words);
}
