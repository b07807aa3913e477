/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/usb-rule.h"
#include "tests/media/base/usb-scene.h"

/* The device that rules are tried on: 0951:1666, "DataTraveler", 0850E0D55EA574D1, 1-4.2. */
static bool matches(const char *text, const struct usb_device *device)
{
    struct usb_rule rule;
    struct error err = {0};
    bool answer;

    assert_ok(usb_rule_parse(text, 1, &rule, &err), &err);
    assert_string_equal(rule.text, text);
    answer = usb_rule_matches(&rule, device);
    usb_rule_clear(&rule);
    return answer;
}

static void rules_match_what_they_say(void **state)
{
    static const struct {
        const char *text;
        bool expected;
    } cases[] = {
        {"allow", true},
        {"allow id 0951:1666", true},
        {"block id 0951:*", true},
        {"reject id *:*", true},
        {"allow id 0951:1667", false},
        {"allow id 0952:*", false},
        {"allow id one-of { 0781:* 0951:1666 }", true},
        {"allow id { 0781:* 0951:1666 }", false},
        {"allow serial \"0850E0D55EA574D1\"", true},
        {"allow serial \"0850*\"", false},
        {"allow serial \"\"", false},
        {"allow name \"DataTraveler\" via-port \"1-4.2\"", true},
        {"allow name \"Data\\x54raveler\"", true},
        {"allow name \"DataTraveler\" via-port \"1-4\"", false},
        {"allow via-port one-of { \"1-1\" \"1-4.2\" }", true},
        {"allow via-port none-of { \"1-1\" \"1-4.2\" }", false},
        {"allow with-interface 08:06:50", true},
        {"allow with-interface 08:06:*", true},
        {"allow with-interface {08:*:*}", true},
        {"allow with-interface *:*:*", true},
        {"allow with-interface 08:06:5F", false},
        {"allow with-interface equals { 08:06:50 08:06:62 }", false},
        {"allow with-interface one-of { 08:06:50 08:06:62 }", true},
        {"allow with-interface all-of { 08:06:50 08:06:62 }", false},
        {"allow with-interface none-of { 03:*:* }", true},
        {"allow hash "
         "\"070707070707070707070707070707070707070707070707"
         "070707070707070707070707070707070707070707070707\"",
         true},
    };
    const struct usb_device device = scene_storage("1-4.2");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (matches(cases[i].text, &device) != cases[i].expected)
            fail_msg("%s", cases[i].text);
    }
}

static void a_composite_equals_only_all_of_it(void **state)
{
    struct usb_device device = scene_storage("1-4.2");
    struct error err;

    assert_ok(usb_interface_add(&device, (struct usb_interface){3, 1, 1}, &err), &err);
    assert_false(matches("allow with-interface 08:06:50", &device));
    assert_false(matches("allow with-interface { 08:*:* }", &device));
    assert_true(matches("allow with-interface { 08:06:50 03:01:01 }", &device));
    assert_true(matches("allow with-interface all-of { 08:06:50 }", &device));
    assert_false(matches("allow with-interface none-of { 03:*:* }", &device));
}

static void strings_are_compared_as_the_record_has_them(void **state)
{
    struct usb_device device = scene_storage("1-4.2");
    struct error err;

    assert_ok(usb_text_take("name", "a\"b\\c\033", device.name, &err), &err);
    assert_true(matches("allow name \"a\\\"b\\\\c\\x1b\"", &device));
}

static void errors_name_the_place_and_what_was_expected(void **state)
{
    static const char *const cases[][2] = {
        {"", "byte 1: expected allow, block or reject, found its end"},
        {"permit id *:*", "byte 1: expected allow, block or reject, found permit"},
        {"allowid", "byte 1: expected allow"},
        {"allow vendor 0951",
         "byte 7: expected id, serial, name, via-port, with-interface or hash, "
         "found vendor 0951"},
        {"allow id", "byte 9: expected an id: 0951:1666, 0951:* or *:*, found its end"},
        {"allow id 951:1666", "byte 10: expected an id"},
        {"allow id *:1666", "byte 10: expected an id"},
        {"allow id 0951:16667", "byte 10: expected an id"},
        {"allow id one-of 0951:*", "byte 17: expected {, found 0951:*"},
        {"allow id { }", "byte 12: expected an id"},
        {"allow id { 0951:*", "byte 18: expected an id"},
        {"allow with-interface 08:*:50", "byte 22: expected an interface"},
        {"allow with-interface 08:06", "byte 22: expected an interface"},
        {"allow serial abc", "byte 14: expected a string in quotation marks"},
        {"allow serial \"abc", "byte 18: expected a closing quotation mark"},
        {"allow serial \"a\\q\"", "byte 16: expected \\\", \\\\ or \\xHH"},
        {"allow serial \"a\\x0", "expected"},
        {"allow serial \"\\x00\"", "expected"},
        {"allow hash \"00\"", "byte 12: expected 96 hexadecimal digits"},
        {"allow id *:* id *:*", "byte 14: expected each attribute once"},
        {"allow if true", "byte 7: expected id"},
        {"allow \033", "without control characters"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct usb_rule rule;
        struct error err = {0};
        char words[600];

        assert_refused(usb_rule_parse(cases[i][0], 1, &rule, &err), &err, ERROR_CONFIG);
        snprintf(words, sizeof(words), "%s", err.words);
        if (strstr(words, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], words);
        usb_rule_clear(&rule);
    }
}

static void values_are_bounded(void **state)
{
    char text[LIMIT_USB_RULE_BYTES + 2] = "allow id { ";
    size_t used = strlen(text);
    struct usb_rule rule;
    struct error err = {0};

    for (size_t i = 0; i <= LIMIT_USB_RULE_VALUES; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "*:* ");
    assert_refused(usb_rule_parse(text, 1, &rule, &err), &err, ERROR_CONFIG);
    assert_non_null(strstr(err.words, "at most USB_RULE_VALUES values"));
    usb_rule_clear(&rule);
    memset(text, ' ', LIMIT_USB_RULE_BYTES + 1);
    assert_refused(usb_rule_parse(text, 1, &rule, &err), &err, ERROR_CONFIG);
    usb_rule_clear(&rule);
}

static void the_first_that_matches_decides(void **state)
{
    const struct usb_device device = scene_storage("1-4.2");
    struct usb_rule rules[3];
    struct error err = {0};

    assert_ok(usb_rule_parse("block id 0781:*", 1, &rules[0], &err), &err);
    assert_ok(usb_rule_parse("allow id 0951:*", 2, &rules[1], &err), &err);
    assert_ok(usb_rule_parse("block", 3, &rules[2], &err), &err);
    assert_int_equal(usb_rule_find(rules, 3, &device)->number, 2);
    assert_null(usb_rule_find(rules, 1, &device));
    for (size_t i = 0; i < 3; i++)
        usb_rule_clear(&rules[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_match_what_they_say),
        cmocka_unit_test(a_composite_equals_only_all_of_it),
        cmocka_unit_test(strings_are_compared_as_the_record_has_them),
        cmocka_unit_test(errors_name_the_place_and_what_was_expected),
        cmocka_unit_test(values_are_bounded),
        cmocka_unit_test(the_first_that_matches_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
