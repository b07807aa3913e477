/* SPDX-License-Identifier: ISC
 *
 * What the endpoint holds and what it would refuse: floors, the accepted set of each ring, packages
 * by slot, withdrawn and quarantined ids, the last failure of each content.
 */
#ifndef AGENT_STATE_CONTENT_H
#define AGENT_STATE_CONTENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/floor.h"
#include "agent/state.h"

#define STATE_SUBJECT_BYTES (LIMIT_NAME_BYTES + 6) /* "type:NAME" or "ring:NAME" */

/* The clock as judged: local time, and max(build time, newest genTime ever accepted). */
int state_clock(struct state *state, struct floor_clock *clock, struct error *err) ERROR_MUST_CHECK;

/* floor->present tells whether there is one. */
int state_floor(struct state *state, const char *subject, struct floor *floor,
                struct error *err) ERROR_MUST_CHECK;
/* Writes a floor that is not below the one in place (ERROR_ROLLBACK otherwise: floors never go
 * down, whoever asks), and the newest time ever accepted with it. */
int state_raise_floor(struct state *state, const char *subject, const struct floor *floor,
                      struct error *err) ERROR_MUST_CHECK;

/* The one way down: a reset that a new root document signed. *changed false: the floor was not above
 * it. ERROR_PROTOCOL for what is no subject. Only within the transaction that takes the root. */
int state_lower_floor(struct state *state, const char *subject, int64_t time_us, uint64_t number,
                      bool *changed, struct error *err) ERROR_MUST_CHECK;

/* The set that a ring was last accepted at. */
struct state_set {
    char ring[LIMIT_NAME_BYTES + 1];
    uint64_t sequence;
    uint8_t digest[DIGEST_BYTES];
    int64_t time_us, expires_us;
    uint64_t root_version;
    int64_t
        seen_us; /* when this endpoint first saw it, by floor_now(): wave delays count from here */
    json_t *waves; /* by type, "default" included; owned */
    json_t *flags; /* service values; owned */
};

/* *present false: none yet. state_set_clear() always. */
int state_set(struct state *state, const char *ring, struct state_set *set, bool *present,
              struct error *err) ERROR_MUST_CHECK;
/* Keeps seen_us of a set that is there already. */
int state_put_set(struct state *state, const struct state_set *set,
                  struct error *err) ERROR_MUST_CHECK;
/* For a clock that was ahead when the set came: seen_us anew. */
int state_see_set_at(struct state *state, const char *ring, int64_t seen_us,
                     struct error *err) ERROR_MUST_CHECK;
void state_set_clear(struct state_set *set);

/* One package as installed, or as a set carries it. */
struct state_package {
    char type[LIMIT_NAME_BYTES + 1];
    uint8_t id[DIGEST_BYTES];
    char version[LIMIT_VERSION_BYTES + 1];
    uint64_t issue;
    int64_t time_us;
    uint64_t files, bytes;
    char sealed[LIMIT_NAME_BYTES + 1]; /* key id; "": not sealed */
    uint64_t schema_low, schema_high, abi_low, abi_high;
    size_t requirement_count;
    struct {
        char type[LIMIT_NAME_BYTES + 1];
        uint64_t issue;
    } requirements[LIMIT_REQUIRES];
    uint8_t set_digest[DIGEST_BYTES]; /* the set that brought it */
    int64_t at_us; /* since when it is in its slot, by floor_now(); filled in by reading */
};

enum state_slot { STATE_STAGED, STATE_ACTIVE, STATE_PREVIOUS };

int state_package(struct state *state, const char *type, enum state_slot slot,
                  struct state_package *package, bool *present, struct error *err) ERROR_MUST_CHECK;
int state_put_package(struct state *state, enum state_slot slot,
                      const struct state_package *package, struct error *err) ERROR_MUST_CHECK;
int state_drop_package(struct state *state, const char *type, enum state_slot slot,
                       struct error *err) ERROR_MUST_CHECK;
/* Types that have a package in a slot, sorted. *types is the caller's (path_free_names). */
int state_types(struct state *state, enum state_slot slot, char ***types, size_t *count,
                struct error *err) ERROR_MUST_CHECK;
/* Whether some slot of the type holds this package id. */
int state_holds(struct state *state, const char *type, const char *id_text, bool *holds,
                struct error *err) ERROR_MUST_CHECK;

/* What a ring's set carries: empty the list, then add its rows. */
int state_clear_carried(struct state *state, const char *ring, struct error *err) ERROR_MUST_CHECK;
/* The issue that the ring's set carries of a type; *carried false: none. */
int state_carried(struct state *state, const char *ring, const char *type, uint64_t *issue,
                  bool *carried, struct error *err) ERROR_MUST_CHECK;
int state_add_carried(struct state *state, const char *ring, const char *type,
                      const uint8_t id[static DIGEST_BYTES], const char *version, uint64_t issue,
                      struct error *err) ERROR_MUST_CHECK;

/* Known-bad ids are stored for good. */
int state_add_withdrawn(struct state *state, const uint8_t id[static DIGEST_BYTES],
                        const char *reason, const char *link, bool harmful,
                        struct error *err) ERROR_MUST_CHECK;
/* reason (may be NULL) gets the mirror's words. */
int state_withdrawn(struct state *state, const uint8_t id[static DIGEST_BYTES], bool *withdrawn,
                    bool *harmful, char *reason, size_t reason_size,
                    struct error *err) ERROR_MUST_CHECK;
int state_quarantine(struct state *state, const uint8_t id[static DIGEST_BYTES], const char *type,
                     const struct error *why, struct error *err) ERROR_MUST_CHECK;
int state_quarantined(struct state *state, const uint8_t id[static DIGEST_BYTES], bool *quarantined,
                      struct error *err) ERROR_MUST_CHECK;
/* Hex ids of a table ("withdrawn" or "quarantine") as a JSON list; a new reference. */
int state_id_list(struct state *state, const char *table, json_t **list,
                  struct error *err) ERROR_MUST_CHECK;

/* The last failure of a content: kept until state_heal. id may be NULL. */
int state_ail(struct state *state, const char *type, const uint8_t *id, const struct error *why,
              struct error *err) ERROR_MUST_CHECK;
int state_heal(struct state *state, const char *type, struct error *err) ERROR_MUST_CHECK;
/* The ring carries what is active: the failure of another package than that is over. */
int state_heal_other(struct state *state, const char *type,
                     const uint8_t active[static DIGEST_BYTES], struct error *err) ERROR_MUST_CHECK;
/* A driver has loaded what is active: its own failure to load is over, and nobody's in particular; a
 * withdrawal and a quarantine are not. */
int state_heal_loaded(struct state *state, const char *type,
                      const uint8_t active[static DIGEST_BYTES],
                      struct error *err) ERROR_MUST_CHECK;
/* *ailing false: none. */
int state_ailment(struct state *state, const char *type, struct error *why, bool *ailing,
                  struct error *err) ERROR_MUST_CHECK;

#endif
