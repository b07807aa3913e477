/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "media/base/journal.h"
#include "media/base/log.h"
#include "tests/scratch.h"

struct place {
    void *scratch;
    char path[96];
    int journal;   /* what a journal reads */
    int stream[2]; /* standard error of a service */
    char text[16384];
};

static void name_stream(int fd)
{
    struct stat status;
    char name[64];

    assert_int_equal(fstat(fd, &status), 0);
    snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", name, 1);
}

static int begin(void **state)
{
    static struct place place;
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (scratch_open(&place.scratch) != 0)
        return -1;
    snprintf(place.path, sizeof(place.path), "%.80s/journal",
             ((struct scratch *)place.scratch)->path);
    memcpy(address.sun_path, place.path, strlen(place.path));
    place.journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    *state = &place;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, place.stream) != 0)
        return -1;
    log_open("prog", place.stream[1], LOG_LEVEL_INFO);
    return bind(place.journal, (const struct sockaddr *)&address, sizeof(address));
}

static int end(void **state)
{
    struct place *place = *state;

    log_open("prog", STDERR_FILENO, LOG_LEVEL_INFO);
    unsetenv("JOURNAL_STREAM");
    close(place->journal);
    close(place->stream[0]);
    close(place->stream[1]);
    return scratch_close(&place->scratch);
}

static const char *taken(struct place *place, int fd)
{
    ssize_t size = read(fd, place->text, sizeof(place->text) - 1);

    place->text[size > 0 ? size : 0] = '\0';
    return place->text;
}

static void only_the_stream_of_the_service_is_the_journal(void **state)
{
    struct place *place = *state;

    assert_false(log_to_journal(place->path));
    name_stream(place->stream[0]);
    assert_false(log_to_journal(place->path));
    setenv("JOURNAL_STREAM", "", 1);
    assert_false(log_to_journal(place->path));
    log_write(LOG_LEVEL_WARN, "words");
    assert_string_equal(taken(place, place->stream[0]), "prog: warn: words\n");
    name_stream(place->stream[1]);
    assert_true(log_to_journal(place->path));
    assert_true(log_in_journal());
}

static void a_line_is_an_entry(void **state)
{
    struct place *place = *state;

    name_stream(place->stream[1]);
    assert_true(log_to_journal(place->path));
    log_write(LOG_LEVEL_WARN, "a\nPRIORITY=0 %s", "\x1b[2J");
    assert_string_equal(taken(place, place->journal),
                        "MESSAGE=a\\u{A}PRIORITY=0 \\u{1B}[2J\nPRIORITY=4\n"
                        "SYSLOG_IDENTIFIER=prog\n");
    assert_string_equal(taken(place, place->stream[0]), "");
}

static void a_childs_line_names_the_child(void **state)
{
    struct place *place = *state;
    int child[2];

    name_stream(place->stream[1]);
    assert_true(log_to_journal(place->path));
    assert_int_equal(pipe(child), 0);
    assert_int_equal(write(child[1], "one\n", 4), 4);
    assert_int_equal(log_relay(child[0], "driver"), 0);
    assert_string_equal(taken(place, place->journal),
                        "MESSAGE=one\nPRIORITY=6\nSYSLOG_IDENTIFIER=prog\n"
                        "SALLYPORT_PROGRAM=driver\n");
    close(child[0]);
    close(child[1]);
}

static void an_event_has_its_fields(void **state)
{
    const struct journal_field fields[] = {
        {"SALLYPORT_CODE", "rollback"}, {"SALLYPORT_SUBJECT", "a\nb"}, {"SALLYPORT_WORDS", NULL}};
    struct place *place = *state;

    log_event(LOG_LEVEL_WARN, "no journal, no line", fields, 3);
    assert_string_equal(taken(place, place->stream[0]), "");
    name_stream(place->stream[1]);
    assert_true(log_to_journal(place->path));
    log_event(LOG_LEVEL_WARN, "words", fields, 3);
    assert_string_equal(taken(place, place->journal),
                        "MESSAGE=words\nPRIORITY=4\nSYSLOG_IDENTIFIER=prog\n"
                        "SALLYPORT_CODE=rollback\nSALLYPORT_SUBJECT=a\\u{A}b\n"
                        "SALLYPORT_WORDS=\n");
}

/* A line is not lost because the journal is. */
static void without_the_journal_a_line_is_written(void **state)
{
    struct place *place = *state;

    name_stream(place->stream[1]);
    assert_true(log_to_journal(place->path));
    assert_int_equal(unlink(place->path), 0);
    log_write(LOG_LEVEL_ERROR, "words");
    assert_string_equal(taken(place, place->stream[0]), "prog: error: words\n");
}

static void an_id_depends_on_the_name_alone(void **state)
{
    char first[JOURNAL_ID_BYTES], second[JOURNAL_ID_BYTES];

    assert_string_equal(journal_id(ERROR_ROLLBACK, first), "164cacbef85eb87dd9c5a3309299212a");
    for (enum error_code a = 0; a < ERROR_COUNT; a++) {
        assert_int_equal(strlen(journal_id(a, first)), 32);
        for (enum error_code b = a + 1; b < ERROR_COUNT; b++)
            assert_string_not_equal(first, journal_id(b, second));
    }
}

#define journal_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        journal_test(only_the_stream_of_the_service_is_the_journal),
        journal_test(a_line_is_an_entry),
        journal_test(a_childs_line_names_the_child),
        journal_test(an_event_has_its_fields),
        journal_test(without_the_journal_a_line_is_written),
        cmocka_unit_test(an_id_depends_on_the_name_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
