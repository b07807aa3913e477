/* SPDX-License-Identifier: ISC
 *
 * The real program against an agent with canned replies; what it prints is compared with golden/.
 * Where they differ, what was printed is left beside the build as NAME.actual.
 */
#include "tests/fake-agent.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <limits.h>
#include <sys/stat.h>

#include "media/base/json.h"
#include "media/base/limits.h"
#include "tests/tui/run-sallyport.h"

#define AGENT "org.sallyport.Agent."

/* Replies of one scene, in files: golden/NAME.json, one message a line. */
struct scene {
    void *scratch;
    struct fake_agent agent;
    struct fake_reply replies[8];
    struct bytes texts[8];
    size_t count;
    struct said said;
    char source[PATH_MAX];
};

static int setup(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct scratch *scratch;

    *state = scene;
    if (scratch_open(&scene->scratch) < 0)
        return -1;
    scratch = scene->scratch;
    snprintf(scene->source, sizeof(scene->source), "%s", scratch->path);
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    fake_agent_stop(&scene->agent);
    for (size_t i = 0; i < scene->count; i++)
        bytes_clear(&scene->texts[i]);
    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

static int golden_folder(void)
{
    const char *top = getenv("TOP_SRCDIR");
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof(path), "%s/tests/tui/golden", top != NULL ? top : ".");
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void read_golden(const char *name, struct bytes *text)
{
    struct error err = {0};
    int folder = golden_folder();

    assert_ok(path_read(folder, name, SAID_BYTES, text, &err), &err);
    close(folder);
}

/* The agent will answer `method` with the messages of golden/FILE. */
static void answer(struct scene *scene, const char *method, const char *file)
{
    struct bytes *text = &scene->texts[scene->count];

    read_golden(file, text);
    for (size_t i = 0; i < text->size; i++)
        text->data[i] = text->data[i] == '\n' ? '\0' : text->data[i];
    scene->replies[scene->count++] =
        (struct fake_reply){method, (const char *)text->data, text->size};
}

#define WORDS 16

/* Runs "sallyport --socket AGENT words..."; the word SOURCE becomes the scene's folder. */
static void run(struct scene *scene, const char *environment, const char *const *words)
{
    struct scratch *scratch = scene->scratch;
    const char *arguments[WORDS] = {"--socket", scene->agent.path, NULL};

    if (scene->agent.pid == 0)
        assert_int_equal(
            fake_agent_start(&scene->agent, scratch->path, scene->replies, scene->count), 0);
    for (size_t i = 0; words[i] != NULL && i < WORDS - 3; i++)
        arguments[i + 2] = strcmp(words[i], "SOURCE") == 0 ? scene->source : words[i];
    assert_int_equal(run_sallyport(arguments, environment, &scene->said), 0);
}

#define RUN(scene, ...) run(scene, NULL, (const char *const[]){__VA_ARGS__, NULL})

static void keep_actual(const char *name, const char *text)
{
    const char *top = getenv("TOP_BUILDDIR");
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s/tests/tui/%s.actual", top != NULL ? top : ".", name);
    file = fopen(path, "w");
    if (file != NULL) {
        fputs(text, file);
        fclose(file);
    }
}

static void expect(struct scene *scene, int status, const char *golden)
{
    struct bytes wanted;
    bool same;

    if (scene->said.status != status)
        fail_msg("status %d, expected %d; stderr: %s", scene->said.status, status, scene->said.err);
    read_golden(golden, &wanted);
    same = wanted.size == strlen(scene->said.out) &&
           memcmp(wanted.data, scene->said.out, wanted.size) == 0;
    bytes_clear(&wanted);
    if (!same) {
        keep_actual(golden, scene->said.out);
        fail_msg("differs from golden/%s:\n%s", golden, scene->said.out);
    }
}

static json_t *said_json(const struct scene *scene)
{
    json_t *document = NULL;
    struct error err = {0};
    size_t size = strlen(scene->said.out);

    assert_true(size > 0 && scene->said.out[size - 1] == '\n');
    assert_ok(json_read(scene->said.out, size, &document, &err), &err);
    return document;
}

static void expect_schema(const struct scene *scene, const char *schema)
{
    json_t *document = said_json(scene);

    assert_string_equal(json_string_value(json_object_get(document, "schema")), schema);
    json_decref(document);
}

static void status_shows_ten_lines_and_a_row_a_type(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Status", "status.json");
    RUN(scene, "status");
    expect(scene, 0, "status.txt");
    assert_string_equal(scene->said.err, "");
}

static void no_verb_is_status(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Status", "status.json");
    RUN(scene, NULL);
    expect(scene, 0, "status.txt");
}

static void colour_only_repeats_what_the_word_says(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Status", "status.json");
    RUN(scene, "status", "--color", "always");
    expect(scene, 0, "status-color.txt");
    RUN(scene, "status", "--color", "never");
    expect(scene, 0, "status.txt");
    RUN(scene, "status", "--color", "sometimes");
    assert_int_equal(scene->said.status, 2);
}

static void status_as_json_is_what_the_agent_said(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    answer(scene, AGENT "Status", "status.json");
    RUN(scene, "status", "--json");
    assert_int_equal(scene->said.status, 0);
    expect_schema(scene, "sallyport.status/1");
    document = said_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "contents")), 5);
    json_decref(document);
}

static void hostile_strings_do_not_reach_the_terminal(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Status", "status-hostile.json");
    RUN(scene, "status");
    expect(scene, 0, "status-hostile.txt");
    assert_null(strchr(scene->said.out, '\033'));
    assert_null(strstr(scene->said.out, "\xe2\x80\xae")); /* right-to-left override */
    RUN(scene, "status", "--json");
    for (const char *c = scene->said.out; *c != '\0'; c++)
        assert_true((*c >= ' ' && *c < 0x7f) || *c == '\n');
    expect_schema(scene, "sallyport.status/1");
}

static void an_endpoint_that_was_never_enrolled_gets_a_list(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Status", "status-unenrolled.json");
    RUN(scene, "status");
    expect(scene, 0, "status-unenrolled.txt");
}

static void an_empty_reply_does_not_crash(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Status", "empty.json");
    answer(scene, AGENT "Contents", "empty.json");
    answer(scene, AGENT "Floors", "empty.json");
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

    answer(scene, AGENT "Contents", "contents.json");
    RUN(scene, "contents");
    expect(scene, 0, "contents.txt");
    RUN(scene, "contents", "ml-models");
    expect(scene, 0, "contents-one.txt");
    RUN(scene, "contents", "--json");
    expect_schema(scene, "sallyport.contents/1");
    RUN(scene, "contents", "absent");
    assert_int_equal(scene->said.status, 10);
    assert_string_equal(scene->said.out, "");
}

static void floors_are_shown_for_rings_and_types(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Floors", "floors.json");
    RUN(scene, "floor");
    expect(scene, 0, "floors.txt");
    RUN(scene, "floor", "--json");
    expect_schema(scene, "sallyport.floors/1");
}

static void import_prints_its_result_and_says_steps_on_stderr(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Import", "import.json");
    RUN(scene, "import", "SOURCE", "--yes");
    expect(scene, 0, "import.txt");
    assert_string_equal(scene->said.err,
                        "verify\nfetch  1.0 MiB of 4.0 MiB\nactivate  switching\n");
    RUN(scene, "import", "SOURCE", "--yes", "--quiet");
    assert_string_equal(scene->said.err, "");
    RUN(scene, "import", "SOURCE", "--yes", "--json");
    expect_schema(scene, "sallyport.import/1");
}

static void import_passes_on_what_was_asked(void **state)
{
    struct scene *scene = *state;
    char call[4096], real[PATH_MAX];

    answer(scene, AGENT "Import", "import.json");
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

    answer(scene, AGENT "Import", "import.json");
    RUN(scene, "import", "SOURCE");
    assert_int_equal(scene->said.status, 2);
    assert_non_null(strstr(scene->said.err, "--yes"));
    RUN(scene, "import", "SOURCE", "--json");
    assert_int_equal(scene->said.status, 2);
    expect_schema(scene, "sallyport.error/1");
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

    answer(scene, AGENT "Import", "import-plan.json");
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        import_typing(scene, answers[i]);
        assert_int_equal(scene->said.status, 0);
        assert_non_null(strstr(scene->said.out, "nothing was changed"));
        assert_non_null(strstr(scene->said.err, "Import this now? [y/N] "));
        assert_non_null(strstr(scene->said.err, "Nothing was imported."));
        assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
        assert_non_null(strstr(call, "\"dry_run\":true"));
    }
    RUN(scene, "floor"); /* what comes next is this, so no import was called */
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "Floors"));
}

static void on_a_terminal_yes_imports(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    answer(scene, AGENT "Import", "import-plan.json");
    import_typing(scene, "y\n");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"dry_run\":true"));
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"dry_run\":false"));
}

static void a_refused_import_ends_with_the_codes_status(void **state)
{
    struct scene *scene = *state;
    json_t *document;

    answer(scene, AGENT "Import", "import-rollback.json");
    RUN(scene, "import", "SOURCE", "--yes");
    assert_int_equal(scene->said.status, 21);
    assert_string_equal(scene->said.out, "");
    assert_non_null(strstr(scene->said.err, "sequence 3 is below the floor 7 (rollback)"));
    assert_non_null(strstr(scene->said.err, "next: "));
    RUN(scene, "import", "SOURCE", "--yes", "--json");
    assert_int_equal(scene->said.status, 21);
    document = said_json(scene);
    assert_string_equal(json_string_value(json_object_get(document, "name")), "rollback");
    assert_int_equal(json_integer_value(json_object_get(document, "code")), 21);
    json_decref(document);
}

static void a_partial_import_ends_with_status_3(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Import", "import-partial.json");
    RUN(scene, "import", "SOURCE", "--yes");
    expect(scene, 3, "import-partial.txt");
    assert_non_null(strstr(scene->said.err, "next: "));
}

static void the_same_import_again_is_success_unless_asked_otherwise(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Import", "import-current.json");
    RUN(scene, "import", "SOURCE", "--yes");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "already current"));
    RUN(scene, "import", "SOURCE", "--yes", "--fail-unchanged");
    assert_int_equal(scene->said.status, 4);
    RUN(scene, "import", "SOURCE", "--yes", "--fail-unchanged", "--json");
    assert_int_equal(scene->said.status, 4);
    expect_schema(scene, "sallyport.import/1");
}

static void audit_records_are_listed_with_their_words_escaped(void **state)
{
    struct scene *scene = *state;
    char call[4096];

    answer(scene, AGENT "Audit", "audit.json");
    RUN(scene, "audit", "list", "--after", "5", "--limit", "7");
    expect(scene, 0, "audit.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "{\"after\":5,\"limit\":7}"));
    RUN(scene, "audit", "list", "--json");
    expect_schema(scene, "sallyport.audit/1");
}

static void an_intact_chain_is_status_0(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "AuditVerify", "audit-intact.json");
    RUN(scene, "audit", "verify");
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "[ OK ] 2 records"));
}

static void a_broken_chain_is_status_1(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "AuditVerify", "audit-broken.json");
    RUN(scene, "audit", "verify");
    assert_int_equal(scene->said.status, 1);
    assert_non_null(strstr(scene->said.err, "record 2"));
    RUN(scene, "audit", "verify", "--json");
    assert_int_equal(scene->said.status, 1);
}

static void inspect_shows_documents_and_a_verdict(void **state)
{
    struct scene *scene = *state;

    answer(scene, AGENT "Inspect", "inspect.json");
    RUN(scene, "inspect", "SOURCE");
    expect(scene, 20, "inspect.txt");
    RUN(scene, "inspect", "SOURCE", "--json");
    assert_int_equal(scene->said.status, 20);
    expect_schema(scene, "sallyport.inspect/1");
}

static void expect_file(struct scene *scene, const char *name, const char *text)
{
    struct scratch *scratch = scene->scratch;
    struct error err = {0};
    struct bytes found;

    assert_ok(path_read(scratch->fd, name, 1000, &found, &err), &err);
    assert_int_equal(found.size, strlen(text));
    assert_memory_equal(found.data, text, found.size);
    bytes_clear(&found);
}

static void extract_writes_json_tokens_and_signatures(void **state)
{
    struct scene *scene = *state;
    char folder[PATH_MAX + 16];
    json_t *document;

    answer(scene, AGENT "Inspect", "inspect.json");
    snprintf(folder, sizeof(folder), "%.4000s/evidence", scene->source);
    RUN(scene, "inspect", "SOURCE", "--extract", folder, "--json");
    assert_int_equal(scene->said.status, 20);
    expect_file(scene, "evidence/root-1.json", "{\"version\":1}");
    expect_file(scene, "evidence/root-1-1.tst", "token");
    expect_file(scene, "evidence/root-1-1.sig", "sig");
    document = said_json(scene);
    assert_null(
        json_object_get(json_array_get(json_object_get(document, "documents"), 0), "extract"));
    json_decref(document);
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

static void no_agent_is_status_13_and_says_how_to_start_it(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"--socket", "/nonexistent/agent.sock", "status", NULL};
    const char *const json[] = {"--socket", "/nonexistent/agent.sock", "status", "--json", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 13);
    assert_string_equal(scene->said.out, "");
    assert_non_null(strstr(scene->said.err, "sallyport-agent run"));
    assert_int_equal(run_sallyport(json, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 13);
    expect_schema(scene, "sallyport.error/1");
    assert_string_equal(scene->said.err, "");
}

static void explain_knows_every_code(void **state)
{
    struct scene *scene = *state;
    const char *words[] = {"explain", NULL, NULL, NULL};
    json_t *document;

    for (int code = 0; code < ERROR_COUNT; code++) {
        const struct error_row *row = error_row((enum error_code)code);

        words[1] = row->name;
        assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
        assert_int_equal(scene->said.status, 0);
        assert_non_null(strstr(scene->said.out, row->name));
        assert_non_null(strstr(scene->said.out, "Next step "));
    }
    words[1] = "--json";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    document = said_json(scene);
    assert_int_equal(json_array_size(json_object_get(document, "codes")), ERROR_COUNT);
    json_decref(document);
    words[1] = "rollback";
    words[2] = "--json";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    expect_schema(scene, "sallyport.explain/1");
    words[1] = "nonsense\033[2J";
    words[2] = NULL;
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 10);
    assert_null(strchr(scene->said.err, '\033'));
    words[1] = "rolback";
    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 10);
    assert_non_null(strstr(scene->said.err, "did you mean rollback?"));
}

static void help_without_a_verb_explains_the_program(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"--help", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "without a verb: status"));
    assert_non_null(strstr(scene->said.out, "inspect SOURCE"));
}

static void explain_prints_cause_and_next_step(void **state)
{
    struct scene *scene = *state;
    const char *const words[] = {"explain", "rollback", NULL};

    assert_int_equal(run_sallyport(words, NULL, &scene->said), 0);
    expect(scene, 0, "explain.txt");
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(status_shows_ten_lines_and_a_row_a_type),
        SCENE(no_verb_is_status),
        SCENE(colour_only_repeats_what_the_word_says),
        SCENE(status_as_json_is_what_the_agent_said),
        SCENE(hostile_strings_do_not_reach_the_terminal),
        SCENE(an_endpoint_that_was_never_enrolled_gets_a_list),
        SCENE(an_empty_reply_does_not_crash),
        SCENE(contents_show_issues_and_one_type_in_full),
        SCENE(floors_are_shown_for_rings_and_types),
        SCENE(import_prints_its_result_and_says_steps_on_stderr),
        SCENE(import_passes_on_what_was_asked),
        SCENE(import_without_an_answer_is_refused_before_anything_is_asked),
        SCENE(on_a_terminal_the_plan_is_shown_and_no_means_no),
        SCENE(on_a_terminal_yes_imports),
        SCENE(a_refused_import_ends_with_the_codes_status),
        SCENE(a_partial_import_ends_with_status_3),
        SCENE(the_same_import_again_is_success_unless_asked_otherwise),
        SCENE(audit_records_are_listed_with_their_words_escaped),
        SCENE(an_intact_chain_is_status_0),
        SCENE(a_broken_chain_is_status_1),
        SCENE(inspect_shows_documents_and_a_verdict),
        SCENE(extract_writes_json_tokens_and_signatures),
        SCENE(a_folder_that_is_no_medium_is_said_so),
        SCENE(no_agent_is_status_13_and_says_how_to_start_it),
        SCENE(explain_knows_every_code),
        SCENE(help_without_a_verb_explains_the_program),
        SCENE(explain_prints_cause_and_next_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
