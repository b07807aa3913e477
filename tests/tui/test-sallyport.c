/* SPDX-License-Identifier: ISC
 *
 * What needs no verb of its own: help, explain, no agent.
 */
#include "tests/tui/scene.h"

static void no_agent_is_status_13_and_says_how_to_start_it(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"--socket", "/nonexistent/agent.sock", "status", NULL};
    const char *const json[] = {"--socket", "/nonexistent/agent.sock", "status", "--json", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 13);
    assert_string_equal(scene->said.out, "");
    assert_non_null(strstr(scene->said.err, "sallyport-agent run"));
    assert_int_equal(run_sallyport(json, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 13);
    scene_expect_schema(scene, "sallyport.error/1");
    assert_string_equal(scene->said.err, "");
}

static void explain_knows_every_code(void **state)
{
    struct scene *scene = *state;
    const char *words[] = {"explain", NULL, NULL, NULL};
    json_t *document;

    for (int code = 0; code < ERROR_COUNT; code++) {
        const struct error_row *row = error_row((enum error_code)code);

        words[1] = row->name;
        assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
        assert_int_equal(scene->said.status, 0);
        assert_non_null(strstr(scene->said.out, row->name));
        assert_non_null(strstr(scene->said.out, "Next step "));
    }
    words[1] = "--json";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    document = scene_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "codes")), ERROR_COUNT);
    json_decref(document);
    words[1] = "rollback";
    words[2] = "--json";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    scene_expect_schema(scene, "sallyport.explain/1");
    words[1] = "nonsense\033[2J";
    words[2] = NULL;
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 10);
    assert_null(strchr(scene->said.err, '\033'));
    words[1] = "rolback";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "did you mean rollback?"));
}

static void help_without_a_verb_explains_the_program(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"--help", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "without a verb: status"));
    assert_non_null(strstr(scene->said.out, "inspect SOURCE"));
}

static void explain_prints_cause_and_next_step(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"explain", "rollback", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    scene_expect(scene, 0, "explain.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(no_agent_is_status_13_and_says_how_to_start_it),
        SCENE(explain_knows_every_code),
        SCENE(help_without_a_verb_explains_the_program),
        SCENE(explain_prints_cause_and_next_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
