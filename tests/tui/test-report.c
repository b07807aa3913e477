/* SPDX-License-Identifier: ISC
 *
 * report: a period of the audit chain, on standard output or as a file.
 */
#include "tests/tui/scene.h"

#include "media/base/json.h"
#include "media/base/path.h"

static void answer_all(struct scene *scene)
{
    scene_answer(scene, AGENT "Report", "report.json");
    scene_answer(scene, AGENT "Status", "status.json");
    scene_answer(scene, AGENT "AuditVerify", "audit-intact.json");
}

static void a_period_is_summed_up(void **state)
{
    struct scene *scene = *state;
    json_t *document;
    char call[4096];

    answer_all(scene);
    RUN(scene, "report", "--from", "2026-11-01", "--to", "2026-11-23");
    scene_expect(scene, 0, "report.txt");
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_non_null(strstr(call, "\"from\":\"2026-11-01T00:00:00Z\""));
    assert_non_null(strstr(call, "\"to\":\"2026-11-23T00:00:00Z\""));
    RUN(scene, "report", "--from", "7d", "--json");
    document = scene_json(scene);
    assert_string_equal(json_string_value(json_object_get(document, "endpoint")), "ws-07");
    assert_true(json_is_true(json_object_get(json_object_get(document, "chain"), "ok")));
    json_decref(document);
}

static void a_file_is_in_the_format_that_was_asked_for(void **state)
{
    struct scene *scene = *state;
    struct scratch *scratch = scene->scratch;
    char file[PATH_MAX + 16];
    struct error err = {0};
    struct bytes text;
    json_t *document;

    answer_all(scene);
    snprintf(file, sizeof(file), "%.4000s/month", scene->source);
    RUN(scene, "report", "-o", file);
    assert_int_equal(scene->said.status, 0);
    assert_non_null(strstr(scene->said.out, "report written, SHA-384 "));
    assert_ok(path_read(scratch->fd, "month", SAID_BYTES, &text, &err), &err);
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    assert_non_null(strstr((char *)text.data, "Audit report of ws-07\n"));
    assert_non_null(strstr((char *)text.data, "AU-10 Non-repudiation"));
    bytes_clear(&text);
    RUN(scene, "report", "-o", file, "--format", "json", "--json");
    scene_expect_schema(scene, "sallyport.report-written/1");
    assert_ok(path_read(scratch->fd, "month", SAID_BYTES, &text, &err), &err);
    assert_ok(json_read(text.data, text.size, &document, &err), &err);
    assert_string_equal(json_string_value(json_object_get(document, "schema")),
                        "sallyport.report/1");
    json_decref(document);
    bytes_clear(&text);
}

static void standard_output_has_every_format(void **state)
{
    struct scene *scene = *state;

    answer_all(scene);
    RUN(scene, "report", "--format", "html", "--marking", "RESTRICTED");
    assert_int_equal(scene->said.status, 0);
    assert_int_equal(strncmp(scene->said.out, "<!DOCTYPE html>", 15), 0);
    assert_non_null(strstr(scene->said.out, "<p class=\"marking\">RESTRICTED</p>"));
    RUN(scene, "report", "--format", "csv");
    assert_non_null(strstr(scene->said.out, "\"Audit chain\",\"1\",\"OK\",\"Chain\""));
    RUN(scene, "report", "--format", "oscal");
    assert_non_null(strstr(scene->said.out, "\"control-id\":\"au-10\""));
}

static void a_signed_report_comes_with_its_statement(void **state)
{
    struct scene *scene = *state;
    char file[PATH_MAX + 16], certificate[PATH_MAX + 16];

    answer_all(scene);
    scene_answer(scene, AGENT "Attest", "attested.json");
    snprintf(file, sizeof(file), "%.4000s/month", scene->source);
    snprintf(certificate, sizeof(certificate), "%.4000s/pem", scene->source);
    RUN(scene, "report", "-o", file, "--sign", "--certificate", certificate);
    assert_int_equal(scene->said.status, 0);
    scene_expect_file(scene, "month.p7s", "signed");
    scene_expect_file(scene, "pem", "certificate\n");
    RUN(scene, "report", "--sign");
    assert_int_equal(scene->said.status, 2);
    RUN(scene, "report", "-o", file, "--certificate", certificate);
    assert_int_equal(scene->said.status, 2);
}

static void times_that_are_none_are_refused(void **state)
{
    static const char *const wrong[] = {"",   "yesterday", "2026-13-01",       "7",          "d",
                                        "7y", "-7d",       "2026-11-23T08:15", "9999999999d"};
    struct scene *scene = *state;

    answer_all(scene);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        RUN(scene, "report", "--from", wrong[i]);
        assert_int_equal(scene->said.status, 2);
    }
    RUN(scene, "report", "--from", "2026-11-23", "--to", "2026-11-01");
    assert_int_equal(scene->said.status, 2);
    RUN(scene, "report", "--format", "pdf");
    assert_int_equal(scene->said.status, 2);
    RUN(scene, "report", "-o", "/nonexistent/x");
    assert_int_equal(scene->said.status, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_period_is_summed_up),
        SCENE(a_file_is_in_the_format_that_was_asked_for),
        SCENE(standard_output_has_every_format),
        SCENE(a_signed_report_comes_with_its_statement),
        SCENE(times_that_are_none_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
