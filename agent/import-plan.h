/* SPDX-License-Identifier: ISC
 *
 * What verify answers about a medium (VERIFY_PLAN), taken into the monitor's own structures field
 * by field, and held against the monitor's own floors.
 */
#ifndef AGENT_IMPORT_PLAN_H
#define AGENT_IMPORT_PLAN_H

#include <jansson.h>

#include "agent/state-content.h"
#include "agent/volumes.h"

enum import_answer { IMPORT_REFUSED, IMPORT_CURRENT, IMPORT_FETCH };

struct import_package {
    struct state_package package; /* as far as the document was read */
    enum import_answer answer;
    struct error problem;                /* why refused; ERROR_OK otherwise */
    uint64_t packed;                     /* bytes to read from the medium */
    int recipe_fd;                       /* memfd from verify; -1: none. Owned */
    uint8_t recipe_digest[DIGEST_BYTES]; /* as the package document names it */
    uint8_t base[DIGEST_BYTES];          /* the package that the recipe builds on; zeros: none */
    uint64_t same_bytes;    /* of files that are the same in what is built on, by verify's word */
    uint64_t same_files;    /* those files */
    bool alone;             /* built on nothing: what is here turned out to be damaged */
    bool base_spoiled;      /* what is here is not what its recipe says */
    bool begun;             /* its folder in staging is this import's */
    bool kept;              /* an earlier import has left something there */
    bool spoiled;           /* what lies there is no beginning for a later one */
    bool staged;            /* its files were judged and are in place */
    struct volumes volumes; /* of the export: those that hold frames of it */
    struct volumes needs;   /* those of them that must still come; with it a refusal is none */
    uint64_t kept_bytes;    /* plain bytes that were in place, by intake's word */
    uint64_t read_bytes;    /* bytes of frames read from the medium, by intake's word */
    uint64_t built_bytes;   /* bytes read of what was installed, by intake's word */
};

struct import_withdrawn {
    uint8_t id[DIGEST_BYTES];
    char *reason, *link; /* owned */
    bool harmful;
};

/* What a new root document takes back; subject is a floor's, checked. */
struct import_reset {
    uint64_t root;
    char subject[STATE_SUBJECT_BYTES];
    int64_t time_us;
    uint64_t number;
};

struct import_plan {
    struct error problem; /* of the whole: ERROR_OK or why nothing is accepted */
    bool has_export;      /* the medium is a volume of an export */
    uint8_t export_id[DIGEST_BYTES];
    uint64_t volume, volumes; /* k of n */
    bool has_set;
    struct state_set set; /* owned parts: state_set_clear */
    size_t withdrawn_count;
    struct import_withdrawn *withdrawn; /* owned */
    size_t package_count;
    struct import_package packages[LIMIT_SET_PACKAGES];
    size_t reset_count;
    struct import_reset *resets; /* owned */
    json_t *body;                /* as verify sent it; owned */
};

/* The plan is initialised here; import_plan_clear() in every case. Takes a reference to body.
 * ERROR_PROTOCOL names the field. */
int import_plan_read(json_t *body, struct import_plan *plan, struct error *err) ERROR_MUST_CHECK;
void import_plan_clear(struct import_plan *plan);

/* Whom a plan is checked for. */
struct import_plan_check {
    struct state *state;
    const char *ring;
    const struct floor_clock *clock;
    bool confirm_time;  /* an admin has confirmed a genTime ahead of the clock */
    bool strict_expiry; /* an expired set is refused (ERROR_EXPIRED) */
};

/* Decides again with the monitor's own numbers, and that it is this endpoint's ring: what verify
 * let through and floors or clock forbid is refused, as a whole (set) or by package. */
int import_plan_recheck(struct import_plan *plan, const struct import_plan_check *check,
                        struct error *err) ERROR_MUST_CHECK;

/* Whether every reset is of a root document that came with the plan: above `known`, and one of
 * `count`. ERROR_PROTOCOL. */
int import_plan_check_resets(const struct import_plan *plan, uint64_t known, size_t count,
                             struct error *err) ERROR_MUST_CHECK;

/* Whether the set is accepted: one of its packages is good here, or what holds each is this endpoint's
 * own word on it (ahead of the ring, quarantined, withdrawn) and nothing that the medium did. */
bool import_plan_accepts(const struct import_plan *plan);

/* Whether a package is still to be fetched and judged. */
bool import_plan_awaits(const struct import_package *package);
/* Sums over those packages: packed bytes to read, plain bytes to have room for. */
uint64_t import_plan_packed_bytes(const struct import_plan *plan);
uint64_t import_plan_needed_bytes(const struct import_plan *plan);
size_t import_plan_fetches(const struct import_plan *plan);
/* Sums over all that was begun: what came from the medium, and what lay there already. */
uint64_t import_plan_read_bytes(const struct import_plan *plan);
uint64_t import_plan_kept_bytes(const struct import_plan *plan);
/* And what was read of installed content that it builds on. */
uint64_t import_plan_built_bytes(const struct import_plan *plan);

#endif
