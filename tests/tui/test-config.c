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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(values_are_listed_with_their_origins),
        SCENE(one_value_is_printed_bare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
