/* SPDX-License-Identifier: ISC
 *
 * From policy to what it switches, with real processes: a remapper driver that a test can tell what
 * to answer (fake-remapper.c), and the real driver of telemetry as what is switched.
 */
#include "tests/agent/host-place.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "agent/engines.h"
#include "agent/setting-round.h"
#include "agent/setting.h"
#include "media/base/publish.h"

struct place {
    struct host_place host;
    char policy[300];
    struct setting_round round;
};

static struct scratch *scratch_of(struct place *place)
{
    return place->host.scratch;
}

static void start(struct place *place)
{
    host_place_start(&place->host);
    place->round = (struct setting_round){
        .state = place->host.state, .drivers = place->host.drivers, .config = &place->host.config};
}

static int set_up(void **state)
{
    struct place *place = bytes_allocate(1, sizeof(*place));
    struct error err = {0};

    if (host_place_make(&place->host) < 0)
        return -1;
    snprintf(place->policy, sizeof(place->policy), "%s/policy", scratch_of(place)->path);
    assert_ok(path_make_folders(scratch_of(place)->fd, "policy", 0755, &err), &err);
    host_place_link(&place->host, "tests/agent/fake-remapper", "sallyport-driver-remapper");
    host_place_link(&place->host, "drivers/sallyport-driver-telemetry",
                    "sallyport-driver-telemetry");
    place->host.config.policy = place->policy;
    start(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    host_place_stop(&place->host);
    host_place_remove(&place->host);
    free(place);
    return 0;
}

#define FILES 8

/* Verified files of a package (name, text, name, text...), put into service as an import does. */
static void install(struct place *place, const char *type, const char *const *texts)
{
    struct host_file files[FILES];
    struct error err = {0};
    size_t count = 0;

    for (; texts[0] != NULL; texts += 2) {
        assert_true(count < FILES);
        files[count++] = (struct host_file){texts[0], texts[1], strlen(texts[1])};
    }
    assert_ok(host_place_put(&place->host, type, files, count, &err), &err);
}

#define INSTALL(place, type, ...) install(place, type, (const char *const[]){__VA_ARGS__, NULL})

static void put_site(struct place *place, const char *name, const char *text)
{
    char path[200];
    struct error err = {0};

    snprintf(path, sizeof(path), "policy/%s", name);
    assert_ok(publish_file(scratch_of(place)->fd, path, text, strlen(text), 0644, &err), &err);
}

static void run(struct place *place, enum setting_round_when when)
{
    struct error err = {0};

    assert_ok(setting_round_run(&place->round, when, "test", &err), &err);
}

static void assert_value(struct place *place, const char *key, const char *expected)
{
    struct error err = {0};
    json_t *list, *row;
    const char *value = "(none)";
    size_t i;

    assert_ok(setting_list(place->host.state, &list, &err), &err);
    json_array_foreach(list, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "key")), key) == 0)
            value = json_string_value(json_object_get(row, "value"));
    }
    assert_string_equal(value, expected);
    json_decref(list);
}

static void assert_left(struct place *place, const char *expected)
{
    char words[ERROR_WORDS_BYTES] = "";
    struct error err = {0};
    bool any;

    assert_ok(setting_left_words(place->host.state, &any, words, sizeof(words), &err), &err);
    if (expected == NULL ? any : strstr(words, expected) == NULL)
        fail_msg("left out: %s, expected %s", words, expected != NULL ? expected : "nothing");
}

/* Processes of drivers: each is watched by its pidfd and its log. */
static size_t processes(struct place *place)
{
    struct pollfd fds[DRIVER_HOST_FDS];

    return driver_host_watch(place->host.drivers, fds) / 3;
}

/* What Engines says of the family: its state, and why. */
static void assert_engine(struct place *place, const char *expected)
{
    const struct status_source source = {
        .state = place->host.state, .config = &place->host.config, .drivers = place->host.drivers};
    struct error err = {0};
    char found[600] = "";
    json_t *reply, *row;
    size_t i;

    assert_ok(engines_make(&source, &reply, &err), &err);
    json_array_foreach(json_object_get(reply, "engines"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "family")), "telemetry") == 0)
            snprintf(found, sizeof(found), "%s %s",
                     json_string_value(json_object_get(row, "state")),
                     json_string_value(json_object_get(row, "words")));
    }
    if (strncmp(found, expected, strlen(expected)) != 0)
        fail_msg("%s, expected %s", found, expected);
    json_decref(reply);
}

static int ask_telemetry(struct place *place, struct error *err)
{
    json_t *request = json_pack("{s:b}", "get", 1), *reply = NULL;
    int result = driver_host_serve(place->host.drivers, "telemsup", request, &reply, err);

    json_decref(request);
    json_decref(reply);
    return result;
}

#define REMAP(stem) "<remap xmlns=\"urn:sallyport:remapper:1\" policy=\"" stem "\">\n"
#define TELEMETRY_RULE                                                                             \
    REMAP("tele")                                                                                  \
    "<key name=\"telemetry/enabled\" type=\"bool\" select=\"//telemetry/@send\""                   \
    " convert=\"yes-no\" default=\"true\"/>\n</remap>\n"
#define ACME_RULE                                                                                  \
    REMAP("acme") "<key name=\"acme/mode\" type=\"string\" select=\"//acme/@mode\"/>\n</remap>\n"
#define TELEMETRY                                                                                  \
    "{\"additionalHeaders\":\"\",\"port\":0,\"resourceRoot\":\"r\",\"server\":"                    \
    "\"mirror.site.example\",\"verb\":\"PUT\",\"interval\":86400}"
#define SEND_NO  "<p>\n<telemetry send=\"no\"/>\n</p>\n"
#define SEND_YES "<p>\n<telemetry send=\"yes\"/>\n</p>\n"

static void a_document_switches_a_feature_off_and_on(void **state)
{
    struct place *place = *state;
    char origin[600], expected[1000];
    struct error err = {0};

    INSTALL(place, "telemsup", "telemetry.json", TELEMETRY);
    INSTALL(place, "remapper-rules", "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "telemetry/enabled", "true");
    assert_ok(ask_telemetry(place, &err), &err);
    assert_int_equal(processes(place), 2);
    assert_engine(place, "running ");

    put_site(place, "tele.xml", SEND_NO);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "telemetry/enabled", "true"); /* nobody has looked */
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "telemetry/enabled", "false");
    assert_int_equal(processes(place), 1);
    assert_engine(place, "switched-off telemetry/enabled is false: ");
    assert_refused(ask_telemetry(place, &err), &err, ERROR_SWITCHED_OFF);
    assert_int_equal(processes(place), 1);
    snprintf(expected, sizeof(expected), "policy %s/tele.xml:2 (site) by remapper-rules tele.xml:2",
             place->policy);
    assert_string_equal(
        setting_origin(place->host.state, "telemetry/enabled", origin, sizeof(origin)), expected);
    assert_non_null(strstr(err.words, expected));

    INSTALL(place, "policy", "tele.xml", SEND_YES); /* signed: it wins */
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "telemetry/enabled", "true");
    assert_ok(ask_telemetry(place, &err), &err);
    assert_string_equal(
        setting_origin(place->host.state, "telemetry/enabled", origin, sizeof(origin)),
        "policy tele.xml:2 (signed, policy 3) by remapper-rules tele.xml:2");

    INSTALL(place, "policy", "other.xml", "<p/>"); /* it says nothing of this any more */
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "telemetry/enabled", "false");
    assert_int_equal(processes(place), 1);
    assert_left(place, NULL);
}

static void what_is_off_stays_off_over_a_restart_and_new_content(void **state)
{
    struct place *place = *state;
    struct error err = {0};

    INSTALL(place, "telemsup", "telemetry.json", TELEMETRY);
    INSTALL(place, "remapper-rules", "tele.xml", TELEMETRY_RULE);
    put_site(place, "tele.xml", SEND_NO);
    run(place, SETTING_ROUND_CONTENT);
    host_place_stop(&place->host);
    start(place);
    assert_int_equal(processes(place), 1);
    assert_refused(ask_telemetry(place, &err), &err, ERROR_SWITCHED_OFF);
    /* New content is held against its driver all the same, and not served. */
    INSTALL(place, "telemsup", "telemetry.json", TELEMETRY " ");
    assert_int_equal(processes(place), 1);
    put_site(place, "tele.xml", SEND_YES);
    run(place, SETTING_ROUND_ALWAYS);
    assert_int_equal(processes(place), 2);
    assert_ok(ask_telemetry(place, &err), &err);
}

static void one_bad_rule_file_keeps_its_keys(void **state)
{
    struct place *place = *state;

    put_site(place, "acme.xml", "<acme mode=\"fast\"/>\n");
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE, "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    put_site(place, "acme.xml", "<acme/>\n");
    put_site(place, "tele.xml", SEND_NO);
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "acme/mode", "fast");
    assert_value(place, "telemetry/enabled", "false");
    assert_left(place, "acme.xml:2: no match and no default");
    INSTALL(place, "remapper-rules", "acme.xml", "nothing", "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    INSTALL(place, "remapper-rules", "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "(none)");
    assert_left(place, NULL);
}

static void a_corrupt_document_keeps_the_keys_that_read_it(void **state)
{
    struct place *place = *state;

    put_site(place, "acme.xml", "<acme mode=\"fast\"/>\n");
    put_site(place, "tele.xml", SEND_NO);
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE, "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    put_site(place, "acme.xml", "<acme mode=\"slow\"/>\n");
    put_site(place, "tele.xml", "<!DOCTYPE x>");
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "telemetry/enabled", "false");
    assert_value(place, "acme/mode", "slow");
    assert_left(place, "tele.xml:1: a DOCTYPE");
    put_site(place, "acme.xml", "<acme mode=\"slower\"/>\n");
    put_site(place, "tele.xml", "crash"); /* and the others are still looked at */
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "telemetry/enabled", "false");
    assert_value(place, "acme/mode", "slower");
    assert_left(place, "sallyport-driver-remapper: ");
    put_site(place, "tele.xml", SEND_YES);
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "telemetry/enabled", "true");
    assert_left(place, NULL);
    /* By mode alone: what anybody could have written is not read. */
    put_site(place, "tele.xml", SEND_NO);
    assert_int_equal(fchmodat(scratch_of(place)->fd, "policy/tele.xml", 0666, 0), 0);
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "telemetry/enabled", "true");
    assert_left(place, "mode 0666");
    shows_case("J5");
}

static void a_round_that_fails_changes_nothing_and_is_tried_again(void **state)
{
    struct place *place = *state;
    char program[600];

    put_site(place, "acme.xml", "<acme mode=\"fast\"/>\n");
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE);
    run(place, SETTING_ROUND_CONTENT);
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE "<!-- garbage -->\n");
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    assert_left(place, "the remapper's answer: files: 2, expected 1");
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE, "README", "not a rule\n");
    put_site(place, "acme.xml", "<acme mode=\"slow\"/>\n");
    snprintf(program, sizeof(program), "%s/sallyport-driver-remapper", place->host.libexec);
    assert_int_equal(unlink(program), 0);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    assert_left(place, "sallyport-driver-remapper");
    host_place_link(&place->host, "tests/agent/fake-remapper", "sallyport-driver-remapper");
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast"); /* not at every turn */
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "acme/mode", "slow");
    assert_left(place, NULL);
}

/* The real driver, with what publish would not have signed. */
static void the_real_driver_leaves_out_what_is_corrupt(void **state)
{
    struct place *place = *state;
    char program[600];

    snprintf(program, sizeof(program), "%s/sallyport-driver-remapper", place->host.libexec);
    assert_int_equal(unlink(program), 0);
    host_place_link(&place->host, "drivers/sallyport-driver-remapper", "sallyport-driver-remapper");
    put_site(place, "acme.xml", "<acme mode=\"fast\"/>\n");
    put_site(place, "tele.xml", SEND_YES);
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE, "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    assert_value(place, "telemetry/enabled", "true");
    put_site(place, "acme.xml", "<acme mode=\"slow\"/>\n");
    put_site(place, "tele.xml", SEND_NO);
    INSTALL(place, "remapper-rules", "acme.xml", "<remap \377", "tele.xml", TELEMETRY_RULE);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    assert_value(place, "telemetry/enabled", "false");
    assert_left(place, "acme.xml");
    INSTALL(place, "remapper-rules", "acme.xml", ACME_RULE, "tele.xml", TELEMETRY_RULE);
    put_site(place, "acme.xml", "<acme mode=\"a&#13;b\"/>\n"); /* text that is not kept */
    put_site(place, "tele.xml", SEND_YES);
    run(place, SETTING_ROUND_CONTENT);
    assert_value(place, "acme/mode", "fast");
    assert_value(place, "telemetry/enabled", "true");
    put_site(place, "acme.xml", "<!DOCTYPE acme [<!ENTITY x \"y\">]>\n<acme mode=\"slow\"/>\n");
    put_site(place, "tele.xml", "");
    run(place, SETTING_ROUND_LOOK);
    assert_value(place, "acme/mode", "fast");
    assert_value(place, "telemetry/enabled", "true");
    assert_left(place, "acme.xml");
}

#define PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE(a_document_switches_a_feature_off_and_on),
        PLACE(what_is_off_stays_off_over_a_restart_and_new_content),
        PLACE(one_bad_rule_file_keeps_its_keys),
        PLACE(a_corrupt_document_keeps_the_keys_that_read_it),
        PLACE(a_round_that_fails_changes_nothing_and_is_tried_again),
        PLACE(the_real_driver_leaves_out_what_is_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
