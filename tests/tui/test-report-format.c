/* SPDX-License-Identifier: ISC
 *
 * Reports in every format, of documents whose strings mean harm: golden/NAME.json against
 * golden/NAME and the ending of the format.
 */
#include "tests/tui/scene.h"

#include "media/base/json.h"
#include "media/base/limits.h"
#include "tui/report-device.h"
#include "tui/report-format.h"
#include "tui/report-inspection.h"
#include "tui/report-period.h"

typedef void (*make_report)(struct report *report, const json_t *document);

static const struct {
    const char *format, *ending;
} formats[] = {{"text", "txt"}, {"html", "html"}, {"csv", "csv"}, {"oscal", "oscal.json"}};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

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
static void render(make_report make, const json_t *document, const char *format, struct bytes *text)
{
    struct error err = {0};
    struct report report;

    make(&report, document);
    bytes_init(text, LIMIT_REPORT_BYTES);
    assert_ok(report_format_write(&report, format, text, &err), &err);
    assert_ok(bytes_put_u8(text, 0, &err), &err);
    report_clear(&report);
}

static void expect(make_report make, const char *name)
{
    char file[64];
    json_t *document;

    snprintf(file, sizeof(file), "%s.json", name);
    document = read_document(file);
    for (size_t i = 0; i < FORMATS; i++) {
        struct bytes first, second;

        render(make, document, formats[i].format, &first);
        render(make, document, formats[i].format, &second);
        assert_true(bytes_equal(bytes_view(&first), bytes_view(&second)));
        snprintf(file, sizeof(file), "%s.%s", name, formats[i].ending);
        scene_expect_text((char *)first.data, file);
        bytes_clear(&first);
        bytes_clear(&second);
    }
    json_decref(document);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    expect(report_inspection, "inspect-hostile");
}

static void a_period_has_every_format(void **state)
{
    (void)state;
    expect(report_period, "report-hostile");
}

/* An encrypted stick has another name than its disk, and a 33rd partition is in no list. */
static void a_device_is_found_by_its_port(void **state)
{
    json_t *media = read_document("media-usb.json"), *device;
    const struct block_device mapped = {.node = "dm-0", .port_count = 1, .ports = {"1-4.2"}};
    const struct block_device of_the_machine = {.node = "dm-0"};

    (void)state;
    device = report_device_at(json_object_get(media, "parameters"), &mapped);
    assert_string_equal(json_string_value(json_object_get(device, "port")), "1-4.2");
    json_decref(device);
    device = report_device_at(json_object_get(media, "parameters"), &of_the_machine);
    assert_true(json_is_null(device));
    json_decref(media);
}

static void a_device_is_found_by_its_node(void **state)
{
    json_t *media = read_document("media-usb.json"), *device;
    struct block_device place;
    struct error err;

    (void)state;
    device = report_device_find(json_object_get(media, "parameters"), "sdb1");
    assert_string_equal(json_string_value(json_object_get(device, "port")), "1-4.2");
    json_decref(device);
    device = report_device_find(json_object_get(media, "parameters"), "sdb2");
    assert_true(json_is_null(device));
    assert_true(json_is_null(report_device_find(NULL, "sdb1")));
    assert_ok(report_device_place("/nonexistent", &place, &err), &err);
    assert_string_equal(place.node, "");
    assert_ok(report_device_place("/proc", &place, &err), &err);
    assert_string_equal(place.node, "");
    json_decref(media);
}

static void a_wide_sign_is_no_formula_in_a_spreadsheet(void **state)
{
    struct report report;
    struct bytes text;
    struct error err;

    (void)state;
    report_init(&report, NULL);
    report_section(&report, "S", NULL, NULL);
    report_fact(&report, OUTPUT_UNMARKED, "Name", "%s",
                "\xef\xbc\x9d"
                "1+1");
    report_fact(&report, OUTPUT_UNMARKED, "None", "-");
    bytes_init(&text, LIMIT_REPORT_BYTES);
    assert_ok(report_format_write(&report, "csv", &text, &err), &err);
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    assert_non_null(strstr((const char *)text.data, "\"'\xef\xbc\x9d"
                                                    "1+1\""));
    assert_non_null(strstr((const char *)text.data, "\"None\",\"-\""));
    bytes_clear(&text);
    report_clear(&report);
}

/* Of another version, or nothing at all: a report is made, without a crash. */
static void what_is_absent_is_shown_as_absent(void **state)
{
    static const make_report makers[] = {report_inspection, report_period};
    json_t *empty = json_object();
    struct bytes text;

    (void)state;
    for (size_t i = 0; i < 2 * FORMATS; i++) {
        render(makers[i % 2], empty, formats[i / 2].format, &text);
        assert_true(text.size > 1);
        bytes_clear(&text);
    }
    json_decref(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(a_period_has_every_format),
        cmocka_unit_test(a_wide_sign_is_no_formula_in_a_spreadsheet),
        cmocka_unit_test(a_device_is_found_by_its_port),
        cmocka_unit_test(a_device_is_found_by_its_node),
        cmocka_unit_test(what_is_absent_is_shown_as_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
