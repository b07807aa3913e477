/* SPDX-License-Identifier: ISC
 *
 * check: one line and the exit status of a monitoring plugin, in every state.
 */
#include "tests/tui/scene.h"

static void a_healthy_endpoint_is_ok_and_0(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "check-ok.json");
    RUN(scene, "check");
    scene_expect(scene, 0, "check-ok.txt");
    assert_string_equal(scene->said.err, "");
}

static void what_warns_is_1(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "check-warn.json");
    RUN(scene, "check");
    scene_expect(scene, 1, "check-warn.txt");
}

static void what_fails_is_2_and_comes_first(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Status", "check-fail.json");
    RUN(scene, "check");
    scene_expect(scene, 2, "check-fail.txt");
    RUN(scene, "check", "--json");
    assert_int_equal(scene->said.status, 2);
    scene_expect_schema(scene, "sallyport.check/1");
    document = scene_json(scene);
    assert_string_equal(json_string_value(json_object_get(document, "verdict")), "fail");
    assert_int_equal(json_integer_value(json_object_get(document, "exit_status")), 2);
    assert_int_equal(json_array_size(json_object_get(document, "problems")), 2);
    json_decref(document);
}

static void the_chain_counts_where_it_is_walked(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "check-ok.json");
    scene_answer(scene, AGENT "AuditVerify", "audit-broken.json");
    RUN(scene, "check");
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "check", "--audit");
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.out, "SALLYPORT FAIL: audit audit-broken; "));
}

static void without_an_agent_nothing_is_known(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"--socket", "/nonexistent/agent.sock", "check", NULL};
    const char *const json[] = {"--socket", "/nonexistent/agent.sock", "check", "--json", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 3);
    assert_int_equal(strncmp(scene->said.out, "SALLYPORT UNKNOWN: ", 19), 0);
    assert_non_null(strstr(scene->said.out, "(no-agent)"));
    assert_non_null(strstr(scene->said.out, "\nnext: "));
    assert_int_equal(run_sallyport(json, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 3);
    scene_expect_schema(scene, "sallyport.check/1");
}

static void what_was_never_enrolled_is_unknown(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status-unenrolled.json");
    RUN(scene, "check");
    assert_int_equal(scene->said.status, 3);
    assert_non_null(strstr(scene->said.out, "(not-enrolled)"));
}

static void an_answer_of_nothing_is_not_ok(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "empty.json");
    RUN(scene, "check");
    assert_int_equal(scene->said.status, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_healthy_endpoint_is_ok_and_0),    SCENE(what_warns_is_1),
        SCENE(what_fails_is_2_and_comes_first),   SCENE(the_chain_counts_where_it_is_walked),
        SCENE(without_an_agent_nothing_is_known), SCENE(what_was_never_enrolled_is_unknown),
        SCENE(an_answer_of_nothing_is_not_ok),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
