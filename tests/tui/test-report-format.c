/* SPDX-License-Identifier: ISC
 *
 * Reports in every format, of inspections whose strings mean harm: golden/NAME.json against
 * golden/NAME.FORMAT.
 */
#include "tests/tui/scene.h"

#include "media/base/json.h"
#include "media/base/limits.h"
#include "tui/report-format.h"
#include "tui/report-inspection.h"

static json_t *read_document(const char *name)
{
    json_t *document = NULL;
    struct error err = {0};
    struct bytes text;

    scene_golden(name, &text);
    assert_ok(json_read(text.data, text.size, &document, &err), &err);
    bytes_clear(&text);
    return document;
}

/* As text, with its NUL. */
static void render(const json_t *document, const char *format, struct bytes *text)
{
    struct error err = {0};
    struct report report;

    report_inspection(&report, document);
    bytes_init(text, LIMIT_REPORT_BYTES);
    assert_ok(report_format_write(&report, format, text, &err), &err);
    assert_ok(bytes_put_u8(text, 0, &err), &err);
    report_clear(&report);
}

static void expect(const char *name, const char *format, const char *golden)
{
    json_t *document = read_document(name);
    struct bytes first, second;

    render(document, format, &first);
    render(document, format, &second);
    assert_true(bytes_equal(bytes_view(&first), bytes_view(&second)));
    scene_expect_text((char *)first.data, golden);
    bytes_clear(&first);
    bytes_clear(&second);
    json_decref(document);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    expect("inspect-hostile.json", "html", "inspect-hostile.html");
    expect("inspect-hostile.json", "csv", "inspect-hostile.csv");
    expect("inspect-hostile.json", "oscal", "inspect-hostile.oscal.json");
    expect("inspect-hostile.json", "text", "inspect-hostile.txt");
}

/* Of another version, or nothing at all: a report is made, without a crash. */
static void what_is_absent_is_shown_as_absent(void **state)
{
    static const char *const formats[] = {"text", "json", "html", "csv", "oscal"};
    json_t *empty = json_object();
    struct bytes text;

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        render(empty, formats[i], &text);
        assert_true(text.size > 1);
        bytes_clear(&text);
    }
    json_decref(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(what_is_absent_is_shown_as_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
