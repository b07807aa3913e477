/* SPDX-License-Identifier: ISC
 *
 * The endpoint's state: one folder, one lock, one SQLite database. Here: opening, the schema, who
 * this endpoint is and whom it trusts. What it holds: agent/state-content.h; what happened:
 * agent/audit.h.
 *
 *   STATE/lock                             held while a program works on the folder; names it
 *   STATE/state.db                         floors, rows, audit chain
 *   STATE/content/TYPE/PACKAGE-ID/         read-only files
 *   STATE/content/TYPE/current             link to one of them
 *   STATE/staging/PACKAGE-ID/              what has come of a package that is not whole yet
 */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/db.h"
#include "media/base/error.h"
#include "media/base/limits.h"
#include "media/digest.h"
#include "media/enrolment.h"

struct state;

/* Opens (and makes, 0700) the folder and its database, and takes the lock. ERROR_LOCKED names the
 * holder. ERROR_STATE_CORRUPT when the database is damaged. `program` is written into the lock. */
int state_open(const char *folder, const char *program, struct state **state,
               struct error *err) ERROR_MUST_CHECK;
void state_close(struct state *state);

struct db *state_db(struct state *state);
int state_folder(const struct state *state); /* descriptor; borrowed */

/* Small named numbers: "newest_time" is the newest genTime ever accepted. Absent: 0. */
int state_number(struct state *state, const char *name, int64_t *value,
                 struct error *err) ERROR_MUST_CHECK;
int state_set_number(struct state *state, const char *name, int64_t value,
                     struct error *err) ERROR_MUST_CHECK;
/* As state_set_number, where value is larger than what is there. */
int state_raise_number(struct state *state, const char *name, int64_t value,
                       struct error *err) ERROR_MUST_CHECK;

struct state_enrolment {
    char endpoint[LIMIT_NAME_BYTES + 1];
    char ring[LIMIT_NAME_BYTES + 1];
    bool test_endpoint;
    int64_t made_us, enrolled_us;
};

/* ERROR_NOT_ENROLLED when there is none. */
int state_enrolment(struct state *state, struct state_enrolment *enrolment,
                    struct error *err) ERROR_MUST_CHECK;

/* Takes an opened enrolment in one transaction, with its audit record. ERROR_ALREADY_ENROLLED
 * without `replace`; a used one (same serial) is ERROR_BLOCKED. Replacing keeps floors, roots,
 * content and rows; a ring that is new to this endpoint gets a floor at the time at which the
 * enrolment was made. `caller` goes into the audit record. */
int state_enrol(struct state *state, const struct enrolment *enrolment, bool replace,
                const char *caller, struct error *err) ERROR_MUST_CHECK;

/* Newest root document; out is initialised here. *version 0: none. */
int state_newest_root(struct state *state, uint64_t *version, struct bytes *out,
                      struct error *err) ERROR_MUST_CHECK;
/* The next one: version must be the newest + 1, or ERROR_ROOT_GAP. */
int state_add_root(struct state *state, uint64_t version, struct bytes_view document,
                   struct error *err) ERROR_MUST_CHECK;

/* Keeps a CRL where its number is above the kept one of that issuer. */
int state_add_crl(struct state *state, const uint8_t issuer[static DIGEST_BYTES], uint64_t number,
                  struct bytes_view document, struct error *err) ERROR_MUST_CHECK;
/* Calls visit for every kept CRL; its result, where negative, ends the walk. */
typedef int (*state_visit_crl)(void *context, struct bytes_view document, struct error *err);
int state_each_crl(struct state *state, state_visit_crl visit, void *context,
                   struct error *err) ERROR_MUST_CHECK;

/* The content key of an id. ERROR_WRONG_SECRET when this endpoint does not have it. */
int state_content_key(struct state *state, const char *id, uint8_t key[static ENROLMENT_KEY_BYTES],
                      struct error *err) ERROR_MUST_CHECK;

#endif
