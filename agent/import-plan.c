/* SPDX-License-Identifier: ISC */
#include "agent/import-plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/floor-subject.h"

#define WORDS_MAX     (8 * ERROR_WORDS_BYTES)
#define COUNT_MAX     INT64_MAX
#define FIELDS(table) (table), sizeof(table) / sizeof((table)[0])

static int take_problem(const char *code, const char *words, struct error *problem,
                        struct error *err)
{
    if (error_from_name(code, &problem->code) < 0)
        return error_set(err, ERROR_PROTOCOL, "verify answers with a code that does not exist");
    snprintf(problem->words, sizeof(problem->words), "%s", words);
    return 0;
}

static void copy_name(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s", name);
}

static int take_withdrawn(const json_t *list, struct import_plan *plan, struct error *err)
{
    size_t i;
    json_t *row;
    int result = 0;

    plan->withdrawn = bytes_allocate(json_array_size(list) + 1, sizeof(*plan->withdrawn));
    json_array_foreach(list, i, row)
    {
        struct import_withdrawn *item = &plan->withdrawn[i];
        const char *reason = "", *link = "";
        const struct json_field fields[] = {
            {"harmful", JSON_FLAG, JSON_REQUIRED, &item->harmful, 0, 0, NULL},
            {"id", JSON_SHA384, JSON_REQUIRED, item->id, 0, 0, NULL},
            {"link", JSON_TEXT, JSON_REQUIRED, &link, 0, LIMIT_LINK_BYTES, NULL},
            {"reason", JSON_TEXT, JSON_REQUIRED, &reason, 0, LIMIT_NOTES_BYTES, NULL},
        };

        result = json_fields(row, FIELDS(fields), err);
        if (result < 0)
            return result;
        item->reason = bytes_copy_string(reason);
        item->link = bytes_copy_string(link);
        plan->withdrawn_count = i + 1;
    }
    return 0;
}

static int take_set(const json_t *object, struct import_plan *plan, struct error *err)
{
    struct state_set *set = &plan->set;
    const char *ring = "";
    json_t *withdrawn = NULL;
    const struct json_field fields[] = {
        {"digest", JSON_SHA384, JSON_REQUIRED, set->digest, 0, 0, NULL},
        {"expires", JSON_INSTANT, JSON_REQUIRED, &set->expires_us, 0, 0, NULL},
        {"flags", JSON_TABLE, JSON_REQUIRED, &set->flags, 0, LIMIT_FLAGS, NULL},
        {"ring", JSON_NAME, JSON_REQUIRED, &ring, 1, LIMIT_NAME_BYTES, NULL},
        {"root_version", JSON_COUNT, JSON_REQUIRED, &set->root_version, 0, COUNT_MAX, NULL},
        {"sequence", JSON_COUNT, JSON_REQUIRED, &set->sequence, 1, COUNT_MAX, NULL},
        {"time", JSON_INSTANT, JSON_REQUIRED, &set->time_us, 0, 0, NULL},
        {"waves", JSON_TABLE, JSON_REQUIRED, &set->waves, 0, LIMIT_SET_PACKAGES + 1, NULL},
        {"withdrawn", JSON_LIST, JSON_REQUIRED, &withdrawn, 0, LIMIT_WITHDRAWN, NULL},
    };
    int result = json_fields(object, FIELDS(fields), err);

    json_incref(set->flags);
    json_incref(set->waves);
    if (result < 0)
        return result;
    copy_name(set->ring, sizeof(set->ring), ring);
    plan->has_set = true;
    return take_withdrawn(withdrawn, plan, err);
}

static int take_requirements(const json_t *list, struct state_package *package, struct error *err)
{
    size_t i;
    json_t *row;

    json_array_foreach(list, i, row)
    {
        const char *type = "";
        const struct json_field fields[] = {
            {"issue", JSON_COUNT, JSON_REQUIRED, &package->requirements[i].issue, 0, COUNT_MAX,
             NULL},
            {"type", JSON_NAME, JSON_REQUIRED, &type, 1, LIMIT_NAME_BYTES, NULL},
        };
        int result = json_fields(row, FIELDS(fields), err);

        if (result < 0)
            return result;
        copy_name(package->requirements[i].type, sizeof(package->requirements[i].type), type);
        package->requirement_count = i + 1;
    }
    return 0;
}

static int take_range(const json_t *pair, uint64_t *low, uint64_t *high, const char *what,
                      struct error *err)
{
    const json_t *first = json_array_get(pair, 0), *second = json_array_get(pair, 1);

    if (pair == NULL)
        return 0;
    if (json_array_size(pair) != 2 || !json_is_integer(first) || !json_is_integer(second) ||
        json_integer_value(first) < 0 || json_integer_value(second) < json_integer_value(first))
        return error_set(err, ERROR_PROTOCOL, "%s: expected [low, high]", what);
    *low = (uint64_t)json_integer_value(first);
    *high = (uint64_t)json_integer_value(second);
    return 0;
}

static int take_answer(const char *answer, struct import_package *package, struct error *err)
{
    static const char *const names[] = {
        [IMPORT_REFUSED] = "refused", [IMPORT_CURRENT] = "current", [IMPORT_FETCH] = "fetch"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(answer, names[i]) == 0) {
            package->answer = (enum import_answer)i;
            return 0;
        }
    }
    return error_set(err, ERROR_PROTOCOL, "verify answers neither fetch, current nor refused");
}

/* Strings and lists of one row, before they are taken apart. */
struct row {
    const char *type, *version, *answer, *code, *words, *sealed;
    json_t *schema, *abi, *requires, *volumes;
    bool has_files;
};

static int read_row(const json_t *object, struct state_package *package, uint64_t *packed,
                    struct row *row, struct error *err)
{
    /* null where nothing is sealed, absent where the document was not read */
    bool has_sealed = json_object_get(object, "sealed") != NULL;
    const struct json_field fields[] = {
        {"abi", JSON_LIST, JSON_OPTIONAL, &row->abi, 0, 2, NULL},
        {"answer", JSON_TEXT, JSON_REQUIRED, &row->answer, 0, 16, NULL},
        {"bytes", JSON_COUNT, JSON_OPTIONAL, &package->bytes, 0, LIMIT_CONTENT_BYTES, NULL},
        {"code", JSON_TEXT, JSON_REQUIRED, &row->code, 0, 64, NULL},
        {"files", JSON_COUNT, JSON_OPTIONAL, &package->files, 0, LIMIT_PACKAGE_FILES,
         &row->has_files},
        {"id", JSON_SHA384, JSON_REQUIRED, package->id, 0, 0, NULL},
        {"issue", JSON_COUNT, JSON_REQUIRED, &package->issue, 0, COUNT_MAX, NULL},
        {"packed", JSON_COUNT, JSON_OPTIONAL, packed, 0, COUNT_MAX, NULL},
        {"requires", JSON_LIST, JSON_OPTIONAL, &row->requires, 0, LIMIT_REQUIRES, NULL},
        {"schema", JSON_LIST, JSON_OPTIONAL, &row->schema, 0, 2, NULL},
        {"type", JSON_NAME, JSON_REQUIRED, &row->type, 1, LIMIT_NAME_BYTES, NULL},
        {"volumes", JSON_LIST, JSON_OPTIONAL, &row->volumes, 0, LIMIT_VOLUMES, NULL},
        {"version", JSON_TEXT, JSON_REQUIRED, &row->version, 0, LIMIT_VERSION_BYTES, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &row->words, 0, WORDS_MAX, NULL},
        {"sealed", JSON_NAME, has_sealed ? JSON_NULLABLE : JSON_OPTIONAL, &row->sealed, 1,
         LIMIT_NAME_BYTES, NULL},
        {"time", JSON_INSTANT, JSON_NULLABLE, &package->time_us, 0, 0, NULL},
    };

    return json_fields(object, FIELDS(fields), err);
}

static int take_package(const json_t *object, uint64_t volumes, struct import_package *taken,
                        struct error *err)
{
    struct state_package *package = &taken->package;
    struct row row = {.type = "", .version = "", .answer = "", .code = "", .words = ""};
    int result = read_row(object, package, &taken->packed, &row, err);

    if (result == 0)
        result = take_answer(row.answer, taken, err);
    if (result == 0)
        result = take_problem(row.code, row.words, &taken->problem, err);
    if (result == 0)
        result = take_range(row.schema, &package->schema_low, &package->schema_high, "schema", err);
    if (result == 0)
        result = take_range(row.abi, &package->abi_low, &package->abi_high, "abi", err);
    if (result == 0)
        result = take_requirements(row.requires, package, err);
    if (result == 0 && row.volumes != NULL)
        result = volumes_read(row.volumes, volumes, &taken->volumes, err);
    if (result < 0)
        return result;
    if (taken->answer == IMPORT_FETCH && (!row.has_files || package->time_us == 0))
        return error_set(err, ERROR_PROTOCOL, "%s: to be fetched, but its document was not read",
                         row.type);
    copy_name(package->type, sizeof(package->type), row.type);
    copy_name(package->version, sizeof(package->version), row.version);
    copy_name(package->sealed, sizeof(package->sealed), row.sealed != NULL ? row.sealed : "");
    return 0;
}

/* Sorted by type and each once, as the set's schema has them. */
static int take_packages(const json_t *list, struct import_plan *plan, struct error *err)
{
    size_t i;
    json_t *row;

    json_array_foreach(list, i, row)
    {
        struct import_package *package = &plan->packages[i];
        int result;

        package->recipe_fd = -1;
        plan->package_count = i + 1;
        result = take_package(row, plan->volumes, package, err);
        if (result < 0)
            return error_context(err, "packages[%zu]", i);
        memcpy(package->package.set_digest, plan->set.digest, DIGEST_BYTES);
        if (i > 0 && strcmp(plan->packages[i - 1].package.type, package->package.type) >= 0)
            return error_set(err, ERROR_PROTOCOL, "packages are not sorted by type");
    }
    return 0;
}

static int take_resets(const json_t *list, struct import_plan *plan, struct error *err)
{
    size_t i;
    json_t *row;

    plan->resets = bytes_allocate(json_array_size(list) + 1, sizeof(*plan->resets));
    json_array_foreach(list, i, row)
    {
        struct import_reset *reset = &plan->resets[i];
        const char *subject = "";
        const struct json_field fields[] = {
            {"number", JSON_COUNT, JSON_REQUIRED, &reset->number, 0, COUNT_MAX, NULL},
            {"root", JSON_COUNT, JSON_REQUIRED, &reset->root, 1, LIMIT_ROOT_DOCUMENTS, NULL},
            {"subject", JSON_TEXT, JSON_REQUIRED, &subject, 1, STATE_SUBJECT_BYTES - 1, NULL},
            {"time", JSON_INSTANT, JSON_REQUIRED, &reset->time_us, 0, 0, NULL},
        };
        int result = json_fields(row, FIELDS(fields), err);

        if (result == 0 && !floor_subject_valid(subject))
            result = error_set(err, ERROR_PROTOCOL, "a subject that is no type and no ring");
        if (result < 0)
            return error_context(err, "resets[%zu]", i);
        copy_name(reset->subject, sizeof(reset->subject), subject);
        plan->reset_count = i + 1;
    }
    return 0;
}

static int take_export(const json_t *object, struct import_plan *plan, struct error *err)
{
    const struct json_field fields[] = {
        {"id", JSON_SHA384, JSON_REQUIRED, plan->export_id, 0, 0, NULL},
        {"volume", JSON_COUNT, JSON_REQUIRED, &plan->volume, 1, LIMIT_VOLUMES, NULL},
        {"volumes", JSON_COUNT, JSON_REQUIRED, &plan->volumes, 1, LIMIT_VOLUMES, NULL},
    };
    int result = json_fields(object, FIELDS(fields), err);

    if (result == 0 && plan->volume > plan->volumes)
        result = error_set(err, ERROR_PROTOCOL, "a volume after the last");
    plan->has_export = result == 0;
    return result;
}

static int read_plan(const json_t *body, struct import_plan *plan, struct error *err)
{
    const char *code = "", *words = "", *set_answer = NULL;
    json_t *set = NULL, *packages = NULL, *files = NULL, *resets = NULL, *export = NULL;
    const struct json_field fields[] = {
        {"code", JSON_TEXT, JSON_REQUIRED, &code, 0, 64, NULL},
        {"export", JSON_TABLE, JSON_NULLABLE, &export, 0, 3, NULL},
        {"files", JSON_TABLE, JSON_OPTIONAL, &files, 0, 8, NULL},
        {"packages", JSON_LIST, JSON_REQUIRED, &packages, 0, LIMIT_SET_PACKAGES, NULL},
        {"resets", JSON_LIST, JSON_OPTIONAL, &resets, 0, LIMIT_FLOOR_RESETS, NULL},
        {"set", JSON_TABLE, JSON_NULLABLE, &set, 0, 32, NULL},
        {"set_answer", JSON_TEXT, JSON_NULLABLE, &set_answer, 0, 16, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 0, WORDS_MAX, NULL},
    };
    int result = json_fields(body, FIELDS(fields), err);

    if (result == 0)
        result = take_problem(code, words, &plan->problem, err);
    if (result == 0 && export != NULL)
        result = take_export(export, plan, err);
    if (result == 0 && set != NULL)
        result = take_set(set, plan, err);
    if (result == 0 && resets != NULL)
        result = take_resets(resets, plan, err);
    if (result == 0)
        result = take_packages(packages, plan, err);
    if (result == 0 && plan->problem.code == ERROR_OK && !plan->has_set)
        result = error_set(err, ERROR_PROTOCOL, "a good plan without a set");
    return result;
}

int import_plan_read(json_t *body, struct import_plan *plan, struct error *err)
{
    *plan = (struct import_plan){.body = json_incref(body)};
    if (read_plan(body, plan, err) < 0) {
        err->code = ERROR_PROTOCOL;
        return error_context(err, "verify's plan");
    }
    return 0;
}

void import_plan_clear(struct import_plan *plan)
{
    for (size_t i = 0; i < plan->withdrawn_count; i++) {
        free(plan->withdrawn[i].reason);
        free(plan->withdrawn[i].link);
    }
    free(plan->withdrawn);
    free(plan->resets);
    for (size_t i = 0; i < plan->package_count; i++) {
        if (plan->packages[i].recipe_fd >= 0)
            close(plan->packages[i].recipe_fd);
    }
    state_set_clear(&plan->set);
    json_decref(plan->body);
    *plan = (struct import_plan){.package_count = 0};
}

static int refuse_by_floor(enum floor_answer answer, const char *what, struct error *problem)
{
    switch (answer) {
    case FLOOR_NEWER:
    case FLOOR_SAME:
        return 0;
    case FLOOR_OLDER:
        return error_set(problem, ERROR_ROLLBACK, "%s is older than what was accepted before",
                         what);
    case FLOOR_CONFLICT:
        return error_set(problem, ERROR_EQUIVOCATION,
                         "%s contradicts what was accepted before in time and number", what);
    }
    return 0;
}

/* Our own floor, as it will be once the root documents of the plan are in force. */
static int read_floor(const struct import_plan *plan, struct state *state, const char *subject,
                      struct floor *floor, struct error *err)
{
    int result = state_floor(state, subject, floor, err);

    for (size_t i = 0; i < plan->reset_count && result == 0; i++) {
        if (strcmp(plan->resets[i].subject, subject) == 0)
            (void)floor_lower(floor, plan->resets[i].time_us, plan->resets[i].number);
    }
    return result;
}

int import_plan_check_resets(const struct import_plan *plan, uint64_t known, size_t count,
                             struct error *err)
{
    for (size_t i = 0; i < plan->reset_count; i++) {
        if (plan->resets[i].root <= known || plan->resets[i].root > known + count)
            return error_set(err, ERROR_PROTOCOL,
                             "verify's plan: a floor reset of root document %lu, which is not new",
                             (unsigned long)plan->resets[i].root);
    }
    return 0;
}

/* Expiry is for people, but a script may want to be told by a refusal. */
static int check_times(const struct import_plan *plan, const struct import_plan_check *check,
                       struct error *err)
{
    char expiry[INSTANT_TEXT_BYTES], now[INSTANT_TEXT_BYTES];
    int64_t now_us = floor_now(check->clock);

    if (!check->confirm_time && floor_check_future(check->clock, plan->set.time_us, err) < 0)
        return -(int)err->code;
    if (check->strict_expiry && plan->set.expires_us < now_us)
        return error_set(err, ERROR_EXPIRED, "set %lu has expired at %s, it is %s",
                         (unsigned long)plan->set.sequence,
                         instant_format(plan->set.expires_us, expiry), instant_format(now_us, now));
    return 0;
}

static int recheck_set(struct import_plan *plan, const struct import_plan_check *check,
                       struct error *err)
{
    char subject[STATE_SUBJECT_BYTES], words[LIMIT_NAME_BYTES + 32];
    struct floor floor;
    int result;

    if (strcmp(plan->set.ring, check->ring) != 0)
        return error_set(err, ERROR_WRONG_RING, "the set is of ring %s, this endpoint of %s",
                         plan->set.ring, check->ring);
    snprintf(subject, sizeof(subject), "ring:%s", check->ring);
    snprintf(words, sizeof(words), "set %lu", (unsigned long)plan->set.sequence);
    result = read_floor(plan, check->state, subject, &floor, err);
    if (result == 0)
        result = refuse_by_floor(
            floor_compare(&floor, plan->set.time_us, plan->set.sequence, plan->set.digest), words,
            err);
    return result < 0 ? result : check_times(plan, check, err);
}

static int recheck_package(const struct import_plan *plan, struct import_package *package,
                           const struct import_plan_check *check, struct error *err)
{
    char subject[STATE_SUBJECT_BYTES];
    struct floor floor;
    int result;

    if (package->answer != IMPORT_FETCH)
        return 0;
    snprintf(subject, sizeof(subject), "type:%s", package->package.type);
    result = read_floor(plan, check->state, subject, &floor, err);
    if (result < 0)
        return result;
    if (refuse_by_floor(floor_compare(&floor, package->package.time_us, package->package.issue,
                                      package->package.id),
                        package->package.type, &package->problem) < 0 ||
        (!check->confirm_time &&
         floor_check_future(check->clock, package->package.time_us, &package->problem) < 0))
        package->answer = IMPORT_REFUSED;
    return 0;
}

int import_plan_recheck(struct import_plan *plan, const struct import_plan_check *check,
                        struct error *err)
{
    int result = recheck_set(plan, check, err);

    for (size_t i = 0; i < plan->package_count && result == 0; i++)
        result = recheck_package(plan, &plan->packages[i], check, err);
    return result;
}

static bool is_own_word(enum error_code code)
{
    return code == ERROR_AHEAD_OF_RING || code == ERROR_QUARANTINED || code == ERROR_WITHDRAWN;
}

bool import_plan_accepts(const struct import_plan *plan)
{
    bool own = plan->package_count > 0;

    for (size_t i = 0; i < plan->package_count; i++) {
        const struct import_package *package = &plan->packages[i];

        if (package->answer != IMPORT_REFUSED || package->problem.code == ERROR_AHEAD_OF_RING)
            return true;
        own = own && is_own_word(package->problem.code);
    }
    return own || plan->package_count == 0;
}

bool import_plan_awaits(const struct import_package *package)
{
    return package->answer == IMPORT_FETCH && !package->staged;
}

uint64_t import_plan_packed_bytes(const struct import_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->package_count; i++) {
        if (import_plan_awaits(&plan->packages[i]))
            sum += plan->packages[i].packed;
    }
    return sum;
}

uint64_t import_plan_needed_bytes(const struct import_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->package_count; i++) {
        if (import_plan_awaits(&plan->packages[i]))
            sum += plan->packages[i].package.bytes;
    }
    return sum;
}

uint64_t import_plan_read_bytes(const struct import_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->package_count; i++)
        sum += plan->packages[i].read_bytes;
    return sum;
}

uint64_t import_plan_kept_bytes(const struct import_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->package_count; i++)
        sum += plan->packages[i].kept_bytes;
    return sum;
}

size_t import_plan_fetches(const struct import_plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->package_count; i++)
        count += import_plan_awaits(&plan->packages[i]);
    return count;
}

uint64_t import_plan_built_bytes(const struct import_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->package_count; i++)
        sum += plan->packages[i].built_bytes;
    return sum;
}
