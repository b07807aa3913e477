/* SPDX-License-Identifier: ISC */
#include "agent/import-report.h"

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
    else
        *result =
            package->problem.code == ERROR_PARTIAL ? IMPORT_RESULT_PARTIAL : IMPORT_RESULT_REFUSED;
    return 0;
}

/* The whole from its parts. Left out while others came in or are current: partial. Nothing came in
 * and nothing is current: refused, for the first package's reason. */
static void judge_whole(const struct import_plan *plan, const size_t counts[],
                        struct import_outcome *outcome)
{
    size_t left_out = counts[IMPORT_RESULT_REFUSED] + counts[IMPORT_RESULT_PARTIAL];

    outcome->problem = (struct error){.code = ERROR_OK};
    if (left_out > 0 && left_out == plan->package_count && counts[IMPORT_RESULT_PARTIAL] == 0) {
        outcome->whole = IMPORT_RESULT_REFUSED;
        outcome->problem = plan->packages[0].problem;
    } else if (left_out > 0) {
        outcome->whole = IMPORT_RESULT_PARTIAL;
        error_set(&outcome->problem, ERROR_PARTIAL, "%zu of %zu packages were left out", left_out,
                  plan->package_count);
    } else if (counts[IMPORT_RESULT_PLANNED] > 0) {
        outcome->whole = IMPORT_RESULT_PLANNED;
    } else if (counts[IMPORT_RESULT_ACTIVE] > 0) {
        outcome->whole = IMPORT_RESULT_ACTIVE;
    } else if (counts[IMPORT_RESULT_STAGED] > 0) {
        outcome->whole = IMPORT_RESULT_STAGED;
    } else {
        outcome->whole = IMPORT_RESULT_CURRENT;
    }
}

int import_report_judge(struct state *state, struct import_plan *plan, bool dry_run, bool news,
                        struct import_outcome *outcome, struct error *err)
{
    size_t counts[IMPORT_RESULT_REFUSED + 1] = {0};
    int result = 0;

    for (size_t i = 0; i < plan->package_count && result == 0; i++) {
        result = judge_package(state, &plan->packages[i], dry_run, &outcome->packages[i], err);
        counts[outcome->packages[i]]++;
    }
    judge_whole(plan, counts, outcome);
    outcome->changed =
        !dry_run && (news || counts[IMPORT_RESULT_ACTIVE] > 0 || counts[IMPORT_RESULT_STAGED] > 0);
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

static json_t *package_value(const struct import_package *row, enum import_result result)
{
    const struct state_package *package = &row->package;
    bool told = result == IMPORT_RESULT_REFUSED || result == IMPORT_RESULT_PARTIAL ||
                row->problem.code == ERROR_AHEAD_OF_RING;

    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:s, s:s, s:o, s:I}", "type", package->type,
                     "version", package->version, "issue", (json_int_t)package->issue, "package",
                     digest_value(package->id), "time", instant_value(package->time_us), "result",
                     result_name(result), "code", error_name(told ? row->problem.code : ERROR_OK),
                     "words", words_value(told ? row->problem.words : ""), "bytes",
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
        json_array_append_new(packages, package_value(&plan->packages[i], outcome->packages[i]));
    return json_pack("{s:s, s:o, s:b, s:s, s:b, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I,"
                     " s:I}",
                     "schema", "sallyport.import/1", "source", words_value(request->source),
                     "dry_run", request->dry_run, "result", result_name(outcome->whole), "changed",
                     outcome->changed, "code", error_name(outcome->problem.code), "words",
                     words_value(outcome->problem.words), "ring", ring, "sequence",
                     plan->has_set ? json_integer((json_int_t)plan->set.sequence) : json_null(),
                     "set", plan->has_set ? digest_value(plan->set.digest) : json_null(), "time",
                     instant_value(plan->has_set ? plan->set.time_us : 0), "packages", packages,
                     "read_bytes", (json_int_t)read, "resumed_bytes", (json_int_t)kept,
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
