/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "mirror/report.h"
#include "mirror/repository.h"

/* Both streams go into files of the scratch folder while a report speaks. */
struct heard {
    int out, err; /* the streams as they were */
};

static void listen_to(const struct scratch *scratch, struct heard *heard)
{
    int out = openat(scratch->fd, "out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int err = openat(scratch->fd, "err", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    fflush(NULL);
    heard->out = dup(STDOUT_FILENO);
    heard->err = dup(STDERR_FILENO);
    assert_true(dup2(out, STDOUT_FILENO) == STDOUT_FILENO);
    assert_true(dup2(err, STDERR_FILENO) == STDERR_FILENO);
    close(out);
    close(err);
}

static void stop_listening(const struct heard *heard)
{
    fflush(NULL);
    dup2(heard->out, STDOUT_FILENO);
    dup2(heard->err, STDERR_FILENO);
    close(heard->out);
    close(heard->err);
}

static void assert_heard(const struct scratch *scratch, const char *stream, const char *words)
{
    struct error err = {.code = ERROR_OK};
    struct bytes text;
    char string[4096] = "";

    assert_ok(path_read(scratch->fd, stream, sizeof(string) - 1, &text, &err), &err);
    if (text.size > 0)
        memcpy(string, text.data, text.size);
    bytes_clear(&text);
    assert_string_equal(string, words);
}

static void speak(struct report *report)
{
    report_line(report, "note\n%s", "\x1b[31mred");
    report_data(report, "asked for");
    report_warn(report, "careful\x07");
    report_document(report, "sallyport.test/1",
                    json_pack("{s:o}", "name", report_text("\xff\x1b")));
}

static void people_get_escaped_lines(void **state)
{
    struct report report = {.program = "test"};
    struct heard heard;

    listen_to(*state, &heard);
    speak(&report);
    stop_listening(&heard);
    assert_heard(*state, "out", "note\\u{A}\\u{1B}[31mred\nasked for\n");
    assert_heard(*state, "err", "test: warning: careful\\u{7}\n");
}

static void quiet_says_only_what_was_asked_for(void **state)
{
    struct report report = {.program = "test", .quiet = true};
    struct heard heard;

    listen_to(*state, &heard);
    speak(&report);
    stop_listening(&heard);
    assert_heard(*state, "out", "asked for\n");
    assert_heard(*state, "err", "");
}

static void programs_get_one_document_with_the_warnings_in_it(void **state)
{
    struct report report = {.program = "test", .json = true, .warnings = json_array()};
    struct heard heard;

    listen_to(*state, &heard);
    speak(&report);
    stop_listening(&heard);
    report_end(&report);
    assert_heard(*state, "out",
                 "{\"name\":\"\\\\xFF\\\\u{1B}\",\"schema\":\"sallyport.test/1\","
                 "\"warnings\":[\"careful\\\\u{7}\"]}\n");
    assert_heard(*state, "err", "");
}

static void what_weakens_the_keys_is_said_every_time(void **state)
{
    struct scratch *scratch = *state;
    struct repository repository = {.folder = scratch->path, .fd = scratch->fd};
    struct report report = {.program = "test", .json = true, .warnings = json_array()};

    report_standing(&report, &repository);
    assert_int_equal(json_array_size(report.warnings), 0);
    repository.settings.unprotected = true;
    assert_int_equal(mkdirat(scratch->fd, REPOSITORY_ROOT_KEYS, 0700), 0);
    scratch_write(scratch, REPOSITORY_ROOT_KEYS "/root.key", "key");
    report_standing(&report, &repository);
    assert_int_equal(json_array_size(report.warnings), 2);
    report_end(&report);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(people_get_escaped_lines),
        scratch_test(quiet_says_only_what_was_asked_for),
        scratch_test(programs_get_one_document_with_the_warnings_in_it),
        scratch_test(what_weakens_the_keys_is_said_every_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
