/* SPDX-License-Identifier: ISC
 *
 * config: what is in force, and where it comes from.
 */
#include "tests/tui/scene.h"

static void values_are_listed_with_their_origins(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Config", "config.json");
    RUN(scene, "config", "list", "--origin");
    scene_expect(scene, 0, "config.txt");
    RUN(scene, "config", "list");
    assert_null(strstr(scene->said.out, "built-in"));
    RUN(scene, "config", "list", "--json");
    scene_expect_schema(scene, "sallyport.config/1");
}

static void one_value_is_printed_bare(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Config", "config.json");
    RUN(scene, "config", "get", "agent.interval");
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out, "3600\n");
    RUN(scene, "config", "get", "agent.interval", "--origin");
    assert_string_equal(scene->said.out, "3600  (built-in)\n");
    RUN(scene, "config", "get", "agent.intervall");
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "did you mean agent.interval"));
}

static void a_setting_is_found_by_its_slash(void **state)
{
    struct scene *scene = *state;
    json_t *reply;

    scene_answer(scene, AGENT "Config", "config.json");
    RUN(scene, "config", "get", "acme/mode", "--origin");
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out,
                        "\\u{1B}]0;x  (policy ips.xml:3 (signed, policy 2026.11.25-1) by "
                        "remapper-rules ips.xml:2)\n");
    RUN(scene, "config", "get", "reputation/enabled");
    assert_string_equal(scene->said.out, "true\n");
    RUN(scene, "config", "get", "reputation/enable");
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "did you mean reputation/enabled"));
    RUN(scene, "config", "get", "acme/mode", "--json");
    reply = scene_json(scene);
    assert_null(json_object_get(reply, "values"));
    assert_null(json_object_get(reply, "left"));
    assert_int_equal(json_array_size(json_object_get(reply, "settings")), 1);
    json_decref(reply);
    RUN(scene, "config", "get", "agent.interval", "--json");
    reply = scene_json(scene);
    assert_null(json_object_get(reply, "settings"));
    assert_int_equal(json_array_size(json_object_get(reply, "values")), 1);
    json_decref(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(values_are_listed_with_their_origins),
        SCENE(one_value_is_printed_bare),
        SCENE(a_setting_is_found_by_its_slash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
