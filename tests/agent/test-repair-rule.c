/* SPDX-License-Identifier: ISC
 *
 * What the driver of a repair-kit says of its rules: what a client hears, what is remembered, and what
 * is no such reply.
 */
#include "tests/agent/repair-place.h"

#include "agent/audit.h"
#include "agent/repair-note.h"
#include "agent/repair-rule.h"

static struct repair_place place;
static struct repair_kit kit;

static int set_up(void **state)
{
    (void)state;
    if (repair_place_make(&place) < 0)
        return -1;
    repair_kit_begin(&kit, &place.import, "timer", false, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    repair_kit_end(&kit);
    return repair_place_remove(&place);
}

static json_t *reply_of(const char *rows)
{
    char text[1024];
    json_t *reply;

    snprintf(text, sizeof(text), "{\"repairs\":[%s],\"total\":1}", rows);
    reply = json_loads(text, 0, NULL);
    assert_non_null(reply);
    return reply;
}

static void take(const char *rows)
{
    struct error err = {0};
    json_t *reply = reply_of(rows);

    assert_ok(repair_rule_take(&kit, reply, &err), &err);
    json_decref(reply);
}

#define ROW(healthy, done, reason)                                                                 \
    "{\"rule\":\"r\",\"title\":\"T\",\"healthy\":" healthy ",\"done\":" done                       \
    ",\"reason\":\"" reason "\"}"

static void assert_outcome(const char *outcome, const char *words)
{
    const json_t *row = json_object_get(kit.rules, "r");

    assert_string_equal(json_string_value(json_object_get(row, "outcome")), outcome);
    assert_string_equal(json_string_value(json_object_get(row, "words")), words);
    assert_string_equal(json_string_value(json_object_get(row, "title")), "T");
}

/* How many are remembered, and what the first says. */
static size_t remembered(const char *key, const char *value)
{
    struct error err = {0};
    size_t count;
    json_t *list;
    bool failed;

    assert_ok(repair_note_list(place.state, &list, &failed, &err), &err);
    count = json_array_size(list);
    assert_int_equal(failed, count > 0);
    if (count > 0)
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), key)),
                            value);
    json_decref(list);
    return count;
}

static void what_is_well_is_told_and_not_remembered(void **state)
{
    (void)state;
    take(ROW("true", "false", ""));
    assert_outcome("healthy", "");
    take(ROW("false", "true", ""));
    assert_outcome("done", "");
    take(ROW("true", "false", ""));
    assert_outcome("done", "");
    assert_int_equal(remembered("", ""), 0);
}

static void what_is_left_or_failed_is_remembered(void **state)
{
    (void)state;
    take(ROW("false", "false", "no pristine copy"));
    assert_outcome("left", "no pristine copy");
    assert_int_equal(remembered("code", "partial"), 1);
    take(ROW("null", "false", "a.lua:2: broken"));
    assert_outcome("failed", "a.lua:2: broken");
    assert_int_equal(remembered("code", "bad-content"), 1);
    assert_int_equal(remembered("words", "a.lua:2: broken"), 1);
    assert_int_equal(remembered("verb", "rule"), 1);
    assert_int_equal(remembered("object", "r"), 1);
}

static int64_t newest_record(void)
{
    struct error err = {0};
    int64_t number;

    assert_ok(audit_newest(place.state, &number, &err), &err);
    return number;
}

/* So many rules fail in one reply. */
static void take_failures(unsigned count)
{
    struct error err = {0};
    json_t *rows = json_array(), *reply;
    char rule[16];

    for (unsigned i = 0; i < count; i++) {
        snprintf(rule, sizeof(rule), "r%u", i);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:n, s:b, s:s}", "rule", rule, "title",
                                              "T", "healthy", "done", 0, "reason", "broken"));
    }
    reply = json_pack("{s:o, s:i}", "repairs", rows, "total", (int)count);
    assert_ok(repair_rule_take(&kit, reply, &err), &err);
    json_decref(reply);
}

static void many_that_fail_are_one_record_more(void **state)
{
    int64_t before = newest_record();

    (void)state;
    take_failures(LIMIT_REPAIR_ROWS + 44);
    assert_int_equal(newest_record() - before, LIMIT_REPAIR_RULES + 1);
    assert_int_equal(json_object_size(kit.rules), LIMIT_REPAIR_ROWS + 44);
    take_failures(LIMIT_REPAIR_ROWS + 44);
    assert_int_equal(newest_record() - before, LIMIT_REPAIR_RULES + 1);
    take_failures(LIMIT_REPAIR_RULES + 1);
    assert_int_equal(newest_record() - before, LIMIT_REPAIR_RULES + 2);
}

/* What was done, and when, is not forgotten for them. */
static void no_flood_of_rules_makes_a_repair_due_again(void **state)
{
    struct error err = {0};
    int64_t before_us;

    (void)state;
    assert_ok(repair_note_begin(place.state, "set_mode", "state:", "timer", 1, &before_us, &err),
              &err);
    for (unsigned i = 0; i < LIMIT_REPAIR_ROWS; i++) {
        struct error why;
        char rule[16];

        snprintf(rule, sizeof(rule), "r%u", i);
        error_set(&why, ERROR_PARTIAL, "broken");
        assert_ok(repair_note_failure(place.state, REPAIR_NOTE_RULE, rule, "timer", &why, &err),
                  &err);
    }
    assert_refused(
        repair_note_begin(place.state, "set_mode", "state:", "timer", 1, &before_us, &err), &err,
        ERROR_BLOCKED);
}

/* It is asked again once the sources were, and may be well then. */
static void what_is_not_the_last_word_is_not_remembered(void **state)
{
    (void)state;
    kit.again = true;
    take(ROW("false", "false", "not yet"));
    assert_outcome("left", "not yet");
    assert_int_equal(remembered("", ""), 0);
}

static void a_dry_run_remembers_nothing(void **state)
{
    (void)state;
    kit.dry_run = true;
    take(ROW("false", "true", ""));
    assert_outcome("due", "");
    take(ROW("null", "false", "broken"));
    assert_outcome("failed", "broken");
    assert_int_equal(remembered("", ""), 0);
}

static void what_is_no_row_is_refused(void **state)
{
    static const char *const rows[] = {
        "1",
        ROW("1", "true", ""),
        ROW("true", "null", ""),
        ROW("true", "true", "\\u0007"),
        "{\"rule\":\"\",\"title\":\"T\",\"healthy\":true,\"done\":true,\"reason\":\"\"}",
        "{\"rule\":\"r\",\"title\":\"T\",\"healthy\":true,\"done\":true}",
        "{\"rule\":\"r\",\"title\":\"T\",\"healthy\":true,\"done\":true,\"reason\":\"\",\"x\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        json_t *reply = reply_of(rows[i]);

        assert_refused(repair_rule_take(&kit, reply, &err), &err, ERROR_PROTOCOL);
        json_decref(reply);
    }
    assert_int_equal(json_object_size(kit.rules), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_well_is_told_and_not_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_left_or_failed_is_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_the_last_word_is_not_remembered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(many_that_fail_are_one_record_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_flood_of_rules_makes_a_repair_due_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_remembers_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_row_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
