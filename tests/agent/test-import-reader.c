/* SPDX-License-Identifier: ISC
 *
 * A whole import of a new list, from a signed medium: the scanner has it, and so has a driver of
 * another family that looks up in it; a list that the scanner refuses changes neither.
 */
#include "tests/agent/endpoint.h"

#include <unistd.h>

#include "agent/flag-gate.h"
#include "media/base/text.h"
#include "tests/agent/tiny-index.h"

#define LISTS "local-rep-data"
#define RULES "behavior"

static void link_program(const char *from, const char *name)
{
    const char *top = getenv("TOP_BUILDDIR");
    char absolute[4096], target[5000], link[5000];

    assert_non_null(realpath(top != NULL ? top : ".", absolute));
    snprintf(target, sizeof(target), "%s/%s", absolute, from);
    snprintf(link, sizeof(link), "%s/%s", end.libexec, name);
    assert_int_equal(symlink(target, link), 0);
}

static int set_up_readers(void **state)
{
    static const struct medium_file rules[] = {{"rules.lua", "1", 1}};
    struct error err = {0};
    int result = set_up(state);

    if (result < 0)
        return result;
    /* No set here says so. */
    assert_ok(state_set_number(end.state, FLAG_GATE_ON "behavior", 1, &err), &err);
    link_program("drivers/sallyport-driver-scanner", "sallyport-driver-scanner");
    link_program("tests/agent/fake-reader", "sallyport-driver-behavior");
    medium_add_package(end.medium, RULES, "1", 1, rules, 1, NULL);
    return 0;
}

/* The next medium has a list of these files. */
static void next_list(uint64_t issue, uint8_t first, uint8_t second)
{
    const uint8_t keys[] = {first, second};
    uint8_t index[TINY_INDEX_BYTES];
    struct medium_file file = {"sha256.idx", index, tiny_index_make(index, keys, 2)};

    medium_add_package(end.medium, LISTS, "x", issue, &file, 1, NULL);
    medium_write_set(end.medium);
    medium_write_export(end.medium);
}

/* Whether a family knows the file. */
static bool knows(const char *type, uint8_t byte)
{
    json_t *request, *reply = NULL;
    struct error err = {0};
    char hex[2 * 32 + 1];
    uint8_t key[32];
    bool known;

    memset(key, byte, sizeof(key));
    text_hex(key, sizeof(key), hex);
    request = json_pack("{s:[s]}", "sha256", hex);
    assert_ok(driver_host_serve(end.drivers, type, request, &reply, &err), &err);
    known = json_is_object(json_array_get(json_object_get(reply, "sha256"), 0));
    json_decref(request);
    json_decref(reply);
    return known;
}

static void an_import_reaches_the_scanner_and_its_readers(void **state)
{
    for (uint8_t i = 1; i < 4; i++) {
        next_list(i, i, 0x80);
        assert_import("active", true);
        assert_true(knows(LISTS, i));
        assert_true(knows(RULES, i));
        assert_false(knows(RULES, (uint8_t)(i - 1)));
    }
}

static void a_signed_list_that_is_damaged_changes_neither(void **state)
{
    struct error err = {0};

    next_list(1, 1, 0x80);
    assert_import("active", true);
    next_list(2, 9, 2); /* falls */
    assert_ok(run_import(false, &err), &err);
    assert_string_equal(package_text(LISTS, "code"), "driver-refused");
    assert_non_null(strstr(package_text(LISTS, "words"), "sha256.idx: record 1: "));
    assert_int_equal(active_issue(LISTS), 1);
    assert_true(knows(LISTS, 1) && knows(RULES, 1));
    assert_false(knows(LISTS, 2) || knows(RULES, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_import_reaches_the_scanner_and_its_readers,
                                        set_up_readers, tear_down),
        cmocka_unit_test_setup_teardown(a_signed_list_that_is_damaged_changes_neither,
                                        set_up_readers, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
