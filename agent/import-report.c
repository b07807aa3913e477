/* SPDX-License-Identifier: ISC */
#include "agent/import-report.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/text.h"

static const char *result_name(enum import_result result)
{
    switch (result) {
    case IMPORT_RESULT_ACTIVE:
        return "active";
    case IMPORT_RESULT_STAGED:
        return "staged";
    case IMPORT_RESULT_CURRENT:
        return "current";
    case IMPORT_RESULT_PLANNED:
        return "planned";
    case IMPORT_RESULT_PARTIAL:
        return "partial";
    case IMPORT_RESULT_REFUSED:
        return "refused";
    }
    return "refused";
}

static int is_in_slot(struct state *state, const struct state_package *package,
                      enum state_slot slot, bool *is, struct error *err)
{
    struct state_package there;
    bool present;
    int result = state_package(state, package->type, slot, &there, &present, err);

    *is = result == 0 && present && memcmp(there.id, package->id, DIGEST_BYTES) == 0;
    return result;
}

/* A package whose files came in: where it is now. One that is nowhere was given up, and the type's
 * ailment says why. */
static int judge_fetched(struct state *state, struct import_package *package,
                         enum import_result *result, struct error *err)
{
    bool active, staged = false, ailing;

    if (is_in_slot(state, &package->package, STATE_ACTIVE, &active, err) < 0 ||
        is_in_slot(state, &package->package, STATE_STAGED, &staged, err) < 0)
        return -(int)err->code;
    *result = active ? IMPORT_RESULT_ACTIVE : staged ? IMPORT_RESULT_STAGED : IMPORT_RESULT_REFUSED;
    if (active)
        return 0;
    return state_ailment(state, package->package.type, &package->problem, &ailing, err);
}

static int judge_package(struct state *state, struct import_package *package, bool dry_run,
                         enum import_result *result, struct error *err)
{
    switch (package->answer) {
    case IMPORT_CURRENT:
        *result = IMPORT_RESULT_CURRENT;
        return 0;
    case IMPORT_FETCH:
        *result = IMPORT_RESULT_PLANNED;
        return dry_run ? 0 : judge_fetched(state, package, result, err);
    case IMPORT_REFUSED:
        break;
    }
    /* What is here is newer than what the ring carries: nothing is wrong with either. */
    if (package->problem.code == ERROR_AHEAD_OF_RING)
        *result = IMPORT_RESULT_CURRENT;
    else if (package->problem.code == ERROR_PARTIAL || volumes_count(&package->needs) > 0)
        *result = IMPORT_RESULT_PARTIAL;
    else
        *result = IMPORT_RESULT_REFUSED;
    return 0;
}

/* When what is staged of this package goes into service; of no wave where it is not. */
static int find_wave(struct state *state, const char *endpoint, const struct import_plan *plan,
                     const struct state_package *package, struct wave_turn *turn, struct error *err)
{
    struct state_package staged;
    bool present;
    int result = state_package(state, package->type, STATE_STAGED, &staged, &present, err);

    if (result < 0 || !present || memcmp(staged.id, package->id, DIGEST_BYTES) != 0)
        return result;
    return wave_turn_of_staged(&plan->set, endpoint, &staged, turn, err);
}

static const char *wave_words(const struct wave_turn *turn, char out[static VOLUMES_WORDS_BYTES])
{
    char opens[INSTANT_TEXT_BYTES];

    snprintf(out, VOLUMES_WORDS_BYTES, "accepted, not active: wave %lu of %lu, opens %s",
             (unsigned long)turn->number, (unsigned long)turn->of,
             instant_format(turn->opens_us, opens));
    return out;
}

/* The first wave that opens of all that are waited for. */
static void note_wave(const struct import_plan *plan, struct import_outcome *outcome)
{
    const struct wave_turn *first = NULL;

    for (size_t i = 0; i < plan->package_count; i++) {
        const struct wave_turn *turn = &outcome->waves[i];

        if (turn->of > 0 && (first == NULL || turn->opens_us < first->opens_us))
            first = turn;
    }
    if (first != NULL)
        wave_words(first, outcome->note);
}

/* Volumes that must still come, of all packages; how many packages wait for some. */
static size_t sum_needs(const struct import_plan *plan, struct volumes *needs)
{
    size_t count = 0;

    *needs = (struct volumes){{0}};
    for (size_t i = 0; i < plan->package_count; i++) {
        volumes_join(needs, &plan->packages[i].needs);
        count += volumes_count(&plan->packages[i].needs) > 0;
    }
    return count;
}

/* The first package that was left out, if what it builds on is missing to all of them. */
static const struct import_package *without_base(const struct import_plan *plan)
{
    const struct import_package *first = NULL;

    for (size_t i = 0; i < plan->package_count; i++) {
        const struct import_package *package = &plan->packages[i];

        if (package->answer != IMPORT_REFUSED)
            continue;
        if (package->problem.code != ERROR_BASE_MISSING)
            return NULL;
        first = first != NULL ? first : package;
    }
    return first;
}

/* Some were left out, and others came in or will. */
static void judge_partial(const struct import_plan *plan, size_t left_out, size_t waiting,
                          const struct volumes *needs, struct error *problem)
{
    const struct import_package *baseless = without_base(plan);
    char words[VOLUMES_WORDS_BYTES];

    volumes_words(needs, plan->volumes, words);
    if (baseless != NULL)
        *problem = baseless->problem;
    else if (waiting == left_out)
        error_set(problem, ERROR_VOLUME_MISSING, "%s for %zu of %zu packages; this is volume %lu",
                  words, waiting, plan->package_count, (unsigned long)plan->volume);
    else
        error_set(problem, ERROR_PARTIAL, "%zu of %zu packages were left out%s%s", left_out,
                  plan->package_count, waiting > 0 ? "; " : "", waiting > 0 ? words : "");
}

/* The whole from its parts. Left out while others came in or are current: partial. Nothing came in
 * and nothing is current: refused, for the first package's reason. */
static void judge_whole(const struct import_plan *plan, const size_t counts[],
                        struct import_outcome *outcome)
{
    size_t left_out = counts[IMPORT_RESULT_REFUSED] + counts[IMPORT_RESULT_PARTIAL];
    struct volumes needs;
    size_t waiting = sum_needs(plan, &needs);

    outcome->problem = (struct error){.code = ERROR_OK};
    outcome->note[0] = '\0';
    if (left_out > 0 && left_out == plan->package_count && counts[IMPORT_RESULT_PARTIAL] == 0) {
        outcome->whole = IMPORT_RESULT_REFUSED;
        outcome->problem = plan->packages[0].problem;
    } else if (left_out > 0) {
        outcome->whole = IMPORT_RESULT_PARTIAL;
        judge_partial(plan, left_out, waiting, &needs, &outcome->problem);
    } else if (counts[IMPORT_RESULT_PLANNED] > 0) {
        outcome->whole = IMPORT_RESULT_PLANNED;
        if (waiting > 0)
            volumes_words(&needs, plan->volumes, outcome->note);
    } else if (counts[IMPORT_RESULT_ACTIVE] > 0) {
        outcome->whole = IMPORT_RESULT_ACTIVE;
    } else if (counts[IMPORT_RESULT_STAGED] > 0) {
        outcome->whole = IMPORT_RESULT_STAGED;
    } else {
        outcome->whole = IMPORT_RESULT_CURRENT;
    }
}

int import_report_judge(struct state *state, const char *endpoint, struct import_plan *plan,
                        bool dry_run, bool news, struct import_outcome *outcome, struct error *err)
{
    size_t counts[IMPORT_RESULT_REFUSED + 1] = {0}, taken = 0;
    int result = 0;

    *outcome = (struct import_outcome){.changed = false};
    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        struct import_package *package = &plan->packages[i];

        result = judge_package(state, package, dry_run, &outcome->packages[i], err);
        counts[outcome->packages[i]]++;
        taken += package->staged && outcome->packages[i] != IMPORT_RESULT_REFUSED;
        if (result == 0)
            result = find_wave(state, endpoint, plan, &package->package, &outcome->waves[i], err);
    }
    judge_whole(plan, counts, outcome);
    if (outcome->note[0] == '\0' && outcome->problem.code == ERROR_OK)
        note_wave(plan, outcome);
    outcome->changed = !dry_run && (news || taken > 0);
    return result;
}

static json_t *instant_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return instant_us == 0 ? json_null() : json_string(instant_format(instant_us, text));
}

static json_t *digest_value(const uint8_t digest[static DIGEST_BYTES])
{
    char text[DIGEST_TEXT_BYTES];

    return json_string(digest_text(digest, text));
}

/* Words may quote bytes that are no UTF-8. */
static json_t *words_value(const char *words)
{
    char escaped[2 * ERROR_WORDS_BYTES];
    json_t *plain = json_string(words);

    return plain != NULL ? plain : json_string(text_escape_string(words, escaped, sizeof(escaped)));
}

static json_t *wave_value(const struct wave_turn *turn)
{
    if (turn->of == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:o}", "number", (json_int_t)turn->number, "of",
                     (json_int_t)turn->of, "opens", instant_value(turn->opens_us));
}

static json_t *package_value(const struct import_package *row, enum import_result result,
                             const struct wave_turn *wave)
{
    const struct state_package *package = &row->package;
    char waits[VOLUMES_WORDS_BYTES] = "";
    bool told = result == IMPORT_RESULT_REFUSED || result == IMPORT_RESULT_PARTIAL ||
                row->problem.code == ERROR_AHEAD_OF_RING;

    if (wave->of > 0)
        wave_words(wave, waits);
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:s, s:s, s:o, s:o, s:I}", "type", package->type,
                     "version", package->version, "issue", (json_int_t)package->issue, "package",
                     digest_value(package->id), "time", instant_value(package->time_us), "result",
                     result_name(result), "code", error_name(told ? row->problem.code : ERROR_OK),
                     "words", words_value(told ? row->problem.words : waits), "wave",
                     wave_value(wave), "bytes",
                     (json_int_t)(row->answer == IMPORT_FETCH ? row->packed : 0));
}

json_t *import_report_write(const struct import_request *request, const char *ring,
                            const struct import_plan *plan, const struct staging_space *space,
                            const struct import_outcome *outcome)
{
    uint64_t read =
        request->dry_run ? import_plan_packed_bytes(plan) : import_plan_read_bytes(plan);
    uint64_t kept = request->dry_run ? space->held : import_plan_kept_bytes(plan);
    json_t *packages = json_array();

    for (size_t i = 0; i < plan->package_count; i++)
        json_array_append_new(
            packages, package_value(&plan->packages[i], outcome->packages[i], &outcome->waves[i]));
    return json_pack("{s:s, s:o, s:b, s:s, s:b, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I,"
                     " s:I, s:I}",
                     "schema", "sallyport.import/1", "source", words_value(request->source),
                     "dry_run", request->dry_run, "result", result_name(outcome->whole), "changed",
                     outcome->changed, "code", error_name(outcome->problem.code), "words",
                     words_value(outcome->note[0] != '\0' ? outcome->note : outcome->problem.words),
                     "ring", ring, "sequence",
                     plan->has_set ? json_integer((json_int_t)plan->set.sequence) : json_null(),
                     "set", plan->has_set ? digest_value(plan->set.digest) : json_null(), "time",
                     instant_value(plan->has_set ? plan->set.time_us : 0), "packages", packages,
                     "read_bytes", (json_int_t)read, "built_bytes",
                     (json_int_t)import_plan_built_bytes(plan), "resumed_bytes", (json_int_t)kept,
                     "needed_bytes", (json_int_t)space->needed, "free_bytes",
                     (json_int_t)space->free);
}

json_t *import_report_inspect(const struct import_request *request, const struct import_plan *plan)
{
    return json_pack("{s:s, s:o, s:b, s:s, s:o, s:O}", "schema", "sallyport.inspect/1", "source",
                     words_value(request->source), "anchored", true, "code",
                     error_name(plan->problem.code), "words", words_value(plan->problem.words),
                     "plan", plan->body);
}
