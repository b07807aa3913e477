/* SPDX-License-Identifier: ISC
 *
 * Names that lead out, links and things that are no files, in every form of archive that publish
 * reads and libarchive's writers can be brought to make them in; the forms that it only reads are in
 * test-archive-by-hand.c. Each is refused by its name and reason, or the form itself made a good name
 * of it, and nothing lies outside.
 */
#include <config.h>

#include "tests/attack/hostile-archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "media/base/limits.h"

#define MAX_BYTES (4 * MIB)
#define FILTERS   26 /* one more than libarchive unwraps */
#define FLIPS     24 /* of each form */

/* ---- each kind of entry in each form ---- */

struct kind {
    const char *number, *title, *name, *symlink, *hardlink;
    unsigned filetype;
    int times;
    const char *words; /* of the refusal */
};

#define NAMES "names are A-Z a-z"

static const struct kind kinds[] = {
    {"D1", "a name that leads out", "../out.txt", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D1", "one that leads out further on", "in/../../out.txt", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D1", "an absolute name", "/tmp/out", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D1", "backslashes", "..\\out.txt", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D1", "a drive", "C:out.txt", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D1", "control characters", "a\033[2Jb.txt", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D1", "an option", "-rf.txt", NULL, NULL, AE_IFREG, 1, NAMES},
    {"D2", "a symbolic link", "door.txt", "/tmp", NULL, AE_IFLNK, 1, "a symbolic link"},
    {"D3", "a hard link outside", "linked.txt", NULL, "/etc/passwd", AE_IFREG, 1, "a hard link to"},
    {"D3", "a hard link up", "linked.txt", NULL, "../secret", AE_IFREG, 1, "a hard link to"},
    {"D5", "a FIFO", "waits.txt", NULL, NULL, AE_IFIFO, 1, "a FIFO"},
    {"D5", "a character device", "null.txt", NULL, NULL, AE_IFCHR, 1, "a device"},
    {"D5", "a block device", "disk.txt", NULL, NULL, AE_IFBLK, 1, "a device"},
    {"D7", "a name twice", "name.txt", NULL, NULL, AE_IFREG, 2, "twice in the archive"},
};

/* What a form can't say comes out as a plain file of a good name. */
static const struct form {
    const char *title;
    int (*format)(struct archive *);
    bool whole_names, hard_links;
} forms[] = {
    {"ustar", archive_write_set_format_ustar, true, true},
    {"pax", archive_write_set_format_pax, true, true},
    {"gnutar", archive_write_set_format_gnutar, true, true},
    {"v7tar", archive_write_set_format_v7tar, true, true},
    {"cpio odc", archive_write_set_format_cpio_odc, true, false},
    {"cpio newc", archive_write_set_format_cpio_newc, true, false},
    {"zip", archive_write_set_format_zip, true, false},
    {"7zip", archive_write_set_format_7zip, true, false},
#ifndef WITH_SANITIZERS /* libarchive's writer copies a string over itself */
    {"iso9660", archive_write_set_format_iso9660, false, false},
#endif
    {"ar bsd", archive_write_set_format_ar_bsd, false, false},
    {"ar svr4", archive_write_set_format_ar_svr4, false, false},
};

static struct archive_entry *entry_of(const struct kind *kind)
{
    struct archive_entry *entry = archive_entry_new();
    bool data = kind->filetype == AE_IFREG && kind->hardlink == NULL;

    archive_entry_set_pathname(entry, kind->name);
    archive_entry_set_filetype(entry, kind->filetype);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_nlink(entry, kind->hardlink != NULL ? 2 : 1);
    archive_entry_set_size(entry, data ? 1 : 0);
    if (kind->symlink != NULL)
        archive_entry_set_symlink(entry, kind->symlink);
    if (kind->hardlink != NULL)
        archive_entry_set_hardlink(entry, kind->hardlink);
    return entry;
}

/* Size 0: the writer does not make such a thing. */
static struct bytes_view write_kind(uint8_t *memory, int (*format)(struct archive *),
                                    const struct kind *kind)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = entry_of(kind);
    int code = format(archive);
    size_t used = 0;

    assert_int_equal(archive_write_open_memory(archive, memory, MAX_BYTES, &used), ARCHIVE_OK);
    for (int i = 0; i < kind->times && code == ARCHIVE_OK; i++) {
        code = archive_write_header(archive, entry);
        if (code == ARCHIVE_OK && archive_entry_size(entry) > 0 &&
            archive_write_data(archive, "x", 1) != 1)
            code = ARCHIVE_FAILED;
    }
    if (archive_write_close(archive) != ARCHIVE_OK)
        code = ARCHIVE_FAILED;
    archive_write_free(archive);
    archive_entry_free(entry);
    return bytes_view_of(memory, code == ARCHIVE_OK ? used : 0);
}

static bool cannot_say(const struct form *form, const struct kind *kind)
{
    if (kind->hardlink != NULL)
        return !form->hard_links;
    return kind->filetype == AE_IFREG && !form->whole_names;
}

static void judge(const struct scratch *scratch, const struct form *form, const struct kind *kind,
                  struct bytes_view archive, size_t *refused)
{
    struct error err = {0};
    char title[128];
    uint32_t files;
    int result = hostile_stage(scratch, archive, &files, &err);

    snprintf(title, sizeof(title), "%s: %s", form->title, kind->title);
    hostile_assert_inside(scratch, title);
    if (result == 0 && cannot_say(form, kind)) {
        shows_attack(kind->number, ERROR_OK, title);
        return;
    }
    if (result != -(int)ERROR_BAD_CONTENT ||
        (!cannot_say(form, kind) && strstr(err.words, kind->words) == NULL))
        fail_msg("%s: %d %s", title, result, err.words);
    shows_attack(kind->number, ERROR_BAD_CONTENT, title);
    (*refused)++;
}

static void no_form_brings_anything_else_than_files_inside(void **state)
{
    uint8_t *memory = bytes_allocate(1, MAX_BYTES);
    size_t refused = 0, unwritten = 0;

    hostile_begin(*state);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++) {
            struct bytes_view archive = write_kind(memory, forms[i].format, &kinds[j]);

            if (archive.size == 0)
                unwritten++;
            else
                judge(*state, &forms[i], &kinds[j], archive, &refused);
        }
    }
    print_message("# %zu refused, %zu that no writer makes\n", refused, unwritten);
    assert_true(refused > 100 && unwritten < 20);
    free(memory);
}

/* ---- what is not taken from an archive: modes, owners, attributes, ACLs, flags ---- */

static void metadata_stays_behind(void **state)
{
    const struct scratch *scratch = *state;
    static const struct kind plain = {"D4", "", "a.txt", NULL, NULL, AE_IFREG, 1, ""};
    uint8_t *memory = bytes_allocate(1, MAX_BYTES);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = entry_of(&plain);
    struct error err = {0};
    struct stat status;
    char path[300], value[8];
    uint32_t files;
    size_t used;

    archive_entry_set_perm(entry, 07777);
    archive_entry_set_uid(entry, 12345);
    archive_entry_set_mtime(entry, 1, 0);
    archive_entry_set_fflags(entry, 0x10, 0); /* immutable */
    archive_entry_xattr_add_entry(entry, "user.planted", "x", 1);
    archive_entry_acl_add_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 7, ARCHIVE_ENTRY_ACL_USER,
                                12345, "nobody");
    assert_int_equal(archive_write_set_format_pax(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, memory, MAX_BYTES, &used), ARCHIVE_OK);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, "x", 1), 1);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    archive_entry_free(entry);
    assert_ok(hostile_stage(scratch, bytes_view_of(memory, used), &files, &err), &err);
    snprintf(path, sizeof(path), "%s/staged/a.txt", scratch->path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    assert_int_equal(status.st_uid, getuid());
    assert_true(status.st_mtime > 1);
    assert_int_equal(getxattr(path, "user.planted", value, sizeof(value)), -1);
    assert_int_equal(getxattr(path, "system.posix_acl_access", value, sizeof(value)), -1);
    free(memory);
    shows_case("D4");
}

/* ---- filters around filters ---- */

static void filters_without_end_are_not_unwrapped(void **state)
{
    static const struct kind plain = {"D6", "", "a.txt", NULL, NULL, AE_IFREG, 1, ""};
    uint8_t *memory = bytes_allocate(1, MAX_BYTES);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = entry_of(&plain);
    struct error err = {0};
    uint32_t files;
    size_t used;

    hostile_begin(*state);
    assert_int_equal(archive_write_set_format_ustar(archive), ARCHIVE_OK);
    for (int i = 0; i < FILTERS; i++)
        assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, memory, MAX_BYTES, &used), ARCHIVE_OK);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, "x", 1), 1);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    archive_entry_free(entry);
    assert_refused(hostile_stage(*state, bytes_view_of(memory, used), &files, &err), &err,
                   ERROR_BAD_CONTENT);
    hostile_assert_inside(*state, "filters");
    free(memory);
    shows_attack("D6", ERROR_BAD_CONTENT, "26 filters around each other");
}

/* ---- bruised ones ---- */

static void no_bruised_archive_of_any_form_gets_out(void **state)
{
    static const struct kind plain = {"D1", "", "a.txt", NULL, NULL, AE_IFREG, 1, ""};
    uint8_t *memory = bytes_allocate(1, MAX_BYTES);

    hostile_begin(*state);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t size = write_kind(memory, forms[i].format, &plain).size;
        size_t step = size / FLIPS + 1;

        for (size_t at = i; at < size; at += step) {
            struct error err = {0};
            uint32_t files;

            memory[at] ^= 0xff;
            (void)!hostile_stage(*state, bytes_view_of(memory, size), &files, &err);
            memory[at] ^= 0xff;
            if (err.code == ERROR_INTERNAL || err.code == ERROR_PROTOCOL ||
                err.code == ERROR_SANDBOX || err.code == ERROR_PEER_GONE)
                fail_msg("%s: byte %zu: %s", forms[i].title, at, err.words);
        }
        hostile_assert_inside(*state, forms[i].title);
    }
    free(memory);
}

#define form_test(function) cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        form_test(no_form_brings_anything_else_than_files_inside),
        form_test(metadata_stays_behind),
        form_test(filters_without_end_are_not_unwrapped),
        form_test(no_bruised_archive_of_any_form_gets_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
