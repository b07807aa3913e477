/* SPDX-License-Identifier: ISC
 *
 * The exclusions that appfeed and userappfeed asked for on this endpoint, as the last run of each
 * left them: those that were taken, and those that were refused, with the verdict. A run replaces
 * what the run before left.
 */
#ifndef AGENT_EXCLUSION_LIST_H
#define AGENT_EXCLUSION_LIST_H

#include <jansson.h>

#include "agent/exclusion.h"
#include "agent/state-content.h"

/* One exclusion. All strings are the caller's; those of a rule may be anything that JSON_TEXT takes. */
struct exclusion_row {
    const char *user;    /* whose home its path is in; "" for appfeed */
    const char *app;     /* id of the rule */
    const char *version; /* of the software that was found; "" where the rule tells none */
    const char *path;    /* absolute, also for a user's */
    const char *reason;  /* the rule's */
    enum exclusion_verdict verdict;
};

/* What a run came to. */
struct exclusion_run_result {
    const struct state_package *package; /* of the feed that ran */
    const struct error *trouble;         /* NULL: it went through */
    const struct exclusion_row *rows;    /* LIMIT_EXCLUSION_ROWS at most */
    size_t count;
    const char *const *kept; /* users who could not be asked: theirs stay as they are */
    size_t kept_count;
};

/* Notes a run of package->type, in one transaction of its own. With trouble nothing but that is
 * noted, and the exclusions stay. */
int exclusion_list_replace(struct state *state, const struct exclusion_run_result *result,
                           struct error *err) ERROR_MUST_CHECK;

/* The feed is no longer in service: nothing is left out of scans because of it. */
int exclusion_list_drop(struct state *state, const char *type, struct error *err) ERROR_MUST_CHECK;

/* How a type's feed last ran. */
struct exclusion_list_run {
    int64_t at_us; /* 0: never */
    uint8_t id[DIGEST_BYTES];
    bool failed;
};
int exclusion_list_last(struct state *state, const char *type, struct exclusion_list_run *run,
                        struct error *err) ERROR_MUST_CHECK;

/* sallyport.exclusions/1 without "generated": {"schema","exclusions","refused","runs"}; fields in
 * sallyport-control(7). A new reference. */
int exclusion_list_value(struct state *state, json_t **value, struct error *err) ERROR_MUST_CHECK;

/* {"taken","refused"}: how many, for status. A new reference. */
int exclusion_list_summary(struct state *state, json_t **value, struct error *err) ERROR_MUST_CHECK;

#endif
