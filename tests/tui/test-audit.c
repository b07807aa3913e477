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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(audit_records_are_listed_with_their_words_escaped),
        SCENE(an_intact_chain_is_status_0),
        SCENE(a_broken_chain_is_status_1),
        SCENE(a_record_is_shown_whole_with_what_it_rests_on),
        SCENE(a_record_that_is_not_there_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
