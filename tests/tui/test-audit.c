/* SPDX-License-Identifier: ISC
 *
 * The audit chain.
 */
#include "tests/tui/scene.h"

static void audit_records_are_listed_with_their_words_escaped(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Audit", "audit.json");
    RUN(scene, "audit", "list", "--after", "5", "--limit", "7");
    scene_expect(scene, 0, "audit.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "{\"after\":5,\"limit\":7}"));
    RUN(scene, "audit", "list", "--json");
    scene_expect_schema(scene, "sallyport.audit/1");
}

static void an_intact_chain_is_status_0(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "AuditVerify", "audit-intact.json");
    RUN(scene, "audit", "verify");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "[ OK ] 2 records"));
}

static void a_broken_chain_is_status_1(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "AuditVerify", "audit-broken.json");
    RUN(scene, "audit", "verify");
    assert_int_equal(scene->said.status, 1);
    assert_non_null(strstr(scene->said.err, "record 2"));
    RUN(scene, "audit", "verify", "--json");
    assert_int_equal(scene->said.status, 1);
}

static void a_head_that_was_noted_is_in_the_chain_or_it_is_broken(void **state)
{
    static const char noted[] = "010101010101010101010101010101010101010101010101"
                                "010101010101010101010101010101010101010101010101";
    static const char other[] = "010101010101010101010101010101010101010101010101"
                                "010101010101010101010101010101010101010101010102";
    struct scene *scene = *state;

    scene_answer(scene, AGENT "AuditVerify", "audit-intact.json");
    scene_answer(scene, AGENT "Audit", "audit.json");
    RUN(scene, "audit", "verify", "--head", noted);
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "audit", "verify", "--head", other);
    assert_int_equal(scene->said.status, 1);
    assert_non_null(strstr(scene->said.err, "no record has the digest"));
    RUN(scene, "audit", "verify", "--head", "0101");
    assert_int_equal(scene->said.status, 2);
}

static void a_record_is_shown_whole_with_what_it_rests_on(void **state)
{
    struct scene *scene = *state;
    json_t *document;
    char call[4096];

    scene_answer(scene, AGENT "Audit", "audit.json");
    RUN(scene, "audit", "show", "2");
    scene_expect(scene, 0, "audit-show.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "{\"after\":0,\"limit\":2}"));
    RUN(scene, "audit", "show", "1", "--json");
    scene_expect_schema(scene, "sallyport.audit-record/1");
    document = scene_json(scene);
    assert_true(json_is_null(json_object_get(document, "before")));
    json_decref(document);
}

static void a_record_that_is_not_there_is_not_found(void **state)
{
    static const char *const wrong[] = {"0", "-1", "x", "1x", "", "99999999999999999999"};
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Audit", "audit.json");
    RUN(scene, "audit", "show", "7");
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "sallyport audit list"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        RUN(scene, "audit", "show", "--", wrong[i]);
        assert_int_equal(scene->said.status, 2);
    }
}

static void refusals_wait_to_be_acknowledged(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Refusals", "refusals.json");
    RUN(scene, "audit", "refusals");
    scene_expect(scene, 0, "audit-refusals.txt");
    RUN(scene, "audit", "refusals", "--all");
    scene_expect(scene, 0, "audit-refusals-all.txt");
    RUN(scene, "audit", "refusals", "--json");
    document = scene_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "refusals")), 2);
    json_decref(document);
}

static void what_is_listed_is_acknowledged_and_no_more(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Refusals", "refusals.json");
    scene_answer(scene, AGENT "Acknowledge", "acknowledge.json");
    RUN(scene, "audit", "acknowledge", "--all");
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out, "2 refusals acknowledged, 0 still open.\n");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"up_to\":5"));
    RUN(scene, "audit", "acknowledge", "3", "--json");
    scene_expect_schema(scene, "sallyport.acknowledged/1");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"up_to\":2"));
}

static void a_dry_run_acknowledges_nothing(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Refusals", "refusals.json"); /* an Acknowledge would end the call */
    RUN(scene, "audit", "acknowledge", "--all", "--dry-run");
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "audit", "acknowledge", "2", "--dry-run", "--json");
    scene_expect_schema(scene, "sallyport.refusals/1");
}

static void who_acknowledges_says_what(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Refusals", "refusals-none.json");
    RUN(scene, "audit", "acknowledge");
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.err, "--all"));
    RUN(scene, "audit", "acknowledge", "1", "--all");
    assert_int_equal(scene->said.status, 2);
    RUN(scene, "audit", "acknowledge", "one");
    assert_int_equal(scene->said.status, 2);
    RUN(scene, "audit", "acknowledge", "--all");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "0 refusals acknowledged"));
    RUN(scene, "audit", "refusals");
    assert_non_null(strstr(scene->said.out, "No refusal waits"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(audit_records_are_listed_with_their_words_escaped),
        SCENE(an_intact_chain_is_status_0),
        SCENE(a_broken_chain_is_status_1),
        SCENE(a_head_that_was_noted_is_in_the_chain_or_it_is_broken),
        SCENE(a_record_is_shown_whole_with_what_it_rests_on),
        SCENE(a_record_that_is_not_there_is_not_found),
        SCENE(refusals_wait_to_be_acknowledged),
        SCENE(what_is_listed_is_acknowledged_and_no_more),
        SCENE(a_dry_run_acknowledges_nothing),
        SCENE(who_acknowledges_says_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
