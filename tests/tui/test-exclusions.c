/* SPDX-License-Identifier: ISC
 *
 * exclusions: what scans leave out, and what was refused.
 */
#include "tests/tui/scene.h"

static void exclusions_are_listed_with_what_was_refused(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Exclusions", "exclusions.json");
    RUN(scene, "exclusions");
    scene_expect(scene, 0, "exclusions.txt");
    RUN(scene, "exclusions", "--json");
    scene_expect_schema(scene, "sallyport.exclusions/1");
}

static void an_empty_answer_is_said_in_words(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Exclusions", "empty.json");
    RUN(scene, "exclusions");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "neither appfeed nor userappfeed has run"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(exclusions_are_listed_with_what_was_refused),
        SCENE(an_empty_answer_is_said_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
