/* SPDX-License-Identifier: ISC */
#include "agent/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "agent/content-check.h"
#include "agent/import-base.h"
#include "agent/import-report.h"
#include "agent/import-stage.h"
#include "agent/medium.h"
#include "agent/partial.h"
#include "agent/rollout.h"
#include "agent/state-recipe.h"
#include "agent/usb-gate.h"
#include "media/base/instant.h"
#include "media/base/log.h"
#include "media/base/url.h"

/* One import under way. */
struct job {
    const struct import *import;
    const struct import_request *request;
    struct activate activate;
    struct state_enrolment who;
    struct floor_clock clock; /* one look at it for the whole import */
    int64_t number;
    struct source source;
    int staging; /* descriptor of the staging folder; -1: nothing is fetched */
    struct staging_space space;
    struct import_verify verify;
    struct import_plan plan;
    bool news;     /* the medium brought a newer set, roots or CRLs */
    bool recorded; /* refusals of single packages: they say why the whole was refused */
};

void import_tell(const struct import *import, const char *name, const char *words, uint64_t done,
                 uint64_t total)
{
    if (import->step != NULL)
        import->step(import->context, name, words, done, total);
}

/* Whoever only looks has nothing opened that he could not open himself. */
static int open_source(struct job *job, struct error *err)
{
    const struct borrowed_rights *rights = job->request->rights;
    const char *location = job->request->source;
    const struct config_source *mirror = config_mirror(job->import->config, location);
    int result;

    if (mirror != NULL || rights == NULL)
        return source_open(location, mirror != NULL ? mirror->ca : NULL, &job->source, err);
    result = borrowed_rights_take(rights, err);
    if (result < 0)
        return result;
    result = source_open(location, NULL, &job->source, err);
    borrowed_rights_return();
    return result;
}

/* Before a byte of it is read, and after it was opened: what is plugged in in its place later is not
 * what was opened. */
static int check_medium(struct job *job, struct error *err)
{
    if (job->import->gate == NULL || job->source.fd < 0 || url_is(job->request->source))
        return 0;
    return usb_gate_check(job->import->gate, job->source.fd, err);
}

static int judge(struct job *job, struct error *err)
{
    int result = open_source(job, err);

    if (result == 0)
        result = check_medium(job, err);

    if (result < 0)
        return result;
    import_tell(job->import, "verify", "judging documents", 0, 0);
    result = import_verify_start(job->import, &job->source, &job->verify, err);
    if (result == 0)
        result = import_verify_judge(job->import, job->request, &job->clock, &job->verify,
                                     &job->plan, err);
    return result;
}

/* Who confirmed one set has not confirmed another that lies there by now. */
static int check_confirmed(const struct job *job, struct error *err)
{
    const struct import_plan *plan = &job->plan;
    const char *wanted = job->request->set;
    char found[DIGEST_TEXT_BYTES];

    if (wanted == NULL || (plan->has_set && strncmp(wanted, digest_text(plan->set.digest, found),
                                                    DIGEST_TEXT_BYTES - 1) == 0))
        return 0;
    return error_set(err, ERROR_OTHER_SET, "set %.12s was confirmed, and %.12s is here now", wanted,
                     plan->has_set ? found : "none");
}

/* verify's word on the whole, then our own numbers. */
static int decide(struct job *job, struct error *err)
{
    const struct import_plan_check check = {.state = job->import->state,
                                            .ring = job->who.ring,
                                            .clock = &job->clock,
                                            .confirm_time = job->request->confirm_time,
                                            .strict_expiry = job->request->strict_expiry};
    struct bytes newest;
    uint64_t known;
    int result;

    if (job->plan.problem.code != ERROR_OK) {
        *err = job->plan.problem;
        return -(int)err->code;
    }
    result = state_newest_root(job->import->state, &known, &newest, err);
    bytes_clear(&newest);
    if (result == 0)
        result = import_plan_check_resets(&job->plan, known, job->verify.root_count, err);
    job->plan.set.seen_us = floor_now(&job->clock);
    if (result == 0)
        result = import_plan_recheck(&job->plan, &check, err);
    return result < 0 ? result : check_confirmed(job, err);
}

/* In the transaction that takes the root documents which signed them; a floor that goes down is never
 * without its record. */
static int commit_resets(struct job *job, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < job->plan.reset_count && result == 0; i++) {
        const struct import_reset *reset = &job->plan.resets[i];
        char words[128], time[INSTANT_TEXT_BYTES];
        const struct audit_event event = {.who = job->request->who,
                                          .what = "floor.reset",
                                          .code = ERROR_OK,
                                          .subject = reset->subject,
                                          .words = words};
        bool changed;

        snprintf(words, sizeof(words), "down to %s, number %lu, by root document %lu",
                 instant_format(reset->time_us, time), (unsigned long)reset->number,
                 (unsigned long)reset->root);
        result = state_lower_floor(job->import->state, reset->subject, reset->time_us,
                                   reset->number, &changed, err);
        if (result == 0 && changed)
            result = audit_append(job->import->state, &event, NULL, err);
    }
    return result;
}

static int commit_trust(struct job *job, struct error *err)
{
    struct state *state = job->import->state;
    struct bytes newest;
    uint64_t version;
    int result = state_newest_root(state, &version, &newest, err);

    bytes_clear(&newest);
    for (size_t i = 0; i < job->verify.root_count && result == 0; i++)
        result = state_add_root(state, ++version, bytes_view(&job->verify.roots[i]), err);
    for (size_t i = 0; i < job->verify.crl_count && result == 0; i++)
        result = state_add_crl(state, job->verify.crls[i].issuer, job->verify.crls[i].number,
                               bytes_view(&job->verify.crls[i].document), err);
    return result < 0 ? result : commit_resets(job, err);
}

static int commit_carried(struct job *job, struct error *err)
{
    struct state *state = job->import->state;
    int result = state_clear_carried(state, job->who.ring, err);

    for (size_t i = 0; i < job->plan.package_count && result == 0; i++) {
        const struct state_package *package = &job->plan.packages[i].package;

        result = state_add_carried(state, job->who.ring, package->type, package->id,
                                   package->version, package->issue, err);
    }
    for (size_t i = 0; i < job->plan.withdrawn_count && result == 0; i++) {
        const struct import_withdrawn *row = &job->plan.withdrawn[i];

        result = state_add_withdrawn(state, row->id, row->reason, row->link, row->harmful, err);
    }
    return result;
}

static int record_set(struct job *job, struct error *err)
{
    char words[256], digest[DIGEST_TEXT_BYTES];
    const struct audit_event event = {.who = job->request->who,
                                      .what = "accept",
                                      .code = ERROR_OK,
                                      .subject = job->who.ring,
                                      .words = words};

    snprintf(words, sizeof(words), "set %lu of ring %s, %s, %zu new root documents",
             (unsigned long)job->plan.set.sequence, job->who.ring,
             digest_text(job->plan.set.digest, digest), job->verify.root_count);
    return audit_append(job->import->state, &event, NULL, err);
}

/* An admin's word stands in for a clock: who gave it, and for which time. */
static int record_confirmation(struct job *job, struct error *err)
{
    char words[160], time[INSTANT_TEXT_BYTES], local[INSTANT_TEXT_BYTES];
    const struct audit_event event = {.who = job->request->who,
                                      .what = "confirm-time",
                                      .code = ERROR_OK,
                                      .subject = job->who.ring,
                                      .words = words};

    if (!floor_from_the_future(&job->clock, job->plan.set.time_us))
        return 0;
    snprintf(words, sizeof(words), "set %lu of %s is taken with the local clock at %s",
             (unsigned long)job->plan.set.sequence, instant_format(job->plan.set.time_us, time),
             instant_format(job->clock.local_us, local));
    return audit_append(job->import->state, &event, NULL, err);
}

static int commit_rows(struct job *job, struct error *err)
{
    struct floor floor = {
        .present = true, .time_us = job->plan.set.time_us, .number = job->plan.set.sequence};
    char subject[STATE_SUBJECT_BYTES];
    int result = record_confirmation(job, err);

    if (result == 0)
        result = record_set(job, err);
    memcpy(floor.digest, job->plan.set.digest, DIGEST_BYTES);
    snprintf(subject, sizeof(subject), "ring:%s", job->who.ring);
    if (result == 0)
        result = commit_trust(job, err);
    if (result == 0)
        result = state_raise_floor(job->import->state, subject, &floor, err);
    if (result == 0)
        result = state_put_set(job->import->state, &job->plan.set, err);
    return result < 0 ? result : commit_carried(job, err);
}

/* The set is accepted: record, roots, CRLs, floor, what it carries and withdraws, in one. Nothing is
 * written for the set that is there already. */
static int commit_set(struct job *job, struct error *err)
{
    struct db *db = state_db(job->import->state);
    struct state_set before;
    bool present;
    int result = state_set(job->import->state, job->who.ring, &before, &present, err);

    job->news = !present || memcmp(before.digest, job->plan.set.digest, DIGEST_BYTES) != 0 ||
                job->verify.root_count > 0 || job->verify.crl_count > 0;
    state_set_clear(&before);
    if (result < 0 || !job->news)
        return result;
    result = db_begin(db, err);
    if (result == 0)
        result = commit_rows(job, err);
    if (result == 0)
        result = db_commit(db, err);
    if (result < 0)
        db_rollback(db);
    return result;
}

/* A package that was refused: kept and shown; one that --only left out or that is ahead is neither.
 * Where the set was accepted, the content is behind its ring from now on, and its health says so. A
 * medium of which nothing was accepted says nothing about the content that is in service. */
static int record_refusal(struct job *job, const struct import_package *package, struct error *err)
{
    char digest[DIGEST_TEXT_BYTES];
    int result;

    if (package->answer != IMPORT_REFUSED || package->problem.code == ERROR_PARTIAL ||
        package->problem.code == ERROR_AHEAD_OF_RING || volumes_count(&package->needs) > 0)
        return 0;
    result = audit_refuse(job->import->state, job->request->who, job->number, job->request->source,
                          package->package.type, digest_text(package->package.id, digest),
                          &package->problem, err);
    job->recorded = true;
    if (result == 0 && package->problem.code != ERROR_QUARANTINED &&
        import_plan_accepts(&job->plan))
        result = state_ail(job->import->state, package->package.type, package->package.id,
                           &package->problem, err);
    return result;
}

/* What the ring carries is in service: the failure of another package has no object any more. Its own
 * failure lasts until its driver has loaded it, and what only waits for its wave heals nothing. */
static int heal_current(struct state *state, const struct state_package *current, struct error *err)
{
    struct state_package active;
    bool present;
    int result = state_package(state, current->type, STATE_ACTIVE, &active, &present, err);

    if (result < 0 || !present || memcmp(active.id, current->id, DIGEST_BYTES) != 0)
        return result;
    return state_heal_other(state, current->type, current->id, err);
}

/* The same package again is one whose files were damaged: they have been put right. One that its
 * driver refuses now is as bad as it was. */
static int take_staged(struct job *job, struct import_package *package, struct error *err)
{
    struct state *state = job->import->state;
    struct state_package active;
    struct error why;
    bool present;
    int result = state_put_recipe(state, package->package.id, package->recipe_digest, err);

    if (result == 0)
        result = import_base_allow(state, package->package.type, true, err);
    if (result == 0)
        result = state_package(state, package->package.type, STATE_ACTIVE, &active, &present, err);
    if (result < 0)
        return result;
    if (!present || memcmp(active.id, package->package.id, DIGEST_BYTES) != 0)
        return activate_stage(&job->activate, &package->package, err);
    if (activate_mended(&job->activate, &active, &why) == 0)
        return 0;
    return state_ail(state, active.type, active.id, &why, err);
}

static int commit_packages(struct job *job, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < job->plan.package_count && result == 0; i++) {
        struct import_package *package = &job->plan.packages[i];

        if (package->staged)
            result = take_staged(job, package, err);
        else
            result = record_refusal(job, package, err);
        if (result == 0 && package->answer == IMPORT_CURRENT)
            result = heal_current(job->import->state, &package->package, err);
    }
    return result;
}

static void tell_activation(void *context, const char *type)
{
    import_tell(context, "activate", type, 0, 0);
}

/* What waits for its wave is held against its driver now: a bad one is known before it opens. */
static int check_waiting(struct job *job, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < job->plan.package_count && result == 0; i++) {
        const struct import_package *package = &job->plan.packages[i];
        struct state_package staged;
        struct error why;
        bool waits;

        if (!package->staged)
            continue;
        result = state_package(job->import->state, package->package.type, STATE_STAGED, &staged,
                               &waits, err);
        if (result < 0 || !waits)
            continue;
        import_tell(job->import, "check", package->package.type, 0, 0);
        if (activate_check(&job->activate, package->package.type, &why) < 0)
            result = activate_give_up(&job->activate, package->package.type, &why, err);
    }
    return result;
}

static int roll_out(struct job *job, struct error *err)
{
    int64_t next_us;
    int result = rollout_withdrawn(&job->activate, err);

    if (result < 0)
        return result;
    result = rollout_run(&job->activate, floor_now(&job->clock), tell_activation,
                         (void *)(uintptr_t)job->import, &next_us, err);
    return result < 0 ? result : check_waiting(job, err);
}

static int carry_out(struct job *job, struct error *err)
{
    int result =
        import_stage(job->import, &job->source, &job->verify, &job->plan, &job->staging, err);

    /* With everything refused the medium leaves no trace but the record of it. */
    if (result == 0 && import_plan_accepts(&job->plan))
        result = commit_set(job, err);
    if (result == 0)
        result = commit_packages(job, err);
    return result < 0 ? result : roll_out(job, err);
}

/* Before the record of it, that has to have room on a disk that was full. */
static void end_staging(struct job *job, const struct error *why)
{
    struct error err;

    import_stage_end(job->import, &job->plan, job->staging, why);
    job->staging = -1;
    if (job->number != 0 && partial_sweep(job->import->state, &err) < 0)
        log_write(LOG_LEVEL_WARN, "staging: %s", err.words);
}

/* What was built on and gave other bytes than it should is judged now: what is found damaged is
 * mended by the next source that has it. Damaged or not, the next import builds on nothing of it. */
static void check_bases(const struct job *job)
{
    const struct import *import = job->import;
    struct content_check_found found;
    struct error err;
    bool spoiled = false;
    int result = 0;

    for (size_t i = 0; i < job->plan.package_count && result == 0; i++) {
        const struct import_package *package = &job->plan.packages[i];

        if (!package->base_spoiled)
            continue;
        spoiled = true;
        if (!package->staged)
            result = import_base_allow(import->state, package->package.type, false, &err);
    }
    if (result == 0 && spoiled)
        result = content_check_run(import, job->request->who, false, &found, &err);
    if (result < 0)
        log_write(LOG_LEVEL_WARN, "installed content: %s", err.words);
}

static void end(struct job *job)
{
    import_verify_end(&job->verify);
    check_bases(job);
    /* Files that were put in place for rows that never came to be. */
    for (size_t i = 0; i < job->plan.package_count; i++) {
        if (job->plan.packages[i].staged)
            activate_prune(job->import->state, job->plan.packages[i].package.type);
    }
    import_plan_clear(&job->plan);
    source_close(&job->source);
}

static void begin(struct job *job, const struct import *import,
                  const struct import_request *request)
{
    *job = (struct job){
        .import = import,
        .request = request,
        .activate = {.state = import->state, .host = import->drivers, .who = request->who},
        .source = {.fd = -1},
        .staging = -1};
}

static int report(struct job *job, json_t **reply, struct error *err)
{
    struct import_outcome outcome;
    int result = import_report_judge(job->import->state, job->who.endpoint, &job->plan,
                                     job->request->dry_run, job->news, &outcome, err);

    if (result < 0)
        return result;
    if (outcome.whole == IMPORT_RESULT_REFUSED) {
        *err = outcome.problem;
        return -(int)err->code;
    }
    *reply = import_report_write(job->request, job->who.ring, &job->plan, &job->space, &outcome);
    *err = outcome.problem; /* for the record; the import as such succeeded */
    return 0;
}

/* How it ended: the job's row, and one event. A refusal of the whole is also kept as such. */
static int record_end(struct job *job, bool refused, const struct error *why, struct error *err)
{
    const char *words = why->code == ERROR_OK ? "done" : why->words;
    const struct audit_event event = {.who = job->request->who,
                                      .what = job->request->dry_run ? "import.dry-run" : "import",
                                      .code = why->code,
                                      .subject = job->request->source,
                                      .words = words};
    int status = error_row(why->code)->exit_status;
    int result = 0;

    if (refused && !job->request->dry_run && !job->recorded && status >= 20 && status <= 24)
        result = audit_refuse(job->import->state, job->request->who, job->number,
                              job->request->source, job->request->source, "", why, err);
    else
        result = audit_append(job->import->state, &event, NULL, err);
    if (result == 0 && !job->request->dry_run && job->verify.export_document != NULL)
        result = medium_note(job->import->state, job->verify.export_document, job->request->source,
                             why, err);
    if (result == 0 && job->number != 0)
        result = audit_end_job(job->import->state, job->number, why->code, words, err);
    return result;
}

int import_run(const struct import *import, const struct import_request *request, json_t **reply,
               struct error *err)
{
    struct job *job = bytes_allocate(1, sizeof(*job));
    struct error why = {.code = ERROR_OK};
    int result;

    *reply = NULL;
    begin(job, import, request);
    result = state_enrolment(import->state, &job->who, &why);
    if (result == 0)
        result = state_clock(import->state, &job->clock, &why);
    if (result == 0 && !request->dry_run)
        result = audit_begin_job(import->state, request->source, request->who, false, &job->number,
                                 &why);
    if (result == 0)
        result = judge(job, &why);
    if (result == 0)
        result = decide(job, &why);
    if (result == 0)
        result = import_stage_compare(import, &job->verify, &job->plan, &why);
    if (result == 0)
        result = import_stage_measure(import, &job->plan, &job->space, &why);
    if (result == 0)
        result = request->dry_run ? import_stage_find_needs(import, &job->plan, &why)
                                  : carry_out(job, &why);
    if (result == 0)
        result = report(job, reply, &why);
    else if (source_explain(&job->source, &why))
        result = -(int)why.code;
    end_staging(job, &why);
    /* An endpoint without enrolment has no state that a record could belong to. */
    if (why.code != ERROR_NOT_ENROLLED && record_end(job, result < 0, &why, err) < 0)
        result = result < 0 ? result : -(int)err->code;
    if (result < 0 && why.code != ERROR_OK)
        *err = why;
    end(job);
    bytes_wipe(job, sizeof(*job));
    free(job);
    if (result < 0) {
        json_decref(*reply);
        *reply = NULL;
    }
    return result;
}

int import_inspect(const struct import *import, const struct import_request *request,
                   json_t **reply, struct error *err)
{
    struct job *job = bytes_allocate(1, sizeof(*job));
    int result;

    *reply = NULL;
    begin(job, import, request);
    result = state_enrolment(import->state, &job->who, err);
    if (result == 0)
        result = state_clock(import->state, &job->clock, err);
    if (result == 0)
        result = judge(job, err);
    if (result == 0)
        *reply = import_report_inspect(request, &job->plan);
    end(job);
    free(job);
    return result;
}
