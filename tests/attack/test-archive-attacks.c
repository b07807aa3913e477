/* SPDX-License-Identifier: ISC
 *
 * Hostile archives as a source of publish: each is refused by name with its reason, by the real
 * program in its real sandbox, and nothing of it stands outside the folder that it was given.
 */
#include "tests/attack/hostile-archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "media/base/limits.h"
#include "media/base/publish.h"
#include "media/content-type.h"
#include "mirror/source.h"
#include "mirror/unpack.h"

#define TAR_BLOCK 512
#define MAX_BYTES (4 * MIB)

/* A tar header as nobody's writer would make it. size_bytes NULL: the size in octal. */
static void put_header(struct bytes *tar, const char *name, char kind, const char *link,
                       uint64_t size, const uint8_t *size_bytes)
{
    struct error err = {0};
    uint8_t *header;
    unsigned sum = 0;

    assert_ok(bytes_reserve(tar, TAR_BLOCK, &header, &err), &err);
    memset(header, 0, TAR_BLOCK);
    memcpy(header, name, strnlen(name, 100));
    memcpy(header + 100, "0000644", 8);
    memcpy(header + 108, "0000000", 8);
    memcpy(header + 116, "0000000", 8);
    if (size_bytes != NULL)
        memcpy(header + 124, size_bytes, 12);
    else
        snprintf((char *)header + 124, 12, "%011llo", (unsigned long long)size);
    memcpy(header + 136, "00000000000", 12);
    memset(header + 148, ' ', 8);
    header[156] = (uint8_t)kind;
    memcpy(header + 157, link, strnlen(link, 100));
    memcpy(header + 257, "ustar", 6);
    memcpy(header + 263, "00", 2);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static void put_block(struct bytes *tar, const char *text)
{
    struct error err = {0};
    uint8_t *block;

    assert_ok(bytes_reserve(tar, TAR_BLOCK, &block, &err), &err);
    memset(block, 0, TAR_BLOCK);
    memcpy(block, text, strlen(text));
}

static void put_file(struct bytes *tar, const char *name, const char *text)
{
    put_header(tar, name, '0', "", strlen(text), NULL);
    if (*text != '\0')
        put_block(tar, text);
}

static void put_end(struct bytes *tar)
{
    put_block(tar, "");
    put_block(tar, "");
}

static void absolute(struct bytes *tar)
{
    put_file(tar, "/tmp/out", "x");
}

static void leads_out(struct bytes *tar)
{
    put_file(tar, "in/../../out", "x");
}

static void folder_leads_out(struct bytes *tar)
{
    put_header(tar, "../out/", '5', "", 0, NULL);
}

static void symlink_then_through(struct bytes *tar)
{
    put_header(tar, "door", '2', "/tmp", 0, NULL);
    put_file(tar, "door/out", "x");
}

static void link_outside(struct bytes *tar)
{
    put_header(tar, "linked", '1', "/etc/passwd", 0, NULL);
}

static void link_up(struct bytes *tar)
{
    put_header(tar, "linked", '1', "../secret", 0, NULL);
}

/* Of old tar libarchive takes no bytes of a link; they are no header then. */
static void link_with_bytes(struct bytes *tar)
{
    put_file(tar, "one", "x");
    put_header(tar, "linked", '1', "one", 5, NULL);
    put_block(tar, "bytes");
}

static void link_then_symlink(struct bytes *tar)
{
    put_file(tar, "one", "x");
    put_header(tar, "two", '1', "one", 0, NULL);
    put_header(tar, "two", '2', "/etc/passwd", 0, NULL);
    put_file(tar, "two", "y");
}

/* Issues 744 and 745: links as folders of what follows. */
static void symlinks_in_each_other(struct bytes *tar)
{
    put_header(tar, "in", '5', "", 0, NULL);
    put_header(tar, "in/door", '2', "..", 0, NULL);
    put_header(tar, "in/door/door", '2', "..", 0, NULL);
    put_file(tar, "in/door/door/out", "x");
}

static void folder_for_symlink(struct bytes *tar)
{
    put_header(tar, "door", '2', "/tmp", 0, NULL);
    put_header(tar, "door", '5', "", 0, NULL);
    put_file(tar, "door/out", "x");
}

static void link_to_later(struct bytes *tar)
{
    put_header(tar, "linked", '1', "later", 0, NULL);
    put_file(tar, "later", "x");
}

static void link_to_itself(struct bytes *tar)
{
    put_header(tar, "linked", '1', "linked", 0, NULL);
    put_header(tar, "linked", '1', "linked", 0, NULL);
}

static void fifo(struct bytes *tar)
{
    put_header(tar, "waits", '6', "", 0, NULL);
}

static void character_device(struct bytes *tar)
{
    put_header(tar, "null", '3', "", 0, NULL);
}

static void block_device(struct bytes *tar)
{
    put_header(tar, "disk", '4', "", 0, NULL);
}

/* 2^63 - 1 in base 256. */
static void eight_exbibytes(struct bytes *tar)
{
    static const uint8_t size[12] = {0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    put_header(tar, "huge", '0', "", 0, size);
    put_block(tar, "x");
}

static void one_exbibyte(struct bytes *tar)
{
    static const uint8_t size[12] = {0x80, 0, 0, 0, 0x10};

    put_header(tar, "huge", '0', "", 0, size);
    put_block(tar, "x");
}

/* GNU's sparse header: one byte stored, 64 GiB + 1 claimed. */
static void sparse_bomb(struct bytes *tar)
{
    unsigned sum = 0;
    uint8_t *header;

    put_header(tar, "holes", 'S', "", 1, NULL);
    header = tar->data + tar->size - TAR_BLOCK;
    memcpy(header + 257, "ustar  ", 8);
    memcpy(header + 386, "00000000000", 12); /* offset */
    memcpy(header + 398, "00000000001", 12); /* bytes there */
    memcpy(header + 483, "\x80\0\0\0\0\0\0\x10\0\0\0\1", 12);
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
    put_block(tar, "x");
}

static void twice(struct bytes *tar)
{
    put_file(tar, "name", "first");
    put_file(tar, "name", "second");
}

static void file_then_folder(struct bytes *tar)
{
    put_file(tar, "name", "file");
    put_file(tar, "name/below", "x");
}

static void control_characters(struct bytes *tar)
{
    put_file(tar, "a\033[2Jb", "x");
}

static void not_utf8(struct bytes *tar)
{
    put_file(tar, "a\xff\xfe", "x");
}

static void begins_with_dash(struct bytes *tar)
{
    put_file(tar, "--rf", "x");
}

static void too_deep(struct bytes *tar)
{
    put_file(tar, "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "x");
}

static void no_name(struct bytes *tar)
{
    put_file(tar, "", "x");
}

static void cut(struct bytes *tar)
{
    put_header(tar, "short", '0', "", 5000, NULL);
    put_block(tar, "only this");
    tar->size -= 100;
}

static void goes_on(struct bytes *tar)
{
    put_file(tar, "name", "x");
    put_end(tar);
    put_block(tar, "a second archive?");
}

static void bad_checksum(struct bytes *tar)
{
    put_file(tar, "good", "x");
    put_file(tar, "bad", "x");
    tar->data[2 * TAR_BLOCK] ^= 1;
}

/* Number in the catalogue, where it has one; what it must say: name and reason. */
static const struct {
    const char *number, *title;
    void (*make)(struct bytes *tar);
    bool open_ended; /* it makes its own end */
    enum error_code code;
    const char *words;
} attacks[] = {
    {"D1", "absolute name", absolute, false, ERROR_BAD_CONTENT, "/tmp/out: names are"},
    {"D1", "a name that leads out", leads_out, false, ERROR_BAD_CONTENT, "in/../../out: names are"},
    {"D1", "a folder that leads out", folder_leads_out, false, ERROR_BAD_CONTENT,
     "../out/: names are"},
    {"D2", "symbolic link, then through it", symlink_then_through, false, ERROR_BAD_CONTENT,
     "door: a symbolic link"},
    {"D2", "symbolic links in each other", symlinks_in_each_other, false, ERROR_BAD_CONTENT,
     "in/door: a symbolic link"},
    {"D2", "a folder in a symbolic link's place", folder_for_symlink, false, ERROR_BAD_CONTENT,
     "door: a symbolic link"},
    {"D3", "hard link with bytes of its own", link_with_bytes, false, ERROR_BAD_CONTENT,
     "archive: Damaged"},
    {"D3", "hard link, then a symbolic link", link_then_symlink, false, ERROR_BAD_CONTENT,
     "two: a symbolic link"},
    {"D3", "hard link outside", link_outside, false, ERROR_BAD_CONTENT,
     "linked: a hard link to what"},
    {"D3", "hard link up", link_up, false, ERROR_BAD_CONTENT, "linked: a hard link to what"},
    {"D3", "hard link to what comes later", link_to_later, false, ERROR_BAD_CONTENT,
     "linked: a hard link to what"},
    {"D3", "hard link to itself", link_to_itself, false, ERROR_BAD_CONTENT, "linked: "},
    {"D5", "FIFO", fifo, false, ERROR_BAD_CONTENT, "waits: a FIFO"},
    {"D5", "character device", character_device, false, ERROR_BAD_CONTENT, "null: a device"},
    {"D5", "block device", block_device, false, ERROR_BAD_CONTENT, "disk: a device"},
    {"D5", "8 EiB", eight_exbibytes, false, ERROR_BAD_CONTENT, "archive: Tar entry size overflow"},
    {"D5", "1 EiB", one_exbibyte, false, ERROR_LIMIT, "huge: claims 1152921504606846976 bytes"},
    {"D5", "sparse bomb", sparse_bomb, false, ERROR_LIMIT, "holes: claims 68719476737 bytes"},
    {"D7", "a name twice", twice, false, ERROR_BAD_CONTENT, "name: twice in the archive"},
    {"D7", "a file and a folder", file_then_folder, false, ERROR_BAD_CONTENT,
     "name/below: a file and a folder"},
    {"D1", "control characters", control_characters, false, ERROR_BAD_CONTENT, "a?[2Jb: names are"},
    {"D1", "no UTF-8", not_utf8, false, ERROR_BAD_CONTENT, ": names are"},
    {"D1", "an option as a name", begins_with_dash, false, ERROR_BAD_CONTENT, "--rf: names are"},
    {"D6", "too deep", too_deep, false, ERROR_BAD_CONTENT, "at most 16 deep"},
    {"D1", "no name", no_name, false, ERROR_BAD_CONTENT, ""},
    {NULL, "cut off", cut, true, ERROR_BAD_CONTENT, "short: archive: Truncated"},
    {NULL, "bytes after the end", goes_on, true, ERROR_BAD_CONTENT, "bytes after its end"},
    {NULL, "a damaged header", bad_checksum, false, ERROR_BAD_CONTENT, "archive: "},
};

static void hostile_tars_are_refused_by_name(void **state)
{
    struct scratch *scratch = *state;

    hostile_begin(scratch);
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct error err = {0};
        struct bytes tar;
        uint32_t files;
        int result;

        bytes_init(&tar, MAX_BYTES);
        attacks[i].make(&tar);
        if (!attacks[i].open_ended)
            put_end(&tar);
        result = hostile_stage(scratch, bytes_view(&tar), &files, &err);
        if (result != -(int)attacks[i].code || strstr(err.words, attacks[i].words) == NULL)
            fail_msg("%s: %d %s", attacks[i].title, result, err.words);
        hostile_assert_inside(scratch, attacks[i].title);
        if (attacks[i].number != NULL)
            shows_attack(attacks[i].number, attacks[i].code, attacks[i].title);
        bytes_clear(&tar);
    }
}

/* The same file twice is no attack: what came out before is copied. */
static void a_hard_link_within_is_the_file_again(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct bytes tar, copied;
    uint32_t files;

    bytes_init(&tar, MAX_BYTES);
    put_file(&tar, "one.txt", "x");
    put_header(&tar, "two.txt", '1', "./one.txt", 0, NULL);
    put_end(&tar);
    assert_ok(hostile_stage(scratch, bytes_view(&tar), &files, &err), &err);
    assert_int_equal(files, 2);
    assert_ok(path_read(scratch->fd, "staged/two.txt", 10, &copied, &err), &err);
    assert_int_equal(copied.size, 1);
    bytes_clear(&copied);
    bytes_clear(&tar);
}

static void an_archive_within_stays_one(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    struct bytes inner, outer;
    uint32_t files;
    uint8_t *place;

    bytes_init(&inner, MAX_BYTES);
    put_file(&inner, "../out", "x");
    put_end(&inner);
    bytes_init(&outer, MAX_BYTES);
    put_header(&outer, "nested.txt", '0', "", inner.size, NULL);
    assert_ok(bytes_reserve(&outer, inner.size, &place, &err), &err);
    memcpy(place, inner.data, inner.size);
    put_end(&outer);
    assert_ok(hostile_stage(scratch, bytes_view(&outer), &files, &err), &err);
    assert_int_equal(files, 1);
    bytes_clear(&inner);
    bytes_clear(&outer);
    shows_case("D6");
}

/* By libarchive's own writer. Returns what was written. */
static struct bytes_view write_archive(uint8_t *memory, int (*format)(struct archive *),
                                       int (*filter)(struct archive *), const char *secret,
                                       size_t zeros)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    static const char block[65536];
    size_t used = 0;

    assert_int_equal(format(archive), ARCHIVE_OK);
    if (filter != NULL)
        assert_int_equal(filter(archive), ARCHIVE_OK);
    if (secret != NULL) {
        assert_int_equal(archive_write_set_options(archive, "zip:encryption=traditional"),
                         ARCHIVE_OK);
        assert_int_equal(archive_write_set_passphrase(archive, secret), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open_memory(archive, memory, MAX_BYTES, &used), ARCHIVE_OK);
    archive_entry_set_pathname(entry, "a.txt");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)zeros);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    for (size_t done = 0; done < zeros; done += sizeof(block))
        assert_int_equal(archive_write_data(archive, block, sizeof(block)), sizeof(block));
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return bytes_view_of(memory, used);
}

static void an_encrypted_zip_is_refused(void **state)
{
    uint8_t *memory = bytes_allocate(1, MAX_BYTES);
    struct error err = {0};
    uint32_t files;

    assert_refused(
        hostile_stage(*state,
                      write_archive(memory, archive_write_set_format_zip, NULL, "secret", 65536),
                      &files, &err),
        &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "a.txt: encrypted"));
    free(memory);
}

static void a_zip_ends_with_its_end(void **state)
{
    uint8_t *memory = bytes_allocate(1, MAX_BYTES + 16);
    struct bytes_view zip = write_archive(memory, archive_write_set_format_zip, NULL, NULL, 65536);
    struct error err = {0};
    uint32_t files;

    assert_ok(hostile_stage(*state, zip, &files, &err), &err);
    memcpy(memory + zip.size, "MZ", 2);
    assert_refused(hostile_stage(*state, bytes_view_of(memory, zip.size + 2), &files, &err), &err,
                   ERROR_BAD_CONTENT);
    assert_refused(hostile_stage(*state, bytes_view_of(memory, zip.size - 22), &files, &err), &err,
                   ERROR_BAD_CONTENT);
    free(memory);
}

/* 512 MiB in half a MiB: it ends where the room does, whatever it would come to. */
static void a_bomb_ends_where_the_room_does(void **state)
{
    struct scratch *scratch = *state;
    uint8_t *memory = bytes_allocate(1, MAX_BYTES);
    struct bytes_view bomb = write_archive(memory, archive_write_set_format_pax_restricted,
                                           archive_write_add_filter_gzip, NULL, 512 * MIB);
    struct unpack_result unpacked;
    struct error err = {0};
    struct stat status;
    int fd, folder;

    assert_ok(publish_file(scratch->fd, "bomb", bomb.data, bomb.size, 0644, &err), &err);
    assert_ok(path_make_folders(scratch->fd, "out", 0700, &err), &err);
    assert_ok(path_open_folder(scratch->fd, "out", &folder, &err), &err);
    assert_ok(path_open(scratch->fd, "bomb", O_RDONLY, 0, &fd, &err), &err);
    assert_refused(unpack_archive(fd, folder, 10 * MIB, &unpacked, &err), &err, ERROR_NO_SPACE);
    assert_int_equal(fstatat(folder, "a.txt", &status, 0), 0);
    assert_true(status.st_size <= (off_t)(10 * MIB));
    close(fd);
    close(folder);
    free(memory);
    shows_case("D6");
}

/* Every byte of a small archive, cut and flipped: an answer each time, and never a file outside. */
static void no_bruised_archive_gets_out(void **state)
{
    struct scratch *scratch = *state;
    struct bytes tar;
    uint32_t files;

    bytes_init(&tar, MAX_BYTES);
    put_file(&tar, "one.txt", "x");
    put_end(&tar);
    for (size_t at = 0; at < TAR_BLOCK; at += 13) {
        struct error err = {0};

        tar.data[at] ^= 0xff;
        (void)!hostile_stage(scratch, bytes_view(&tar), &files, &err);
        tar.data[at] ^= 0xff;
        assert_true(err.code != ERROR_INTERNAL && err.code != ERROR_PROTOCOL &&
                    err.code != ERROR_SANDBOX);
    }
    bytes_clear(&tar);
}

static void without_the_program_nothing_is_read(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    char path[512];
    uint32_t files;
    int fd;

    scratch_write(scratch, "any", "PK");
    assert_ok(path_make_folders(scratch->fd, "staged", 0700, &err), &err);
    assert_ok(path_open_folder(scratch->fd, "staged", &fd, &err), &err);
    snprintf(path, sizeof(path), "%s/any", scratch->path);
    assert_refused(
        source_stage(path, content_type_find("hmpa-data"), "/nowhere", fd, NULL, &files, &err),
        &err, ERROR_NOT_FOUND);
    close(fd);
}

#define attack_test(function) cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        attack_test(hostile_tars_are_refused_by_name),
        attack_test(a_hard_link_within_is_the_file_again),
        attack_test(an_archive_within_stays_one),
        attack_test(an_encrypted_zip_is_refused),
        attack_test(a_zip_ends_with_its_end),
        attack_test(a_bomb_ends_where_the_room_does),
        attack_test(no_bruised_archive_gets_out),
        attack_test(without_the_program_nothing_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
