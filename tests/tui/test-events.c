/* SPDX-License-Identifier: ISC
 *
 * events: what is written already, then each as it happens.
 */
#include "tests/tui/scene.h"

static void what_is_written_is_shown_one_line_each(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Audit", "events-audit.json");
    RUN(scene, "events", "--after", "0");
    scene_expect(scene, 0, "events.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"after\":0"));
}

static void without_a_start_the_newest_are_shown(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Audit", "events-audit.json");
    RUN(scene, "events");
    scene_expect(scene, 0, "events.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "Status"));
}

static void what_follows_begins_behind_what_was_shown(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Audit", "events-audit.json");
    scene_answer(scene, AGENT "Events", "events-stream.json");
    RUN(scene, "events", "--after", "0", "--follow");
    scene_expect(scene, 1, "events-follow.txt");
    assert_non_null(strstr(scene->said.err, "the agent ends"));
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"after\":2"));
    assert_non_null(strstr(call, "\"more\":true"));
}

static void as_json_each_is_a_line(void **state)
{
    struct scene *scene = *state;
    size_t lines = 0;

    scene_answer(scene, AGENT "Audit", "events-audit.json");
    RUN(scene, "events", "--after", "0", "--json");
    assert_int_equal(scene->said.status, 0);
    for (char *at = scene->said.out, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        json_t *record = json_loadb(at, (size_t)(end - at), 0, NULL);

        assert_int_equal(json_integer_value(json_object_get(record, "number")), ++lines);
        json_decref(record);
    }
    assert_int_equal(lines, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(what_is_written_is_shown_one_line_each),
        SCENE(without_a_start_the_newest_are_shown),
        SCENE(what_follows_begins_behind_what_was_shown),
        SCENE(as_json_each_is_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
