/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "media/base/passphrase.h"

static struct passphrase_source source_of(const struct scratch *scratch, char path[512])
{
    snprintf(path, 512, "%s/secret", scratch->path);
    return (struct passphrase_source){
        .file = path, .what = "the keys", .option = "--passphrase-file"};
}

static void the_first_line_of_a_private_file_counts(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    char path[512], *passphrase;
    struct passphrase_source source = source_of(scratch, path);

    scratch_write(scratch, "secret", "open sesame\nnext line\n");
    assert_int_equal(chmod(path, 0600), 0);
    assert_ok(passphrase_read(&source, false, &passphrase, &err), &err);
    assert_string_equal(passphrase, "open sesame");
    passphrase_free(passphrase);
}

static void a_file_that_others_can_read_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0644, 0620};
    struct scratch *scratch = *state;
    struct error err = {0};
    char path[512], *passphrase;
    struct passphrase_source source = source_of(scratch, path);

    scratch_write(scratch, "secret", "open sesame\n");
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_refused(passphrase_read(&source, false, &passphrase, &err), &err, ERROR_USAGE);
        assert_null(passphrase);
    }
}

static void an_empty_or_long_or_absent_secret_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    char path[512], *passphrase, text[PASSPHRASE_BYTES + 2];
    struct passphrase_source source = source_of(scratch, path);

    scratch_write(scratch, "secret", "\n");
    assert_int_equal(chmod(path, 0600), 0);
    assert_refused(passphrase_read(&source, false, &passphrase, &err), &err, ERROR_SECRET_NEEDED);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    scratch_write(scratch, "secret", text);
    assert_refused(passphrase_read(&source, false, &passphrase, &err), &err, ERROR_USAGE);
    text[PASSPHRASE_BYTES] = '\0';
    scratch_write(scratch, "secret", text);
    assert_ok(passphrase_read(&source, false, &passphrase, &err), &err);
    passphrase_free(passphrase);
    source.file = NULL;
    assert_refused(passphrase_read(&source, false, &passphrase, &err), &err, ERROR_SECRET_NEEDED);
}

static void a_descriptor_is_read_up_to_the_line_end(void **state)
{
    struct passphrase_source source = {.has_fd = true, .what = "x", .option = "--passphrase-file"};
    struct error err = {0};
    char *passphrase, rest[8] = "";
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one\ntwo\n", 8), 8);
    source.fd = (uint64_t)ends[0];
    assert_ok(passphrase_read(&source, false, &passphrase, &err), &err);
    assert_string_equal(passphrase, "one");
    passphrase_free(passphrase);
    assert_int_equal(read(ends[0], rest, sizeof(rest)), 4);
    assert_string_equal(rest, "two\n");
    source.file = "both";
    assert_refused(passphrase_read(&source, false, &passphrase, &err), &err, ERROR_USAGE);
    source.file = NULL;
    source.fd = UINT64_MAX;
    assert_refused(passphrase_read(&source, false, &passphrase, &err), &err, ERROR_USAGE);
    close(ends[0]);
    close(ends[1]);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(the_first_line_of_a_private_file_counts),
        scratch_test(a_file_that_others_can_read_is_refused),
        scratch_test(an_empty_or_long_or_absent_secret_is_refused),
        scratch_test(a_descriptor_is_read_up_to_the_line_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
