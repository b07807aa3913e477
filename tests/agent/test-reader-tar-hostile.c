/* SPDX-License-Identifier: ISC
 *
 * Hostile tars, cut ones and torn ones: each is refused by name with its reason, by the real
 * sallyport-reader-tar in its sandbox.
 */
#include "tests/agent/run-reader-tar.h"

struct hostile {
    const char *names;            /* files that are put in, each ended by LF */
    void (*make)(struct bytes *); /* or what makes it */
    enum error_code code;
    const char *words; /* must be said */
};

static void put_case(const struct hostile *row, struct bytes *tar)
{
    if (row->make != NULL) {
        row->make(tar);
        return;
    }
    for (const char *next = row->names; *next != '\0'; next += strcspn(next, "\n") + 1) {
        size_t size = strcspn(next, "\n");

        tar_long_name(tar, next, size);
        tar_file(tar, "cut", "x");
    }
    tar_end(tar);
}

static void assert_all_refused(void **state, const struct hostile *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *shown = rows[i].names != NULL ? rows[i].names : rows[i].words;
        struct error err = {0};
        struct tar_reader reader;
        struct bytes tar;
        uint64_t size;

        begin(&tar);
        put_case(&rows[i], &tar);
        open_bytes(&reader, *state, &tar);
        if (reader_size(reader.reader, FORMAT, &size, &err) != -(int)rows[i].code ||
            strstr(err.words, rows[i].words) == NULL)
            fail_msg("%zu, %s: %s: %s", i, shown, error_name(err.code), err.words);
        close_reader(&reader);
        bytes_clear(&tar);
    }
}

#define ALL_REFUSED(state, rows) assert_all_refused(state, rows, sizeof(rows) / sizeof((rows)[0]))

static void names_that_lead_out_or_nowhere_are_refused(void **state)
{
    static const struct hostile rows[] = {
        {"/sallyport/x\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"/etc/passwd\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"../sallyport/x\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"a/../sallyport/x\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"sallyport/../x\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"sallyport/..\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"./../x\n", NULL, ERROR_UNEXPECTED_FILE, "leads out"},
        {"sallyport/./x\n", NULL, ERROR_UNEXPECTED_FILE, "can't hold"},
        {"sallyport//x\n", NULL, ERROR_UNEXPECTED_FILE, "can't hold"},
        {"sallyport/a\\b\n", NULL, ERROR_UNEXPECTED_FILE, "a\\\\b: a name that"},
        {"sallyport/C:x\n", NULL, ERROR_UNEXPECTED_FILE, "can't hold"},
        {"sallyport/x \n", NULL, ERROR_UNEXPECTED_FILE, "can't hold"},
        {"sallyport/-x\n", NULL, ERROR_UNEXPECTED_FILE, "can't hold"},
        {"sallyport/a\x1b[2J\n", NULL, ERROR_UNEXPECTED_FILE, "a\\u{1B}[2J"},
        {"sallyport/a\xff\n", NULL, ERROR_UNEXPECTED_FILE, "a\\xFF"},
        {"sallyport\n", NULL, ERROR_UNEXPECTED_FILE, "sallyport: a file and a folder"},
    };

    ALL_REFUSED(state, rows);
    shows_case("D1");
}

static void long_component(struct bytes *tar)
{
    char name[300] = "sallyport/";

    memset(name + 10, 'a', 256);
    tar_long_name(tar, name, strlen(name));
    tar_file(tar, "cut", "x");
    tar_end(tar);
}

static void long_path(struct bytes *tar)
{
    char *name = bytes_allocate(1, 20000);

    for (size_t i = 0; i < 9990; i++)
        memcpy(name + 2 * i, "a/", 2);
    memcpy(name, "sallyport/", 10);
    tar_pax(tar, 'x', "path", name);
    tar_file(tar, "cut", "x");
    tar_end(tar);
    free(name);
}

static void no_utf8(struct bytes *tar)
{
    tar_pax(tar, 'x', "path", "sallyport/\xff");
    tar_file(tar, "cut", "x");
    tar_end(tar);
}

/* What is behind the NUL is nothing to any reader of C strings: FORMAT is there twice. */
static void nul_in_name(struct bytes *tar)
{
    tar_long_name(tar, FORMAT "\0.txt", sizeof(FORMAT) + 4);
    tar_file(tar, "cut", "x");
    tar_end(tar);
}

static void names_that_are_too_long_or_torn_are_refused(void **state)
{
    static const struct hostile rows[] = {
        {NULL, long_component, ERROR_UNEXPECTED_FILE, "can't hold"},
        {NULL, long_path, ERROR_UNEXPECTED_FILE, "can't hold"},
        {NULL, no_utf8, ERROR_MEDIUM_DAMAGED, "entry 2: "},
        {NULL, nul_in_name, ERROR_UNEXPECTED_FILE, "twice"},
    };

    ALL_REFUSED(state, rows);
    shows_case("D1");
}

static void symlink_then_through(struct bytes *tar)
{
    tar_header(tar, "sallyport/packs", '2', "/etc", 0);
    tar_file(tar, "sallyport/packs/passwd", "x");
    tar_end(tar);
}

static void symlink_for_tree(struct bytes *tar)
{
    tar_header(tar, "sallyport", '2', "elsewhere", 0);
    tar_end(tar);
}

static void dangling_symlink(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", '2', "nowhere", 0);
    tar_end(tar);
}

static void symbolic_links_are_refused(void **state)
{
    static const struct hostile rows[] = {
        {NULL, symlink_then_through, ERROR_UNEXPECTED_FILE, "sallyport/packs: a symbolic link"},
        {NULL, symlink_for_tree, ERROR_UNEXPECTED_FILE, "sallyport: a symbolic link"},
        {NULL, dangling_symlink, ERROR_UNEXPECTED_FILE, "sallyport/x: a symbolic link"},
    };

    ALL_REFUSED(state, rows);
    shows_case("D2");
}

static void link_inside(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", '1', FORMAT, 0);
    tar_end(tar);
}

static void link_with_data(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", '1', FORMAT, 5);
    tar_data(tar, "12345", 5);
    tar_end(tar);
}

static void link_outside(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", '1', "../../etc/passwd", 0);
    tar_header(tar, "sallyport/x", '2', "/etc/passwd", 0);
    tar_end(tar);
}

static void hard_links_are_refused(void **state)
{
    static const struct hostile rows[] = {
        {NULL, link_inside, ERROR_UNEXPECTED_FILE, "sallyport/x: a hard link"},
        {NULL, link_with_data, ERROR_UNEXPECTED_FILE, "sallyport/x: a hard link"},
        {NULL, link_outside, ERROR_UNEXPECTED_FILE, "sallyport/x: a hard link"},
    };

    ALL_REFUSED(state, rows);
    shows_case("D3");
}

static void put_kind(struct bytes *tar, char kind)
{
    tar_header(tar, "sallyport/x", kind, "", 0);
    tar_end(tar);
}

static void fifo(struct bytes *tar)
{
    put_kind(tar, '6');
}
static void character_device(struct bytes *tar)
{
    put_kind(tar, '3');
}
static void block_device(struct bytes *tar)
{
    put_kind(tar, '4');
}
static void unknown_kind(struct bytes *tar)
{
    put_kind(tar, 'Z');
}
static void contiguous(struct bytes *tar)
{
    put_kind(tar, '7');
}
static void file_named_as_folder(struct bytes *tar)
{
    tar_header(tar, "sallyport/x/", '0', "", 0);
    tar_end(tar);
}

/* GNU's old form: 512 bytes at 1 MiB of 8 EiB. */
static void old_sparse(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", 'S', "", 512);
    tar_change(tar, 257, "ustar  ", 8);
    tar_change(tar, 386, "00004000000", 12);
    tar_change(tar, 398, "00000001000", 12);
    tar_change(tar, 483, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12);
    tar_zeros(tar, 512);
    tar_end(tar);
}

/* One that covers the whole file: libarchive does not call that sparse. */
static void whole_sparse(struct bytes *tar)
{
    static const char map[512] = "1\n0\n512\n";

    tar_header(tar, "PaxHeader", 'x', "", 50);
    tar_data(tar, "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n6 x=1\n", 50);
    tar_header(tar, "sallyport/x", '0', "", 1024);
    tar_data(tar, map, sizeof(map));
    tar_zeros(tar, 512);
    tar_end(tar);
}

static void huge_size(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", '0', "", 0);
    tar_change(tar, 124, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12);
    tar_end(tar);
}

static void huge_pax_size(struct bytes *tar)
{
    tar_pax(tar, 'x', "size", "9223372036854775807");
    tar_header(tar, "sallyport/x", '0', "", 0);
    tar_end(tar);
}

static void negative_size(struct bytes *tar)
{
    tar_header(tar, "sallyport/x", '0', "", 0);
    tar_change(tar, 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\x00", 12);
    tar_end(tar);
}

static void what_is_no_plain_file_is_refused(void **state)
{
    static const struct hostile rows[] = {
        {NULL, fifo, ERROR_UNEXPECTED_FILE, "sallyport/x: a FIFO"},
        {NULL, character_device, ERROR_UNEXPECTED_FILE, "sallyport/x: a device"},
        {NULL, block_device, ERROR_UNEXPECTED_FILE, "sallyport/x: a device"},
        {NULL, unknown_kind, ERROR_UNEXPECTED_FILE, "sallyport/x: neither a plain file"},
        {NULL, contiguous, ERROR_UNEXPECTED_FILE, "sallyport/x: neither a plain file"},
        {NULL, file_named_as_folder, ERROR_UNEXPECTED_FILE, "sallyport/x"},
        {NULL, old_sparse, ERROR_UNEXPECTED_FILE, "sallyport/x: a sparse file"},
        {NULL, whole_sparse, ERROR_UNEXPECTED_FILE, "sallyport/x: "},
        {NULL, huge_size, ERROR_MEDIUM_DAMAGED, ""},
        {NULL, huge_pax_size, ERROR_MEDIUM_DAMAGED, ""},
        {NULL, negative_size, ERROR_MEDIUM_DAMAGED, ""},
    };

    ALL_REFUSED(state, rows);
    shows_case("D5");
}

static void many_entries(struct bytes *tar)
{
    for (int i = 0; i <= LIMIT_TAR_ENTRIES; i++)
        tar_header(tar, "x", '5', "", 0);
    tar_end(tar);
}

static void many_names(struct bytes *tar)
{
    char name[64];

    for (int i = 0; i <= LIMIT_FOLDER_NAMES; i++) {
        snprintf(name, sizeof(name), "sallyport/many/%d", i);
        tar_header(tar, name, '0', "", 0);
    }
    tar_end(tar);
}

/* Chained, each small: libarchive has a bound of its own on these, below ours. */
static void many_extended(struct bytes *tar)
{
    for (int i = 0; i < 100000; i++)
        tar_header(tar, "x", i % 2 == 0 ? 'L' : 'x', "", 0);
    tar_end(tar);
}

static void large_extended(struct bytes *tar)
{
    char *value = bytes_allocate(1, 900000);

    memset(value, 'a', 900000 - 1);
    tar_pax(tar, 'x', "comment", value);
    tar_file(tar, "x", "x");
    tar_end(tar);
    free(value);
}

static void claimed_extended(struct bytes *tar)
{
    tar_header(tar, "x", 'x', "", 077777777777);
    tar_end(tar);
}

static void large_headers(struct bytes *tar)
{
    char *value = bytes_allocate(1, 60000);

    memset(value, 'a', 60000 - 1);
    for (size_t i = 0; i < LIMIT_TAR_HEADERS_BYTES / 60000; i++) {
        tar_pax(tar, 'x', "comment", value);
        tar_file(tar, "x", "");
    }
    tar_end(tar);
    free(value);
}

static void deep_folders(struct bytes *tar)
{
    char name[2 * 400 + 11] = "sallyport/";

    for (size_t i = 0; i < 400; i++)
        memcpy(name + 10 + 2 * i, "a/", 2);
    tar_long_name(tar, name, 10 + 2 * 400);
    tar_header(tar, "x/", '5', "", 0);
    tar_end(tar);
}

static void far_end(struct bytes *tar)
{
    struct error err = {0};
    uint8_t *place;

    assert_ok(bytes_reserve(tar, LIMIT_TAR_END_BYTES + TAR_BLOCK, &place, &err), &err);
}

static void more_than_the_limits_is_refused(void **state)
{
    static const struct hostile rows[] = {
        {NULL, many_entries, ERROR_LIMIT, "TAR_ENTRIES"},
        {NULL, many_extended, ERROR_MEDIUM_DAMAGED, "entry 2: "},
        {NULL, large_extended, ERROR_LIMIT, "entry 2: headers of more than"},
        {NULL, claimed_extended, ERROR_MEDIUM_DAMAGED, "entry 2"},
        {NULL, large_headers, ERROR_LIMIT, "TAR_HEADERS_BYTES"},
        {NULL, deep_folders, ERROR_UNEXPECTED_FILE, "can't hold"},
        {NULL, far_end, ERROR_MEDIUM_DAMAGED, "TAR_END_BYTES"},
    };
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    char **names;
    size_t count;

    ALL_REFUSED(state, rows);
    begin(&tar);
    many_names(&tar);
    open_bytes(&reader, *state, &tar);
    assert_refused(reader_list(reader.reader, "sallyport/many", &names, &count, &err), &err,
                   ERROR_LIMIT);
    assert_holds(&reader, FORMAT, TEXT);
    close_reader(&reader);
    bytes_clear(&tar);
    shows_case("D6");
}

static void names_that_can_t_both_be_are_refused(void **state)
{
    static const struct hostile rows[] = {
        {FORMAT "\n", NULL, ERROR_UNEXPECTED_FILE, FORMAT ": twice"},
        {"./" FORMAT "\n", NULL, ERROR_UNEXPECTED_FILE, FORMAT ": twice"},
        {"sallyport/x\nsallyport/y\nsallyport/x\n", NULL, ERROR_UNEXPECTED_FILE,
         "sallyport/x: twice"},
        {"sallyport/Format\n", NULL, ERROR_UNEXPECTED_FILE, "sallyport/Format: names that differ"},
        {"Sallyport/x\n", NULL, ERROR_UNEXPECTED_FILE, "differ by case only"},
        {"SALLYPORT/FORMAT\n", NULL, ERROR_UNEXPECTED_FILE, "differ by case only"},
        {"sallyport/a/x\nsallyport/b\nsallyport/A/y\n", NULL, ERROR_UNEXPECTED_FILE,
         "differ by case only"},
        {FORMAT "/x\n", NULL, ERROR_UNEXPECTED_FILE, FORMAT ": a file and a folder"},
        {"sallyport/a/b\nsallyport/a-b\nsallyport/a\n", NULL, ERROR_UNEXPECTED_FILE,
         "sallyport/a: a file and a folder"},
    };

    ALL_REFUSED(state, rows);
    shows_case("D7");
}

static void a_cut_file_is_named(void **state)
{
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    uint64_t size;

    begin(&tar);
    tar_file(&tar, "sallyport/packs/a", "12345");
    tar.size -= TAR_BLOCK - 4;
    open_bytes(&reader, *state, &tar);
    assert_refused(reader_size(reader.reader, FORMAT, &size, &err), &err, ERROR_MEDIUM_DAMAGED);
    assert_string_equal(err.words, "sallyport/packs/a: has 5 bytes at 1536, the tar ends at 1540: "
                                   "it is cut");
    close_reader(&reader);
    bytes_clear(&tar);
}

/* Cut everywhere: never another tree, never a wait. */
static void a_tar_that_is_cut_anywhere_is_damaged(void **state)
{
    struct error err = {0};
    struct bytes tar;
    size_t whole;

    begin(&tar);
    tar_file(&tar, "sallyport/packs/a", "12345");
    tar_pax(&tar, 'x', "path", "sallyport/packs/b");
    tar_file(&tar, "cut", "12345");
    tar_end(&tar);
    whole = tar.size;
    for (size_t size = whole - 1; size > 0; size -= size > 200 ? 173 : size) {
        struct tar_reader reader;
        uint64_t ignored;

        tar.size = size;
        open_bytes(&reader, *state, &tar);
        if (reader_size(reader.reader, FORMAT, &ignored, &err) != -ERROR_MEDIUM_DAMAGED)
            fail_msg("cut at %zu: %s: %s", size, error_name(err.code), err.words);
        close_reader(&reader);
    }
    tar.size = whole;
    bytes_clear(&tar);
    shows_case("D11");
}

static void what_lies_behind_the_end_is_refused(void **state)
{
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    uint64_t size;

    begin(&tar);
    tar_end(&tar);
    tar_file(&tar, "sallyport/hidden", "x");
    tar_end(&tar);
    open_bytes(&reader, *state, &tar);
    assert_refused(reader_size(reader.reader, FORMAT, &size, &err), &err, ERROR_MEDIUM_DAMAGED);
    assert_non_null(strstr(err.words, "goes on behind its end"));
    close_reader(&reader);
    bytes_clear(&tar);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(names_that_lead_out_or_nowhere_are_refused),
        WITH_SCRATCH(names_that_are_too_long_or_torn_are_refused),
        WITH_SCRATCH(symbolic_links_are_refused),
        WITH_SCRATCH(hard_links_are_refused),
        WITH_SCRATCH(what_is_no_plain_file_is_refused),
        WITH_SCRATCH(more_than_the_limits_is_refused),
        WITH_SCRATCH(names_that_can_t_both_be_are_refused),
        WITH_SCRATCH(a_cut_file_is_named),
        WITH_SCRATCH(a_tar_that_is_cut_anywhere_is_damaged),
        WITH_SCRATCH(what_lies_behind_the_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
