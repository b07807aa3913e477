/* SPDX-License-Identifier: ISC
 *
 * flags: each with what decides it.
 */
#include "tests/tui/scene.h"

static void flags_are_listed_with_what_decides_them(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Flags", "flags.json");
    RUN(scene, "flags");
    scene_expect(scene, 0, "flags.txt");
    RUN(scene, "flags", "--json");
    scene_expect_schema(scene, "sallyport.flag-list/1");
}

static void one_flag_is_shown_whole(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Flags", "flags.json");
    RUN(scene, "flags", "source-schedule");
    scene_expect(scene, 0, "flags-one.txt");
    RUN(scene, "flags", "source-schedule", "--json");
    document = scene_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "flags")), 1);
    json_decref(document);
}

static void a_flag_that_nobody_names_is_not_found(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Flags", "flags.json");
    RUN(scene, "flags", "source-shedule");
    assert_int_equal(scene->said.status, 10);
    assert_string_equal(scene->said.out, "");
    assert_non_null(strstr(scene->said.err, "did you mean source-schedule"));
    RUN(scene, "flags", "other", "--json");
    assert_int_equal(scene->said.status, 10);
    scene_expect_schema(scene, "sallyport.error/1");
}

static void an_empty_answer_is_said_in_words(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Flags", "empty.json");
    RUN(scene, "flags");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "No flag"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(flags_are_listed_with_what_decides_them),
        SCENE(one_flag_is_shown_whole),
        SCENE(a_flag_that_nobody_names_is_not_found),
        SCENE(an_empty_answer_is_said_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
