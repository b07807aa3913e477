/* SPDX-License-Identifier: ISC
 *
 * What this endpoint says of itself: status, contents, floor.
 */
#include "tests/tui/scene.h"

static void status_shows_ten_lines_and_a_row_a_type(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, "status");
    scene_expect(scene, 0, "status.txt");
    assert_string_equal(scene->said.err, "");
}

static void no_verb_is_status(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, NULL);
    scene_expect(scene, 0, "status.txt");
}

static void colour_only_repeats_what_the_word_says(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, "status", "--color", "always");
    scene_expect(scene, 0, "status-color.txt");
    RUN(scene, "status", "--color", "never");
    scene_expect(scene, 0, "status.txt");
    RUN(scene, "status", "--color", "sometimes");
    assert_int_equal(scene->said.status, 2);
}

static void status_as_json_is_what_the_agent_said(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, "status", "--json");
    assert_int_equal(scene->said.status, 0);
    scene_expect_schema(scene, "sallyport.status/1");
    document = scene_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "contents")), 5);
    json_decref(document);
}

static void hostile_strings_do_not_reach_the_terminal(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status-hostile.json");
    RUN(scene, "status");
    scene_expect(scene, 0, "status-hostile.txt");
    assert_null(strchr(scene->said.out, '\033'));
    assert_null(strstr(scene->said.out, "\xe2\x80\xae")); /* right-to-left override */
    RUN(scene, "status", "--json");
    for (const char *c = scene->said.out; *c != '\0'; c++)
        assert_true((*c >= ' ' && *c < 0x7f) || *c == '\n');
    scene_expect_schema(scene, "sallyport.status/1");
    shows_case("J6");
}

static void an_endpoint_that_was_never_enrolled_gets_a_list(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status-unenrolled.json");
    RUN(scene, "status");
    scene_expect(scene, 0, "status-unenrolled.txt");
}

static void failing_sources_and_incomplete_packages_are_told(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status-partial.json");
    RUN(scene, "status");
    scene_expect(scene, 0, "status-partial.txt");
}

static void telemetry_has_a_line_where_there_is_any(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status-telemetry.json");
    RUN(scene, "status");
    scene_expect(scene, 0, "status-telemetry.txt");
}

static void an_empty_reply_does_not_crash(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "empty.json");
    scene_answer(scene, AGENT "Contents", "empty.json");
    scene_answer(scene, AGENT "Floors", "empty.json");
    RUN(scene, "status");
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "contents");
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "floor");
    assert_int_equal(scene->said.status, 0);
}

static void contents_show_issues_and_one_type_in_full(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Contents", "contents.json");
    RUN(scene, "contents");
    scene_expect(scene, 0, "contents.txt");
    RUN(scene, "contents", "ml-models");
    scene_expect(scene, 0, "contents-one.txt");
    RUN(scene, "contents", "--json");
    scene_expect_schema(scene, "sallyport.contents/1");
    RUN(scene, "contents", "absent");
    assert_int_equal(scene->said.status, 10);
    assert_string_equal(scene->said.out, "");
}

static void floors_are_shown_for_rings_and_types(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Floors", "floors.json");
    RUN(scene, "floor");
    scene_expect(scene, 0, "floors.txt");
    RUN(scene, "floor", "--json");
    scene_expect_schema(scene, "sallyport.floors/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(status_shows_ten_lines_and_a_row_a_type),
        SCENE(no_verb_is_status),
        SCENE(colour_only_repeats_what_the_word_says),
        SCENE(status_as_json_is_what_the_agent_said),
        SCENE(hostile_strings_do_not_reach_the_terminal),
        SCENE(an_endpoint_that_was_never_enrolled_gets_a_list),
        SCENE(failing_sources_and_incomplete_packages_are_told),
        SCENE(telemetry_has_a_line_where_there_is_any),
        SCENE(an_empty_reply_does_not_crash),
        SCENE(contents_show_issues_and_one_type_in_full),
        SCENE(floors_are_shown_for_rings_and_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
