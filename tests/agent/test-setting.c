/* SPDX-License-Identifier: ISC
 *
 * The configuration store, with answers of a remapper driver written by hand: what a hostile one may
 * say, what of an answer counts, what is recorded, and that a cut leaves all of it or nothing.
 */
#include "tests/scratch.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/setting-apply.h"
#include "agent/setting.h"
#include "media/base/json.h"

struct store {
    void *scratch;
    char folder[300];
    struct state *state;
    struct policy_document documents[4];
    struct policy_source policy;
    struct state_package rules;
    json_t *changed;
};

/* signed.xml and site.xml were handed over; with_broken() adds broken.xml, which could not be. */
static int set_up(void **state)
{
    static const struct policy_document documents[] = {
        {.stem = "signed", .is_signed = true, .fd = 1},
        {.stem = "site", .fd = 1},
        {.stem = "broken", .fd = -1, .words = "broken.xml belongs to uid 1000: expected root"},
    };
    struct store *store = bytes_allocate(1, sizeof(*store));
    struct error err = {0};

    if (scratch_open(&store->scratch) < 0)
        return -1;
    snprintf(store->folder, sizeof(store->folder), "%s/state",
             ((struct scratch *)store->scratch)->path);
    assert_ok(state_open(store->folder, "test", &store->state, &err), &err);
    memcpy(store->documents, documents, sizeof(documents));
    store->policy = (struct policy_source){.has_package = true,
                                           .folder = "/etc/sallyport/policy",
                                           .count = 2,
                                           .documents = store->documents};
    snprintf(store->policy.package.version, sizeof(store->policy.package.version), "2026.11.25-1");
    snprintf(store->rules.version, sizeof(store->rules.version), "7");
    *state = store;
    return 0;
}

static void with_broken(struct store *store)
{
    store->policy.count = 3;
}

static int tear_down(void **state)
{
    struct store *store = *state;
    int result;

    json_decref(store->changed);
    state_close(store->state);
    result = scratch_close(&store->scratch);
    free(store);
    return result;
}

#define KEY(name, type, value, from, line)                                                         \
    "{\"key\":\"" name "\",\"type\":\"" type "\",\"value\":" value ",\"from\":\"" from             \
    "\",\"line\":" line ",\"rule_line\":2}"
#define TRUE(name)  KEY(name, "bool", "\"true\"", "policy", "3")
#define FALSE(name) KEY(name, "bool", "\"false\"", "policy", "3")
#define GOOD(file, policy, keys)                                                                   \
    "{\"file\":\"" file "\",\"ok\":true,\"policy\":\"" policy "\",\"keys\":[" keys "]}"
#define BAD(file, policy)                                                                          \
    "{\"file\":\"" file "\",\"ok\":false,\"policy\":\"" policy "\",\"line\":4,\"words\":\"no\"}"
#define FILES(files) "{\"files\":[" files "]}"

static char *const one_name[] = {(char *)(uintptr_t) "a.xml"};
static char *const two_names[] = {(char *)(uintptr_t) "a.xml", (char *)(uintptr_t) "b.xml"};

static int read_answer(struct store *store, const char *text, char *const *names, size_t count,
                       struct setting_answer *answer, struct error *err)
{
    json_t *reply;
    int result;

    assert_ok(json_read(text, strlen(text), &reply, err), err);
    result = setting_answer_read(reply, names, count, &store->policy, answer, err);
    json_decref(reply);
    return result;
}

static void apply_files(struct store *store, const char *text, char *const *names, size_t count)
{
    struct setting_answer answer;
    struct setting_change change = {
        .who = "test", .rules = &store->rules, .policy = &store->policy, .answer = &answer};
    struct error err = {0};

    assert_ok(read_answer(store, text, names, count, &answer, &err), &err);
    json_decref(store->changed);
    assert_ok(setting_apply(store->state, &change, &store->changed, &err), &err);
    setting_answer_clear(&answer);
}

static void apply(struct store *store, const char *text)
{
    apply_files(store, text, one_name, 1);
}
static void apply_two(struct store *store, const char *text)
{
    apply_files(store, text, two_names, 2);
}

/* A field of a key's row; "(none)" where there is no such key. */
static const char *field(struct store *store, const char *key, const char *name, char out[600])
{
    struct error err = {0};
    json_t *list, *row;
    size_t i;

    snprintf(out, 600, "(none)");
    assert_ok(setting_list(store->state, &list, &err), &err);
    json_array_foreach(list, i, row)
    {
        const char *value = json_string_value(json_object_get(row, name));

        if (strcmp(json_string_value(json_object_get(row, "key")), key) == 0)
            snprintf(out, 600, "%s", value != NULL ? value : "(null)");
    }
    json_decref(list);
    return out;
}

#define assert_field(store, key, name, expected)                                                   \
    do {                                                                                           \
        char text_[600];                                                                           \
        assert_string_equal(field(store, key, name, text_), expected);                             \
    } while (0)

static size_t left_count(struct store *store, char words[static ERROR_WORDS_BYTES])
{
    struct error err = {0};
    json_t *list;
    size_t count;
    bool any;

    assert_ok(setting_list_left(store->state, &list, &err), &err);
    count = json_array_size(list);
    json_decref(list);
    words[0] = '\0';
    assert_ok(setting_left_words(store->state, &any, words, ERROR_WORDS_BYTES, &err), &err);
    assert_int_equal(any, count > 0);
    return count;
}

static int64_t records(struct store *store)
{
    struct error err = {0};
    int64_t number;

    assert_ok(audit_newest(store->state, &number, &err), &err);
    return number;
}

/* Words of the last audit record. */
static void assert_recorded(struct store *store, const char *what, const char *subject,
                            const char *words)
{
    struct error err = {0};
    json_t *list, *row;

    assert_ok(audit_list(store->state, (uint64_t)records(store) - 1, 1, &list, &err), &err);
    row = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(row, "what")), what);
    assert_string_equal(json_string_value(json_object_get(row, "subject")), subject);
    assert_string_equal(json_string_value(json_object_get(row, "words")), words);
    json_decref(list);
}

static void built_in_values_hold_where_nothing_is_stored(void **state)
{
    struct store *store = *state;

    assert_true(setting_flag(store->state, "reputation/enabled"));
    assert_false(setting_flag(store->state, "import/strict-expiry"));
    assert_false(setting_flag(store->state, "no/such"));
    assert_field(store, "reputation/enabled", "value", "true");
    assert_field(store, "reputation/enabled", "origin", "built-in");
    for (size_t i = 1; setting_key_row(i) != NULL; i++)
        assert_true(strcmp(setting_key_row(i - 1)->name, setting_key_row(i)->name) < 0);
}

static void a_value_says_where_it_comes_from(void **state)
{
    struct store *store = *state;
    char words[ERROR_WORDS_BYTES];

    apply_two(store,
              FILES(GOOD("a.xml", "signed",
                         FALSE("reputation/enabled") "," KEY(
                             "a/i", "int", "\"-5\"", "default",
                             "0")) "," GOOD("b.xml", "site",
                                            KEY("b/list", "list", "\"[ \\\"x\\\" , \\\"y\\\" ]\"",
                                                "policy", "9"))));
    assert_false(setting_flag(store->state, "reputation/enabled"));
    assert_field(store, "reputation/enabled", "origin",
                 "policy signed.xml:3 (signed, policy 2026.11.25-1) by remapper-rules a.xml:2");
    assert_field(store, "reputation/enabled", "by", "signed");
    assert_field(store, "a/i", "origin", "default by remapper-rules a.xml:2");
    assert_field(store, "a/i", "value", "-5");
    assert_field(store, "a/i", "reads", "(null)");
    assert_field(store, "b/list", "origin",
                 "policy /etc/sallyport/policy/site.xml:9 (site) by remapper-rules b.xml:2");
    assert_field(store, "b/list", "value", "[\"x\",\"y\"]");
    assert_true(setting_switches_off(store->state, "local-rep-data", words, sizeof(words)));
    assert_string_equal(words, "reputation/enabled is false: policy signed.xml:3 (signed, policy "
                               "2026.11.25-1) by remapper-rules a.xml:2");
    assert_false(setting_switches_off(store->state, "flags-supplement", words, sizeof(words)));
    assert_int_equal(json_object_size(store->changed), 3);
    assert_int_equal(records(store), 3);
}

static void each_change_is_recorded_once(void **state)
{
    struct store *store = *state;

    apply(store, FILES(GOOD("a.xml", "site", TRUE("a/x"))));
    assert_recorded(store, "set", "a/x",
                    "(built-in) -> true (site /etc/sallyport/policy/site.xml by a.xml:2)");
    apply(store, FILES(GOOD("a.xml", "site", TRUE("a/x"))));
    assert_int_equal(records(store), 1);
    assert_int_equal(json_object_size(store->changed), 0);
    apply(store, FILES(GOOD("a.xml", "signed", TRUE("a/x")))); /* another says so now */
    assert_int_equal(records(store), 2);
    assert_int_equal(json_object_size(store->changed), 0);
    apply(store, FILES(GOOD("a.xml", "signed", FALSE("a/x"))));
    assert_recorded(store, "set", "a/x", "true -> false (signed signed.xml by a.xml:2)");
    apply(store, FILES(GOOD("a.xml", "signed", "")));
    assert_recorded(store, "set", "a/x", "false -> (built-in) (no rule makes it any more)");
    assert_field(store, "a/x", "value", "(none)");
}

static void a_bad_file_keeps_its_keys_and_the_others_apply(void **state)
{
    struct store *store = *state;
    char words[ERROR_WORDS_BYTES];

    apply_two(store,
              FILES(GOOD("a.xml", "site", TRUE("a/x")) "," GOOD("b.xml", "site", TRUE("b/x"))));
    apply_two(store, FILES(BAD("a.xml", "site") "," GOOD("b.xml", "site", FALSE("b/x"))));
    assert_field(store, "a/x", "value", "true");
    assert_field(store, "b/x", "value", "false");
    assert_int_equal(left_count(store, words), 1);
    assert_string_equal(words, "a.xml:4: no");
    assert_recorded(store, "leave-out", "a.xml", "a.xml:4: no");
    assert_int_equal(records(store), 4);
    apply_two(store, FILES(BAD("a.xml", "site") "," GOOD("b.xml", "site", FALSE("b/x"))));
    assert_int_equal(records(store), 4); /* said once */
    apply_two(store,
              FILES(GOOD("a.xml", "site", FALSE("a/x")) "," GOOD("b.xml", "site", FALSE("b/x"))));
    assert_field(store, "a/x", "value", "false");
    assert_int_equal(left_count(store, words), 0);
}

static void keys_move_between_files(void **state)
{
    struct store *store = *state;

    apply_two(store, FILES(GOOD("a.xml", "site",
                                TRUE("a/x") "," TRUE("a/y")) "," GOOD("b.xml", "site", "")));
    apply_two(store,
              FILES(GOOD("a.xml", "site", TRUE("a/y")) "," GOOD("b.xml", "site", TRUE("a/x"))));
    assert_int_equal(records(store), 2); /* no value is another one */
    assert_field(store, "a/x", "origin",
                 "policy /etc/sallyport/policy/site.xml:3 (site) by remapper-rules b.xml:2");
    /* It may be in the file that nobody can read: it stays, and so does its value. */
    apply_two(store, FILES(GOOD("a.xml", "site", FALSE("a/y")) "," BAD("b.xml", "")));
    assert_field(store, "a/x", "value", "true");
    apply_two(store, FILES(GOOD("a.xml", "site", "") "," BAD("b.xml", "site")));
    assert_field(store, "a/y", "value", "false");
    apply_two(store, FILES(GOOD("a.xml", "site", "") "," GOOD("b.xml", "site", "")));
    assert_field(store, "a/x", "value", "(none)");
    assert_field(store, "a/y", "value", "(none)");
}

static void without_rules_every_key_goes(void **state)
{
    struct store *store = *state;
    struct setting_answer none = {0};
    struct setting_change change = {.who = "test", .policy = &store->policy, .answer = &none};
    struct error err = {0};

    apply(store, FILES(GOOD("a.xml", "site", FALSE("reputation/enabled"))));
    assert_false(setting_flag(store->state, "reputation/enabled"));
    json_decref(store->changed);
    assert_ok(setting_apply(store->state, &change, &store->changed, &err), &err);
    assert_true(setting_flag(store->state, "reputation/enabled"));
    assert_non_null(json_object_get(store->changed, "reputation/enabled"));
}

static void what_could_not_be_read_leaves_its_keys(void **state)
{
    struct store *store = *state;
    char words[ERROR_WORDS_BYTES];

    apply(store, FILES(GOOD("a.xml", "site", TRUE("a/x"))));
    with_broken(store);
    apply(store, FILES(GOOD("a.xml", "broken", KEY("a/x", "bool", "\"false\"", "default", "0"))));
    assert_field(store, "a/x", "value", "true");
    assert_int_equal(left_count(store, words), 2);
    assert_non_null(strstr(words, "belongs to uid 1000"));
    /* The site's folder as a whole: of documents that are not signed nobody knows anything. */
    snprintf(store->policy.trouble, sizeof(store->policy.trouble), "mode 0777");
    apply(store, FILES(GOOD("a.xml", "other", KEY("a/x", "bool", "\"false\"", "default", "0"))));
    assert_field(store, "a/x", "value", "true");
    apply(store, FILES(GOOD("a.xml", "signed", FALSE("a/x"))));
    assert_field(store, "a/x", "value", "false");
    shows_case("J5");
}

static void nothing_switches_off_what_protects(void **state)
{
    static const char *const keys[] = {"audit/enabled", "agent/verification", "floors/check",
                                       "sandbox/on", "x/rollback/y"};
    struct store *store = *state;
    char text[600], words[ERROR_WORDS_BYTES];

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        snprintf(text, sizeof(text), FILES(GOOD("a.xml", "signed", FALSE("%s") "," TRUE("a/x"))),
                 keys[i]);
        apply(store, text);
        assert_field(store, keys[i], "value", "(none)");
        assert_field(store, "a/x", "value", "(none)");
        assert_int_equal(left_count(store, words), 1);
        assert_non_null(strstr(words, "never switched off"));
    }
    apply(store, FILES(GOOD("a.xml", "signed",
                            KEY("reputation/enabled", "string", "\"no\"", "policy", "3"))));
    assert_true(setting_flag(store->state, "reputation/enabled"));
    assert_int_equal(left_count(store, words), 1);
    assert_non_null(strstr(words, "reputation/enabled: type string: expected bool"));
}

static void a_failed_round_changes_no_key(void **state)
{
    struct store *store = *state;
    struct error why, err = {0};
    char words[ERROR_WORDS_BYTES];

    apply(store, FILES(GOOD("a.xml", "site", TRUE("a/x"))));
    error_set(&why, ERROR_DRIVER_FAILED, "killed by signal 11 \xff");
    assert_ok(setting_apply_failure(store->state, "test", &why, &err), &err);
    assert_ok(setting_apply_failure(store->state, "test", &why, &err), &err);
    assert_int_equal(records(store), 2);
    assert_field(store, "a/x", "value", "true");
    assert_int_equal(left_count(store, words), 1);
    assert_string_equal(words, "killed by signal 11 \\xFF");
}

/* Which files it speaks of is what everything else hangs on. */
static void an_answer_for_other_files_is_refused_whole(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{}", "files"},
        {"{\"files\":[],\"more\":1}", "more"},
        {FILES(""), "files: 0, expected 1"},
        {FILES(GOOD("a.xml", "site", "") "," GOOD("b.xml", "site", "")), "files: 2"},
        {FILES(GOOD("b.xml", "site", "")), "file: expected a.xml"},
        {FILES("{\"file\":\"a.xml\"}"), "ok"},
    };
    struct store *store = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct setting_answer answer;
        struct error err = {0};

        assert_refused(read_answer(store, cases[i].text, one_name, 1, &answer, &err), &err,
                       ERROR_PROTOCOL);
        if (strstr(err.words, cases[i].words) == NULL)
            fail_msg("%s: %s, expected %s", cases[i].text, err.words, cases[i].words);
        setting_answer_clear(&answer);
    }
}

/* Each of it would be believed if nobody looked again. */
static void what_is_out_of_bounds_leaves_its_file_out(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {FILES("{\"file\":\"a.xml\",\"ok\":true,\"policy\":\"site\"}"), "keys"},
        {FILES("{\"file\":\"a.xml\",\"ok\":true,\"policy\":\"../x\",\"keys\":[]}"), "policy"},
        {FILES("{\"file\":\"a.xml\",\"ok\":false,\"policy\":\"site\",\"line\":-1,\"words\":\"w\"}"),
         "line"},
        {FILES("{\"file\":\"a.xml\",\"ok\":false,\"policy\":\"site\",\"line\":1,\"words\":\"\"}"),
         "words"},
        {FILES(GOOD("a.xml", "site", "{\"type\":\"bool\"}")), "key"},
        {FILES(GOOD("a.xml", "site", "1")), "key 1"},
        {FILES(GOOD("a.xml", "site", TRUE("a/x") "," TRUE("a/x"))), "twice"},
        {FILES(GOOD("a.xml", "site", TRUE("a"))), "key: expected"},
        {FILES(GOOD("a.xml", "site", TRUE("a//x"))), "key: expected"},
        {FILES(GOOD("a.xml", "site", TRUE("/a/x"))), "key: expected"},
        {FILES(GOOD("a.xml", "site", TRUE("a/x/"))), "key: expected"},
        {FILES(GOOD("a.xml", "site", TRUE("A/x"))), "key: expected"},
        {FILES(GOOD("a.xml", "site", TRUE("a/b/c/d/e/f/g/h/i"))), "key: expected"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "real", "\"1\"", "policy", "3"))), "type"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "bool", "true", "policy", "3"))), "value"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "bool", "\"yes\"", "policy", "3"))), "true or"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "int", "\"\"", "policy", "3"))), "number"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "int", "\"01\"", "policy", "3"))), "number"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "int", "\"+1\"", "policy", "3"))), "number"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "int", "\"-0\"", "policy", "3"))), "number"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "int", "\" 1\"", "policy", "3"))), "number"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "int", "\"9223372036854775808\"", "policy", "3"))),
         "number"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "list", "\"{}\"", "policy", "3"))), "list"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "list", "\"[1]\"", "policy", "3"))), "item 1"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "list", "\"[]]\"", "policy", "3"))), "key 1"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "string", "\"\\u001b\"", "policy", "3"))), "value"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "bool", "\"true\"", "signed", "3"))), "from"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "bool", "\"true\"", "policy", "0"))), "line"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "bool", "\"true\"", "default", "3"))), "line"},
        {FILES(GOOD("a.xml", "absent", TRUE("a/x"))), "no such policy"},
        {FILES(GOOD("a.xml", "broken", TRUE("a/x"))), "no such policy"},
        {FILES(GOOD("a.xml", "site", KEY("a/x", "string", "\"\\r\"", "policy", "3"))), "value"},
    };
    struct store *store = *state;
    char words[ERROR_WORDS_BYTES];

    apply(store, FILES(GOOD("a.xml", "site", KEY("a/x", "string", "\"kept\"", "policy", "3"))));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        apply(store, cases[i].text);
        assert_field(store, "a/x", "value", "kept");
        assert_int_equal(left_count(store, words), 1);
        if (strstr(words, "a.xml: the driver's answer for it: ") == NULL ||
            strstr(words, cases[i].words) == NULL)
            fail_msg("%s: %s, expected %s", cases[i].text, words, cases[i].words);
    }
    /* And the file beside it counts. */
    apply_two(store,
              FILES(GOOD("a.xml", "site", TRUE("A/x")) "," GOOD("b.xml", "site", TRUE("b/x"))));
    assert_field(store, "a/x", "value", "kept");
    assert_field(store, "b/x", "value", "true");
}

static void sizes_are_bounded(void **state)
{
    struct store *store = *state;
    char words[ERROR_WORDS_BYTES];
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, MIB);
#define PUT(string) assert_ok(bytes_put(&text, string, strlen(string), &err), &err)
    PUT("{\"files\":[{\"file\":\"a.xml\",\"ok\":true,\"policy\":\"site\",\"keys\":[");
    for (int i = 0; i <= LIMIT_RULE_KEYS; i++) {
        char key[200];

        snprintf(key, sizeof(key), "%s" TRUE("a/k%d"), i > 0 ? "," : "", i);
        PUT(key);
    }
    PUT("]}]}");
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    apply(store, (const char *)text.data);
    assert_int_equal(left_count(store, words), 1);
    bytes_clear(&text);
    bytes_init(&text, MIB);
    PUT("{\"files\":[{\"file\":\"a.xml\",\"ok\":true,\"policy\":\"site\",\"keys\":[{\"key\":\"a/"
        "x\","
        "\"type\":\"string\",\"from\":\"default\",\"line\":0,\"rule_line\":1,\"value\":\"");
    for (int i = 0; i <= LIMIT_SETTING_BYTES; i++)
        PUT("x");
    PUT("\"}]}]}");
    assert_ok(bytes_put_u8(&text, 0, &err), &err);
    apply(store, (const char *)text.data);
    assert_int_equal(left_count(store, words), 1);
    bytes_clear(&text);
#undef PUT
}

#define KEYS(KIND)                                                                                 \
    KIND("a/a") "," KIND("a/b") "," KIND("a/c") "," KIND("a/d") "," KIND("a/e") "," KIND("a/f")

/* All keys go to and fro until somebody kills it. */
static void change_for_ever(const char *folder)
{
    struct store store = {.rules = {.version = "7"}};
    struct policy_document document = {.stem = "site", .fd = 1};
    struct error err = {0};

    if (state_open(folder, "test", &store.state, &err) < 0)
        _exit(1);
    store.policy = (struct policy_source){.folder = "/policy", .count = 1, .documents = &document};
    for (;;) {
        apply(&store, FILES(GOOD("a.xml", "site", KEYS(TRUE))));
        apply(&store, FILES(GOOD("a.xml", "site", KEYS(FALSE))));
    }
}

static void a_cut_leaves_all_of_a_change_or_nothing(void **state)
{
    struct store *store = *state;
    uint8_t head[DIGEST_BYTES];
    struct error err = {0};
    uint64_t count;

    for (int i = 0; i < 8; i++) {
        char first[600], other[600];
        pid_t child;

        state_close(store->state);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
            change_for_ever(store->folder);
        usleep((useconds_t)(20000 + 7919 * i));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_ok(state_open(store->folder, "test", &store->state, &err), &err);
        field(store, "a/a", "value", first);
        for (const char *key = "bcdef"; *key != '\0'; key++) {
            const char name[] = {'a', '/', *key, '\0'};

            assert_string_equal(field(store, name, "value", other), first);
        }
        assert_ok(audit_verify(store->state, &count, head, &err), &err);
        assert_int_equal(count % 6, 0);
    }
}

#define STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE(built_in_values_hold_where_nothing_is_stored),
        STORE(a_value_says_where_it_comes_from),
        STORE(each_change_is_recorded_once),
        STORE(a_bad_file_keeps_its_keys_and_the_others_apply),
        STORE(keys_move_between_files),
        STORE(without_rules_every_key_goes),
        STORE(what_could_not_be_read_leaves_its_keys),
        STORE(nothing_switches_off_what_protects),
        STORE(a_failed_round_changes_no_key),
        STORE(an_answer_for_other_files_is_refused_whole),
        STORE(what_is_out_of_bounds_leaves_its_file_out),
        STORE(sizes_are_bounded),
        STORE(a_cut_leaves_all_of_a_change_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
