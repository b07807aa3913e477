/* SPDX-License-Identifier: ISC
 *
 * The real program: floor resets of root documents. What is applied and what is not, attacks among
 * them: a reset for somebody else, in a document that is known, unsigned, or out of its place.
 */
#include "tests/agent/run-verify.h"

#include "media/base/instant.h"

#define ME "ws-07"

static void put_reset(struct medium *medium, const char *endpoint, const char *subject)
{
    struct root_document *root = &medium->root;
    struct root_floor_reset *reset;

    if (root->resets == NULL)
        root->resets = bytes_allocate(4, sizeof(*root->resets));
    reset = &root->resets[root->reset_count++];
    *reset = (struct root_floor_reset){.time_us = INSTANT_SECOND_US, .number = 1};
    snprintf(reset->endpoint, sizeof(reset->endpoint), "%s", endpoint);
    snprintf(reset->subject, sizeof(reset->subject), "%s", subject);
}

/* Root document 2 with what was put, and a set made under it. */
static void sign_root(struct medium *medium)
{
    medium_write_root(medium);
    medium->root.reset_count = 0;
    medium_write_set(medium);
    medium_write_export(medium);
}

/* An endpoint whose floor of the type null lies above everything. */
static struct run_verify *start(struct medium *medium, const char *endpoint)
{
    static const uint8_t digest[DIGEST_BYTES] = {1};
    struct run_verify *run = run_verify_new(medium);

    run_set_floor(run, "null", instant_clock() + INSTANT_HOUR_US, 1000000, digest);
    if (endpoint != NULL)
        json_object_set_new(run->request, "endpoint", json_string(endpoint));
    return run;
}

/* Judges with root document 1 known; frees the run. *resets of the plan. */
static bool passes(struct run_verify *run, const struct bytes *first, size_t *resets)
{
    bool fetched;

    run_root(run, first);
    run_judge(run);
    fetched = strcmp(run_package_text(run, "null", "answer"), "fetch") == 0;
    *resets = json_array_size(json_object_get(run->plan, "resets"));
    run_verify_free(run);
    return fetched;
}

static void a_reset_for_this_endpoint_is_applied_and_told(void **state)
{
    static const char *const names[] = {ME, "*"};
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");

    for (size_t i = 0; i < 2; i++) {
        struct run_verify *run;
        const json_t *reset;

        put_reset(medium, names[i], "type:null");
        sign_root(medium);
        run = start(medium, ME);
        run_root(run, &first);
        run_judge(run);
        assert_string_equal(run_code(run), "ok");
        assert_string_equal(run_package_text(run, "null", "answer"), "fetch");
        reset = json_array_get(json_object_get(run->plan, "resets"), 0);
        assert_string_equal(json_string_value(json_object_get(reset, "subject")), "type:null");
        assert_int_equal(json_integer_value(json_object_get(reset, "root")), medium->root.version);
        assert_int_equal(run->root_count, i + 1);
        run_verify_free(run);
    }
    bytes_clear(&first);
}

static void a_reset_of_the_ring_lets_an_older_set_pass(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");
    char digest[DIGEST_TEXT_BYTES], time[INSTANT_TEXT_BYTES];

    memset(digest, 'a', sizeof(digest) - 1);
    digest[sizeof(digest) - 1] = '\0';
    instant_format(instant_clock() + INSTANT_HOUR_US, time);
    for (int reset = 0; reset < 2; reset++) {
        struct run_verify *run;

        if (reset != 0)
            put_reset(medium, ME, "ring:" MEDIUM_RING);
        sign_root(medium);
        run = start(medium, ME);
        json_object_set_new(
            run->request, "ring_floor",
            json_pack("{s:s, s:i, s:s}", "time", time, "number", 1000000, "digest", digest));
        run_root(run, &first);
        run_judge(run);
        assert_string_equal(run_code(run), reset != 0 ? "ok" : "rollback");
        run_verify_free(run);
    }
    bytes_clear(&first);
    shows_case("B4");
}

static void a_reset_for_somebody_else_is_neither_applied_nor_told(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");
    size_t resets;

    put_reset(medium, "ws-08", "type:null");
    put_reset(medium, "ws-0", "type:null");
    sign_root(medium);
    assert_false(passes(start(medium, ME), &first, &resets));
    assert_int_equal(resets, 0);
    /* Who does not say who they are gets none: an inspection without an agent. */
    assert_false(passes(start(medium, NULL), &first, &resets));
    assert_int_equal(resets, 0);
    bytes_clear(&first);
    shows_case("B4");
}

static void a_reset_of_another_subject_moves_nothing_here(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");
    size_t resets;

    put_reset(medium, ME, "type:nul");
    put_reset(medium, ME, "ring:null");
    sign_root(medium);
    assert_false(passes(start(medium, ME), &first, &resets));
    assert_int_equal(resets, 2); /* told: the floors may be there, only not in the question */
    bytes_clear(&first);
}

static void a_reset_of_a_known_document_was_for_once(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m"), second;
    struct run_verify *run;
    size_t resets;

    put_reset(medium, ME, "type:null");
    sign_root(medium);
    second = medium_read(medium, "sallyport/root/2.p7m");
    run = start(medium, ME);
    run_root(run, &first);
    assert_false(passes(run, &second, &resets));
    assert_int_equal(resets, 0);
    bytes_clear(&first);
    bytes_clear(&second);
}

/* One byte of the endpoint's name in the signed JSON: the reset of another for ourselves. */
static void a_reset_that_was_meddled_with_refuses_all(void **state)
{
    struct medium *medium = *state;
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m"), second;
    struct run_verify *run;
    uint8_t *place;
    size_t resets;

    put_reset(medium, "ws-08", "type:null");
    sign_root(medium);
    second = medium_read(medium, "sallyport/root/2.p7m");
    place = memmem(second.data, second.size, "ws-08", 5);
    assert_non_null(place);
    place[4] = '7';
    medium_remove(medium, "sallyport/export.p7m");
    medium_write(medium, "sallyport/root/2.p7m", second.data, second.size);
    run = start(medium, ME);
    run_root(run, &first);
    run_judge(run);
    assert_string_not_equal(run_code(run), "ok");
    resets = json_array_size(json_object_get(run->plan, "resets"));
    assert_int_equal(resets, 0);
    assert_int_equal(run->root_count, 0);
    run_verify_free(run);
    bytes_clear(&first);
    bytes_clear(&second);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, run_setup, run_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_reset_for_this_endpoint_is_applied_and_told),
        ROW(a_reset_of_the_ring_lets_an_older_set_pass),
        ROW(a_reset_for_somebody_else_is_neither_applied_nor_told),
        ROW(a_reset_of_another_subject_moves_nothing_here),
        ROW(a_reset_of_a_known_document_was_for_once),
        ROW(a_reset_that_was_meddled_with_refuses_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
