/* SPDX-License-Identifier: ISC
 *
 * rep: what is asked for, and what is shown of the answer.
 */
#include "tests/tui/scene.h"

#define GOOD   "9f2c0b7d4e51a86390fbd2c14a7e3d5860b1c9f2e47d8a35c6b0912fe3d4a75c"
#define BAD    "0000000000000000000000000000000000000000000000000000000000000000"
#define SIGNER "serial:CN=Stolen;a"
/* SHA-256 of "abc", FIPS 180-4. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const char *abc_file(struct scene *scene)
{
    static char path[PATH_MAX + 8];

    scratch_write(scene->scratch, "abc", "abc");
    snprintf(path, sizeof(path), "%s/abc", scene->source);
    return path;
}

/* The parameters of the next call; a new reference. */
static json_t *next_call(struct scene *scene)
{
    char text[8192];
    json_t *call, *parameters;

    assert_int_equal(fake_agent_call(&scene->agent, text, sizeof(text)), 0);
    call = json_loads(text, 0, NULL);
    parameters = json_incref(json_object_get(call, "parameters"));
    json_decref(call);
    assert_non_null(parameters);
    return parameters;
}

static void assert_asked(const json_t *parameters, const char *list, size_t i, const char *expected)
{
    assert_string_equal(json_string_value(json_array_get(json_object_get(parameters, list), i)),
                        expected);
}

static void files_are_shown_in_the_order_asked_then_signers(void **state)
{
    struct scene *scene = *state;
    json_t *parameters;

    scene_answer(scene, AGENT "Reputation", "rep.json");
    RUN(scene, "rep", GOOD, BAD, SIGNER, GOOD);
    scene_expect(scene, 0, "rep.txt");
    parameters = next_call(scene);
    assert_asked(parameters, "sha256", 0, GOOD);
    assert_asked(parameters, "sha256", 1, BAD);
    assert_asked(parameters, "sha256", 2, GOOD);
    assert_asked(parameters, "signer", 0, SIGNER);
    json_decref(parameters);
}

static void a_file_is_asked_for_by_what_is_in_it(void **state)
{
    struct scene *scene = *state;
    json_t *parameters, *document, *row;
    const char *path = abc_file(scene);

    scene_answer(scene, AGENT "Reputation", "rep.json");
    RUN(scene, "rep", path, BAD, GOOD, "--json");
    parameters = next_call(scene);
    assert_asked(parameters, "sha256", 0, ABC);
    json_decref(parameters);
    scene_expect_schema(scene, "sallyport.reputation/1");
    document = scene_json(scene);
    row = json_array_get(json_object_get(document, "sha256"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "file")), path);
    row = json_array_get(json_object_get(document, "sha256"), 1);
    assert_null(json_object_get(row, "file"));
    json_decref(document);
}

static void only_a_bad_one_fails_and_only_when_asked_to(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Reputation", "rep.json");
    RUN(scene, "rep", GOOD, BAD, GOOD);
    assert_int_equal(scene->said.status, 0);
    RUN(scene, "rep", "--fail", GOOD, BAD, GOOD);
    assert_int_equal(scene->said.status, 3);
    RUN(scene, "rep", "--fail", "--json", GOOD, BAD, GOOD);
    assert_int_equal(scene->said.status, 3);
    scene_expect_schema(scene, "sallyport.reputation/1");
}

static void what_can_not_be_asked_for_is_named(void **state)
{
    static const struct {
        const char *what;
        int status;
        const char *words;
    } rows[] = {
        {"SOURCE", 2, "no regular file"},
        {"/no/such/file", 10, "/no/such/file"},
        {"/dev/null", 2, "no regular file"},
        {"zz" GOOD, 10, "zz9f2c"},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        RUN(scene, "rep", rows[i].what);
        assert_int_equal(scene->said.status, rows[i].status);
        assert_non_null(strstr(scene->said.err, rows[i].words));
        assert_string_equal(scene->said.out, "");
    }
}

static void no_line_is_no_question(void **state)
{
    struct scene *scene = *state;

    RUN(scene, "rep", "-");
    assert_int_equal(scene->said.status, 0);
    assert_string_equal(scene->said.out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(files_are_shown_in_the_order_asked_then_signers),
        SCENE(a_file_is_asked_for_by_what_is_in_it),
        SCENE(only_a_bad_one_fails_and_only_when_asked_to),
        SCENE(what_can_not_be_asked_for_is_named),
        SCENE(no_line_is_no_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
