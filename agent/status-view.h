/* SPDX-License-Identifier: ISC
 *
 * Inside of status: what one answer is made from, and the parts that its files share
 * (status-view.c; status-contents.c, a row a content type; status-floors.c).
 */
#ifndef AGENT_STATUS_VIEW_H
#define AGENT_STATUS_VIEW_H

#include "agent/health.h"
#include "agent/state-content.h"
#include "agent/status.h"
#include "agent/wave-turn.h"
#include "media/base/bytes.h"

/* What binds the floors today. A TPM counter comes later; until then this is said as it is. */
#define STATUS_BINDING "store"

/* Everything that one answer is made from. */
struct status_view {
    const struct status_source *source;
    struct floor_clock clock;
    int64_t now_us;
    bool enrolled;
    struct state_enrolment enrolment;
    bool has_set;
    struct state_set set;
    struct wave_turn wave; /* the next one that something waits for */
    bool waiting;
    enum health_word worst;
    char next[ERROR_WORDS_BYTES + 128];
};

/* Reads what every answer needs. status_view_clear() in every case. */
int status_view_open(struct status_view *view, const struct status_source *source,
                     struct error *err) ERROR_MUST_CHECK;
void status_view_clear(struct status_view *view);

/* New references: an instant as text; seconds from it to the view's now; a digest as hex, "" for
 * what is none. */
json_t *status_view_time(int64_t instant_us);
json_t *status_view_age(const struct status_view *view, int64_t instant_us);
json_t *status_view_digest(struct bytes_view digest);

/* One number out of the state, or a list of texts (a new reference, also on failure). `argument`
 * is bound where it is not NULL. */
int status_view_count(struct state *state, const char *sql, const char *argument, int64_t *count,
                      struct error *err) ERROR_MUST_CHECK;
int status_view_texts(struct state *state, const char *sql, const char *argument, json_t **list,
                      struct error *err) ERROR_MUST_CHECK;

/* status-contents.c: a row a content type that people have. Notes in the view what is worst, and
 * the wave that opens next. */
int status_contents_fill(struct status_view *view, json_t **list,
                         struct error *err) ERROR_MUST_CHECK;
json_t *status_contents_wave(const struct wave_turn *turn);

/* status-floors.c: the "floors" of status. */
int status_floors_summary(const struct status_view *view, json_t **value,
                          struct error *err) ERROR_MUST_CHECK;

#endif
