/* SPDX-License-Identifier: ISC
 *
 * Rounds of appfeed and userappfeed: the real inventory before a fixture root, and a driver whose rules
 * are JSON (fake-exclusions.c).
 */
#include "tests/agent/host-place.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/exclusion-list.h"
#include "agent/exclusion-round.h"
#include "agent/flag-gate.h"
#include "media/base/limits.h"

struct rounds {
    struct host_place place;
    char root[300];
    int root_fd;
    struct exclusion_round round;
};

static int answer(void *context, const char *family, const char *call, const json_t *arguments,
                  json_t **value, char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    struct rounds *rounds = context;

    assert_string_equal(family, EXCLUSION_FAMILY);
    return exclusion_round_call(&rounds->round, call, arguments, value, reason, err);
}

static int set_up(void **state)
{
    struct rounds *rounds = bytes_allocate(1, sizeof(*rounds));
    struct host_place *place = &rounds->place;
    const struct driver_host_listener listener = {.call = answer, .context = rounds};
    const struct scratch *scratch;
    struct error err = {0};

    if (host_place_make(place) < 0)
        return -1;
    scratch = place->scratch;
    rounds->root_fd = scratch_folder(scratch->fd, "root");
    assert_int_equal(fchmod(rounds->root_fd, 0755), 0);
    snprintf(rounds->root, sizeof(rounds->root), "%s/root", scratch->path);
    place->config.inventory_root = rounds->root;
    host_place_link(place, "tests/agent/fake-exclusions", "sallyport-driver-exclusions");
    host_place_link(place, "agent/sallyport-inventory", "sallyport-inventory");
    host_place_start(place);
    assert_ok(state_set_number(place->state, FLAG_GATE_ON "appfeed", 1, &err), &err);
    driver_host_listen(place->drivers, &listener);
    rounds->round = (struct exclusion_round){
        .state = place->state, .drivers = place->drivers, .config = &place->config};
    *state = rounds;
    return 0;
}

static int tear_down(void **state)
{
    struct rounds *rounds = *state;

    close(rounds->root_fd);
    host_place_stop(&rounds->place);
    host_place_remove(&rounds->place);
    free(rounds);
    return 0;
}

/* Readable by whoever the inventory becomes. */
static void put(struct rounds *rounds, const char *name, const char *text)
{
    struct error err = {0};
    char above[256];

    snprintf(above, sizeof(above), "%.*s", (int)(strrchr(name, '/') - name), name);
    assert_ok(path_make_folders(rounds->root_fd, above, 0755, &err), &err);
    scratch_put(rounds->root_fd, name, text, strlen(text));
    assert_int_equal(fchmodat(rounds->root_fd, name, 0644, 0), 0);
}

static void feed(struct rounds *rounds, const char *type, const char *rules)
{
    const struct host_file files[] = {{"a.lua", rules, strlen(rules)}};
    struct error err = {0};

    assert_ok(host_place_put(&rounds->place, type, files, 1, &err), &err);
}

static void run(struct rounds *rounds, enum exclusion_round_when when)
{
    struct error err = {0};

    assert_ok(exclusion_round_run(&rounds->round, when, "test", &err), &err);
}

/* What a list holds, each as "user app version path verdict;". */
static void expect(struct rounds *rounds, const char *list, const char *wanted)
{
    static const char *const keys[] = {"user", "app", "version", "path", "verdict"};
    struct error err = {0};
    json_t *value = NULL;
    char got[2048] = "";
    const json_t *rows;

    assert_ok(exclusion_list_value(rounds->place.state, &value, &err), &err);
    rows = json_object_get(value, list);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            const char *text = json_string_value(json_object_get(json_array_get(rows, i), keys[k]));
            size_t size = strlen(got);

            snprintf(got + size, sizeof(got) - size, "%s%s", text != NULL ? text : "-",
                     k + 1 < sizeof(keys) / sizeof(keys[0]) ? " " : ";");
        }
    }
    assert_string_equal(got, wanted);
    json_decref(value);
}

static void expect_run(struct rounds *rounds, const char *type, const char *code)
{
    struct error err = {0};
    json_t *value = NULL;
    const json_t *row = NULL;

    assert_ok(exclusion_list_value(rounds->place.state, &value, &err), &err);
    for (size_t i = 0; i < json_array_size(json_object_get(value, "runs")); i++) {
        row = json_array_get(json_object_get(value, "runs"), i);
        if (strcmp(json_string_value(json_object_get(row, "type")), type) == 0)
            break;
    }
    assert_non_null(row);
    if (strcmp(json_string_value(json_object_get(row, "code")), code) != 0)
        fail_msg("%s: %s", json_string_value(json_object_get(row, "code")),
                 json_string_value(json_object_get(row, "words")));
    json_decref(value);
}

#define APP(id, path)                                                                              \
    "\"app\":{\"id\":\"" id "\",\"version\":null,\"exclusions\":[{\"path\":\"" path                \
    "\",\"reason\":\"r\"}]}"
#define RULE(call, argument, app) "{\"call\":\"" call "\",\"argument\":\"" argument "\"," app "}"

#define STATUS(name, version)                                                                      \
    "Package: " name "\nStatus: install ok installed\nVersion: " version "\n\n"

static const char rules[] =
    "[" RULE("package", "postgresql", APP("postgresql", "/var/lib/postgresql/")) "," //
    RULE("package", "absent", APP("absent", "/opt/absent")) ","                      //
    RULE("exists", "/opt/open", APP("open", "/opt/open")) ","                        //
    RULE("exists", "/opt", APP("wide", "/opt/*")) "]";

static void found_software_is_left_out_of_scans(void **state)
{
    struct rounds *rounds = *state;

    put(rounds, "var/lib/dpkg/status", STATUS("postgresql", "15+248"));
    put(rounds, "var/lib/postgresql/15/file", "");
    put(rounds, "opt/open/file", "");
    assert_int_equal(fchmodat(rounds->root_fd, "opt/open", 0777, 0), 0);
    run(rounds, EXCLUSION_ROUND_LOOK);
    expect(rounds, "exclusions", "");
    feed(rounds, "appfeed", rules);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect_run(rounds, "appfeed", "ok");
    expect(rounds, "exclusions", "- postgresql 15+248 /var/lib/postgresql/ -;");
    expect(rounds, "refused", "- open  /opt/open writable;- wide  /opt/* glob;");
}

static void a_round_is_made_when_it_is_due(void **state)
{
    struct rounds *rounds = *state;
    struct error err = {0};

    put(rounds, "var/lib/postgresql/15/file", "");
    feed(rounds, "appfeed", rules);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    put(rounds, "var/lib/dpkg/status", STATUS("postgresql", "15"));
    run(rounds, EXCLUSION_ROUND_CONTENT);
    run(rounds, EXCLUSION_ROUND_LOOK);
    expect(rounds, "exclusions", "");
    assert_ok(db_run(state_db(rounds->place.state),
                     "UPDATE exclusion_runs SET at_us = at_us - 86400000001", &err),
              &err);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "");
    run(rounds, EXCLUSION_ROUND_LOOK);
    expect(rounds, "exclusions", "- postgresql 15 /var/lib/postgresql/ -;");
    put(rounds, "var/lib/dpkg/status", STATUS("postgresql", "16"));
    feed(rounds, "appfeed", rules);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "- postgresql 16 /var/lib/postgresql/ -;");
}

static void what_can_not_be_told_changes_nothing(void **state)
{
    struct rounds *rounds = *state;
    char program[600];

    put(rounds, "var/lib/dpkg/status", STATUS("postgresql", "15"));
    put(rounds, "var/lib/postgresql/15/file", "");
    feed(rounds, "appfeed", rules);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    snprintf(program, sizeof(program), "%s/sallyport-inventory", rounds->place.libexec);
    assert_int_equal(unlink(program), 0);
    feed(rounds, "appfeed", rules);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect_run(rounds, "appfeed", "not-found");
    expect(rounds, "exclusions", "- postgresql 15 /var/lib/postgresql/ -;");
    /* In place of the program one that answers nothing. */
    assert_int_equal(symlink("/bin/true", program), 0);
    run(rounds, EXCLUSION_ROUND_LOOK);
    expect_run(rounds, "appfeed", "peer-gone");
    expect(rounds, "exclusions", "- postgresql 15 /var/lib/postgresql/ -;");
    /* A failed run is made again with the next look. */
    assert_int_equal(unlink(program), 0);
    host_place_link(&rounds->place, "agent/sallyport-inventory", "sallyport-inventory");
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect_run(rounds, "appfeed", "peer-gone");
    run(rounds, EXCLUSION_ROUND_LOOK);
    expect_run(rounds, "appfeed", "ok");
}

static void a_wrong_call_is_the_drivers_fault(void **state)
{
    struct rounds *rounds = *state;

    feed(rounds, "appfeed", "[" RULE("read", "etc/passwd", APP("a", "/opt/a")) "]");
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "");
    expect_run(rounds, "appfeed", "driver-refused");
}

static void an_answer_of_another_form_does_not_count(void **state)
{
    struct rounds *rounds = *state;

    put(rounds, "opt/a", "");
    feed(rounds, "appfeed",
         "[" RULE("exists", "/opt",
                  APP("good", "/opt/a")) ","
                                         "{\"call\":\"exists\",\"argument\":\"/"
                                         "opt\",\"app\":{\"id\":\"x\",\"version\":null,"
                                         "\"exclusions\":[{\"path\":\"/opt/a\"}]}}]");
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "");
    expect_run(rounds, "appfeed", "bad-message");
}

static void a_feed_that_goes_takes_its_exclusions_along(void **state)
{
    struct rounds *rounds = *state;
    struct error err = {0};

    put(rounds, "opt/a/file", "");
    feed(rounds, "appfeed", "[" RULE("exists", "/opt/a", APP("a", "/opt/a")) "]");
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "- a  /opt/a -;");
    assert_ok(db_run(state_db(rounds->place.state), "DELETE FROM installed", &err), &err);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "");
}

static void a_flag_that_goes_off_takes_them_along(void **state)
{
    struct rounds *rounds = *state;
    struct error err = {0};

    put(rounds, "opt/a/file", "");
    feed(rounds, "appfeed", "[" RULE("exists", "/opt/a", APP("a", "/opt/a")) "]");
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "- a  /opt/a -;");
    assert_ok(state_set_number(rounds->place.state, FLAG_GATE_ON "appfeed", 0, &err), &err);
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect(rounds, "exclusions", "");
}

/* As root a user that the system knows; else ourselves. */
static void each_users_home_is_asked_for(void **state)
{
    struct rounds *rounds = *state;
    uid_t uid = geteuid() == 0 ? 65534 : geteuid();
    char passwd[1024];

    snprintf(passwd, sizeof(passwd),
             "root:x:0:0::/root:/bin/sh\n"
             "nobody:x:%u:%u::/home/n:/bin/sh\n"
             "other:x:4242:4242::/home/other:/bin/sh\n"
             "nobody:x:%u:%u::/home/none:/bin/sh\n"
             "nobody:x:%u:%u::/home/link:/bin/sh\n"
             "nobody:x:%u:%u::/home/n:/usr/sbin/nologin\n",
             uid, uid, uid, uid, uid, uid, uid, uid);
    put(rounds, "etc/passwd", passwd);
    put(rounds, "home/n/.cache/app/file", "");
    put(rounds, "home/n/.config/app/file", "");
    put(rounds, "home/other/.cache/app/file", "");
    assert_int_equal(symlinkat("n", rounds->root_fd, "home/link"), 0);
    if (geteuid() == 0) {
        static const char *const owned[] = {
            "home/n",         "home/n/.cache",      "home/n/.cache/app",
            "home/n/.config", "home/n/.config/app", "home/n/.cache/app/file"};

        for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
            assert_int_equal(fchownat(rounds->root_fd, owned[i], uid, uid, 0), 0);
    }
    feed(rounds, "userappfeed",
         "[" RULE("exists", "~/.cache/app", APP("app", "~/.cache/app")) "," //
         RULE("exists", "~/.config", APP("all", "~/.config")) ","           //
         RULE("exists", "~/.config", APP("else", "/etc")) ","               //
         RULE("exists", "~/none", APP("none", "~/none")) "]");
    run(rounds, EXCLUSION_ROUND_CONTENT);
    expect_run(rounds, "userappfeed", "ok");
    expect(rounds, "exclusions", "nobody app  /home/n/.cache/app -;");
    expect(rounds, "refused",
           "nobody all  /home/n/.config starts-programs;nobody else  /etc not-absolute;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(found_software_is_left_out_of_scans),
        TEST(a_round_is_made_when_it_is_due),
        TEST(what_can_not_be_told_changes_nothing),
        TEST(a_wrong_call_is_the_drivers_fault),
        TEST(an_answer_of_another_form_does_not_count),
        TEST(a_feed_that_goes_takes_its_exclusions_along),
        TEST(a_flag_that_goes_off_takes_them_along),
        TEST(each_users_home_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
