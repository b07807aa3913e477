/* SPDX-License-Identifier: ISC
 *
 * All that the console knows: the agent's last answers as they came, and whether it answers at all.
 * Screens are drawn from this and from nothing else. A fixture file holds the same:
 *
 *   {"now":TIME, "agent":{"up":true, "act":true, "why":"", "seen":TIME},
 *    "status":{sallyport.status/1}, "media":{sallyport.media/1}, "floors":{sallyport.floors/1},
 *    "engines":{sallyport.engines/1}, "audit":{sallyport.audit/1}, "chain":{answer of AuditVerify},
 *    "job":{"source", "dry_run", "steps":[{Step, "began":TIME}], "result":{sallyport.import/1} | "refused":{...}}}
 *
 * Each but "now" may be absent: it has not been asked for, or was not answered.
 */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"

struct model {
    int64_t now_us;
    bool up;         /* the agent answers */
    bool act;        /* ... and we may ask it to act; false: READ-ONLY */
    char why[512];   /* why not; escaped */
    int64_t seen_us; /* when it last answered; 0: never */
    /* Answers; NULL: none yet. */
    json_t *status, *media, *floors, *engines, *audit, *chain, *job;
};

void model_open(struct model *model);
void model_close(struct model *model);

/* Where an answer is kept, by the name that it has in a fixture; NULL: no such. */
json_t **model_answer(struct model *model, const char *name);
/* Takes an answer: the reference is the model's. */
void model_take(struct model *model, const char *name, json_t *answer);

/* Time goes on while the agent has nothing new to say: adds to every "age" that it told. */
void model_grow_older(struct model *model, int64_t seconds);

/* What a fixture holds; ERROR_USAGE says what is wrong in it. */
int model_take_fixture(struct model *model, const json_t *fixture,
                       struct error *err) ERROR_MUST_CHECK;

/* ERROR_NOT_FOUND, ERROR_IO, ERROR_USAGE: what is wrong in the file. */
int model_read_fixture(struct model *model, const char *path, struct error *err) ERROR_MUST_CHECK;

#endif
