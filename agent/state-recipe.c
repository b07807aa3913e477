/* SPDX-License-Identifier: ISC */
#include "agent/state-recipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"

#define SUFFIX      ".rcp"
#define PLACE_BYTES 300
#define PIECE_BYTES (64 * KIB)

static struct bytes_view id_view(const uint8_t id[static DIGEST_BYTES])
{
    return bytes_view_of(id, DIGEST_BYTES);
}

static const char *recipe_place(const char *type, const uint8_t id[static DIGEST_BYTES],
                                char place[static PLACE_BYTES])
{
    char text[DIGEST_TEXT_BYTES];

    snprintf(place, PLACE_BYTES, "content/%s/%s" SUFFIX, type, digest_text(id, text));
    return place;
}

static int copy(int from, int to, struct error *err)
{
    uint8_t piece[PIECE_BYTES];
    uint64_t done = 0, size;
    struct stat status;
    int result = 0;

    if (fstat(from, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "a recipe");
    size = (uint64_t)status.st_size;
    while (done < size && result == 0) {
        size_t take = size - done < sizeof(piece) ? (size_t)(size - done) : sizeof(piece);

        result = path_pread(from, piece, take, done, err);
        if (result == 0)
            result = path_write(to, piece, take, err);
        done += take;
    }
    return result;
}

int state_keep_recipe(struct state *state, const char *type, const uint8_t id[static DIGEST_BYTES],
                      int recipe_fd, struct error *err)
{
    struct publish publish;
    char place[PLACE_BYTES];
    int result;

    snprintf(place, sizeof(place), "content/%s", type);
    result = path_make_folders(state_folder(state), place, 0700, err);
    if (result == 0)
        result =
            publish_begin(state_folder(state), recipe_place(type, id, place), 0400, &publish, err);
    if (result < 0)
        return result;
    result = copy(recipe_fd, publish.fd, err);
    if (result == 0)
        return publish_commit(&publish, err);
    publish_abort(&publish);
    return result;
}

int state_put_recipe(struct state *state, const uint8_t id[static DIGEST_BYTES],
                     const uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    return db_change(state_db(state), err, "INSERT OR REPLACE INTO recipes VALUES(?, ?)", "bb",
                     id_view(id), id_view(digest));
}

static int find_digest(struct state *state, const uint8_t id[static DIGEST_BYTES],
                       uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct bytes_view stored;
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, "SELECT digest FROM recipes WHERE id = ?",
                          "b", id_view(id));

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        stored = db_blob(query, 0);
        result = stored.size == DIGEST_BYTES && bytes_get(&stored, digest, DIGEST_BYTES) == 0
                     ? 0
                     : error_set(err, ERROR_STATE_CORRUPT, "a recipe's digest has another size");
    } else if (result == 0) {
        result = error_set(err, ERROR_BAD_DIGEST, "no recipe was kept for it");
    }
    db_finish(query);
    return result;
}

int state_recipe(struct state *state, const char *type, const uint8_t id[static DIGEST_BYTES],
                 uint8_t digest[static DIGEST_BYTES], int *fd, struct error *err)
{
    struct error absent = {.code = ERROR_OK};
    char place[PLACE_BYTES];
    uint64_t size;
    int result = find_digest(state, id, digest, err);

    *fd = -1;
    if (result < 0)
        return result;
    if (path_open_regular(state_folder(state), recipe_place(type, id, place), LIMIT_RECIPE_BYTES,
                          fd, &size, &absent) < 0)
        return error_set(err, ERROR_BAD_DIGEST, "its recipe can't be read: %s", absent.words);
    return 0;
}

int state_prune_recipes(struct state *state, struct error *err)
{
    int result = db_run(state_db(state),
                        "DELETE FROM recipes WHERE id NOT IN (SELECT id FROM installed)", err);

    return result < 0
               ? result
               : db_run(state_db(state),
                        "DELETE FROM damaged WHERE id NOT IN (SELECT id FROM installed)", err);
}

void state_recipe_owner(const char *name, char id[static DIGEST_TEXT_BYTES])
{
    size_t length = strlen(name), suffix = strlen(SUFFIX);

    if (length > suffix && strcmp(name + length - suffix, SUFFIX) == 0)
        length -= suffix;
    snprintf(id, DIGEST_TEXT_BYTES, "%.*s", (int)length, name);
}

int state_damage(struct state *state, const uint8_t id[static DIGEST_BYTES], const char *type,
                 const char *words, struct error *err)
{
    return db_change(state_db(state), err, "INSERT OR REPLACE INTO damaged VALUES(?, ?, ?, ?)",
                     "btti", id_view(id), type, words, instant_clock());
}

int state_mend(struct state *state, const uint8_t id[static DIGEST_BYTES], struct error *err)
{
    return db_change(state_db(state), err, "DELETE FROM damaged WHERE id = ?", "b", id_view(id));
}

int state_damaged(struct state *state, const uint8_t id[static DIGEST_BYTES], bool *damaged,
                  char *words, size_t size, struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(state), &query, err, "SELECT words FROM damaged WHERE id = ?",
                          "b", id_view(id));

    *damaged = false;
    if (result < 0)
        return result;
    result = db_step(query, err);
    *damaged = result == 1;
    if (result == 1 && words != NULL)
        snprintf(words, size, "%s", db_text(query, 0));
    db_finish(query);
    return result < 0 ? result : 0;
}

int state_damaged_types(struct state *state, char ***types, size_t *count, struct error *err)
{
    struct db_query *query;
    int result;

    *types = bytes_allocate(LIMIT_SET_PACKAGES, sizeof(**types));
    *count = 0;
    result = db_query(state_db(state), &query, err,
                      "SELECT installed.type FROM installed JOIN damaged ON damaged.id ="
                      " installed.id WHERE slot = 'active' ORDER BY installed.type",
                      "");
    if (result < 0)
        return result;
    while (*count < LIMIT_SET_PACKAGES && (result = db_step(query, err)) == 1)
        (*types)[(*count)++] = bytes_copy_string(db_text(query, 0));
    db_finish(query);
    return result < 0 ? result : 0;
}
