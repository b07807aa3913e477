/* SPDX-License-Identifier: ISC
 *
 * The monitor believes verify about a medium, but takes its answer field by field and decides about
 * floors with its own numbers.
 */
#include "tests/test.h"

#include <unistd.h>

#include "agent/import-plan.h"
#include "media/base/instant.h"
#include "tests/scratch.h"

static void *scratch;
static struct state *store;
static struct import_plan plan;

static int open_state(void **state)
{
    struct error err = {0};
    char folder[300];

    if (scratch_open(&scratch) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s/state", ((struct scratch *)scratch)->path);
    return state_open(folder, "test", &store, &err);
}

static int close_state(void **state)
{
    state_close(store);
    return scratch_close(&scratch);
}

static json_t *digest_value(const char *digit)
{
    char text[DIGEST_TEXT_BYTES];

    memset(text, digit[0], sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    return json_string(text);
}

static json_t *make_package(const char *type, const char *digit, const char *answer)
{
    return json_pack("{s:s, s:o, s:s, s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:n, s:[i,i],"
                     " s:[i,i], s:[{s:i, s:s}], s:[i,i]}",
                     "type", type, "id", digest_value(digit), "version", "7", "issue", 7, "time",
                     "2026-11-01T00:00:00Z", "answer", answer, "code", "ok", "words", "", "files",
                     2, "bytes", 100, "packed", 50, "sealed", "schema", 1, 2, "abi", 1, 1,
                     "requires", "issue", 3, "type", "other", "volumes", 1, 3);
}

static json_t *make_plan(void)
{
    json_t *set = json_pack(
        "{s:s, s:i, s:o, s:s, s:s, s:i, s:{s:[]}, s:[{s:o, s:s, s:s, s:b}], s:{}}", "ring",
        "public", "sequence", 5, "digest", digest_value("a"), "time", "2026-11-02T00:00:00Z",
        "expires", "2027-01-01T00:00:00Z", "root_version", 1, "waves", "default", "withdrawn", "id",
        digest_value("b"), "reason", "bad", "link", "", "harmful", 1, "flags");

    return json_pack("{s:s, s:s, s:{s:o, s:i, s:i}, s:o, s:s, s:[o, o], s:{}}", "code", "ok",
                     "words", "", "export", "id", digest_value("e"), "volume", 2, "volumes", 3,
                     "set", set, "set_answer", "newer", "packages",
                     make_package("alpha", "1", "fetch"), make_package("beta", "2", "current"),
                     "files");
}

/* Reads it and gives it back to the heap. */
static int read_plan(json_t *body, struct error *err)
{
    int result = import_plan_read(body, &plan, err);

    json_decref(body);
    return result;
}

static json_t *package_of(json_t *body, size_t i)
{
    return json_array_get(json_object_get(body, "packages"), i);
}

static void every_field_is_taken(void **state)
{
    struct error err = {0};

    assert_ok(read_plan(make_plan(), &err), &err);
    assert_true(plan.has_set);
    assert_string_equal(plan.set.ring, "public");
    assert_int_equal(plan.set.sequence, 5);
    assert_int_equal(plan.set.digest[47], 0xaa);
    assert_int_equal(plan.withdrawn_count, 1);
    assert_true(plan.withdrawn[0].harmful);
    assert_string_equal(plan.withdrawn[0].reason, "bad");
    assert_int_equal(plan.package_count, 2);
    assert_int_equal(plan.packages[0].answer, IMPORT_FETCH);
    assert_int_equal(plan.packages[0].package.issue, 7);
    assert_int_equal(plan.packages[0].package.schema_high, 2);
    assert_int_equal(plan.packages[0].package.requirement_count, 1);
    assert_string_equal(plan.packages[0].package.requirements[0].type, "other");
    assert_memory_equal(plan.packages[0].package.set_digest, plan.set.digest, DIGEST_BYTES);
    assert_int_equal(plan.packages[1].answer, IMPORT_CURRENT);
    assert_true(plan.has_export && plan.volume == 2 && plan.volumes == 3);
    assert_int_equal(plan.export_id[0], 0xee);
    assert_true(volumes_has(&plan.packages[0].volumes, 1) &&
                volumes_has(&plan.packages[0].volumes, 3));
    assert_int_equal(volumes_count(&plan.packages[0].volumes), 2);
    assert_int_equal(import_plan_fetches(&plan), 1);
    assert_int_equal(import_plan_packed_bytes(&plan), 50);
    assert_int_equal(import_plan_needed_bytes(&plan), 100);
    import_plan_clear(&plan);
}

static void a_refusal_of_the_whole_comes_with_its_code_and_words(void **state)
{
    json_t *body = json_pack("{s:s, s:s, s:n, s:n, s:n, s:[], s:{}}", "code", "rollback", "words",
                             "older", "export", "set", "set_answer", "packages", "files");
    struct error err = {0};

    assert_ok(read_plan(body, &err), &err);
    assert_int_equal(plan.problem.code, ERROR_ROLLBACK);
    assert_string_equal(plan.problem.words, "older");
    assert_false(plan.has_set);
    import_plan_clear(&plan);
}

static json_t *make_reset(const char *subject, int root)
{
    return json_pack("{s:i, s:i, s:s, s:s}", "number", 1, "root", root, "subject", subject, "time",
                     "2026-10-01T00:00:00Z");
}

static void resets_are_of_root_documents_that_came_with_them(void **state)
{
    json_t *body = make_plan();
    struct error err = {0};

    json_object_set_new(
        body, "resets",
        json_pack("[o, o]", make_reset("ring:public", 3), make_reset("type:alpha", 4)));
    assert_ok(read_plan(body, &err), &err);
    assert_int_equal(plan.reset_count, 2);
    assert_string_equal(plan.resets[1].subject, "type:alpha");
    assert_ok(import_plan_check_resets(&plan, 2, 2, &err), &err);
    assert_refused(import_plan_check_resets(&plan, 3, 2, &err), &err, ERROR_PROTOCOL);
    assert_refused(import_plan_check_resets(&plan, 2, 1, &err), &err, ERROR_PROTOCOL);
    assert_refused(import_plan_check_resets(&plan, 2, 0, &err), &err, ERROR_PROTOCOL);
    import_plan_clear(&plan);
}

static int64_t at(const char *text)
{
    int64_t instant;

    assert_int_equal(instant_parse(text, strlen(text), &instant), 0);
    return instant;
}

/* The plan as it was read, on the day of its set. */
static int check_plan(struct error *err)
{
    const struct floor_clock clock = {.local_us = at("2026-11-02T12:00:00Z")};
    const struct import_plan_check check = {.state = store, .ring = "public", .clock = &clock};

    return import_plan_recheck(&plan, &check, err);
}

static void a_reset_lets_pass_what_the_floor_forbids(void **state)
{
    struct floor floor = {.present = true, .number = 9};
    struct error err = {0};
    json_t *body;

    memset(floor.digest, 1, DIGEST_BYTES);
    assert_int_equal(instant_parse("2026-12-01T00:00:00Z", 20, &floor.time_us), 0);
    assert_ok(state_raise_floor(store, "ring:public", &floor, &err), &err);
    assert_ok(read_plan(make_plan(), &err), &err);
    assert_refused(check_plan(&err), &err, ERROR_ROLLBACK);
    import_plan_clear(&plan);
    body = make_plan();
    json_object_set_new(body, "resets", json_pack("[o]", make_reset("ring:other", 2)));
    assert_ok(read_plan(body, &err), &err);
    assert_refused(check_plan(&err), &err, ERROR_ROLLBACK);
    import_plan_clear(&plan);
    body = make_plan();
    json_object_set_new(body, "resets", json_pack("[o]", make_reset("ring:public", 2)));
    assert_ok(read_plan(body, &err), &err);
    assert_ok(check_plan(&err), &err);
    import_plan_clear(&plan);
    /* Judging lowers nothing. */
    assert_ok(state_floor(store, "ring:public", &floor, &err), &err);
    assert_int_equal(floor.number, 9);
}

/* Each changes one thing in a good plan; none may pass. */
struct change {
    const char *name;
    void (*make)(json_t *body);
};

static void reset_of_no_floor(json_t *body)
{
    json_object_set_new(body, "resets", json_pack("[o]", make_reset("newest_time", 2)));
}
static void reset_without_a_root(json_t *body)
{
    json_t *reset = make_reset("type:alpha", 2);

    json_object_del(reset, "root");
    json_object_set_new(body, "resets", json_pack("[o]", reset));
}
static void no_code(json_t *body)
{
    json_object_del(body, "code");
}

static void invented_code(json_t *body)
{
    json_object_set_new(body, "code", json_string("fine"));
}

static void unknown_key(json_t *body)
{
    json_object_set_new(body, "more", json_true());
}

static void good_without_set(json_t *body)
{
    json_object_set_new(body, "set", json_null());
}

static void set_without_waves(json_t *body)
{
    json_object_del(json_object_get(body, "set"), "waves");
}

static void short_digest(json_t *body)
{
    json_object_set_new(json_object_get(body, "set"), "digest", json_string("abcd"));
}

static void sequence_zero(json_t *body)
{
    json_object_set_new(json_object_get(body, "set"), "sequence", json_integer(0));
}

static void strange_answer(json_t *body)
{
    json_object_set_new(package_of(body, 0), "answer", json_string("install"));
}

static void fetch_without_files(json_t *body)
{
    json_object_del(package_of(body, 0), "files");
}

static void fetch_without_time(json_t *body)
{
    json_object_set_new(package_of(body, 0), "time", json_null());
}

static void volume_after_the_last(json_t *body)
{
    json_object_set_new(json_object_get(body, "export"), "volume", json_integer(4));
}

static void package_on_a_volume_that_is_none(json_t *body)
{
    json_object_set_new(package_of(body, 0), "volumes", json_pack("[i, i]", 1, 4));
}

static void volumes_that_fall(json_t *body)
{
    json_object_set_new(package_of(body, 0), "volumes", json_pack("[i, i]", 3, 1));
}

static void volumes_without_an_export(json_t *body)
{
    json_object_set_new(body, "export", json_null());
}

static void type_of_a_path(json_t *body)
{
    json_object_set_new(package_of(body, 0), "type", json_string("../../etc"));
}

static void bytes_over_the_limit(json_t *body)
{
    json_object_set_new(package_of(body, 0), "bytes", json_integer(INT64_MAX));
}

static void one_type_twice(json_t *body)
{
    json_object_set_new(package_of(body, 1), "type", json_string("alpha"));
}

static void range_that_falls(json_t *body)
{
    json_object_set_new(package_of(body, 0), "schema", json_pack("[i,i]", 2, 1));
}

static void range_of_three(json_t *body)
{
    json_object_set_new(package_of(body, 0), "abi", json_pack("[i,i,i]", 1, 1, 1));
}

static void package_that_is_text(json_t *body)
{
    json_array_set_new(json_object_get(body, "packages"), 0, json_string("alpha"));
}

static void too_many_packages(json_t *body)
{
    json_t *packages = json_object_get(body, "packages");

    while (json_array_size(packages) <= LIMIT_SET_PACKAGES)
        json_array_append_new(packages, json_object());
}

static void withdrawn_without_id(json_t *body)
{
    json_object_del(json_array_get(json_object_get(json_object_get(body, "set"), "withdrawn"), 0),
                    "id");
}

static void a_plan_that_breaks_the_protocol_is_refused(void **state)
{
    static const struct change changes[] = {
        {"no code", no_code},
        {"reset of what is no floor", reset_of_no_floor},
        {"reset without a root", reset_without_a_root},
        {"invented code", invented_code},
        {"unknown key", unknown_key},
        {"good without set", good_without_set},
        {"set without waves", set_without_waves},
        {"short digest", short_digest},
        {"sequence zero", sequence_zero},
        {"strange answer", strange_answer},
        {"fetch without files", fetch_without_files},
        {"fetch without time", fetch_without_time},
        {"volume after the last", volume_after_the_last},
        {"package on a volume that is none", package_on_a_volume_that_is_none},
        {"volumes that fall", volumes_that_fall},
        {"volumes without an export", volumes_without_an_export},
        {"type of a path", type_of_a_path},
        {"bytes over the limit", bytes_over_the_limit},
        {"one type twice", one_type_twice},
        {"range that falls", range_that_falls},
        {"range of three", range_of_three},
        {"package that is text", package_that_is_text},
        {"too many packages", too_many_packages},
        {"withdrawn without id", withdrawn_without_id},
    };

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        json_t *body = make_plan();
        struct error err = {0};

        changes[i].make(body);
        if (read_plan(body, &err) != -(int)ERROR_PROTOCOL)
            fail_msg("%s: taken (%s)", changes[i].name, err.words);
        import_plan_clear(&plan);
    }
}

static void put_floor(const char *subject, int64_t time_us, uint64_t number, uint8_t digit)
{
    struct floor floor = {.present = true, .time_us = time_us, .number = number};
    struct error err = {0};

    memset(floor.digest, digit, DIGEST_BYTES);
    assert_ok(state_raise_floor(store, subject, &floor, &err), &err);
}

/* As a clock says that is where the test wants it; the set is of 2 November and expires in January. */
static int recheck_at(const char *ring, const char *local, bool confirm, bool strict,
                      struct error *err)
{
    const struct floor_clock clock = {.local_us = at(local)};
    const struct import_plan_check check = {.state = store,
                                            .ring = ring,
                                            .clock = &clock,
                                            .confirm_time = confirm,
                                            .strict_expiry = strict};

    assert_ok(read_plan(make_plan(), err), err);
    return import_plan_recheck(&plan, &check, err);
}

static int recheck(struct error *err)
{
    return recheck_at("public", "2026-11-02T12:00:00Z", false, false, err);
}

static void a_set_below_our_own_floor_is_refused_whatever_verify_says(void **state)
{
    struct error err = {0};

    assert_ok(recheck(&err), &err);
    import_plan_clear(&plan);
    put_floor("ring:public", at("2026-11-03T00:00:00Z"), 6, 1);
    assert_refused(recheck(&err), &err, ERROR_ROLLBACK);
    import_plan_clear(&plan);
}

static void the_same_number_with_another_digest_is_equivocation(void **state)
{
    struct error err = {0};

    put_floor("ring:public", at("2026-11-02T00:00:00Z"), 5, 1);
    assert_refused(recheck(&err), &err, ERROR_EQUIVOCATION);
    import_plan_clear(&plan);
}

static void the_same_set_again_passes(void **state)
{
    struct error err = {0};

    put_floor("ring:public", at("2026-11-02T00:00:00Z"), 5, 0xaa);
    assert_ok(recheck(&err), &err);
    import_plan_clear(&plan);
}

static void a_package_below_our_own_floor_holds_only_itself(void **state)
{
    struct error err = {0};

    put_floor("type:alpha", at("2026-11-02T00:00:00Z"), 8, 9);
    assert_ok(recheck(&err), &err);
    assert_int_equal(plan.packages[0].answer, IMPORT_REFUSED);
    assert_int_equal(plan.packages[0].problem.code, ERROR_ROLLBACK);
    assert_int_equal(plan.packages[1].answer, IMPORT_CURRENT);
    import_plan_clear(&plan);
}

static void a_set_of_another_ring_is_refused(void **state)
{
    struct error err = {0};

    assert_refused(recheck_at("internal", "2026-11-02T12:00:00Z", false, false, &err), &err,
                   ERROR_WRONG_RING);
    import_plan_clear(&plan);
}

static void a_time_far_ahead_of_the_clock_has_to_be_confirmed(void **state)
{
    struct error err = {0};

    assert_refused(recheck_at("public", "2026-10-31T12:00:00Z", false, false, &err), &err,
                   ERROR_FROM_THE_FUTURE);
    assert_non_null(strstr(err.words, "2026-11-02T00:00:00Z"));
    assert_non_null(strstr(err.words, "2026-10-31T12:00:00Z"));
    import_plan_clear(&plan);
    assert_ok(recheck_at("public", "2026-10-31T12:00:00Z", true, false, &err), &err);
    import_plan_clear(&plan);
    /* Within a day no word is needed. */
    assert_ok(recheck_at("public", "2026-11-01T12:00:00Z", false, false, &err), &err);
    import_plan_clear(&plan);
}

static void an_expired_set_is_refused_only_where_that_is_asked_for(void **state)
{
    struct error err = {0};

    assert_ok(recheck_at("public", "2027-02-01T00:00:00Z", false, false, &err), &err);
    import_plan_clear(&plan);
    assert_refused(recheck_at("public", "2027-02-01T00:00:00Z", false, true, &err), &err,
                   ERROR_EXPIRED);
    import_plan_clear(&plan);
    shows_case("B5");
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(every_field_is_taken),
        ROW(a_refusal_of_the_whole_comes_with_its_code_and_words),
        ROW(a_plan_that_breaks_the_protocol_is_refused),
        ROW(resets_are_of_root_documents_that_came_with_them),
        ROW(a_reset_lets_pass_what_the_floor_forbids),
        ROW(a_set_below_our_own_floor_is_refused_whatever_verify_says),
        ROW(the_same_number_with_another_digest_is_equivocation),
        ROW(the_same_set_again_passes),
        ROW(a_package_below_our_own_floor_holds_only_itself),
        ROW(a_set_of_another_ring_is_refused),
        ROW(a_time_far_ahead_of_the_clock_has_to_be_confirmed),
        ROW(an_expired_set_is_refused_only_where_that_is_asked_for),
    };

    return cmocka_run_group_tests_name("import-plan", tests, NULL, NULL);
}
