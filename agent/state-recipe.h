/* SPDX-License-Identifier: ISC
 *
 * What installed content is held against as long as it lies here: its recipe, kept beside it as
 * content/TYPE/ID.rcp, whose digest the signed package document named when it came; and which
 * packages were found not to be what their recipe says.
 */
#ifndef AGENT_STATE_RECIPE_H
#define AGENT_STATE_RECIPE_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/state-content.h"

/* Keeps a package's recipe: the file now, flushed. The row follows with state_put_recipe, so that a
 * cut leaves a file that activate_prune() removes. recipe_fd is read from its start. */
int state_keep_recipe(struct state *state, const char *type, const uint8_t id[static DIGEST_BYTES],
                      int recipe_fd, struct error *err) ERROR_MUST_CHECK;
int state_put_recipe(struct state *state, const uint8_t id[static DIGEST_BYTES],
                     const uint8_t digest[static DIGEST_BYTES], struct error *err) ERROR_MUST_CHECK;
/* Digest of a package's recipe, and the file opened for reading (the caller's). ERROR_BAD_DIGEST
 * where either is absent: content that can't be proven is damaged content. */
int state_recipe(struct state *state, const char *type, const uint8_t id[static DIGEST_BYTES],
                 uint8_t digest[static DIGEST_BYTES], int *fd, struct error *err) ERROR_MUST_CHECK;
/* Removes the rows of packages that no slot holds. */
int state_prune_recipes(struct state *state, struct error *err) ERROR_MUST_CHECK;
/* The package id (hex) that a name in content/TYPE belongs to: "ID" or "ID.rcp". */
void state_recipe_owner(const char *name, char id[static DIGEST_TEXT_BYTES]);

/* Damage of an installed package, until it is mended. */
int state_damage(struct state *state, const uint8_t id[static DIGEST_BYTES], const char *type,
                 const char *words, struct error *err) ERROR_MUST_CHECK;
int state_mend(struct state *state, const uint8_t id[static DIGEST_BYTES],
               struct error *err) ERROR_MUST_CHECK;
/* words (may be NULL) gets what was found. */
int state_damaged(struct state *state, const uint8_t id[static DIGEST_BYTES], bool *damaged,
                  char *words, size_t size, struct error *err) ERROR_MUST_CHECK;
/* Types whose active package is damaged, sorted. *types is the caller's (path_free_names). */
int state_damaged_types(struct state *state, char ***types, size_t *count,
                        struct error *err) ERROR_MUST_CHECK;

#endif
