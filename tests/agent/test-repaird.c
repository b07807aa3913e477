/* SPDX-License-Identifier: ISC
 *
 * sallyport-repaird, as the monitor starts it: what it does, and what it refuses whoever asks. The
 * real program in its sandbox.
 */
#include "tests/agent/repair-place.h"

#include <sys/stat.h>

#include "agent/repaird-protocol.h"

static struct repair_place place;
static struct repair_broker broker;

static int set_up(void **state)
{
    (void)state;
    if (repair_place_make(&place) < 0)
        return -1;
    repair_broker_init(&broker, &place.config, place.state, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    repair_broker_end(&broker);
    return repair_place_remove(&place);
}

static int top(void)
{
    return ((struct scratch *)place.scratch)->fd;
}

static json_t *ask(json_t *call)
{
    struct error err = {0};
    json_t *value;

    assert_ok(repair_broker_ask(&broker, call, &value, &err), &err);
    json_decref(call);
    return value;
}

static void assert_unanswered(json_t *call, enum error_code code)
{
    struct error err = {0};
    json_t *value;

    assert_int_equal(repair_broker_ask(&broker, call, &value, &err), -(int)code);
    assert_null(value);
    assert_true(err.words[0] != '\0');
    json_decref(call);
}

static json_t *call_of(const char *name, const char *path, const char *mode)
{
    return json_pack("{s:s, s:s*, s:s*}", "call", name, "path", path, "mode", mode);
}

static void assert_text(json_t *value, const char *text)
{
    if (text == NULL)
        assert_true(json_is_null(value));
    else
        assert_string_equal(json_string_value(value), text);
    json_decref(value);
}

static void it_looks(void **state)
{
    json_t *value;

    (void)state;
    value = ask(call_of("stat", "state:", NULL));
    assert_string_equal(json_string_value(json_object_get(value, "kind")), "dir");
    assert_string_equal(json_string_value(json_object_get(value, "mode")), "0700");
    assert_int_equal(json_integer_value(json_object_get(value, "uid")), geteuid());
    json_decref(value);
    assert_text(ask(call_of("stat", "state:none/at/all", NULL)), NULL);
    assert_text(ask(call_of("sha384", "etc:none", NULL)), NULL);
    scratch_put(top(), "etc/agent.conf", "", 0);
    assert_text(
        ask(call_of("sha384", "etc:agent.conf", NULL)),
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51a"
        "d2f14898b95b");
}

static void it_gives_modes_and_folders(void **state)
{
    (void)state;
    assert_int_equal(fchmodat(top(), "state/content", 0, 0), 0);
    assert_text(ask(call_of("set_mode", "state:content", "0700")), "mode 0700 in place of 0000");
    assert_text(ask(call_of("set_mode", "state:content", "0700")), NULL);
    assert_int_equal(repair_place_mode(&place, "state/content"), 0700);
    assert_text(ask(call_of("make_dir", "etc:conf.d", "0755")), "made with mode 0755");
    assert_text(ask(call_of("make_dir", "etc:conf.d", "0755")), NULL);
    assert_int_equal(repair_place_mode(&place, "etc/conf.d"), 0755);
    assert_unanswered(call_of("make_dir", "own:conf.d", "0755"), ERROR_BLOCKED);
    assert_unanswered(call_of("make_dir", "state:none/conf.d", "0700"), ERROR_NOT_FOUND);
}

static void it_stays_where_it_is(void **state)
{
    static const char *const paths[] = {"state:../etc", "state:/etc/passwd", "tmp:x", "state",
                                        "state:a//b",   "state:a/../..",     "own:.", "state:a\nb"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_unanswered(call_of("stat", paths[i], NULL), ERROR_BLOCKED);
    assert_int_equal(symlinkat("/etc", top(), "state/link"), 0);
    assert_unanswered(call_of("stat", "state:link/passwd", NULL), ERROR_IO);
    assert_unanswered(call_of("sha384", "state:link", NULL), ERROR_IO);
    assert_unanswered(call_of("set_mode", "state:link", "0700"), ERROR_UNEXPECTED_FILE);
}

static void it_gives_no_mode_that_opens_or_closes(void **state)
{
    static const struct {
        const char *path, *mode;
    } rows[] = {{"state:content", "0750"}, {"state:content", "0300"}, {"state:content", "0600"},
                {"state:content", "4700"}, {"state:content", "1700"}, {"state:content", "700 "},
                {"own:", "0775"},          {"own:", "2755"},          {"etc:", "0757"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_unanswered(call_of("set_mode", rows[i].path, rows[i].mode), ERROR_BLOCKED);
    assert_int_equal(repair_place_mode(&place, "state/content"), 0700);
}

static void set_mode_by_hand(const char *name, mode_t mode)
{
    assert_int_equal(fchmodat(top(), name, mode, 0), 0);
}

/* Drivers have users of their own: what these can't run is as good as gone. */
static void programs_stay_for_all_to_run(void **state)
{
    static const char *const modes[] = {"0700", "0400", "0500", "0550", "0644", "0744"};

    (void)state;
    scratch_put(top(), "libexec/driver", "", 0);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        set_mode_by_hand("libexec/driver", 0755);
        assert_unanswered(call_of("set_mode", "own:driver", modes[i]), ERROR_BLOCKED);
        assert_unanswered(call_of("set_mode", "own:", modes[i]), ERROR_BLOCKED);
    }
    set_mode_by_hand("libexec/driver", 0700);
    assert_text(ask(call_of("set_mode", "own:driver", "0755")), "mode 0755 in place of 0700");
    set_mode_by_hand("libexec/driver", 0600);
    assert_text(ask(call_of("set_mode", "own:driver", "0644")), "mode 0644 in place of 0600");
    assert_unanswered(call_of("set_mode", "own:driver", "0600"), ERROR_BLOCKED);
}

static void configuration_is_opened_to_nobody(void **state)
{
    (void)state;
    scratch_put(top(), "etc/token", "", 0);
    set_mode_by_hand("etc/token", 0600);
    assert_unanswered(call_of("set_mode", "etc:token", "0644"), ERROR_BLOCKED);
    assert_unanswered(call_of("set_mode", "etc:token", "0640"), ERROR_BLOCKED);
    assert_int_equal(repair_place_mode(&place, "etc/token"), 0600);
    set_mode_by_hand("etc/token", 0664);
    assert_text(ask(call_of("set_mode", "etc:token", "0644")), "mode 0644 in place of 0664");
}

static void what_is_no_file_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(mkfifoat(top(), "state/fifo", 0644), 0);
    assert_unanswered(call_of("set_mode", "state:fifo", "0600"), ERROR_UNEXPECTED_FILE);
    assert_unanswered(call_of("sha384", "state:fifo", NULL), ERROR_UNEXPECTED_FILE);
    assert_unanswered(call_of("make_dir", "state:fifo", "0700"), ERROR_UNEXPECTED_FILE);
    assert_int_equal(repair_place_mode(&place, "state/fifo"), 0644);
}

/* Root gives it back; nobody else can have lost it. */
static void only_the_folders_owner_gets_a_thing(void **state)
{
    const json_int_t self = geteuid();
    struct stat status;

    (void)state;
    assert_unanswered(
        json_pack("{s:s, s:s, s:I}", "call", "set_owner", "path", "state:content", "uid", self + 1),
        ERROR_BLOCKED);
    if (self == 0)
        assert_int_equal(fchownat(top(), "state/content", 65534, 65534, 0), 0);
    assert_text(ask(json_pack("{s:s, s:s, s:I}", "call", "set_owner", "path", "state:content",
                              "uid", self)),
                self == 0 ? "uid 0 in place of 65534" : NULL);
    assert_int_equal(fstatat(top(), "state/content", &status, 0), 0);
    assert_int_equal(status.st_uid, self);
}

static void assert_ends(json_t *call)
{
    struct error err = {0};
    json_t *value;

    assert_int_equal(repair_broker_ask(&broker, call, &value, &err), -(int)ERROR_PEER_GONE);
    json_decref(call);
    repair_broker_init(&broker, &place.config, place.state, NULL);
}

static void what_is_no_call_ends_it(void **state)
{
    (void)state;
    assert_ends(json_pack("{s:s}", "call", "unlink"));
    assert_ends(json_pack("{s:s}", "call", "stat"));
    assert_ends(json_pack("{s:s, s:s, s:s}", "call", "stat", "path", "state:", "mode", "0700"));
}

/* A field of another kind is refused as any wrong document is. */
static void fields_are_of_one_kind(void **state)
{
    (void)state;
    assert_unanswered(
        json_pack("{s:s, s:s, s:i}", "call", "set_mode", "path", "state:", "mode", 448),
        ERROR_BAD_DOCUMENT);
    assert_unanswered(json_pack("{s:s, s:s, s:s}", "call", "stat", "path", "state:", "more", ""),
                      ERROR_BAD_DOCUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_looks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_gives_modes_and_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_stays_where_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_gives_no_mode_that_opens_or_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(programs_stay_for_all_to_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(configuration_is_opened_to_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_folders_owner_gets_a_thing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_call_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_are_of_one_kind, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
