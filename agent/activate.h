/* SPDX-License-Identifier: ISC
 *
 * From verified files in content/TYPE/ID to content in service, and back. Order of writing: audit
 * record, floor and rows in one transaction, then the link, then the driver. A cut anywhere leaves
 * the old content or the new; activate_recover() at start completes or undoes.
 */
#ifndef AGENT_ACTIVATE_H
#define AGENT_ACTIVATE_H

#include "agent/driver-host.h"
#include "agent/state-content.h"

struct activate {
    struct state *state;
    struct driver_host *host; /* NULL: links and rows only, no drivers (tests) */
    const char *who;          /* for the audit record */
};

/* A package is verified and its files are in place: audit record, floor, row "staged". */
int activate_stage(const struct activate *activate, const struct state_package *package,
                   struct error *err) ERROR_MUST_CHECK;

/* Has the driver load what is staged of a type, in a process that is ended again: what waits for its
 * wave is known to load when it opens. Fails as activate_type does, but for ERROR_REQUIRES. */
int activate_check(const struct activate *activate, const char *type,
                   struct error *err) ERROR_MUST_CHECK;

/* Puts the staged package of a type into service: what it requires is active, its driver has loaded
 * it, then rows, link, driver. A refusal by rule or driver (ERROR_REQUIRES, ERROR_DRIVER_...,
 * ERROR_SCHEMA_RANGE, ERROR_WITHDRAWN) leaves what was in service there. */
int activate_type(const struct activate *activate, const char *type,
                  struct error *err) ERROR_MUST_CHECK;

/* After a refusal: the package is forgotten ("not tried again" where it was the content's fault),
 * the reason kept as the type's ailment, with an audit record. */
int activate_give_up(const struct activate *activate, const char *type, const struct error *why,
                     struct error *err) ERROR_MUST_CHECK;

/* Takes the active package of a type out of service, because of `why` (withdrawn, or failing in
 * service). The one before comes back, if it is there and not withdrawn itself; floors stay. With
 * nothing before, content is unloaded where `unload` says so, else stays. ERROR_NOT_FOUND: there
 * was nothing to go back to and it stays. Content that requires more of the type than is then there
 * returns with it. */
int activate_return(const struct activate *activate, const char *type, const struct error *why,
                    bool unload, struct error *err) ERROR_MUST_CHECK;

/* The files of the active package are whole again: record, marks gone, and its driver loads them. */
int activate_mended(const struct activate *activate, const struct state_package *active,
                    struct error *err) ERROR_MUST_CHECK;

/* Removes the folders and recipes of a type that no row names: what a job that failed has put there. */
void activate_prune(struct state *state, const char *type);

/* Whether the link of a type is what the rows say; and makes it so. */
int activate_link_sound(struct state *state, const char *type, bool *sound,
                        struct error *err) ERROR_MUST_CHECK;
int activate_relink(struct state *state, const char *type, bool *changed,
                    struct error *err) ERROR_MUST_CHECK;

/* At start, before anything else: links are what the rows say, folders that no row names, in
 * content or in staging, are removed. */
int activate_recover(struct state *state, struct error *err) ERROR_MUST_CHECK;

#endif
