/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include "agent/config.h"
#include "media/base/publish.h"

static void put(struct scratch *scratch, const char *name, const char *text)
{
    struct error err = {0};

    assert_ok(publish_file(scratch->fd, name, text, strlen(text), 0644, &err), &err);
}

static int read_config(const struct scratch *scratch, bool must_exist, struct config *config,
                       struct error *err)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/agent.conf", scratch->path);
    return config_read(path, must_exist, config, err);
}

static void without_a_file_the_built_in_values_hold(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct config config;

    assert_ok(read_config(scratch, false, &config, &err), &err);
    assert_int_equal(config.interval_s, 3600);
    assert_string_equal(config.act_group, "sallyport-admin");
    assert_int_equal(config.source_count, 0);
    config_clear(&config);
    assert_refused(read_config(scratch, true, &config, &err), &err, ERROR_CONFIG);
    config_clear(&config);
    assert_refused(config_read("/no/such/folder/agent.conf", true, &config, &err), &err,
                   ERROR_CONFIG);
    config_clear(&config);
}

static void drop_ins_win_in_byte_order(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct config config;

    put(scratch, "agent.conf",
        "[agent]\ninterval = 100\nsite = delta\nstate = /s\n[source b]\ntype = dir\nlocation = /b\n"
        "[source a]\ntype = dir\nlocation = /a\n[age null]\nwarn = 1\nfail = 2\n"
        "[driver flags]\nmemory = 64M\n");
    assert_ok(path_make_folders(scratch->fd, "conf.d", 0755, &err), &err);
    put(scratch, "conf.d/20-b.conf", "[agent]\ninterval = 300\n");
    put(scratch, "conf.d/10-a.conf", "[agent]\ninterval = 200\n[source b]\nlocation = /c\n");
    put(scratch, "conf.d/30-note.txt", "not read\n");
    assert_ok(read_config(scratch, true, &config, &err), &err);
    assert_int_equal(config.interval_s, 300);
    assert_string_equal(config.site, "delta");
    assert_string_equal(config.state, "/s");
    assert_int_equal(config.source_count, 2);
    assert_string_equal(config.sources[0].name, "b");
    assert_string_equal(config.sources[0].location, "/c");
    assert_string_equal(config.sources[1].location, "/a");
    assert_int_equal(config_age(&config, "null")->fail_days, 2);
    assert_null(config_age(&config, "flags-supplement"));
    assert_true(config_driver(&config, "flags")->memory_bytes == 64 * MIB);
    assert_null(config_driver(&config, "null"));
    config_clear(&config);
}

static const char *value_of(const json_t *rows, const char *key, const char *field)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "key")), key) == 0)
            return json_string_value(json_object_get(row, field));
    }
    return "(none)";
}

static void rules_of_media_stand_in_the_order_of_their_numbers(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct config config;

    put(scratch, "agent.conf", "[agent]\n");
    assert_ok(read_config(scratch, true, &config, &err), &err);
    assert_false(config.registered_only);
    assert_int_equal(config.usb_rule_count + config.trusted_hub_count, 0);
    config_clear(&config);
    put(scratch, "agent.conf",
        "[media]\nregistered-only = yes\ntrusted-hubs = 1-4  2-1.3\n"
        "[media-rule 20]\nrule = block\n[media-rule 3]\nrule = allow id 0951:*\n"
        "[media-rule 10]\nrule = allow via-port \"1-1\"\n");
    assert_ok(path_make_folders(scratch->fd, "conf.d", 0755, &err), &err);
    put(scratch, "conf.d/site.conf", "[media-rule 10]\nrule = block via-port \"1-1\"\n");
    assert_ok(read_config(scratch, true, &config, &err), &err);
    assert_true(config.registered_only);
    assert_int_equal(config.trusted_hub_count, 2);
    assert_string_equal(config.trusted_hubs[1], "2-1.3");
    assert_int_equal(config.usb_rule_count, 3);
    assert_int_equal(config.usb_rules[0].number, 3);
    assert_string_equal(config.usb_rules[1].text, "block via-port \"1-1\"");
    assert_int_equal(config.usb_rules[2].number, 20);
    config_clear(&config);
}

static void telemetry_leaves_only_where_it_is_said(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct config config;

    put(scratch, "agent.conf", "[agent]\n");
    assert_ok(read_config(scratch, true, &config, &err), &err);
    assert_false(config.export_telemetry);
    assert_int_equal(config.suffix_count, 0);
    config_clear(&config);
    put(scratch, "agent.conf",
        "[export]\ntelemetry = yes\n[telemetry]\nsuffix = site.example  lan\n");
    assert_ok(read_config(scratch, true, &config, &err), &err);
    assert_true(config.export_telemetry);
    assert_int_equal(config.suffix_count, 2);
    assert_string_equal(config.suffixes[0], "site.example");
    assert_string_equal(config.suffixes[1], "lan");
    config_clear(&config);
}

static void each_value_says_where_it_comes_from(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct config config;
    char origin[512], here[4096];
    json_t *rows, *row;
    const char *before = "";
    size_t i;

    put(scratch, "agent.conf",
        "; note\n[agent]\n\n  # another\ninterval = 100 ; inline\nsite=delta\n\n[source b]\n"
        "type = dir\nlocation = /b\n[age null]\nwarn = 1\nfail = 2\n");
    assert_ok(path_make_folders(scratch->fd, "conf.d", 0755, &err), &err);
    put(scratch, "conf.d/10-a.conf", "[source b]\nlocation = /c\n");
    assert_ok(read_config(scratch, true, &config, &err), &err);
    assert_ok(config_override(&config, "socket", "s.sock", &err), &err);
    assert_ok(config_override(&config, "libexec", NULL, &err), &err);
    rows = config_list(&config);
    snprintf(origin, sizeof(origin), "%s/agent.conf:5", scratch->path);
    assert_string_equal(value_of(rows, "agent.interval", "origin"), origin);
    assert_string_equal(value_of(rows, "agent.interval", "value"), "100");
    snprintf(origin, sizeof(origin), "%s/agent.conf:6", scratch->path);
    assert_string_equal(value_of(rows, "agent.site", "origin"), origin);
    snprintf(origin, sizeof(origin), "%s/conf.d/10-a.conf:2", scratch->path);
    assert_string_equal(value_of(rows, "source.b.location", "origin"), origin);
    assert_string_equal(value_of(rows, "source.b.location", "value"), "/c");
    snprintf(origin, sizeof(origin), "%s/agent.conf:13", scratch->path);
    assert_string_equal(value_of(rows, "age.null.fail", "origin"), origin);
    assert_string_equal(value_of(rows, "age.flags-supplement.warn", "origin"), "built-in");
    assert_string_equal(value_of(rows, "agent.act-group", "origin"), "built-in");
    assert_string_equal(value_of(rows, "agent.act-group", "value"), "sallyport-admin");
    assert_non_null(strstr(value_of(rows, "agent.policy", "value"), "/sallyport/policy"));
    /* A relative path is one from here. */
    assert_non_null(getcwd(here, sizeof(here) - 16));
    snprintf(here + strlen(here), 16, "/s.sock");
    assert_string_equal(value_of(rows, "agent.socket", "origin"), "command line");
    assert_string_equal(value_of(rows, "agent.socket", "value"), here);
    assert_string_equal(config.socket, here);
    json_array_foreach(rows, i, row)
    {
        const char *key = json_string_value(json_object_get(row, "key"));

        assert_true(strcmp(before, key) < 0);
        before = key;
    }
    json_decref(rows);
    config_drop_sources(&config);
    assert_int_equal(config.source_count, 0);
    rows = config_list(&config);
    assert_string_equal(value_of(rows, "source.b.location", "value"), "(none)");
    json_decref(rows);
    config_clear(&config);
}

static void wrong_values_are_named(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"[agent]\nintervall = 5\n", ":2: unknown key intervall; nearest: interval"},
        {"[agent]\ninterval = 5\n", ":2: [agent] interval: expected a number from 60 to 604800"},
        {"[agent]\nsite = Site A\n",
         ":2: [agent] site: expected a name: [a-z0-9] then [a-z0-9._-]"},
        {"[media]\nregistered-only = maybe\n", ":2: [media] registered-only: expected yes or no"},
        {"[media]\ntrusted-hubs = 1-4 usb1\n",
         ":2: [media] trusted-hubs: expected ports of hubs such as 1-4, with a space between two"},
        {"[media]\ntrusted-hubs = 1-1 1-2 1-3 1-4 1-5 1-6 1-7 1-8 1-9\n",
         ":2: [media] trusted-hubs: more than 8 hubs"},
        {"[media-rule 0]\nrule = allow\n",
         ":2: [media-rule 0] rule: expected a rule's number, 1 to 9999"},
        {"[media-rule a]\nrule = allow\n",
         ":2: [media-rule a] rule: expected a rule's number, 1 to 9999"},
        {"[media-rule 1]\nrule = allow id 951:1666\n",
         ":2: [media-rule 1] rule: byte 10: expected an id: 0951:1666, 0951:* or *:*, found "
         "951:1666"},
        {"[export]\ntelemetry = maybe\n", ":2: [export] telemetry: expected yes or no"},
        {"[telemetry]\nsuffix = site.example 10.1\n",
         ":2: [telemetry] suffix: expected DNS names in lower case such as site.example, with a "
         "space between two"},
        {"[telemetry]\nsuffix = a b c d e f g h i\n",
         ":2: [telemetry] suffix: more than 8 suffixes"},
        {"[agent]\nstate = s\n", ":2: [agent] state: expected an absolute path"},
        {"[agent]\npolicy = policy\n", ":2: [agent] policy: expected an absolute path"},
        {"[agent]\nfront-user = A b\n",
         ":2: [agent] front-user: expected the name of a user or group"},
        {"[source x]\ntype = https\n",
         ":2: [source x] type: expected one of dir, http, image, tar; did you mean "
         "http?"},
        {"[source x]\nlocation = stick\n",
         ":2: [source x] location: expected an absolute path or http(s)://HOST"},
        {"[source x]\nlocation = http://a/?b\n",
         ":2: [source x] location: URL: after the host /PATH of plain names is expected, without "
         "query"},
        {"[source x]\ntype = dir\nlocation = http://a\n",
         ": [source x] http://a is no location of a source of type dir"},
        {"[source x]\ntype = http\nlocation = https://a\n",
         ": [source x] ca = FILE goes with https, and only so"},
        {"[source x]\ntype = http\nlocation = http://a\nca = /ca.pem\n",
         ": [source x] ca = FILE goes with https, and only so"},
        {"[source x]\ntype = dir\n", ": [source x] needs type and location"},
        {"[age nothing]\nwarn = 1\n", ":2: [age nothing] warn: nothing is no content type"},
        {"[age null]\nwarn = 1\n", ": [age null] needs warn and fail"},
        {"[age null]\nwarn = 3\nfail = 2\n", ": [age null] warn is later than fail"},
        {"[driver nothing]\nmemory = 64M\n",
         ":2: [driver nothing] memory: nothing is no driver family"},
        {"[driver flags]\nmemory = 1M\n",
         ":2: [driver flags] memory: expected a size from 16384K to 67108864K, such as 512M"},
    };
    struct scratch *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        struct config config;
        char words[1024];

        put(scratch, "agent.conf", cases[i].text);
        assert_refused(read_config(scratch, true, &config, &err), &err, ERROR_CONFIG);
        snprintf(words, sizeof(words), "%s/agent.conf%s", scratch->path, cases[i].words);
        assert_string_equal(err.words, words);
        config_clear(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_file_the_built_in_values_hold, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(drop_ins_win_in_byte_order, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(rules_of_media_stand_in_the_order_of_their_numbers,
                                        scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(telemetry_leaves_only_where_it_is_said, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(each_value_says_where_it_comes_from, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(wrong_values_are_named, scratch_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
