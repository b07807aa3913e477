/* SPDX-License-Identifier: ISC
 *
 * The real program: what an inspection says, and the conversation itself.
 */
#include "tests/agent/run-verify.h"

#include "agent/control/verify-protocol.h"

static struct run_verify *inspection(struct medium *medium)
{
    struct run_verify *run = run_verify_new(medium);

    json_object_set_new(run->request, "mode", json_string("inspect"));
    return run;
}

static int64_t count_of(const struct run_verify *run, const char *member)
{
    return json_integer_value(json_object_get(json_object_get(run->plan, "files"), member));
}

static const char *first_of(const struct run_verify *run, const char *member)
{
    const json_t *names = json_object_get(json_object_get(run->plan, "files"), member);

    return json_string_value(json_array_get(names, 0));
}

/* ---- inspections ---- */

static void an_inspection_counts_every_file(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = inspection(medium);

    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    assert_int_equal(count_of(run, "listed"), medium->export.file_count);
    assert_int_equal(count_of(run, "matching"), medium->export.file_count);
    assert_int_equal(count_of(run, "missing"), 0);
    assert_int_equal(run->recipe_count + run->root_count + run->list_count, 0);
    assert_non_null(run_document(run, "sallyport/root/1.p7m"));
    run_verify_free(run);
}

static void an_inspection_without_a_ring_takes_the_last(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = inspection(medium);

    json_object_set_new(run->request, "ring", json_null());
    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(run->plan, "set"), "ring")), MEDIUM_RING);
    run_verify_free(run);
}

static void an_inspection_finds_what_is_not_listed(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = inspection(medium);
    const json_t *unlisted;

    medium_write(medium, "sallyport/packs/autorun.inf", "x", 1);
    medium_write(medium, "sallyport/receipts/host-1/1.p7m", "x", 1);
    run_all(run, medium);
    assert_string_equal(run_code(run), "unexpected-file");
    unlisted = json_object_get(json_object_get(run->plan, "files"), "unlisted");
    assert_int_equal(json_array_size(unlisted), 1);
    assert_string_equal(json_string_value(json_array_get(unlisted, 0)),
                        "sallyport/packs/autorun.inf");
    run_verify_free(run);
    run_expect(medium, ERROR_OK);
}

static void an_inspection_finds_a_changed_pack(void **state)
{
    struct medium *medium = *state;
    const char *path = NULL;
    struct run_verify *run;
    struct bytes pack;

    for (size_t i = 0; i < medium->export.file_count; i++) {
        if (strstr(medium->export.files[i].path, "/packs/") != NULL)
            path = medium->export.files[i].path;
    }
    assert_non_null(path);
    pack = medium_read(medium, path);
    pack.data[pack.size / 2] ^= 1;
    medium_write(medium, path, pack.data, pack.size);
    bytes_clear(&pack);
    run = inspection(medium);
    run_all(run, medium);
    assert_string_equal(run_code(run), "mixed-export");
    assert_int_equal(count_of(run, "matching"), medium->export.file_count - 1);
    assert_int_equal(count_of(run, "missing"), 0);
    assert_string_equal(first_of(run, "unmatched"), path);
    run_verify_free(run);
    medium_remove(medium, path);
    run = inspection(medium);
    run_all(run, medium);
    assert_int_equal(count_of(run, "missing"), 1);
    run_verify_free(run);
}

static void tokens_are_handed_out_when_asked_for(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);
    const json_t *set, *extract;

    json_object_set_new(run->request, "tokens", json_true());
    run_all(run, medium);
    set = run_document(run, "sallyport/rings/" MEDIUM_RING "/set-1.p7m");
    extract = json_object_get(set, "extract");
    assert_int_equal(json_array_size(extract), 1);
    assert_true(strlen(json_string_value(json_object_get(json_array_get(extract, 0), "token"))) >
                1000);
    assert_true(json_is_true(json_object_get(json_object_get(set, "checks"), "accepted")));
    assert_true(json_is_true(json_object_get(json_object_get(set, "checks"), "floor_passed")));
    run_verify_free(run);
}

static void an_older_root_is_shown_as_not_judged(void **state)
{
    struct medium *medium = *state;
    const json_t *document;
    struct run_verify *run;

    medium_write_root(medium);
    medium_write_set(medium);
    medium_write_export(medium);
    run = inspection(medium);
    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    document = run_document(run, "sallyport/root/1.p7m");
    assert_string_equal(json_string_value(json_object_get(document, "words")),
                        "older than root document 2, not judged");
    document = run_document(run, "sallyport/root/2.p7m");
    assert_true(json_is_true(json_object_get(json_object_get(document, "checks"), "accepted")));
    run_verify_free(run);
}

/* ---- conversation ---- */

static void ends_with_protocol_error(struct run_verify *run)
{
    run_judge(run);
    assert_int_equal(run->ended, ERROR_PROTOCOL);
    run_verify_free(run);
}

static void messages_out_of_turn_end_it(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);

    run_send(run, VERIFY_CRL, "x", 1);
    ends_with_protocol_error(run);
    run = run_verify_new(medium);
    run_send(run, VERIFY_STAGED, "{}", 2);
    ends_with_protocol_error(run);
    run = run_verify_new(medium);
    run_send(run, 999, "{}", 2);
    ends_with_protocol_error(run);
}

static void a_root_that_is_not_good_ends_it(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);

    run_send(run, VERIFY_ROOT, "x", 1);
    run_judge(run);
    assert_int_equal(run->ended, ERROR_NOT_DER);
    run_verify_free(run);
}

/* Each member in turn as it must not be. */
static void a_request_that_is_not_one_ends_it(void **state)
{
    static const struct {
        const char *member, *value;
    } rows[] = {
        {"trust", "true"},
        {"mode", "\"believe\""},
        {"ring", "\"No Ring\""},
        {"clock", "{}"},
        {"clock", "null"},
        {"ring_floor", "{}"},
        {"ring_floor", "{\"digest\":\"\",\"number\":1,\"time\":\"2026-11-23T08:15:00Z\"}"},
        {"floors", "{\"A\":{}}"},
        {"floors", "{\"a\":{}}"},
        {"floors", "[]"},
        {"installed", "{\"A\":\"\"}"},
        {"installed", "{\"a\":\"00\"}"},
        {"installed", "{\"a\":1}"},
        {"only", "[1]"},
        {"only", "[\"A\"]"},
        {"withdrawn", "[1]"},
        {"withdrawn", "[\"00\"]"},
        {"quarantined", "[\"00\"]"},
        {"quarantined", "null"},
        {"tokens", "1"},
        {"confirm_time", "1"},
    };
    struct medium *medium = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run_verify *run = run_verify_new(medium);

        json_object_set_new(run->request, rows[i].member,
                            json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        run_judge(run);
        if (run->ended != ERROR_BAD_DOCUMENT)
            fail_msg("%s: %s: %s", rows[i].member, rows[i].value, error_name(run->ended));
        run_verify_free(run);
    }
}

/* From inside the real process, in every thread: open, socket, execve, io_uring and more. */
static void no_thread_can_reach_anything(void **state)
{
    struct medium *medium = *state;
    struct run_verify *run = run_verify_new(medium);
    uint64_t threads = 0;
    char words[512];

    if (run_selftest(run, &threads, words, sizeof(words)) != ERROR_OK)
        fail_msg("%s", words);
    assert_true(threads >= 3);
    run_all(run, medium);
    assert_string_equal(run_code(run), "ok");
    if (run_selftest(run, &threads, words, sizeof(words)) != ERROR_OK)
        fail_msg("%s", words);
    run_verify_free(run);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, run_setup, run_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_inspection_counts_every_file),
        CASE(an_inspection_without_a_ring_takes_the_last),
        CASE(an_inspection_finds_what_is_not_listed),
        CASE(an_inspection_finds_a_changed_pack),
        CASE(tokens_are_handed_out_when_asked_for),
        CASE(an_older_root_is_shown_as_not_judged),
        CASE(messages_out_of_turn_end_it),
        CASE(a_root_that_is_not_good_ends_it),
        CASE(a_request_that_is_not_one_ends_it),
        CASE(no_thread_can_reach_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
