/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/ini.h"

struct taken {
    char text[256];
};

static int take(void *context, const char *name, const char *value, struct error *err)
{
    struct taken *taken = context;
    size_t length = strlen(taken->text);

    snprintf(taken->text + length, sizeof(taken->text) - length, "%s=%s;", name, value);
    return 0;
}

static int take_number(void *context, const char *name, const char *value, struct error *err)
{
    uint64_t number;

    return ini_number(value, 1, 100, &number, err);
}

static const struct ini_row rows[] = {
    {"agent", false, "state", take},
    {"agent", false, "interval", take_number},
    {"source", true, "location", take},
};

static int read_text(const char *text, struct taken *taken, struct error *err)
{
    memset(taken, 0, sizeof(*taken));
    return ini_read("agent.conf", bytes_view_of(text, strlen(text)), rows, 3, taken, err);
}

static void rows_take_their_values(void **state)
{
    struct error err = {0};
    struct taken taken;

    assert_ok(read_text("# note\n[agent]\nstate = /a b\ninterval=60\n[source one]\nlocation = /x\n"
                        "[source two]\nlocation=/y ; comment\n",
                        &taken, &err),
              &err);
    assert_string_equal(taken.text, "=/a b;one=/x;two=/y;");
}

static void what_is_wrong_is_named_with_file_and_line(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"[agent]\nstat = x\n", "agent.conf:2: unknown key stat; nearest: state"},
        {"[agent]\nzzzzzz = x\n", "agent.conf:2: unknown key zzzzzz"},
        {"\n[agnt]\nstate = x\n", "agent.conf:3: unknown section agnt; nearest: agent"},
        {"state = x\n", "agent.conf:1: unknown section "},
        {"[agent]\nstate = x\nstate = y\n", "agent.conf:3: [agent] state: given twice"},
        {"[agent]\nstate = x\n[source a]\nlocation = y\n[agent]\nstate = z\n",
         "agent.conf:6: [agent] state: given twice"},
        {"[agent]\nstate =\n", "agent.conf:2: [agent] state: expected a value in UTF-8"},
        {"[agent]\nstate = \xff\n", "agent.conf:2: [agent] state: expected a value in UTF-8"},
        {"[agent]\ninterval = 0\n",
         "agent.conf:2: [agent] interval: expected a number from 1 to 100"},
        {"[agent]\nnonsense\n", "agent.conf:2: neither [section] nor key = value"},
        {"[source]\nlocation = x\n",
         "agent.conf:2: section [source ]: expected a name of a-z 0-9 . _ - behind the word"},
        {"[source A]\nlocation = x\n",
         "agent.conf:2: section [source A]: expected a name of a-z 0-9 . _ - behind the word"},
        {"[agent x]\nstate = x\n", "agent.conf:2: section [agent x]: expected [agent]"},
        {"[agent]\nstate = x\n[source 00000000001111111111222222222233333333334444]\n",
         "agent.conf:3: a section longer than 49 bytes"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        struct taken taken;

        assert_refused(read_text(cases[i].text, &taken, &err), &err, ERROR_CONFIG);
        assert_string_equal(err.words, cases[i].words);
    }
}

struct noted {
    char text[256];
};

static int take_nothing(void *context, const char *name, const char *value, struct error *err)
{
    return 0;
}

static void note(void *context, const char *section, const char *key, const char *value,
                 unsigned line)
{
    struct noted *noted = context;
    size_t length = strlen(noted->text);

    snprintf(noted->text + length, sizeof(noted->text) - length, "%s.%s=%s@%u;", section, key,
             value, line);
}

/* inih does not tell lines: what is counted here is held against every kind of line that it skips. */
static void each_value_is_noted_with_its_line(void **state)
{
    static const struct ini_row any[] = {{"agent", false, "state", take_nothing},
                                         {"agent", false, "interval", take_nothing},
                                         {"source", true, "location", take_nothing}};
    static const char text[] = "\n; note\n  # note\n[agent]\n\t\n state = /a ; inline\r\n\n\n"
                               "interval=60\n  [source one]\n[source two]\nlocation = /x";
    static const char good[] = "\n; note\n  # note\n[agent]\n\t\nstate = /a ; inline\r\n\n\n"
                               "interval=60\n[source two]\n\nlocation = /x";
    struct noted noted = {""};
    struct error err = {0};

    assert_ok(ini_read_noting("f", bytes_view_of(good, strlen(good)), any, 3, note, &noted, &err),
              &err);
    assert_string_equal(noted.text,
                        "agent.state=/a@6;agent.interval=60@9;source two.location=/x@12;");
    /* An indented line goes on with the value before it: the key is there twice, and refused. */
    memset(&noted, 0, sizeof(noted));
    assert_refused(
        ini_read_noting("f", bytes_view_of(text, strlen(text)), any, 3, note, &noted, &err), &err,
        ERROR_CONFIG);
}

static void what_inih_would_cut_is_refused(void **state)
{
    char text[512] = "[agent]\nstate = ";
    struct error err = {0};
    struct taken taken;

    memset(text + strlen(text), 'x', INI_LINE_BYTES);
    assert_refused(read_text(text, &taken, &err), &err, ERROR_CONFIG);
    assert_refused(ini_read("f", bytes_view_of("[agent]\0", 8), rows, 3, &taken, &err), &err,
                   ERROR_CONFIG);
    assert_refused(ini_read("f", bytes_view_of(text, INI_FILE_BYTES + 1), rows, 3, &taken, &err),
                   &err, ERROR_CONFIG);
}

static void numbers_and_sizes_are_bounded(void **state)
{
    static const char *const bad[] = {"", "x", "1x", "-1", "99999999999999999999", "4097"};
    struct error err = {0};
    uint64_t value;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(ini_number(bad[i], 0, 4096, &value, &err), &err, ERROR_CONFIG);
    assert_ok(ini_number("4096", 0, 4096, &value, &err), &err);
    assert_int_equal(value, 4096);
    assert_ok(ini_size("2M", 0, 1UL << 30, &value, &err), &err);
    assert_int_equal(value, 2UL << 20);
    assert_ok(ini_size("12", 0, 1UL << 30, &value, &err), &err);
    assert_int_equal(value, 12);
    assert_refused(ini_size("2G", 0, 1UL << 30, &value, &err), &err, ERROR_CONFIG);
    assert_refused(ini_size("M", 0, 1UL << 30, &value, &err), &err, ERROR_CONFIG);
    assert_refused(ini_size("17179869184G", 0, UINT64_MAX, &value, &err), &err, ERROR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_take_their_values),
        cmocka_unit_test(what_is_wrong_is_named_with_file_and_line),
        cmocka_unit_test(each_value_is_noted_with_its_line),
        cmocka_unit_test(what_inih_would_cut_is_refused),
        cmocka_unit_test(numbers_and_sizes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
