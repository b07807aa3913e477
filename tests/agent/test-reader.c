/* SPDX-License-Identifier: ISC
 *
 * The client against the real sallyport-reader-dir, and against readers that lie.
 */
#include "tests/test.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "media/base/reader.h"
#include "media/base/frame.h"
#include "media/base/spawn.h"
#include "tests/scratch.h"

struct fixture {
    void *scratch_state;
    struct scratch *scratch;
    int source; /* the folder that the reader is given */
    struct child child;
    struct reader *reader;
};

static int set_up(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));
    static const char *const arguments[] = {"sallyport-reader-dir", NULL};
    struct spawn spawn = {.arguments = arguments, .fd_count = 1};
    struct error err = {0};
    char program[4096];

    assert_int_equal(scratch_open(&fixture->scratch_state), 0);
    fixture->scratch = fixture->scratch_state;
    fixture->source = scratch_folder(fixture->scratch->fd, "source");
    scratch_put(fixture->scratch->fd, "outside", "secret", 6);
    snprintf(program, sizeof(program), "%s/agent/sallyport-reader-dir", getenv("TOP_BUILDDIR"));
    spawn.program = program;
    spawn.fds[0] = fixture->source;
    assert_ok(spawn_with_socket(&spawn, &fixture->child, &err), &err);
    assert_ok(reader_open(fixture->child.socket, &fixture->reader, &err), &err);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    int status, killed;

    reader_close(fixture->reader);
    if (fixture->child.pid > 0) { /* an ordinary end */
        shutdown(fixture->child.socket, SHUT_RDWR);
        assert_ok(spawn_finish(&fixture->child, 120000, &status, &killed, &err), &err);
        assert_int_equal(killed, 0);
    }
    close(fixture->source);
    assert_int_equal(scratch_close(&fixture->scratch_state), 0);
    free(fixture);
    return 0;
}

static void names_sizes_and_bytes_are_those_of_the_folder(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    char **names;
    uint64_t size;
    size_t count;
    char out[3];

    scratch_put(fixture->source, "sallyport/packs/b", "12345", 5);
    scratch_put(fixture->source, "sallyport/packs/a", "", 0);
    assert_ok(reader_list(fixture->reader, "sallyport/packs", &names, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[1], "b");
    path_free_names(names, count);
    assert_ok(reader_size(fixture->reader, "sallyport/packs/b", &size, &err), &err);
    assert_true(size == 5);
    assert_ok(reader_read(fixture->reader, "sallyport/packs/b", 1, out, 3, &err), &err);
    assert_memory_equal(out, "234", 3);
    assert_ok(reader_list(fixture->reader, "sallyport/absent", &names, &count, &err), &err);
    assert_int_equal(count, 0);
    path_free_names(names, count);
}

static void a_read_larger_than_the_ring_is_whole(void **state)
{
    struct fixture *fixture = *state;
    size_t size = READER_RING_BYTES * 2 + 777;
    uint8_t *data = bytes_allocate(1, size);
    struct error err = {0};
    struct bytes out;

    scratch_noise(data, size, 5);
    scratch_put(fixture->source, "large", data, size);
    assert_ok(reader_read_all(fixture->reader, "large", size, &out, &err), &err);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.data, data, size);
    bytes_clear(&out);
    assert_refused(reader_read_all(fixture->reader, "large", size - 1, &out, &err), &err,
                   ERROR_LIMIT);
    free(data);
}

static void what_is_no_regular_file_beneath_the_folder_is_refused(void **state)
{
    static const struct {
        const char *name;
        enum error_code code;
    } cases[] = {
        {"absent", ERROR_NOT_FOUND},
        {"folder/absent", ERROR_NOT_FOUND},
        {"folder", ERROR_UNEXPECTED_FILE},
        {"pipe", ERROR_UNEXPECTED_FILE},
        {"link", ERROR_UNEXPECTED_FILE},
        {"linked/outside", ERROR_UNEXPECTED_FILE},
        {"file/below", ERROR_UNEXPECTED_FILE},
        {"..", ERROR_UNEXPECTED_FILE},
        {"../outside", ERROR_UNEXPECTED_FILE},
        {"folder/../../outside", ERROR_UNEXPECTED_FILE},
        {"/etc/passwd", ERROR_UNEXPECTED_FILE},
        {"-x", ERROR_UNEXPECTED_FILE},
        {"a b", ERROR_UNEXPECTED_FILE},
        {"", ERROR_UNEXPECTED_FILE},
    };
    struct fixture *fixture = *state;
    struct error err = {0};
    uint64_t size;
    uint8_t byte;

    assert_int_equal(mkdirat(fixture->source, "folder", 0700), 0);
    assert_int_equal(mkfifoat(fixture->source, "pipe", 0600), 0);
    assert_int_equal(symlinkat("../outside", fixture->source, "link"), 0);
    assert_int_equal(symlinkat("..", fixture->source, "linked"), 0);
    scratch_put(fixture->source, "file", "x", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *name = cases[i].name;

        if (reader_size(fixture->reader, name, &size, &err) != -(int)cases[i].code)
            fail_msg("size of %s: %s: %s", name, error_name(err.code), err.words);
        assert_refused(reader_read(fixture->reader, name, 0, &byte, 1, &err), &err, cases[i].code);
    }
    assert_ok(reader_size(fixture->reader, "file", &size, &err), &err);
    shows_case("D2");
}

static void a_huge_sparse_file_costs_nothing_and_reads_at_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    off_t huge = (off_t)1 << 40;
    uint64_t size;
    uint8_t byte = 1;
    int fd;

    scratch_put(fixture->source, "huge", "", 0);
    assert_ok(path_open(fixture->source, "huge", O_WRONLY, 0, &fd, &err), &err);
    assert_int_equal(ftruncate(fd, huge), 0);
    close(fd);
    assert_ok(reader_size(fixture->reader, "huge", &size, &err), &err);
    assert_true(size == (uint64_t)huge);
    assert_ok(reader_read(fixture->reader, "huge", (uint64_t)huge - 1, &byte, 1, &err), &err);
    assert_int_equal(byte, 0);
    assert_refused(reader_read(fixture->reader, "huge", (uint64_t)huge, &byte, 1, &err), &err,
                   ERROR_MEDIUM_DAMAGED);
    assert_refused(reader_read(fixture->reader, "huge", UINT64_MAX, &byte, 1, &err), &err,
                   ERROR_MEDIUM_DAMAGED);
    shows_case("D5");
}

static void a_file_that_becomes_shorter_is_a_damaged_medium(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    char out[5];

    scratch_put(fixture->source, "file", "12345", 5);
    assert_ok(reader_read(fixture->reader, "file", 0, out, 5, &err), &err);
    scratch_put(fixture->source, "file", "123", 3);
    assert_refused(reader_read(fixture->reader, "file", 0, out, 5, &err), &err,
                   ERROR_MEDIUM_DAMAGED);
    shows_case("D11");
}

static void a_folder_that_was_removed_is_a_medium_that_has_gone(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    uint64_t size;

    assert_ok(path_remove(fixture->scratch->fd, "source", &err), &err);
    assert_refused(reader_size(fixture->reader, "file", &size, &err), &err, ERROR_MEDIUM_GONE);
    shows_case("D11");
}

static void the_reader_ends_when_its_client_hangs_up(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    int status, killed;

    shutdown(fixture->child.socket, SHUT_RDWR);
    assert_ok(spawn_finish(&fixture->child, -1, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What no honest client says ends the reader. */
static void assert_ends(struct fixture *fixture, uint16_t type, const char *body, size_t size)
{
    struct error err = {0};
    int status, killed;

    assert_ok(frame_send(fixture->child.socket, type, body, size, NULL, 0, -1, &err), &err);
    assert_ok(spawn_finish(&fixture->child, 30000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void an_unknown_request_ends_the_reader(void **state)
{
    assert_ends(*state, 77, "", 0);
}

static void a_second_hello_ends_the_reader(void **state)
{
    assert_ends(*state, READER_HELLO, "\0\0\1\0", 4);
}

static void a_torn_name_ends_the_reader(void **state)
{
    assert_ends(*state, READER_SIZE, "\5\0ab", 4);
}

static void trailing_bytes_end_the_reader(void **state)
{
    assert_ends(*state, READER_SIZE, "\1\0ab", 4);
}

static void a_read_larger_than_the_ring_ends_the_reader(void **state)
{
    assert_ends(*state, READER_READ, "\1\0a\0\0\0\0\0\0\0\0\1\0\x20\0", 15);
}

/* A reader of our own that sends one prepared answer to one request. */
struct liar {
    int ends[2];
    struct reader *reader;
};

static void liar_open(struct liar *liar, uint16_t type, const void *body, size_t size)
{
    struct error err = {0};
    struct frame hello;

    assert_ok(frame_pair(liar->ends, &err), &err);
    assert_ok(reader_open(liar->ends[0], &liar->reader, &err), &err);
    assert_ok(frame_receive(liar->ends[1], 64, -1, &hello, &err), &err);
    assert_int_equal(hello.fd_count, 1);
    /* What is sealed can't be made shorter by a reader. */
    assert_int_equal(ftruncate(hello.fds[0], 0), -1);
    frame_clear(&hello);
    assert_ok(frame_send(liar->ends[1], type, body, size, NULL, 0, -1, &err), &err);
}

static void liar_close(struct liar *liar)
{
    reader_close(liar->reader);
    close(liar->ends[0]);
    close(liar->ends[1]);
}

static void lies_about_sizes_are_refused(void **state)
{
    static const struct {
        uint16_t type;
        const char *body;
        size_t size;
        enum error_code code;
    } lies[] = {
        {READER_OK, "\7\0\0\0\0\0\0\0", 8, ERROR_PROTOCOL},       /* more than was asked for */
        {READER_OK, "\2\0\0\0\0\0\0\0", 8, ERROR_MEDIUM_DAMAGED}, /* less */
        {READER_OK, "\3\0\0\0\0\0\0", 7, ERROR_PROTOCOL},
        {READER_OK, "\3\0\0\0\0\0\0\0\0", 9, ERROR_PROTOCOL},
        {READER_NAMES, "\0\0\0\0", 4, ERROR_PROTOCOL},
        {READER_HELLO, "", 0, ERROR_PROTOCOL},
        {READER_ERROR, "\2\0ok\0\0", 6, ERROR_PROTOCOL},
        {READER_ERROR, "\10\0rollback\0\0", 12, ERROR_PROTOCOL},
        {READER_ERROR, "\2\0io\5\0a", 7, ERROR_PROTOCOL},
        {READER_ERROR, "\2\0io\2\0abX", 9, ERROR_PROTOCOL},
        {READER_ERROR, "\2\0io\2\0ab", 8, ERROR_IO},
        {READER_ERROR, "\11\0not-found\2\0ab", 15, ERROR_NOT_FOUND},
    };
    struct error err = {0};
    struct liar liar;
    char out[3];

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        liar_open(&liar, lies[i].type, lies[i].body, lies[i].size);
        if (reader_read(liar.reader, "file", 0, out, 3, &err) != -(int)lies[i].code)
            fail_msg("lie %zu: %s: %s", i, error_name(err.code), err.words);
        liar_close(&liar);
    }
}

static void lies_about_names_are_refused(void **state)
{
    static const struct {
        const char *body;
        size_t size;
        enum error_code code;
    } lies[] = {
        {"\2\0\0\0\1\0b\1\0a", 10, ERROR_PROTOCOL}, /* not sorted */
        {"\2\0\0\0\1\0a\1\0a", 10, ERROR_PROTOCOL}, /* twice */
        {"\1\0\0\0\3\0a/b", 9, ERROR_PROTOCOL},     /* a slash */
        {"\1\0\0\0\3\0a\0b", 9, ERROR_PROTOCOL},    /* a NUL */
        {"\1\0\0\0\0\0", 6, ERROR_PROTOCOL},        /* empty */
        {"\2\0\0\0\1\0a", 7, ERROR_PROTOCOL},       /* fewer than told */
        {"\1\0\0\0\1\0aX", 8, ERROR_PROTOCOL},      /* more than told */
        {"\xff\xff\xff\xff", 4, ERROR_LIMIT},       /* more than can be */
    };
    struct error err = {0};
    struct liar liar;
    char **names;
    size_t count;

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        liar_open(&liar, READER_NAMES, lies[i].body, lies[i].size);
        if (reader_list(liar.reader, "folder", &names, &count, &err) != -(int)lies[i].code)
            fail_msg("lie %zu: %s: %s", i, error_name(err.code), err.words);
        assert_null(names);
        liar_close(&liar);
    }
}

static void a_reader_that_died_is_told(void **state)
{
    struct error err = {0};
    struct liar liar;
    uint64_t size;

    liar_open(&liar, READER_OK, "", 0);
    close(liar.ends[1]);
    liar.ends[1] = -1;
    assert_true(reader_size(liar.reader, "file", &size, &err) < 0);
    assert_int_equal(err.code, ERROR_PEER_GONE);
    liar_close(&liar);
}

#define WITH_READER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_READER(names_sizes_and_bytes_are_those_of_the_folder),
        WITH_READER(a_read_larger_than_the_ring_is_whole),
        WITH_READER(what_is_no_regular_file_beneath_the_folder_is_refused),
        WITH_READER(a_huge_sparse_file_costs_nothing_and_reads_at_its_end),
        WITH_READER(a_file_that_becomes_shorter_is_a_damaged_medium),
        WITH_READER(a_folder_that_was_removed_is_a_medium_that_has_gone),
        WITH_READER(the_reader_ends_when_its_client_hangs_up),
        WITH_READER(an_unknown_request_ends_the_reader),
        WITH_READER(a_second_hello_ends_the_reader),
        WITH_READER(a_torn_name_ends_the_reader),
        WITH_READER(trailing_bytes_end_the_reader),
        WITH_READER(a_read_larger_than_the_ring_ends_the_reader),
        cmocka_unit_test(lies_about_sizes_are_refused),
        cmocka_unit_test(lies_about_names_are_refused),
        cmocka_unit_test(a_reader_that_died_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
