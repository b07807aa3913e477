/* SPDX-License-Identifier: ISC
 *
 * Packages of which a part has come: their files lie in STATE/staging/PACKAGE-ID/ until a later
 * import completes them. A row only says that a folder may stay and what to tell of it; which of
 * its bytes are good, the recipe says each time (agent/intake-kept.h).
 */
#ifndef AGENT_PARTIAL_H
#define AGENT_PARTIAL_H

#include <jansson.h>

#include "agent/staging.h"
#include "agent/state-content.h"
#include "agent/volumes.h"

/* Volumes travel by hand; what has not been completed in this time is read again. */
#define PARTIAL_KEEP_DAYS 90

/* The package is about to be fetched. Keeps what is known of one that is there already. */
int partial_begin(struct state *state, const struct state_package *package,
                  struct error *err) ERROR_MUST_CHECK;
/* What lies there after an import (bytes on the disk), and what is needed next in words. */
int partial_note(struct state *state, const uint8_t id[static DIGEST_BYTES], uint64_t held,
                 const char *words, struct error *err) ERROR_MUST_CHECK;
/* Whole, or worth nothing: the row goes; the folder goes with the next partial_sweep(). */
int partial_end(struct state *state, const uint8_t id[static DIGEST_BYTES],
                struct error *err) ERROR_MUST_CHECK;
/* Which volumes of this export were taken for the package; of another export: none. */
int partial_volumes(struct state *state, const uint8_t id[static DIGEST_BYTES],
                    const uint8_t export_id[static DIGEST_BYTES], struct volumes *taken,
                    struct error *err) ERROR_MUST_CHECK;
int partial_note_volumes(struct state *state, const uint8_t id[static DIGEST_BYTES],
                         const uint8_t export_id[static DIGEST_BYTES], const struct volumes *taken,
                         struct error *err) ERROR_MUST_CHECK;
/* Ends all for which `keeps` does not answer true, so that others get their space; *held: bytes that they
 * took. With `count_only` they stay. */
int partial_end_others(struct state *state, staging_keeps keeps, void *context, bool count_only,
                       uint64_t *held, struct error *err) ERROR_MUST_CHECK;
int partial_held(struct state *state, const uint8_t id[static DIGEST_BYTES], uint64_t *held,
                 struct error *err) ERROR_MUST_CHECK;

/* Drops what no import will complete: installed, withdrawn, quarantined, below its type's floor,
 * superseded in a ring's set, older than PARTIAL_KEEP_DAYS; then every folder of staging without a
 * row. */
int partial_sweep(struct state *state, struct error *err) ERROR_MUST_CHECK;

/* How many folders of staging have no row. */
int partial_leftovers(struct state *state, size_t *count, struct error *err) ERROR_MUST_CHECK;

/* [{"type","version","issue","package","bytes","held","since","words"}], sorted by type; a new
 * reference. */
int partial_list(struct state *state, json_t **list, struct error *err) ERROR_MUST_CHECK;

#endif
