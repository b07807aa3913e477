/* SPDX-License-Identifier: ISC */
#include "agent/content-check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "agent/import-verify.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"

#define FILE_MODE   0400 /* as staging_take_over() gives them */
#define FOLDER_MODE 0700
#define NAMES_MOST  10000 /* to name a file that does not belong there */

struct check {
    const struct import *import;
    struct activate activate;
    struct import_verify verify;
    bool start;
    bool unsure;         /* what is judged now: verify could not say */
    bool unsure_before;  /* so it was with a package that a type may have to go back to */
    struct error unsaid; /* the first such trouble; ERROR_OK: none */
    struct content_check_found *found;
};

/* A tree as it lies there. */
struct walk {
    uint64_t files;
    json_t *names; /* of its files; NULL: only counted */
    char path[LIMIT_PATH_BYTES + 1];
};

static int check_entry(const struct walk *walk, const struct stat *status, struct error *problem)
{
    mode_t expected = S_ISDIR(status->st_mode) ? FOLDER_MODE : FILE_MODE;

    if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))
        return error_set(problem, ERROR_BAD_DIGEST, "%s is neither a file nor a folder",
                         walk->path);
    if ((status->st_mode & 07777) != expected)
        return error_set(problem, ERROR_BAD_DIGEST, "%s has mode %04o in place of %04o", walk->path,
                         status->st_mode & 07777U, expected);
    if (status->st_uid != geteuid())
        return error_set(problem, ERROR_BAD_DIGEST, "%s belongs to uid %u", walk->path,
                         status->st_uid);
    return 0;
}

static int walk_folder(struct walk *walk, int folder, unsigned depth, struct error *problem);

static int walk_name(struct walk *walk, int folder, const char *name, unsigned depth,
                     struct error *problem)
{
    size_t length = strlen(walk->path);
    struct stat status;
    int inner, result;

    if (length + strlen(name) + 2 > sizeof(walk->path))
        return error_set(problem, ERROR_BAD_DIGEST, "%s/... is longer than PATH_BYTES", walk->path);
    snprintf(walk->path + length, sizeof(walk->path) - length, "%s%s", length > 0 ? "/" : "", name);
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set(problem, ERROR_BAD_DIGEST, "%s can't be looked at", walk->path);
    result = check_entry(walk, &status, problem);
    if (result == 0 && S_ISREG(status.st_mode)) {
        walk->files++;
        if (walk->names != NULL && json_object_size(walk->names) < NAMES_MOST)
            json_object_set_new(walk->names, walk->path, json_true());
    } else if (result == 0) {
        result = path_open_folder(folder, name, &inner, problem);
        if (result == 0) {
            result = walk_folder(walk, inner, depth + 1, problem);
            close(inner);
        }
    }
    walk->path[length] = '\0';
    return result;
}

static int walk_folder(struct walk *walk, int folder, unsigned depth, struct error *problem)
{
    char **names = NULL;
    size_t count = 0;
    int result;

    if (depth > LIMIT_PATH_DEPTH)
        return error_set(problem, ERROR_BAD_DIGEST, "%s is deeper than PATH_DEPTH", walk->path);
    result = path_list(folder, LIMIT_PACKAGE_FILES, &names, &count, problem);
    for (size_t i = 0; i < count && result == 0; i++)
        result = walk_name(walk, folder, names[i], depth, problem);
    path_free_names(names, count);
    return result;
}

/* Names, kinds and modes. More files than the package has: they are collected by name, and what
 * verify then does not ask for is what is too much. */
static int look_at_tree(int folder, const struct state_package *package, json_t **names,
                        struct error *problem)
{
    struct walk walk = {.files = 0};
    int result = walk_folder(&walk, folder, 0, problem);

    *names = NULL;
    if (result < 0 || walk.files <= package->files)
        return result;
    walk = (struct walk){.names = json_object()};
    *names = walk.names;
    return walk_folder(&walk, folder, 0, problem);
}

static void name_extra(json_t *names, const struct state_package *package, struct error *problem)
{
    void *first = json_object_iter(names);

    error_set(problem, ERROR_BAD_DIGEST, "%s is no file of this package, which has %llu",
              first != NULL ? json_object_iter_key(first) : "a file",
              (unsigned long long)package->files);
}

/* A verify that can't be started, dies or does not answer says nothing of this package; the next one
 * has a verify of its own, for it may be just these bytes that end it. */
static void ask_verify(struct check *check, const struct state_package *package,
                       const uint8_t digest[static DIGEST_BYTES], int recipe, int folder,
                       json_t *names, struct error *problem)
{
    struct error trouble;
    int result = 0;

    if (check->verify.verify.child.socket < 0)
        result = import_verify_start_content(check->import, &check->verify, &trouble);
    if (result == 0)
        result = import_verify_content(check->import, &check->verify, package->id, digest, recipe,
                                       folder, names, problem, &trouble);
    if (result == 0)
        return;
    import_verify_end(&check->verify);
    check->unsure = true;
    if (check->unsaid.code == ERROR_OK)
        check->unsaid = trouble;
    error_set(problem, ERROR_BAD_DIGEST, "it could not be verified: %s", trouble.words);
}

/* By its recipe, which is proven first. *problem tells what is wrong. */
static int hold_against_recipe(struct check *check, const struct state_package *package, int folder,
                               json_t *names, struct error *problem, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    int recipe, result;

    result = state_recipe(check->import->state, package->type, package->id, digest, &recipe, err);
    if (result < 0 && err->code == ERROR_BAD_DIGEST) {
        *problem = *err;
        return 0;
    }
    if (result < 0)
        return result;
    ask_verify(check, package, digest, recipe, folder, names, problem);
    close(recipe);
    if (problem->code == ERROR_OK && names != NULL)
        name_extra(names, package, problem);
    return 0;
}

static int judge_folder(struct check *check, const struct state_package *package, int folder,
                        struct error *problem, struct error *err)
{
    json_t *names = NULL;
    struct stat status;
    int result = 0;

    if (fstat(folder, &status) == 0 && (status.st_mode & 07777) != FOLDER_MODE)
        error_set(problem, ERROR_BAD_DIGEST, "its folder has mode %04o in place of %04o",
                  status.st_mode & 07777U, FOLDER_MODE);
    else
        (void)!look_at_tree(folder, package, &names, problem);
    if (problem->code == ERROR_OK)
        result = hold_against_recipe(check, package, folder, names, problem, err);
    json_decref(names);
    return result;
}

static int judge_package(struct check *check, const struct state_package *package,
                         struct error *problem, struct error *err)
{
    char id[DIGEST_TEXT_BYTES], place[300];
    int folder, result = 0;

    check->unsure = false;
    snprintf(place, sizeof(place), "content/%s/%s", package->type, digest_text(package->id, id));
    if (path_open_folder(state_folder(check->import->state), place, &folder, problem) < 0) {
        error_set(problem, ERROR_BAD_DIGEST, "its folder is gone");
    } else {
        result = judge_folder(check, package, folder, problem, err);
        close(folder);
    }
    /* Whatever kept it from being read: it is not what it was. */
    if (problem->code != ERROR_OK) {
        problem->code = ERROR_BAD_DIGEST;
        error_context(problem, "%s", package->version);
    }
    return result;
}

static int record(struct check *check, const char *what, const struct state_package *package,
                  const struct error *problem, struct error *err)
{
    const struct audit_event event = {.who = check->activate.who,
                                      .what = what,
                                      .code = problem->code,
                                      .subject = package->type,
                                      .words = problem->words};

    return audit_append(check->import->state, &event, NULL, err);
}

static int note_rows(struct check *check, const struct state_package *package,
                     const struct error *problem, struct error *err)
{
    int result = record(check, "damage", package, problem, err);

    return result < 0 ? result
                      : state_damage(check->import->state, package->id, package->type,
                                     problem->words, err);
}

static int note_damage(struct check *check, const struct state_package *package,
                       const struct error *problem, struct error *err)
{
    struct db *db = state_db(check->import->state);
    int result = db_begin(db, err);

    if (result == 0)
        result = note_rows(check, package, problem, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}

/* Nothing is loaded yet: what was good before is better than what is not good. */
static int return_to_previous(struct check *check, const struct state_package *package,
                              const struct error *problem, struct error *err)
{
    struct state_package previous;
    struct error trouble;
    bool present;
    int result = state_package(check->import->state, package->type, STATE_PREVIOUS, &previous,
                               &present, err);

    if (result < 0 || !present)
        return result;
    if (activate_return(&check->activate, package->type, problem, false, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", package->type, trouble.words);
    return 0;
}

static int take_active(struct check *check, const struct state_package *package,
                       const struct error *problem, struct error *err)
{
    char known[ERROR_WORDS_BYTES] = "";
    bool was_damaged;
    int result =
        state_damaged(check->import->state, package->id, &was_damaged, known, sizeof(known), err);

    if (result < 0)
        return result;
    if (problem->code == ERROR_OK)
        return was_damaged ? activate_mended(&check->activate, package, err) : 0;
    /* What is loaded was verified before that. What is not loaded yet stays so. */
    if (check->unsure && !check->start)
        return 0;
    if (!was_damaged || strcmp(known, problem->words) != 0)
        result = note_damage(check, package, problem, err);
    if (result == 0 && check->start && !check->unsure && !check->unsure_before)
        result = return_to_previous(check, package, problem, err);
    return result;
}

/* What does not serve is given up: a staged package is fetched again, one before is kept only for the
 * day on which it is needed. */
static int take_idle(struct check *check, const struct state_package *package, enum state_slot slot,
                     const struct error *problem, struct error *err)
{
    int result;

    if (problem->code == ERROR_OK || check->unsure)
        return 0;
    if (slot == STATE_STAGED)
        return activate_give_up(&check->activate, package->type, problem, err);
    result = record(check, "damage", package, problem, err);
    if (result == 0)
        result = state_drop_package(check->import->state, package->type, slot, err);
    activate_prune(check->import->state, package->type);
    return result;
}

static int check_type(struct check *check, const char *type, enum state_slot slot,
                      struct error *err)
{
    struct error problem = {.code = ERROR_OK};
    struct state_package package;
    bool present;
    int result = state_package(check->import->state, type, slot, &package, &present, err);

    if (result < 0 || !present)
        return result;
    result = judge_package(check, &package, &problem, err);
    if (result < 0)
        return result;
    check->found->checked++;
    check->unsure_before |= check->unsure && slot == STATE_PREVIOUS;
    if (problem.code != ERROR_OK) {
        check->found->damaged += !check->unsure;
        log_write(LOG_LEVEL_ERROR, "%s: %s", type, problem.words);
    }
    return slot == STATE_ACTIVE ? take_active(check, &package, &problem, err)
                                : take_idle(check, &package, slot, &problem, err);
}

static int check_slot(struct check *check, enum state_slot slot, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(check->import->state, slot, &types, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = check_type(check, types[i], slot, err);
    path_free_names(types, count);
    return result;
}

int content_check_run(const struct import *import, const char *who, bool start,
                      struct content_check_found *found, struct error *err)
{
    struct check *check = bytes_allocate(1, sizeof(*check));
    int result;

    *found = (struct content_check_found){.checked = 0};
    *check =
        (struct check){.import = import,
                       .activate = {.state = import->state, .host = import->drivers, .who = who},
                       .verify = {.verify.child = {.pidfd = -1, .socket = -1, .log = -1},
                                  .reader.child = {.pidfd = -1, .socket = -1, .log = -1}},
                       .start = start,
                       .found = found};
    /* What active content may have to go back to is judged before it. */
    result = check_slot(check, STATE_PREVIOUS, err);
    if (result == 0)
        result = check_slot(check, STATE_STAGED, err);
    if (result == 0)
        result = check_slot(check, STATE_ACTIVE, err);
    import_verify_end(&check->verify);
    if (result == 0 && check->unsaid.code != ERROR_OK) {
        *err = check->unsaid;
        result = -(int)err->code;
    }
    free(check);
    return result;
}
