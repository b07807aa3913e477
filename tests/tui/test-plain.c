/* SPDX-License-Identifier: ISC
 *
 * The console without a screen: what is printed for what is typed, by the real program, from fixtures
 * and with an agent of canned replies.
 */
#include "tests/tui/scene.h"

static const char *fixture_path(const char *name, char out[static PATH_MAX])
{
    const char *top = getenv("TOP_SRCDIR");

    snprintf(out, PATH_MAX, "%s/tests/tui/fixture/%s.json", top != NULL ? top : ".", name);
    return out;
}

static void type_at_fixture(struct scene *scene, const char *fixture, const char *typed)
{
    char path[PATH_MAX];
    const char *arguments[] = {"console", "--plain", "--fixture", fixture_path(fixture, path),
                               NULL};

    assert_int_equal(run_sallyport_typing(arguments, typed, &scene->said), 0);
}

static void type_at_agent(struct scene *scene, const char *typed)
{
    struct scratch *scratch = scene->scratch;
    const char *arguments[] = {"--socket", scene->agent.path, "console", "--plain", NULL};

    if (scene->agent.pid == 0)
        assert_int_equal(
            fake_agent_start(&scene->agent, scratch->path, scene->replies, scene->count), 0);
    assert_int_equal(run_sallyport_typing(arguments, typed, &scene->said), 0);
}

static void assert_said(const struct scene *scene, const char *text)
{
    if (strstr(scene->said.out, text) == NULL)
        fail_msg("no \"%s\" in: %s%s", text, scene->said.out, scene->said.err);
}

static void assert_not_said(const struct scene *scene, const char *text)
{
    if (strstr(scene->said.out, text) != NULL)
        fail_msg("\"%s\" in: %s", text, scene->said.out);
}

/* How often the agent was called by this method. */
static size_t calls_of(struct scene *scene, const char *method)
{
    char call[8192];
    size_t count = 0;

    while (fake_agent_call(&scene->agent, call, sizeof(call)) == 0)
        count += strstr(call, method) != NULL;
    return count;
}

static void every_screen_is_told_in_lines(void **state)
{
    struct scene *scene = *state;

    type_at_fixture(scene, "trouble", "2\n3\n4\n5\nq\n");
    scene_expect(scene, 0, "console/plain-trouble.txt");
    type_at_fixture(scene, "unenrolled", "q\n");
    assert_said(scene, "2. Here: sallyport-agent enroll FILE");
    type_at_fixture(scene, "agent-down", "3\nq\n");
    assert_said(scene, "Import. AGENT DOWN, seen 42m ago.");
    assert_said(scene, "systemctl start sallyport-agent");
    type_at_fixture(scene, "importing", "3\nq\n");
    assert_said(scene, "\n62%, 8.8 GiB of 14.2 GiB");
    assert_said(scene, "Pulling the medium now is safe");
    assert_not_said(scene, "####");
}

static void rows_are_shown_whole_and_explained(void **state)
{
    struct scene *scene = *state;

    type_at_fixture(scene, "trouble", "2\nd 2\ne 2\ne 9\nd\ne 1\nq\n");
    assert_said(scene, "Words: it has no serial number");
    assert_said(scene, "Cause: A USB device has no serial number");
    assert_said(scene, "Which row? Give its number: e 1.");
    assert_said(scene, "Which row? Give its number: d 1.");
    assert_said(scene, "nothing is wrong with this row");
}

static void what_is_typed_acts_on_no_terminal(void **state)
{
    struct scene *scene = *state;

    type_at_fixture(scene, "good", "\033[2J\303\250\nm\n\nq\n");
    assert_not_said(scene, "\033");
    assert_said(scene, "is nothing that is known here");
    type_at_fixture(scene, "hostile", "2\n3\n4\n5\nd 1\nq\n");
    assert_not_said(scene, "\033");
    assert_not_said(scene, "\342\200\256");
}

static void it_ends_where_nothing_more_is_typed(void **state)
{
    struct scene *scene = *state;
    char path[PATH_MAX];
    const char *arguments[] = {"console", "--plain",   "--charset",
                               "ascii",   "--fixture", fixture_path("hostile", path),
                               NULL};

    assert_int_equal(run_sallyport(arguments, NULL, &scene->said), 0);
    assert_int_equal(scene->said.status, 0);
    assert_said(scene, "Number or letter: \n");
    for (const char *at = scene->said.out; *at != '\0'; at++)
        assert_true((unsigned char)*at < 0x80);
}

static void an_import_is_previewed_and_confirmed_by_a_word(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Import", "import-plan.json");
    scene_answer(scene, AGENT "Import", "import-plan.json");
    scene_answer(scene, AGENT "Import", "import-partial.json");
    scene_answer(scene, AGENT "Floors", "floors.json");
    type_at_agent(scene, "I /media/stick\ny\nI\n/media/stick\n8\nq\n");
    assert_said(scene, "Type 8 to import it; anything else stops:");
    assert_said(scene, "Nothing was imported.");
    assert_said(scene, "The medium may be pulled.");
    assert_int_equal(calls_of(scene, AGENT "Import"), 3);
}

static void a_refusal_names_the_lawful_next_step(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Import", "import-rollback.json");
    type_at_agent(scene, "I /media/old\nI relative\nI\n\nq\n");
    assert_said(scene, "Refused, rollback: ");
    assert_said(scene, "Next step: Ask the mirror for a newer export");
    assert_said(scene, "Nothing was typed, and nothing is done.");
    assert_int_equal(calls_of(scene, AGENT "Import"), 1);
}

static void a_medium_is_judged_without_importing_it(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Inspect", "inspect-good.json");
    type_at_agent(scene, "i /media/stick\nq\n");
    assert_said(scene, "Verdict");
    assert_int_equal(calls_of(scene, AGENT "Import"), 0);
}

static void refusals_are_acknowledged_by_a_word(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Acknowledge", "acknowledge.json");
    type_at_agent(scene, "a\ny\na\nyes\nq\n");
    assert_said(scene, "The last one, rollback: older");
    assert_said(scene, "Nothing was acknowledged.");
    assert_said(scene, " acknowledged, ");
    assert_int_equal(calls_of(scene, AGENT "Acknowledge"), 1);
}

static void the_chain_is_walked_when_asked(void **state)
{
    struct scene *scene = *state;

    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "Audit", "audit.json");
    scene_answer(scene, AGENT "AuditVerify", "audit-broken.json");
    type_at_agent(scene, "4\nv\nq\n");
    assert_said(scene, "FAIL, the chain is BROKEN");
}

static void a_terminal_that_can_only_print_gets_lines(void **state)
{
    struct scene *scene = *state;
    char path[PATH_MAX];
    const char *arguments[] = {"console", "--fixture", fixture_path("good", path), NULL};

    assert_int_equal(run_sallyport_at(arguments, "TERM=dumb", "q\n", &scene->said), 0);
    assert_int_equal(scene->said.status, 0);
    assert_said(scene, "sallyport console --plain");
    assert_said(scene, "Status. agent up.");
    assert_int_equal(run_sallyport(arguments, "TERM=dumb", &scene->said), 0);
    assert_int_equal(scene->said.status, 2); /* nobody sits there */
}

static void without_an_agent_it_says_so(void **state)
{
    struct scene *scene = *state;
    const char *arguments[] = {"--socket", "/no/such/socket", "console", "--plain", NULL};

    assert_int_equal(run_sallyport_typing(arguments, "5\nI /x\nq\n", &scene->said), 0);
    assert_int_equal(scene->said.status, 0);
    assert_said(scene, "Status. AGENT DOWN.");
    assert_said(scene, "Refused, no-agent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(every_screen_is_told_in_lines),
        SCENE(rows_are_shown_whole_and_explained),
        SCENE(what_is_typed_acts_on_no_terminal),
        SCENE(it_ends_where_nothing_more_is_typed),
        SCENE(an_import_is_previewed_and_confirmed_by_a_word),
        SCENE(a_refusal_names_the_lawful_next_step),
        SCENE(a_medium_is_judged_without_importing_it),
        SCENE(refusals_are_acknowledged_by_a_word),
        SCENE(the_chain_is_walked_when_asked),
        SCENE(a_terminal_that_can_only_print_gets_lines),
        SCENE(without_an_agent_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
