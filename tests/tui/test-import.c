/* SPDX-License-Identifier: ISC
 *
 * import: what is asked, shown and ended with.
 */
#include "tests/tui/scene.h"

static void import_prints_its_result_and_says_steps_on_stderr(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Import", "import.json");
    RUN(scene, "import", "SOURCE", "--yes");
    scene_expect(scene, 0, "import.txt");
    assert_string_equal(scene->said.err,
                        "verify\nfetch  1.0 MiB of 4.0 MiB\nactivate  switching\n");
    RUN(scene, "import", "SOURCE", "--yes", "--quiet");
    assert_string_equal(scene->said.err, "");
    RUN(scene, "import", "SOURCE", "--yes", "--json");
    scene_expect_schema(scene, "sallyport.import/1");
}

static void import_passes_on_what_was_asked(void **state)
{
    struct scene *scene = *state;
    char call[4096], real[PATH_MAX];

    scene_answer(scene, AGENT "Import", "import.json");
    RUN(scene, "import", "SOURCE", "--dry-run", "--only", "a", "--only", "b");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"dry_run\":true"));
    assert_non_null(strstr(call, "\"only\":[\"a\",\"b\"]"));
    assert_non_null(strstr(call, "\"more\":true"));
    assert_non_null(realpath(scene->source, real));
    assert_non_null(strstr(call, real));
}

static void import_without_an_answer_is_refused_before_anything_is_asked(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Import", "import.json");
    RUN(scene, "import", "SOURCE");
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.err, "--yes"));
    RUN(scene, "import", "SOURCE", "--json");
    assert_int_equal(scene->said.status, 2);
    scene_expect_schema(scene, "sallyport.error/1");
}

/* Runs "import SOURCE" on a terminal where this is typed. */
static void import_typing(struct scene *scene, const char *typed)
{
    struct scratch *scratch = scene->scratch;
    const char *words[] = {"--socket", scene->agent.path, "import", scene->source, NULL};

    if (scene->agent.pid == 0)
        assert_int_equal(
            fake_agent_start(&scene->agent, scratch->path, scene->replies, scene->count), 0);
    assert_int_equal(run_sallyport_typing(words, typed, &scene->said), 0);
}

static void on_a_terminal_the_plan_is_shown_and_no_means_no(void **state)
{
    static const char *const answers[] = {"n\n", "\n", "no\n", "yess\n", "\x04"};
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Import", "import-plan.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        import_typing(scene, answers[i]);
        assert_int_equal(scene->said.status, 0);
        assert_non_null(strstr(scene->said.out, "nothing was changed"));
        assert_non_null(strstr(scene->said.err, "Import this now? [y/N] "));
        assert_non_null(strstr(scene->said.err, "Nothing was imported."));
        assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
        assert_non_null(strstr(call, "\"dry_run\":true"));
        assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
        assert_non_null(strstr(call, "Floors"));
    }
    RUN(scene, "contents"); /* what comes next is this, so no import was called */
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "Contents"));
}

static void on_a_terminal_yes_imports(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    scene_answer(scene, AGENT "Import", "import-plan.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    import_typing(scene, "y\n");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"dry_run\":true"));
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "Floors"));
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"dry_run\":false"));
}

static void a_refused_import_ends_with_the_codes_status(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Import", "import-rollback.json");
    RUN(scene, "import", "SOURCE", "--yes");
    assert_int_equal(scene->said.status, 21);
    assert_string_equal(scene->said.out, "");
    assert_non_null(strstr(scene->said.err, "sequence 3 is below the floor 7 (rollback)"));
    assert_non_null(strstr(scene->said.err, "next: "));
    RUN(scene, "import", "SOURCE", "--yes", "--json");
    assert_int_equal(scene->said.status, 21);
    document = scene_json(scene);
    assert_string_equal(json_string_value(json_object_get(document, "name")), "rollback");
    assert_int_equal(json_integer_value(json_object_get(document, "code")), 21);
    json_decref(document);
}

static void a_partial_import_ends_with_status_3(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Import", "import-partial.json");
    RUN(scene, "import", "SOURCE", "--yes");
    scene_expect(scene, 3, "import-partial.txt");
    assert_non_null(strstr(scene->said.err, "next: "));
}

static void the_same_import_again_is_success_unless_asked_otherwise(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Import", "import-current.json");
    RUN(scene, "import", "SOURCE", "--yes");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "already current"));
    RUN(scene, "import", "SOURCE", "--yes", "--fail-unchanged");
    assert_int_equal(scene->said.status, 4);
    RUN(scene, "import", "SOURCE", "--yes", "--fail-unchanged", "--json");
    assert_int_equal(scene->said.status, 4);
    scene_expect_schema(scene, "sallyport.import/1");
}

static void a_plan_shows_floors_before_and_after(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Import", "import-plan.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    RUN(scene, "import", "SOURCE", "--dry-run");
    scene_expect(scene, 0, "import-plan.txt");
    RUN(scene, "import", "SOURCE", "--dry-run", "--json");
    document = scene_json(scene);
    assert_true(json_array_size(json_object_get(document, "floors")) > 0);
    json_decref(document);
}

static void wait_stays_until_what_is_staged_is_active(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Import", "import-staged.json");
    scene_answer(scene, AGENT "Contents", "wait-staged.json");
    scene_answer(scene, AGENT "Contents", "wait-active.json");
    RUN(scene, "import", "SOURCE", "--yes", "--wait");
    scene_expect(scene, 0, "import-waited.txt");
    assert_string_equal(scene->said.err,
                        "ml-models waits  for wave 2 of 4, opens 2026-11-23T08:15:00Z\n");
}

static void wait_tells_of_what_failed(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    scene_answer(scene, AGENT "Import", "import-staged.json");
    scene_answer(scene, AGENT "Contents", "wait-failed.json");
    RUN(scene, "import", "SOURCE", "--yes", "--wait");
    scene_expect(scene, 3, "import-wait-failed.txt");
    RUN(scene, "import", "SOURCE", "--yes", "--wait", "--json");
    assert_int_equal(scene->said.status, 3);
    document = scene_json(scene);
    assert_string_equal(json_string_value(json_object_get(document, "result")), "partial");
    json_decref(document);
}

static void wait_gives_up_in_time(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Import", "import-staged.json");
    scene_answer(scene, AGENT "Contents", "wait-staged.json");
    RUN(scene, "import", "SOURCE", "--yes", "--wait", "--timeout", "1", "--quiet");
    assert_int_equal(scene->said.status, 1);
    assert_non_null(strstr(scene->said.err, "(timeout)"));
    assert_non_null(strstr(scene->said.err, "become active without you"));
}

static void staged_content_is_activated_by_name(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Activate", "activate.json");
    RUN(scene, "activate", "behavior");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "behavior 2026.47.1 is active."));
    RUN(scene, "activate", "behavior", "--json");
    scene_expect_schema(scene, "sallyport.activate/1");
    RUN(scene, "activate");
    assert_int_equal(scene->said.status, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(import_prints_its_result_and_says_steps_on_stderr),
        SCENE(import_passes_on_what_was_asked),
        SCENE(import_without_an_answer_is_refused_before_anything_is_asked),
        SCENE(on_a_terminal_the_plan_is_shown_and_no_means_no),
        SCENE(on_a_terminal_yes_imports),
        SCENE(a_refused_import_ends_with_the_codes_status),
        SCENE(a_partial_import_ends_with_status_3),
        SCENE(a_plan_shows_floors_before_and_after),
        SCENE(wait_stays_until_what_is_staged_is_active),
        SCENE(wait_tells_of_what_failed),
        SCENE(wait_gives_up_in_time),
        SCENE(the_same_import_again_is_success_unless_asked_otherwise),
        SCENE(staged_content_is_activated_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
