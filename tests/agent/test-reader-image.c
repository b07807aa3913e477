/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-reader-image on small FAT12 images that are made here, byte by byte. Images by
 * other systems' tools are in tests/system/430-images.sh, hostile ones in
 * tests/attack/image-mutations.sh.
 */
#include "tests/test.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/base/frame.h"
#include "media/base/path.h"
#include "media/base/reader.h"
#include "media/base/spawn.h"
#include "tests/scratch.h"

#define SECTOR       512
#define SECTORS      400
#define TABLE_AT     1 /* sectors: one table of two, then the root of one, then cluster 2 */
#define ROOT_AT      3
#define HEAP_AT      4
#define ENTRY        32
#define FOLDER       0x10
#define LETTERS      13 /* of a name, as one entry of a long name holds */
#define LAST_CLUSTER 0xfff

/* The image, and the reader on it once it was started. */
struct fixture {
    uint8_t image[SECTORS * SECTOR];
    unsigned next;   /* the first free cluster */
    uint8_t *tree;   /* the folder "sallyport" */
    uint8_t *format; /* the entry of sallyport/FORMAT */
    int fd;
    struct child child;
    struct reader *reader;
};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value & 0xffff);
    put16(at + 2, value >> 16);
}

static void link_cluster(uint8_t *image, unsigned cluster, unsigned next)
{
    uint8_t *at = image + TABLE_AT * SECTOR + cluster * 3 / 2;

    if (cluster % 2 == 0) {
        at[0] = (uint8_t)next;
        at[1] = (uint8_t)((at[1] & 0xf0) | next >> 8);
    } else {
        at[0] = (uint8_t)((at[0] & 0x0f) | next << 4);
        at[1] = (uint8_t)(next >> 4);
    }
}

static uint8_t *cluster_of(uint8_t *image, unsigned cluster)
{
    return image + (HEAP_AT + cluster - 2) * SECTOR;
}

static uint8_t *root_of(struct fixture *fixture)
{
    return fixture->image + ROOT_AT * SECTOR;
}

static void format(uint8_t *image, unsigned sectors)
{
    memcpy(image, "\xeb\x3c\x90MSWIN4.1", 11);
    put16(image + 11, SECTOR);
    image[13] = 1;
    put16(image + 14, TABLE_AT);
    image[16] = 1;
    put16(image + 17, SECTOR / ENTRY);
    put16(image + 19, sectors);
    image[21] = 0xf8;
    put16(image + 22, ROOT_AT - TABLE_AT);
    image[38] = 0x29;
    memcpy(image + 54, "FAT12   ", 8);
    put16(image + 510, 0xaa55);
    link_cluster(image, 0, 0xff8);
    link_cluster(image, 1, LAST_CLUSTER);
}

/* The letters of a long name lie in three parts of its entry. */
static void put_long_name(uint8_t *entry, const char *name, uint8_t checksum)
{
    static const uint8_t places[LETTERS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    size_t length = strlen(name);

    entry[0] = 0x41;
    entry[11] = 0x0f;
    entry[13] = checksum;
    for (size_t i = 0; i < LETTERS; i++)
        put16(entry + places[i], i < length ? (uint8_t)name[i] : i == length ? 0 : 0xffff);
}

/* A long and a short name in the first free place of a folder; the short one's place. */
static uint8_t *add_entry(uint8_t *folder, const char *name, uint8_t attributes, unsigned cluster,
                          uint32_t size)
{
    char letters[16];
    uint8_t *entry = folder, checksum = 0;

    while (entry[0] != 0)
        entry += ENTRY;
    snprintf(letters, sizeof(letters), "F%07u   ", (unsigned)(entry - folder) / ENTRY);
    for (size_t i = 0; i < 11; i++)
        checksum = (uint8_t)((checksum << 7 | checksum >> 1) + letters[i]);
    put_long_name(entry, name, checksum);
    entry += ENTRY;
    memcpy(entry, letters, 11);
    entry[11] = attributes;
    put16(entry + 24, 0x5a21);
    put16(entry + 26, cluster);
    put32(entry + 28, size);
    return entry;
}

/* In as many clusters as it takes. */
static uint8_t *add_file(struct fixture *fixture, uint8_t *folder, const char *name,
                         const char *text, size_t size)
{
    unsigned first = fixture->next, count = (unsigned)((size + SECTOR - 1) / SECTOR);

    memcpy(cluster_of(fixture->image, first), text, size);
    for (unsigned i = 0; i < count; i++)
        link_cluster(fixture->image, first + i, i + 1 < count ? first + i + 1 : LAST_CLUSTER);
    fixture->next += count;
    return add_entry(folder, name, 0x20, count > 0 ? first : 0, (uint32_t)size);
}

/* Its one cluster. */
static uint8_t *add_folder(struct fixture *fixture, uint8_t *above, const char *name)
{
    uint8_t *folder = cluster_of(fixture->image, fixture->next);
    uint8_t *dots = folder + ENTRY;

    link_cluster(fixture->image, fixture->next, LAST_CLUSTER);
    add_entry(above, name, FOLDER, fixture->next, 0);
    memcpy(folder, ".          ", 11);
    memcpy(dots, "..         ", 11);
    folder[11] = dots[11] = FOLDER;
    put16(folder + 26, fixture->next++);
    return folder;
}

static int set_up(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));

    fixture->fd = -1;
    fixture->next = 2;
    format(fixture->image, SECTORS);
    fixture->tree = add_folder(fixture, root_of(fixture), "sallyport");
    fixture->format = add_file(fixture, fixture->tree, "FORMAT", "sallyport 1\n", 12);
    *state = fixture;
    return 0;
}

static void start_on(struct fixture *fixture, const void *medium, size_t size)
{
    static const char *const arguments[] = {"sallyport-reader-image", NULL};
    struct spawn spawn = {.arguments = arguments, .fd_count = 1};
    struct error err = {0};
    char program[4096];

    fixture->fd = memfd_create("medium", MFD_CLOEXEC);
    assert_ok(path_write(fixture->fd, medium, size, &err), &err);
    snprintf(program, sizeof(program), "%s/agent/sallyport-reader-image", getenv("TOP_BUILDDIR"));
    spawn.program = program;
    spawn.fds[0] = fixture->fd;
    assert_ok(spawn_with_socket(&spawn, &fixture->child, &err), &err);
    assert_ok(reader_open(fixture->child.socket, &fixture->reader, &err), &err);
}

static void start(struct fixture *fixture)
{
    start_on(fixture, fixture->image, sizeof(fixture->image));
}

/* Whatever it was given, it ends when its client does. expected: its exit status. */
static void stop(struct fixture *fixture, int expected)
{
    struct error err = {0};
    int status = 0, killed = 0;

    reader_close(fixture->reader);
    shutdown(fixture->child.socket, SHUT_RDWR);
    assert_ok(spawn_finish(&fixture->child, 120000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
    close(fixture->fd);
    fixture->fd = -1;
    fixture->reader = NULL;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->fd >= 0) {
        reader_close(fixture->reader);
        spawn_kill(&fixture->child);
        close(fixture->fd);
    }
    free(fixture);
    return 0;
}

static void refused(struct fixture *fixture, const char *name, enum error_code code,
                    const char *words)
{
    struct error err = {0};
    uint8_t byte;

    assert_refused(reader_read(fixture->reader, name, 0, &byte, 1, &err), &err, code);
    if (strstr(err.words, words) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", name, err.words, words);
}

static void expect_names(struct fixture *fixture, const char *folder, const char *expected)
{
    struct error err = {0};
    char all[256] = "";
    char **names;
    size_t count, used = 0;

    assert_ok(reader_list(fixture->reader, folder, &names, &count, &err), &err);
    for (size_t i = 0; i < count && used < sizeof(all); i++)
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s ", names[i]);
    path_free_names(names, count);
    assert_string_equal(all, expected);
}

static void expect_bytes(struct fixture *fixture, const char *name, const void *data, size_t size)
{
    struct error err = {0};
    struct bytes out;

    assert_ok(reader_read_all(fixture->reader, name, size, &out, &err), &err);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.data, data, size);
    bytes_clear(&out);
}

static void names_sizes_and_bytes_are_those_of_the_image(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *packs = add_folder(fixture, fixture->tree, "packs");
    char noise[5000], part[3];
    struct error err = {0};

    scratch_noise((uint8_t *)noise, sizeof(noise), 3);
    add_file(fixture, packs, "b.Pack", noise, sizeof(noise));
    add_file(fixture, packs, "a", "", 0);
    start(fixture);
    expect_names(fixture, "sallyport", "FORMAT packs ");
    expect_names(fixture, "sallyport/packs", "a b.Pack ");
    expect_names(fixture, "sallyport/absent", "");
    expect_bytes(fixture, "sallyport/FORMAT", "sallyport 1\n", 12);
    expect_bytes(fixture, "sallyport/packs/b.Pack", noise, sizeof(noise));
    expect_bytes(fixture, "sallyport/packs/a", "", 0);
    assert_ok(reader_read(fixture->reader, "sallyport/packs/b.Pack", 4097, part, 3, &err), &err);
    assert_memory_equal(part, noise + 4097, 3);
    assert_ok(reader_read(fixture->reader, "sallyport/packs/b.Pack", 1, part, 3, &err), &err);
    assert_memory_equal(part, noise + 1, 3);
    refused(fixture, "sallyport/packs/b.pack", ERROR_NOT_FOUND, "b.pack");
    refused(fixture, "sallyport/packs", ERROR_UNEXPECTED_FILE, "no regular file");
    refused(fixture, "sallyport/FORMAT/x", ERROR_UNEXPECTED_FILE, "no folder");
    refused(fixture, "sallyport/packs/a", ERROR_MEDIUM_DAMAGED, "ends early");
    stop(fixture, 0);
}

static void what_was_deleted_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *gone = add_folder(fixture, fixture->tree, "gone");
    uint8_t *entry = add_file(fixture, fixture->tree, "secret", "12345", 5);

    add_file(fixture, gone, "below", "12345", 5);
    entry[0] = entry[-ENTRY] = 0xe5;
    for (entry = fixture->tree; memcmp(entry + 1, "g\0o\0n\0e\0", 8) != 0;)
        entry += ENTRY;
    entry[0] = entry[ENTRY] = 0xe5;
    start(fixture);
    expect_names(fixture, "sallyport", "FORMAT ");
    refused(fixture, "sallyport/secret", ERROR_NOT_FOUND, "secret");
    refused(fixture, "sallyport/gone/below", ERROR_NOT_FOUND, "gone");
    expect_names(fixture, "sallyport/gone", "");
    stop(fixture, 0);
}

static void names_that_differ_in_case_only_are_refused(void **state)
{
    struct fixture *fixture = *state;

    add_file(fixture, fixture->tree, "format", "sallyport 2\n", 12);
    start(fixture);
    refused(fixture, "sallyport/FORMAT", ERROR_UNEXPECTED_FILE, "the same but for case");
    stop(fixture, 0);
    memcpy(fixture->tree + 4 * ENTRY + 1, fixture->tree + 2 * ENTRY + 1, 10);
    memcpy(fixture->tree + 4 * ENTRY + 14, fixture->tree + 2 * ENTRY + 14, 12);
    start(fixture);
    refused(fixture, "sallyport/FORMAT", ERROR_MEDIUM_DAMAGED, "holds FORMAT twice");
    stop(fixture, 0);
}

/* A change of one file, and what its reader is told. */
static void chains_and_sizes_that_lie_are_damage(void **state)
{
    static const struct {
        unsigned next; /* after the first cluster of three */
        uint32_t size;
        enum error_code code;
    } cases[] = {
        {0, 1500, ERROR_MEDIUM_DAMAGED},            /* free */
        {LAST_CLUSTER, 1500, ERROR_MEDIUM_DAMAGED}, /* shorter than the size */
        {0xff7, 1500, ERROR_MEDIUM_DAMAGED},        /* a bad cluster */
        {2000, 1500, ERROR_MEDIUM_DAMAGED},         /* behind the end */
        {3, 100000, ERROR_MEDIUM_DAMAGED},          /* goes on in another file */
        {5, UINT32_MAX, ERROR_NOT_FOUND},           /* libtsk takes it for no entry */
    };
    char text[1500] = "text";

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = *state;
        uint8_t *entry;

        tear_down(state);
        set_up(state);
        fixture = *state;
        entry = add_file(fixture, fixture->tree, "file", text, sizeof(text));
        link_cluster(fixture->image, fixture->next - 3, cases[i].next);
        put32(entry + 28, cases[i].size);
        start(fixture);
        refused(fixture, "sallyport/file", cases[i].code, "sallyport/file");
        expect_bytes(fixture, "sallyport/FORMAT", "sallyport 1\n", 12); /* others are as good */
        stop(fixture, 0);
    }
    shows_case("D8");
}

static void a_chain_that_comes_back_to_itself_ends(void **state)
{
    struct fixture *fixture = *state;
    char text[1500] = "text";
    uint8_t *entry = add_file(fixture, fixture->tree, "file", text, sizeof(text));

    link_cluster(fixture->image, fixture->next - 2, fixture->next - 3);
    put32(entry + 28, 100000);
    start(fixture);
    refused(fixture, "sallyport/file", ERROR_MEDIUM_DAMAGED, "sallyport/file");
    stop(fixture, 0);
}

static void a_medium_that_ends_while_it_is_read_is_named_with_the_file(void **state)
{
    struct fixture *fixture = *state;
    char text[9000] = "text";

    add_file(fixture, fixture->tree, "file", text, sizeof(text));
    start(fixture);
    expect_names(fixture, "sallyport", "FORMAT file ");
    assert_int_equal(ftruncate(fixture->fd, (HEAP_AT + 2) * SECTOR), 0);
    refused(fixture, "sallyport/file", ERROR_MEDIUM_DAMAGED, "sallyport/file: reading the medium");
    stop(fixture, 0);
}

static void a_copy_that_was_cut_short_says_so(void **state)
{
    struct fixture *fixture = *state;

    start_on(fixture, fixture->image, sizeof(fixture->image) / 2);
    refused(fixture, "sallyport/FORMAT", ERROR_MEDIUM_DAMAGED, "the copy was cut short");
    stop(fixture, 0);
}

/* The request lies there when the signal comes, as it does when libtsk fails or loops on it. */
static void expect_last_answer(struct fixture *fixture, int number, const char *code)
{
    static const uint8_t request[] = "\11\0sallyport";
    struct error err = {0};
    struct frame frame;

    assert_int_equal(kill(fixture->child.pid, SIGSTOP), 0);
    assert_ok(frame_send(fixture->child.socket, READER_LIST, request, sizeof(request) - 1, NULL, 0,
                         -1, &err),
              &err);
    assert_int_equal(kill(fixture->child.pid, number), 0);
    assert_int_equal(kill(fixture->child.pid, SIGCONT), 0);
    assert_ok(frame_receive(fixture->child.socket, LIMIT_MESSAGE_BYTES, -1, &frame, &err), &err);
    assert_int_equal(frame.type, READER_ERROR);
    assert_true(frame.body.size > 2 + strlen(code));
    assert_memory_equal(frame.body.data + 2, code, strlen(code));
    frame_clear(&frame);
}

static void a_reader_that_fails_or_loops_says_so_and_ends(void **state)
{
    static const struct {
        int number;
        const char *code;
    } cases[] = {{SIGSEGV, "medium-damaged"}, {SIGABRT, "medium-damaged"}, {SIGPROF, "timeout"}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(fixture);
        expect_names(fixture, "sallyport", "FORMAT ");
        expect_last_answer(fixture, cases[i].number, cases[i].code);
        stop(fixture, 1);
    }
}

static void what_is_no_medium_is_said_so(void **state)
{
    static const char luks[SECTOR] = "LUKS\xba\xbe", nothing[SECTOR];
    struct fixture *fixture = *state;

    start_on(fixture, "", 0);
    refused(fixture, "sallyport/FORMAT", ERROR_NOT_A_MEDIUM, "nothing that is known");
    stop(fixture, 0);
    start_on(fixture, nothing, sizeof(nothing));
    refused(fixture, "sallyport/FORMAT", ERROR_NOT_A_MEDIUM, "nothing that is known");
    stop(fixture, 0);
    start_on(fixture, luks, sizeof(luks));
    refused(fixture, "sallyport/FORMAT", ERROR_NOT_A_MEDIUM, "LUKS, which is not read");
    stop(fixture, 0);
    shows_case("D9");
}

static void put_row(uint8_t *sector, unsigned row, uint8_t type, uint32_t start, uint32_t size)
{
    uint8_t *at = sector + 446 + row * 16;

    at[4] = type;
    put32(at + 8, start);
    put32(at + 12, size);
    put16(sector + 510, 0xaa55);
}

static void the_first_partition_with_the_tree_counts(void **state)
{
    struct fixture *fixture = *state;
    size_t size = sizeof(fixture->image), whole = SECTOR + 3 * size;
    uint8_t *disk = bytes_allocate(1, whole);

    for (unsigned i = 0; i < 3; i++)
        put_row(disk, i, 1, 1 + i * SECTORS, SECTORS);
    memcpy(disk + SECTOR + size, fixture->image, size);
    memcpy(disk + SECTOR + 2 * size, fixture->image, size);
    cluster_of(disk + SECTOR + 2 * size, 3)[10] = '2'; /* its FORMAT says 2 */
    start_on(fixture, disk, whole);
    expect_bytes(fixture, "sallyport/FORMAT", "sallyport 1\n", 12);
    stop(fixture, 0);

    memset(disk + SECTOR + size, 0, 2 * size);
    format(disk + SECTOR + size, SECTORS);
    memcpy(disk + SECTOR + 2 * size, "LUKS\xba\xbe", 6);
    start_on(fixture, disk, whole);
    refused(fixture, "sallyport/FORMAT", ERROR_NOT_A_MEDIUM,
            "partition 1: nothing that is known; partition 2: FAT without a folder sallyport; "
            "partition 3: LUKS, which is not read");
    stop(fixture, 0);
    free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(names_sizes_and_bytes_are_those_of_the_image),
        TEST(what_was_deleted_is_not_there),
        TEST(names_that_differ_in_case_only_are_refused),
        TEST(chains_and_sizes_that_lie_are_damage),
        TEST(a_chain_that_comes_back_to_itself_ends),
        TEST(a_medium_that_ends_while_it_is_read_is_named_with_the_file),
        TEST(a_copy_that_was_cut_short_says_so),
        TEST(a_reader_that_fails_or_loops_says_so_and_ends),
        TEST(what_is_no_medium_is_said_so),
        TEST(the_first_partition_with_the_tree_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
