/* SPDX-License-Identifier: ISC
 *
 * The client against the real sallyport-reader-tar: tars as programs write them.
 */
#include "tests/agent/run-reader-tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

static void names_sizes_and_bytes_are_those_of_the_tar(void **state)
{
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    uint64_t size = 0;
    char **names;
    size_t count;
    char out[3];

    begin(&tar);
    tar_header(&tar, "sallyport/packs/", '5', "", 0);
    tar_file(&tar, "./sallyport/packs/b", "12345");
    tar_file(&tar, "sallyport/packs/a", "");
    tar_file(&tar, "sallyport/packs.txt", "beside");
    tar_file(&tar, "sallyport/packs/B.d/within", "x");
    tar_header(&tar, "sallyport/empty/", '5', "", 0);
    tar_end(&tar);
    open_bytes(&reader, *state, &tar);
    assert_ok(reader_list(reader.reader, "sallyport/packs", &names, &count, &err), &err);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "B.d");
    assert_string_equal(names[1], "a");
    assert_string_equal(names[2], "b");
    path_free_names(names, count);
    assert_ok(reader_list(reader.reader, "sallyport/empty", &names, &count, &err), &err);
    assert_int_equal(count, 0);
    path_free_names(names, count);
    assert_ok(reader_list(reader.reader, "sallyport/absent", &names, &count, &err), &err);
    assert_int_equal(count, 0);
    path_free_names(names, count);
    assert_ok(reader_size(reader.reader, "sallyport/packs/b", &size, &err), &err);
    assert_true(size == 5);
    assert_ok(reader_read(reader.reader, "sallyport/packs/b", 1, out, 3, &err), &err);
    assert_memory_equal(out, "234", 3);
    assert_holds(&reader, FORMAT, TEXT);
    assert_holds(&reader, "sallyport/packs/a", "");
    close_reader(&reader);
    bytes_clear(&tar);
}

static void what_is_not_there_is_told_apart(void **state)
{
    static const struct {
        const char *name;
        enum error_code code;
    } cases[] = {
        {"sallyport/absent", ERROR_NOT_FOUND},
        {"sallyport/format", ERROR_NOT_FOUND},
        {"beside", ERROR_NOT_FOUND},
        {"sallyport", ERROR_UNEXPECTED_FILE},
        {"sallyport/packs", ERROR_UNEXPECTED_FILE},
        {"../" FORMAT, ERROR_UNEXPECTED_FILE},
        {"/etc/passwd", ERROR_UNEXPECTED_FILE},
        {"", ERROR_UNEXPECTED_FILE},
    };
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    uint64_t size;
    char **names;
    size_t count;
    uint8_t byte;

    begin(&tar);
    tar_file(&tar, "sallyport/packs/a", "12345");
    tar_file(&tar, "beside", "x");
    tar_end(&tar);
    open_bytes(&reader, *state, &tar);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (reader_size(reader.reader, cases[i].name, &size, &err) != -(int)cases[i].code)
            fail_msg("size of %s: %s: %s", cases[i].name, error_name(err.code), err.words);
        assert_refused(reader_read(reader.reader, cases[i].name, 0, &byte, 1, &err), &err,
                       cases[i].code);
    }
    assert_refused(reader_list(reader.reader, FORMAT, &names, &count, &err), &err,
                   ERROR_UNEXPECTED_FILE);
    assert_refused(reader_read(reader.reader, "sallyport/packs/a", 5, &byte, 1, &err), &err,
                   ERROR_MEDIUM_DAMAGED);
    assert_refused(reader_read(reader.reader, "sallyport/packs/a", UINT64_MAX, &byte, 1, &err),
                   &err, ERROR_MEDIUM_DAMAGED);
    close_reader(&reader);
    bytes_clear(&tar);
}

/* As libarchive writes it, with names that need extended headers and sizes that end within blocks. */
static void write_archive(int fd, int (*set_format)(struct archive *), char *const names[],
                          const uint8_t *noise, size_t count)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    assert_int_equal(set_format(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_fd(archive, fd), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        size_t size = i == 0 ? strlen(TEXT) : i * 511;

        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, names[i]);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 04755);
        archive_entry_set_mtime(entry, 1, 999); /* pax has to say that in an extended header */
        archive_entry_set_uname(entry, "J\xc3\xbcrgen");
        archive_entry_xattr_add_entry(entry, "user.note", noise, 200);
        archive_entry_set_size(entry, (la_int64_t)size);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, i == 0 ? (const void *)TEXT : noise, size),
                         size);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(archive);
}

static void every_writer_s_form_is_read_at_the_right_place(void **state)
{
    static const struct {
        int (*set)(struct archive *);
        int longest; /* bytes of a name's last part */
    } forms[] = {
        {archive_write_set_format_pax, 255},
        {archive_write_set_format_pax_restricted, 255},
        {archive_write_set_format_gnutar, 255},
        {archive_write_set_format_ustar, 100},
    };
    enum { COUNT = 40 };
    struct scratch *scratch = *state;
    uint8_t noise[COUNT * 511];
    struct error err = {0};

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    scratch_noise(noise, sizeof(noise), 3);
    for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
        char *names[COUNT];
        struct tar_reader reader;
        int fd = openat(scratch->fd, "it.tar", O_RDWR | O_CREAT | O_TRUNC, 0600);

        for (size_t i = 0; i < COUNT; i++) {
            names[i] = bytes_allocate(1, 300);
            snprintf(names[i], 300, i == 0 ? FORMAT : "sallyport/packs/%0*zu",
                     i % 2 == 0 ? 1 : forms[form].longest, i);
        }
        write_archive(fd, forms[form].set, names, noise, COUNT);
        open_reader(&reader, fd);
        assert_holds(&reader, FORMAT, TEXT);
        for (size_t i = 1; i < COUNT; i++) {
            struct bytes out;

            assert_ok(reader_read_all(reader.reader, names[i], MAX_BYTES, &out, &err), &err);
            assert_int_equal(out.size, i * 511);
            assert_memory_equal(out.data, noise, out.size);
            bytes_clear(&out);
        }
        close_reader(&reader);
        for (size_t i = 0; i < COUNT; i++)
            free(names[i]);
    }
}

/* Good ones that look odd. */

static void padded(struct bytes *tar)
{
    struct error err = {0};
    uint8_t *place;

    tar_end(tar);
    assert_ok(bytes_reserve(tar, 10240, &place, &err), &err);
}

static void foreign(struct bytes *tar)
{
    tar_file(tar, ".Trash/sallyport/FORMAT", "x");
    tar_file(tar, "sallyport2/FORMAT", "x");
    tar_header(tar, "link", '2', "/etc/passwd", 0);
    tar_header(tar, "hard", '1', FORMAT, 0);
    tar_header(tar, "pipe", '6', "", 0);
    tar_header(tar, "disk", '4', "", 0);
    tar_file(tar, "C:\\x", "x");
    tar_file(tar, "a b\x1b[2J", "x");
    tar_file(tar, "twice", "x");
    tar_file(tar, "twice", "x");
    tar_pax(tar, 'x', "path",
            "\xc3\x9c"
            "bersicht");
    tar_file(tar, "short", "x");
    tar_end(tar);
}

static void global_header(struct bytes *tar)
{
    tar_pax(tar, 'g', "comment", "0123456789");
    tar_file(tar, "sallyport/more", "x");
    tar_end(tar);
}

static void odd_mode(struct bytes *tar)
{
    tar_header(tar, "sallyport/more", '0', "", 0);
    tar_change(tar, 100, "0007777", 8);
    tar_end(tar);
}

static void no_typeflag(struct bytes *tar)
{
    tar_header(tar, "sallyport/more", '\0', "", 0);
    tar_end(tar);
}

static void long_gnu_name(struct bytes *tar)
{
    tar_long_name(tar, "sallyport/long", 14);
    tar_file(tar, "sallyport/cut", "x");
    tar_end(tar);
}

static void what_is_odd_and_harmless_is_read(void **state)
{
    static void (*const cases[])(struct bytes *) = {
        tar_end, padded, foreign, global_header, odd_mode, no_typeflag, long_gnu_name};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tar_reader reader;
        struct bytes tar;

        begin(&tar);
        cases[i](&tar);
        open_bytes(&reader, *state, &tar);
        assert_holds(&reader, FORMAT, TEXT);
        close_reader(&reader);
        bytes_clear(&tar);
    }
    shows_case("D4");
}

static void a_tree_that_is_not_at_the_top_is_told(void **state)
{
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    uint64_t size;

    bytes_init(&tar, MAX_BYTES);
    tar_file(&tar, "export/sallyport/FORMAT", TEXT);
    tar_end(&tar);
    open_bytes(&reader, *state, &tar);
    assert_refused(reader_size(reader.reader, FORMAT, &size, &err), &err, ERROR_NOT_A_MEDIUM);
    assert_non_null(strstr(err.words, "tar -C FOLDER -cf FILE sallyport"));
    close_reader(&reader);
    bytes_clear(&tar);
}

static void a_tar_without_a_tree_is_no_medium(void **state)
{
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    uint64_t size;

    bytes_init(&tar, MAX_BYTES);
    tar_file(&tar, "sallyport.txt", "x");
    tar_end(&tar);
    open_bytes(&reader, *state, &tar);
    assert_refused(reader_size(reader.reader, FORMAT, &size, &err), &err, ERROR_NOT_A_MEDIUM);
    close_reader(&reader);
    bytes_clear(&tar);
}

static void a_tar_that_becomes_shorter_is_a_damaged_medium(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct tar_reader reader;
    struct bytes tar;
    char out[5];
    int fd;

    begin(&tar);
    tar_file(&tar, "sallyport/packs/a", "12345");
    tar_end(&tar);
    open_bytes(&reader, scratch, &tar);
    assert_ok(reader_read(reader.reader, "sallyport/packs/a", 0, out, 5, &err), &err);
    assert_ok(path_open(scratch->fd, "it.tar", O_WRONLY, 0, &fd, &err), &err);
    assert_int_equal(ftruncate(fd, 3 * TAR_BLOCK), 0);
    close(fd);
    assert_refused(reader_read(reader.reader, "sallyport/packs/a", 0, out, 5, &err), &err,
                   ERROR_MEDIUM_DAMAGED);
    close_reader(&reader);
    bytes_clear(&tar);
    shows_case("D11");
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(names_sizes_and_bytes_are_those_of_the_tar),
        WITH_SCRATCH(what_is_not_there_is_told_apart),
        WITH_SCRATCH(every_writer_s_form_is_read_at_the_right_place),
        WITH_SCRATCH(what_is_odd_and_harmless_is_read),
        WITH_SCRATCH(a_tree_that_is_not_at_the_top_is_told),
        WITH_SCRATCH(a_tar_without_a_tree_is_no_medium),
        WITH_SCRATCH(a_tar_that_becomes_shorter_is_a_damaged_medium),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
