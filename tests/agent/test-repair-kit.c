/* SPDX-License-Identifier: ISC
 *
 * The verbs of a repair: who asks is not believed, what is done is bounded and recorded, a dry run
 * changes nothing. And the rules that are built in.
 */
#include "tests/agent/repair-place.h"

#include <sys/stat.h>

#include "agent/audit.h"
#include "agent/repair-last-resort.h"
#include "agent/repair-note.h"

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

static void begin_again(bool person, bool dry_run)
{
    repair_kit_end(&kit);
    repair_kit_begin(&kit, &place.import, person ? "uid 0" : "timer", person, dry_run);
}

static void break_mode(const char *name, mode_t mode)
{
    assert_int_equal(fchmodat(((struct scratch *)place.scratch)->fd, name, mode, 0), 0);
}

static void assert_called(const char *verb, json_t *arguments, const char *value, const char *told)
{
    char reason[ERROR_WORDS_BYTES];
    struct error err = {0};
    json_t *answer;
    char *text;

    assert_ok(repair_kit_call(&kit, verb, arguments, &answer, reason, &err), &err);
    text = json_dumps(answer, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, value);
    assert_non_null(strstr(reason, told));
    assert_true(told[0] != '\0' || reason[0] == '\0');
    free(text);
    json_decref(answer);
    json_decref(arguments);
}

static void assert_unanswered(const char *verb, json_t *arguments)
{
    char reason[ERROR_WORDS_BYTES];
    struct error err = {0};
    json_t *answer;

    assert_int_equal(repair_kit_call(&kit, verb, arguments, &answer, reason, &err),
                     -(int)ERROR_BLOCKED);
    assert_null(answer);
    json_decref(arguments);
}

static uint64_t records(void)
{
    struct error err = {0};
    json_t *list;
    size_t i, count = 0;
    json_t *record;

    assert_ok(audit_list(place.state, 0, AUDIT_PAGE, &list, &err), &err);
    json_array_foreach(list, i, record) count +=
        strcmp(json_string_value(json_object_get(record, "what")), "repair") == 0;
    json_decref(list);
    return count;
}

static json_t *rows(bool *failed)
{
    struct error err = {0};
    json_t *list;

    assert_ok(repair_note_list(place.state, &list, failed, &err), &err);
    return list;
}

static void a_call_has_one_form(void **state)
{
    (void)state;
    assert_unanswered("unlink", json_pack("[s]", "state:content"));
    assert_unanswered("stat", json_array());
    assert_unanswered("stat", json_pack("[s, s]", "state:", "0700"));
    assert_unanswered("stat", json_pack("{s:s}", "path", "state:"));
    assert_unanswered("stat", json_pack("[i]", 1));
    assert_unanswered("stat", json_pack("[s]", "/etc/passwd"));
    assert_unanswered("set_mode", json_pack("[s, s]", "state:content", "0777"));
    assert_unanswered("restart_driver", json_pack("[s]", "../x"));
    assert_unanswered("set_owner", json_pack("[s, s]", "state:content", "a b"));
    assert_int_equal(records(), 0);
}

static void questions_are_answered(void **state)
{
    (void)state;
    assert_called("stat", json_pack("[s]", "state:none"), "null", "");
    assert_called("sha384", json_pack("[s]", "state:none"), "null", "");
    assert_called("sha384", json_pack("[s]", "state:content"), "null", "no regular file");
    assert_called("content_ok", json_pack("[s]", "null"), "true", "");
    assert_called("index_ok", json_pack("[s]", "links"), "true", "");
    assert_called("index_ok", json_pack("[s]", "outbox"), "true", "");
    assert_called("index_ok", json_pack("[s]", "none"), "false", "there is no index none");
    assert_int_equal(records(), 0);
}

static void what_is_done_is_recorded(void **state)
{
    bool failed;
    json_t *list, *after;

    (void)state;
    break_mode("state/content", 0755);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "true", "");
    assert_int_equal(repair_place_mode(&place, "state/content"), 0700);
    assert_int_equal(records(), 1);
    list = rows(&failed);
    assert_false(failed);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "words")),
                        "mode 0700 in place of 0755");
    assert_int_equal(json_array_size(kit.done), 1);
    begin_again(true, false);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "true", "");
    assert_int_equal(records(), 1); /* nothing was to be done: the row is as it was */
    after = rows(&failed);
    assert_true(json_equal(after, list));
    json_decref(after);
    json_decref(list);
    assert_int_equal(json_array_size(kit.done), 0);
}

static void nothing_is_done_again_so_soon(void **state)
{
    (void)state;
    break_mode("state/content", 0755);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "true", "");
    break_mode("state/content", 0755);
    begin_again(false, false);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "false",
                  "not again so soon");
    assert_int_equal(repair_place_mode(&place, "state/content"), 0755);
    begin_again(true, false);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "true", "");
    break_mode("state/content", 0755);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "false",
                  "not again so soon");
}

/* A look may have met an upgrade half way; the start after it must not be kept from the rest. */
static void a_start_is_not_kept_by_a_look(void **state)
{
    (void)state;
    break_mode("state/content", 0755);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "true", "");
    for (int i = 0; i < 2; i++) {
        break_mode("state/content", 0755);
        repair_kit_end(&kit);
        repair_kit_begin(&kit, &place.import, "start", false, false);
        assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"),
                      i == 0 ? "true" : "false", i == 0 ? "" : "not again so soon");
    }
}

static void a_failure_is_recorded_once(void **state)
{
    bool failed;

    (void)state;
    for (int i = 0; i < 3; i++) {
        begin_again(true, false);
        assert_called("restore_own", json_pack("[s]", "own:sallyport-verify"), "false",
                      "no pristine copies");
    }
    json_decref(rows(&failed));
    assert_true(failed);
    assert_int_equal(records(), 1);
}

static void a_dry_run_changes_nothing(void **state)
{
    bool failed;
    json_t *list;

    (void)state;
    break_mode("state/content", 0755);
    begin_again(true, true);
    assert_called("set_mode", json_pack("[s, s]", "state:content", "0700"), "true", "");
    assert_called("clear_staging", json_array(), "true", "");
    assert_int_equal(repair_place_mode(&place, "state/content"), 0755);
    assert_int_equal(json_array_size(kit.done), 2);
    list = rows(&failed);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_int_equal(records(), 0);
}

static void a_run_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_REPAIR_CHANGES; i++) {
        char path[32];

        snprintf(path, sizeof(path), "state:d%d", i);
        assert_called("make_dir", json_pack("[s, s]", path, "0700"), "true", "");
    }
    assert_called("make_dir", json_pack("[s, s]", "state:more", "0700"), "false", "REPAIR_CHANGES");
    kit.calls = LIMIT_REPAIR_CALLS;
    assert_called("stat", json_pack("[s]", "state:"), "null", "REPAIR_CALLS");
}

static void a_broker_that_is_gone_is_a_reason(void **state)
{
    (void)state;
    assert_int_equal(
        unlinkat(((struct scratch *)place.scratch)->fd, "libexec/sallyport-repaird", 0), 0);
    assert_called("stat", json_pack("[s]", "state:"), "null", "sallyport-repaird");
    assert_called("clear_staging", json_array(), "true", "");
}

static void own_files_are_put_right(void **state)
{
    const int top = ((struct scratch *)place.scratch)->fd;
    struct error err = {0};

    (void)state;
    assert_ok(repair_last_resort_run(&kit, &err), &err);
    assert_int_equal(json_array_size(kit.done), 0);
    assert_int_equal(unlinkat(top, "state/staging", AT_REMOVEDIR), 0);
    break_mode("state/state.db", 0644);
    assert_int_equal(mkdirat(top, "state/outbox", 0755), 0);
    assert_ok(repair_last_resort_run(&kit, &err), &err);
    assert_int_equal(repair_place_mode(&place, "state/staging"), 0700);
    assert_int_equal(repair_place_mode(&place, "state/state.db"), 0600);
    assert_int_equal(repair_place_mode(&place, "state/outbox"), 0700);
    assert_int_equal(json_array_size(kit.done), 3);
    assert_int_equal(records(), 3);
}

/* Without the broker each rule that needs none still holds, and it is told. */
static void what_can_not_be_looked_at_is_told(void **state)
{
    const int top = ((struct scratch *)place.scratch)->fd;
    struct error err = {0};
    bool failed;

    (void)state;
    assert_int_equal(unlinkat(top, "libexec/sallyport-repaird", 0), 0);
    assert_int_equal(mkdirat(top, "state/staging/left", 0700), 0);
    assert_ok(repair_last_resort_run(&kit, &err), &err);
    json_decref(rows(&failed));
    assert_true(failed);
    assert_int_equal(json_array_size(kit.done), 1);
    assert_int_equal(unlinkat(top, "state/staging/left", AT_REMOVEDIR), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_has_one_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_are_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_done_is_recorded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_done_again_so_soon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_start_is_not_kept_by_a_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_is_recorded_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broker_that_is_gone_is_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_files_are_put_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_not_be_looked_at_is_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
