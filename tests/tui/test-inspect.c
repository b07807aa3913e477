/* SPDX-License-Identifier: ISC
 *
 * inspect: what it shows, writes and ends with.
 */
#include "tests/tui/scene.h"

#include "media/base/json.h"
#include "media/base/path.h"

static void inspect_shows_documents_and_a_verdict(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Inspect", "inspect.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Media", "media-usb.json");
    RUN(scene, "inspect", "SOURCE");
    scene_expect(scene, 20, "inspect.txt");
    RUN(scene, "inspect", "SOURCE", "--json");
    assert_int_equal(scene->said.status, 20);
    scene_expect_schema(scene, "sallyport.inspect/1");
}

static void extract_writes_json_tokens_and_signatures(void **state)
{
    struct scene *scene = *state;
    char folder[PATH_MAX + 16];
    json_t *document;

    scene_answer(scene, AGENT "Inspect", "inspect.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Media", "media-usb.json");
    snprintf(folder, sizeof(folder), "%.4000s/evidence", scene->source);
    RUN(scene, "inspect", "SOURCE", "--extract", folder, "--json");
    assert_int_equal(scene->said.status, 20);
    scene_expect_file(scene, "evidence/root-1.json", "{\"version\":1}");
    scene_expect_file(scene, "evidence/root-1-1.tst", "token");
    scene_expect_file(scene, "evidence/root-1-1.sig", "sig");
    document = scene_json(scene);
    assert_null(
        json_object_get(json_array_get(json_object_get(document, "documents"), 0), "extract"));
    json_decref(document);
}

static void a_good_medium_shows_volume_set_and_floors(void **state)
{
    struct scene *scene = *state;
    const json_t *floors;
    json_t *document;

    scene_answer(scene, AGENT "Inspect", "inspect-good.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Media", "media-usb.json");
    RUN(scene, "inspect", "SOURCE");
    scene_expect(scene, 0, "inspect-good.txt");
    RUN(scene, "inspect", "SOURCE", "--json");
    assert_int_equal(scene->said.status, 0);
    document = scene_json(scene);
    floors = json_object_get(document, "floors");
    assert_int_equal(json_array_size(floors), 3);
    assert_true(json_is_true(json_object_get(json_array_get(floors, 0), "raised")));
    assert_true(json_is_false(json_object_get(json_array_get(floors, 2), "raised")));
    json_decref(document);
}

static void a_report_is_the_whole_of_it_as_a_file(void **state)
{
    struct scene *scene = *state;
    struct scratch *scratch = scene->scratch;
    char file[PATH_MAX + 16];
    struct error err = {0};
    struct bytes text;
    json_t *document;

    scene_answer(scene, AGENT "Inspect", "inspect-good.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Media", "media-usb.json");
    snprintf(file, sizeof(file), "%.4000s/check", scene->source);
    RUN(scene, "inspect", "SOURCE", "--report", file, "--marking", "RESTRICTED");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "/check, SHA-384 "));
    assert_ok(path_read(scratch->fd, "check", SAID_BYTES, &text, &err), &err);
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    assert_non_null(strstr((char *)text.data, "\nInspection of /media/stick\n"));
    assert_int_equal(strncmp((char *)text.data, "RESTRICTED\n", 11), 0);
    assert_non_null(strstr((char *)text.data, "the agent of endpoint ws-07, site delta"));
    assert_null(strstr(scene->said.out, "RESTRICTED"));
    bytes_clear(&text);
    RUN(scene, "inspect", "SOURCE", "--report", file, "--format", "json");
    assert_int_equal(scene->said.status, 0);
    assert_ok(path_read(scratch->fd, "check", SAID_BYTES, &text, &err), &err);
    assert_ok(json_read(text.data, text.size, &document, &err), &err);
    assert_string_equal(json_string_value(json_object_get(document, "schema")),
                        "sallyport.inspect-report/1");
    assert_int_equal(json_array_size(json_object_get(document, "documents")), 2);
    json_decref(document);
    bytes_clear(&text);
}

static void a_report_that_cannot_be_is_refused_first(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Inspect", "inspect-good.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Media", "media-usb.json");
    RUN(scene, "inspect", "SOURCE", "--report", "x", "--format", "pdf");
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.err, "csv or oscal"));
    assert_string_equal(scene->said.out, "");
    RUN(scene, "inspect", "SOURCE", "--format", "json");
    assert_int_equal(scene->said.status, 2);
    RUN(scene, "inspect", "SOURCE", "--json", "--report", "/nonexistent/check");
    assert_int_equal(scene->said.status, 10);
    scene_expect_schema(scene, "sallyport.error/1");
}

static void a_folder_that_is_no_medium_is_said_so(void **state)
{
    struct scene *scene = *state;
    const char *words[] = {"--socket", "/nonexistent/agent.sock", "inspect", scene->source, NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "not-a-medium"));
    words[3] = "/nonexistent";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(inspect_shows_documents_and_a_verdict),
        SCENE(extract_writes_json_tokens_and_signatures),
        SCENE(a_good_medium_shows_volume_set_and_floors),
        SCENE(a_report_is_the_whole_of_it_as_a_file),
        SCENE(a_report_that_cannot_be_is_refused_first),
        SCENE(a_folder_that_is_no_medium_is_said_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
