/* SPDX-License-Identifier: ISC
 *
 * request: files that the mirror answers with a signed document.
 */
#include "tests/tui/scene.h"

#include "media/base/json.h"
#include "media/base/path.h"

static json_t *written(struct scene *scene, const char *name)
{
    struct scratch *scratch = scene->scratch;
    struct error err = {0};
    struct bytes text;
    json_t *document;

    assert_ok(path_read(scratch->fd, name, 4096, &text, &err), &err);
    assert_ok(json_read(text.data, text.size, &document, &err), &err);
    bytes_clear(&text);
    return document;
}

static void expect_field(const json_t *object, const char *key, const char *value)
{
    assert_string_equal(json_string_value(json_object_get(object, key)), value);
}

/* The name of a file in the scene's folder. */
static const char *beside(struct scene *scene, const char *name, char out[PATH_MAX + 64])
{
    snprintf(out, PATH_MAX + 64, "%.4000s/%s", scene->source, name);
    return out;
}

static void a_floor_reset_names_the_floor_as_it_is(void **state)
{
    struct scene *scene = *state;
    char file[PATH_MAX + 64];
    json_t *request;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    RUN(scene, "request", "floor-reset", "--subject", "type:behavior", "--reason", "a bad clock",
        "-o", beside(scene, "reset.json", file));
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "sallyport-mirror rotate-root"));
    request = written(scene, "reset.json");
    assert_int_equal(json_object_size(request), 8);
    expect_field(request, "schema", "sallyport.request/1");
    expect_field(request, "kind", "floor-reset");
    expect_field(request, "endpoint", "ws-07");
    expect_field(request, "ring", "internal");
    expect_field(request, "subject", "type:behavior");
    expect_field(request, "reason", "a bad clock");
    expect_field(json_object_get(request, "floor"), "time", "2026-11-20T05:30:00Z");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(request, "floor"), "number")), 12);
    json_decref(request);
    RUN(scene, "request", "floor-reset", "--subject", "ring:internal", "--reason", "x", "--dry-run",
        "--json");
    assert_int_equal(scene->said.status, 0);
    scene_expect_schema(scene, "sallyport.request-written/1");
}

static void a_ring_change_names_the_ring(void **state)
{
    struct scene *scene = *state;
    char file[PATH_MAX + 64];
    json_t *request;

    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, "request", "ring-change", "--to", "public", "--reason", "moved", "-o",
        beside(scene, "ring.json", file), "--json");
    assert_int_equal(scene->said.status, 0);
    scene_expect_schema(scene, "sallyport.request-written/1");
    assert_non_null(strstr(scene->said.out, "sallyport-mirror enroll ws-07 --replace --request"));
    request = written(scene, "ring.json");
    assert_int_equal(json_object_size(request), 7);
    expect_field(request, "kind", "ring-change");
    expect_field(request, "to", "public");
    json_decref(request);
}

static void a_file_that_is_there_stays(void **state)
{
    struct scene *scene = *state;
    char file[PATH_MAX + 64];
    json_t *request;

    scratch_write(scene->scratch, "ring.json", "mine");
    scene_answer(scene, AGENT "Status", "status.json");
    RUN(scene, "request", "ring-change", "--to", "public", "--reason", "moved", "-o",
        beside(scene, "ring.json", file));
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.err, "--force"));
    scene_expect_file(scene, "ring.json", "mine");
    RUN(scene, "request", "ring-change", "--to", "public", "--reason", "moved", "-o", file,
        "--force");
    assert_int_equal(scene->said.status, 0);
    request = written(scene, "ring.json");
    expect_field(request, "to", "public");
    json_decref(request);
}

static void what_is_missing_or_too_much_is_refused_before_anything_is_written(void **state)
{
    static const struct {
        const char *words[9];
        int status;
        const char *said;
    } rows[] = {
        {{"request", "media-registration", "--reason", "x", "--dry-run"}, 2, "floor-reset and "},
        {{"request", "ring-change", "--to", "public", "--dry-run"}, 2, "--reason"},
        {{"request", "ring-change", "--to", "public", "--reason", "x"}, 2, "--output"},
        {{"request", "ring-change", "--reason", "x", "--dry-run"}, 2, "--to"},
        {{"request", "ring-change", "--to", "Public", "--reason", "x", "--dry-run"}, 2, "ring"},
        {{"request", "ring-change", "--to", "internal", "--reason", "x", "--dry-run"},
         2,
         "already"},
        {{"request", "floor-reset", "--reason", "x", "--dry-run"}, 2, "--subject"},
        {{"request", "floor-reset", "--subject", "behavior", "--reason", "x", "--dry-run"},
         10,
         "type:NAME"},
        {{"request", "floor-reset", "--subject", "type:x", "--reason", "\033[2J", "--dry-run"},
         2,
         "plain text"},
        {{"request", "ring-change", "--to", "public", "--reason", "x", "-o", "/nonexistent/r"},
         10,
         "/nonexistent"},
    };
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scene_run(scene, NULL, rows[i].words);
        if (scene->said.status != rows[i].status || strstr(scene->said.err, rows[i].said) == NULL)
            fail_msg("row %zu: status %d: %s", i, scene->said.status, scene->said.err);
        assert_null(strchr(scene->said.err, '\033'));
    }
}

static void whoever_is_not_enrolled_has_nothing_to_ask_for(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status-unenrolled.json");
    RUN(scene, "request", "ring-change", "--to", "public", "--reason", "x", "--dry-run");
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "not-enrolled"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_floor_reset_names_the_floor_as_it_is),
        SCENE(a_ring_change_names_the_ring),
        SCENE(a_file_that_is_there_stays),
        SCENE(what_is_missing_or_too_much_is_refused_before_anything_is_written),
        SCENE(whoever_is_not_enrolled_has_nothing_to_ask_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
