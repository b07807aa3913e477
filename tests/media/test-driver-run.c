/* SPDX-License-Identifier: ISC
 *
 * Against real drivers: sallyport-driver-null misbehaves as the files of its content ask.
 */
#include <config.h>

#include "tests/media/driver-scene.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <signal.h>
#include <sys/stat.h>

#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/driver-run.h"
#include "media/seal.h"

static int check(struct scene *scene, struct error *err)
{
    return driver_run_content(scene->run, "check", "null", scene->content, NULL, err);
}

static void a_missing_driver_is_named(void **state)
{
    struct scene *scene = *state;
    struct driver_run_options options = {.libexec = libexec(scene)};
    struct error err = {0};

    assert_refused(driver_run_start("absent", &options, &scene->run, &err), &err,
                   ERROR_DRIVER_MISSING);
    assert_non_null(strstr(err.words, "sallyport-driver-absent"));
    assert_null(scene->run);
}

static void the_greeting_names_types_and_a_sandbox(void **state)
{
    struct scene *scene = *state;
    const json_t *greeting, *sandbox;
    struct error err = {0};

    start(scene, "null", 0);
    greeting = driver_run_greeting(scene->run);
    sandbox = json_object_get(greeting, "sandbox");
    assert_string_equal(json_string_value(json_object_get(greeting, "family")), "null");
#ifdef WITH_SANDBOX
    assert_true(json_is_true(json_object_get(sandbox, "seccomp")));
    assert_true(json_integer_value(json_object_get(sandbox, "landlock")) >= 1);
#else
    assert_false(json_is_true(json_object_get(sandbox, "seccomp")));
#endif
    assert_ok(driver_run_reads(scene->run, "null", 1, 3, 1, 1, &err), &err);
    assert_refused(driver_run_reads(scene->run, "null", 2, 3, 1, 1, &err), &err,
                   ERROR_SCHEMA_RANGE);
    assert_refused(driver_run_reads(scene->run, "null", 1, 1, 2, 2, &err), &err,
                   ERROR_SCHEMA_RANGE);
    assert_refused(driver_run_reads(scene->run, "behavior", 1, 1, 1, 1, &err), &err,
                   ERROR_DRIVER_MISSING);
}

static void good_content_is_checked_loaded_and_swapped(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL, *request;
    struct error err = {0};

    put(scene, "a.txt", "a");
    put(scene, "b.txt", "bb");
    start(scene, "null", 0);
    assert_ok(check(scene, &err), &err);
    assert_ok(driver_run_content(scene->run, "load", "null", scene->content, NULL, &err), &err);
    request = json_pack("{s:s, s:{}}", "type", "null", "request");
    assert_ok(driver_run_request(scene->run, "serve", request, &reply, &err), &err);
    assert_false(json_is_true(json_object_get(json_object_get(reply, "reply"), "loaded")));
    json_decref(reply);
    assert_ok(driver_run_request(scene->run, "selftest", request, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", request, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "serve", request, &reply, &err), &err);
    assert_true(json_is_true(json_object_get(json_object_get(reply, "reply"), "loaded")));
    json_decref(reply);
    json_decref(request);
}

static void stats_count_what_is_loaded(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL, *request = json_pack("{s:s}", "type", "null");
    const json_t *row;
    struct error err = {0};

    put(scene, "a.txt", "four");
    start(scene, "null", 0);
    assert_ok(driver_run_content(scene->run, "load", "null", scene->content, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "swap", request, NULL, &err), &err);
    assert_ok(driver_run_request(scene->run, "stats", NULL, &reply, &err), &err);
    row = json_array_get(json_object_get(reply, "types"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "type")), "null");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "engine"), "bytes")),
                     4);
    json_decref(reply);
    json_decref(request);
}

static void files_of_folders_arrive_in_order(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    /* "a-b/x" sorts before "a/x" as a whole name, but after it when walked folder by folder. */
    assert_int_equal(mkdirat(scene->content, "a", 0700), 0);
    assert_int_equal(mkdirat(scene->content, "a-b", 0700), 0);
    put(scene, "a/x", "1");
    put(scene, "a-b/x", "2");
    start(scene, "null", 0);
    assert_ok(check(scene, &err), &err);
}

static void a_refusal_has_the_drivers_words_and_the_driver_goes_on(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    put(scene, "refuse", "not on a Monday\nsecond line");
    start(scene, "null", 0);
    assert_refused(check(scene, &err), &err, ERROR_DRIVER_REFUSED);
    assert_string_equal(err.words, "null: refuse:1: not on a Monday");
    assert_string_equal(driver_run_item(scene->run), "refuse");
    assert_ok(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err);
}

static void hostile_words_of_a_refusal_arrive_whole(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    put(scene, "refuse", "red \xff\x1b[31m");
    start(scene, "null", 0);
    assert_refused(check(scene, &err), &err, ERROR_DRIVER_REFUSED);
    assert_null(strchr(err.words, '\x1b'));
    assert_ok(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err);
}

static void expect_failure(struct scene *scene, const char *file, int deadline_ms,
                           const char *words)
{
    struct error err = {0};

    put(scene, file, "x");
    start(scene, "null", deadline_ms);
    assert_refused(check(scene, &err), &err, ERROR_DRIVER_FAILED);
    if (strstr(err.words, words) == NULL)
        fail_msg("expected '%s' in: %s", words, err.words);
    if (strstr(err.words, file) == NULL)
        fail_msg("no blame on '%s' in: %s", file, err.words);
    assert_int_equal(driver_run_pidfd(scene->run), -1);
    assert_refused(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err,
                   ERROR_DRIVER_FAILED);
}

static void a_crash_is_blamed_on_the_file(void **state)
{
#ifdef WITH_SANITIZERS
    expect_failure(*state, "crash", 0, "working on");
#else
    expect_failure(*state, "crash", 0, "signal 6");
#endif
    shows_case("G4");
}

static void a_hang_is_killed_at_the_deadline(void **state)
{
    expect_failure(*state, "hang", 300, "no answer in time");
    shows_case("G4");
}

static void a_hog_comes_to_its_limit(void **state)
{
#ifdef WITH_SANITIZERS
    skip(); /* no address-space limit beside a sanitizer's shadow */
#else
    expect_failure(*state, "hog", 0, "exited 1");
#endif
    shows_case("G4");
}

static void garbage_ends_the_conversation(void **state)
{
    expect_failure(*state, "garbage", 0, "killed");
    shows_case("G6");
}

static void an_oversized_reply_ends_the_conversation(void **state)
{
    expect_failure(*state, "oversized", 0, "killed");
    shows_case("G6");
}

static void a_driver_cannot_fork(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

#ifndef WITH_SANDBOX
    skip();
#endif
    put(scene, "fork", "");
    start(scene, "null", 0);
    assert_ok(check(scene, &err), &err);
    shows_case("G4");
}

static void a_driver_inherits_no_descriptors(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    int stray = open("/dev/null", O_RDONLY); /* not close-on-exec, on purpose */
    int far = fcntl(stray, F_DUPFD, 200);

    put(scene, "descriptors", "");
    start(scene, "null", 0);
    assert_true(far >= 200);
    assert_ok(check(scene, &err), &err);
    close(stray);
    close(far);
    shows_case("G7");
}

static void the_sandbox_holds_inside_each_driver(void **state)
{
    static const char *const families[] = {"null", "flags"};
    struct scene *scene = *state;
    struct error err = {0};

#ifndef WITH_SANDBOX
    skip();
#endif
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        start(scene, families[i], 0);
        assert_ok(driver_run_request(scene->run, "sandbox", NULL, NULL, &err), &err);
        driver_run_stop(scene->run);
        scene->run = NULL;
    }
    put(scene, "probe", "");
    start(scene, "null", 0);
    assert_ok(check(scene, &err), &err);
    shows_case("G5");
}

static void what_is_no_file_is_refused_before_the_driver_sees_it(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    start(scene, "null", 0);
    assert_refused(check(scene, &err), &err, ERROR_BAD_CONTENT);
    assert_int_equal(mkfifoat(scene->content, "pipe", 0600), 0);
    assert_refused(check(scene, &err), &err, ERROR_UNEXPECTED_FILE);
    assert_int_equal(unlinkat(scene->content, "pipe", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", scene->content, "link"), 0);
    assert_true(check(scene, &err) < 0);
    assert_int_equal(unlinkat(scene->content, "link", 0), 0);
    put(scene, "good", "");
    assert_ok(check(scene, &err), &err);
}

static void a_key_of_another_size_is_refused(void **state)
{
    struct scene *scene = *state;
    struct driver_run_key key = {.id = "k1", .key = bytes_view_of("short", 5)};
    struct error err = {0};

    put(scene, "good", "");
    start(scene, "null", 0);
    assert_refused(
        driver_run_content(scene->run, "check", "null-sealed", scene->content, &key, &err), &err,
        ERROR_WRONG_SECRET);
}

/* The content folder is a sealed form of the one file "refuse", whose first line comes back only
 * when it was opened with the right key. */
static void seal(struct scene *scene, const char *type, const char *text)
{
    struct scratch *scratch = scene->scratch;
    struct seal_key key = {.id = "k1"};
    struct error err = {0};
    uint64_t size;
    int in, spare, out;

    memset(key.key, 7, sizeof(key.key));
    scratch_write(scratch, "plain", text);
    in = openat(scratch->fd, "plain", O_RDONLY | O_CLOEXEC);
    spare = openat(scratch->fd, "spare", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    out = openat(scene->content, "refuse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(in >= 0 && spare >= 0 && out >= 0);
    assert_ok(seal_file(&key, type, "refuse", 3, in, spare, out, &size, &err), &err);
    close(in);
    close(spare);
    close(out);
}

static int check_sealed(struct scene *scene, const char *key_id, int byte, struct error *err)
{
    uint8_t secret[SEAL_KEY_BYTES];
    struct driver_run_key key = {.id = key_id, .key = bytes_view_of(secret, sizeof(secret))};

    memset(secret, byte, sizeof(secret));
    return driver_run_content(scene->run, "check", "null-sealed", scene->content, &key, err);
}

static void sealed_content_is_opened_in_the_driver_only(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    seal(scene, "null-sealed", "the words inside");
    start(scene, "null", 0);
    assert_refused(check_sealed(scene, "k1", 7, &err), &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "the words inside"));
    assert_refused(check_sealed(scene, "k1", 8, &err), &err, ERROR_DRIVER_REFUSED);
    assert_null(strstr(err.words, "the words inside"));
    assert_non_null(strstr(err.words, "null-sealed: refuse: "));
    assert_refused(check_sealed(scene, "k2", 7, &err), &err, ERROR_DRIVER_REFUSED);
    assert_null(strstr(err.words, "the words inside"));
    assert_ok(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err);
}

static void a_family_without_sealed_types_opens_none(void **state)
{
    struct scene *scene = *state;
    struct driver_run_key key = {.id = "k1",
                                 .key = bytes_view_of("0123456789abcdef0123456789abcdef", 32)};
    struct error err = {0};

    put(scene, "flags.json", "{}");
    start(scene, "flags", 0);
    assert_refused(
        driver_run_content(scene->run, "check", "flags-supplement", scene->content, &key, &err),
        &err, ERROR_DRIVER_REFUSED);
    assert_non_null(strstr(err.words, "sealed"));
}

/* Starts the fake driver that behaves in this way; what came of it. */
static int start_fake(struct scene *scene, const char *way, struct error *err)
{
    const struct scratch *scratch = scene->scratch;
    struct driver_run_options options = {.libexec = scratch->path, .deadline_ms = 5000};
    const char *top = getenv("TOP_BUILDDIR");
    char program[600], name[100];

    snprintf(program, sizeof(program), "%s/tests/media/fake-driver", top != NULL ? top : ".");
    snprintf(name, sizeof(name), "sallyport-driver-%s", way);
    assert_int_equal(symlinkat(program, scratch->fd, name), 0);
    return driver_run_start(way, &options, &scene->run, err);
}

static void a_bad_greeting_is_no_driver(void **state)
{
    static const char *const ways[] = {
        "mute",    "babble", "stranger", "typeless", "rangeless", "double",  "unsaid", "self",
        "scanner", "again",  "many",     "bare",     "vague",     "falling", "below",  "wordy"};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct error err = {0};

        assert_refused(start_fake(scene, ways[i], &err), &err, ERROR_DRIVER_BROKEN);
        assert_null(scene->run);
    }
}

static void a_driver_says_what_it_looks_up_in(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    assert_ok(start_fake(scene, "reader", &err), &err);
    assert_true(driver_run_looks_up(scene->run, "local-rep-data"));
    assert_false(driver_run_looks_up(scene->run, "null"));
    assert_ok(driver_run_reads(scene->run, "local-rep-data", 1, 2, 1, 1, &err), &err);
    assert_refused(driver_run_reads(scene->run, "local-rep-data", 2, 2, 1, 1, &err), &err,
                   ERROR_SCHEMA_RANGE);
    assert_false(driver_run_has_ended(scene->run));
}

static void a_driver_that_breaks_the_protocol_is_killed(void **state)
{
    static const char *const ways[] = {"giver", "maybe",     "list",       "coder",  "okay",
                                       "extra", "backwards", "arrhythmic", "rehello"};
    struct scene *scene = *state;
    struct error err = {0};

    assert_ok(start_fake(scene, "fine", &err), &err);
    assert_ok(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err);
    driver_run_stop(scene->run);
    scene->run = NULL;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        assert_ok(start_fake(scene, ways[i], &err), &err);
        assert_refused(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err,
                       ERROR_DRIVER_FAILED);
        assert_int_equal(driver_run_pid(scene->run), 0);
        driver_run_stop(scene->run);
        scene->run = NULL;
    }
    shows_case("G6");
}

static void a_drivers_own_trouble_is_no_word_about_content(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    assert_ok(start_fake(scene, "unwell", &err), &err);
    assert_refused(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err, ERROR_IO);
    assert_true(driver_run_pid(scene->run) > 0);
}

static void an_answer_before_its_question_does_not_count(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    assert_ok(start_fake(scene, "chatty", &err), &err);
    /* It answers twice: sooner or later the second answer lies there before the next question. */
    for (size_t i = 0; i < 10000 && err.code == ERROR_OK; i++)
        if (driver_run_request(scene->run, "ping", NULL, NULL, &err) < 0)
            break;
    assert_int_equal(err.code, ERROR_DRIVER_FAILED);
    assert_non_null(strstr(err.words, "out of turn"));
    shows_case("G6");
}

static void a_driver_ends_when_asked(void **state)
{
    struct scene *scene = *state;
    pid_t pid;

    start(scene, "null", 0);
    pid = driver_run_pid(scene->run);
    assert_true(pid > 0);
    driver_run_stop(scene->run);
    scene->run = NULL;
    assert_int_equal(kill(pid, 0), -1);
}

static void a_driver_that_somebody_killed_is_told_from_one_that_crashed(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};

    start(scene, "null", 0);
    assert_int_equal(kill(driver_run_pid(scene->run), SIGKILL), 0);
    assert_refused(driver_run_request(scene->run, "ping", NULL, NULL, &err), &err,
                   ERROR_DRIVER_KILLED);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_missing_driver_is_named),
        SCENE(the_greeting_names_types_and_a_sandbox),
        SCENE(good_content_is_checked_loaded_and_swapped),
        SCENE(stats_count_what_is_loaded),
        SCENE(files_of_folders_arrive_in_order),
        SCENE(a_refusal_has_the_drivers_words_and_the_driver_goes_on),
        SCENE(hostile_words_of_a_refusal_arrive_whole),
        SCENE(a_crash_is_blamed_on_the_file),
        SCENE(a_hang_is_killed_at_the_deadline),
        SCENE(a_hog_comes_to_its_limit),
        SCENE(garbage_ends_the_conversation),
        SCENE(an_oversized_reply_ends_the_conversation),
        SCENE(a_driver_cannot_fork),
        SCENE(a_driver_inherits_no_descriptors),
        SCENE(the_sandbox_holds_inside_each_driver),
        SCENE(what_is_no_file_is_refused_before_the_driver_sees_it),
        SCENE(a_key_of_another_size_is_refused),
        SCENE(sealed_content_is_opened_in_the_driver_only),
        SCENE(a_family_without_sealed_types_opens_none),
        SCENE(a_bad_greeting_is_no_driver),
        SCENE(a_driver_says_what_it_looks_up_in),
        SCENE(a_driver_that_breaks_the_protocol_is_killed),
        SCENE(a_drivers_own_trouble_is_no_word_about_content),
        SCENE(an_answer_before_its_question_does_not_count),
        SCENE(a_driver_ends_when_asked),
        SCENE(a_driver_that_somebody_killed_is_told_from_one_that_crashed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
