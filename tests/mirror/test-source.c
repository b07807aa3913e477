/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "media/base/publish.h"
#include "mirror/source.h"

static int stage(const struct scratch *scratch, const char *name, const char *type, uint32_t *files,
                 struct error *err)
{
    char path[512], libexec[512];
    int fd, result;

    assert_ok(path_remove(scratch->fd, "staged", err), err);
    assert_ok(path_make_folders(scratch->fd, "staged", 0700, err), err);
    assert_ok(path_open_folder(scratch->fd, "staged", &fd, err), err);
    snprintf(path, sizeof(path), "%s/%s", scratch->path, name);
    snprintf(libexec, sizeof(libexec), "%s/mirror", getenv("TOP_BUILDDIR"));
    result = source_stage(path, content_type_find(type), libexec, fd, NULL, files, err);
    close(fd);
    return result;
}

static bool staged(const struct scratch *scratch, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "staged/%s", name);
    return faccessat(scratch->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_folder_is_copied_without_its_readme(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    uint32_t files;

    assert_ok(path_make_folders(scratch->fd, "rules/sub", 0755, &err), &err);
    scratch_write(scratch, "rules/a.yar", "rule a {}");
    scratch_write(scratch, "rules/sub/b.yara", "rule b {}");
    scratch_write(scratch, "rules/README.md", "read");
    scratch_write(scratch, "rules/LICENSE", "free");
    assert_ok(stage(scratch, "rules", "dataset-a", &files, &err), &err);
    assert_int_equal(files, 2);
    assert_true(staged(scratch, "a.yar"));
    assert_true(staged(scratch, "sub/b.yara"));
    assert_false(staged(scratch, "README.md"));
}

static void what_is_not_of_the_type_is_refused_by_name(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    uint32_t files;

    assert_ok(path_make_folders(scratch->fd, "rules", 0755, &err), &err);
    scratch_write(scratch, "rules/a.yar", "rule a {}");
    scratch_write(scratch, "rules/a.exe", "MZ");
    assert_refused(stage(scratch, "rules", "dataset-a", &files, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "a.exe"));
    scratch_write(scratch, "notes.txt", "no archive");
    assert_refused(stage(scratch, "notes.txt", "dataset-a", &files, &err), &err, ERROR_BAD_CONTENT);
    scratch_write(scratch, "README", "only this");
    assert_int_equal(mkdirat(scratch->fd, "empty", 0755), 0);
    assert_refused(stage(scratch, "empty", "dataset-a", &files, &err), &err, ERROR_BAD_CONTENT);
    assert_refused(stage(scratch, "absent", "dataset-a", &files, &err), &err, ERROR_NOT_FOUND);
}

static void links_and_devices_are_refused(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    uint32_t files;

    assert_ok(path_make_folders(scratch->fd, "linked", 0755, &err), &err);
    assert_int_equal(symlinkat("/etc/passwd", scratch->fd, "linked/a.yar"), 0);
    assert_int_not_equal(stage(scratch, "linked", "dataset-a", &files, &err), 0);
    assert_ok(path_make_folders(scratch->fd, "piped", 0755, &err), &err);
    assert_int_equal(mkfifoat(scratch->fd, "piped/a.yar", 0600), 0);
    assert_int_not_equal(stage(scratch, "piped", "dataset-a", &files, &err), 0);
    assert_int_equal(mkfifoat(scratch->fd, "pipe.yar", 0600), 0);
    assert_refused(stage(scratch, "pipe.yar", "dataset-a", &files, &err), &err, ERROR_BAD_CONTENT);
}

/* A tar with one entry. */
static void make_tar(const struct scratch *scratch, const char *file, const char *name,
                     const char *link)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", scratch->path, file);
    assert_int_equal(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, link != NULL ? AE_IFLNK : AE_IFREG);
    if (link != NULL)
        archive_entry_set_symlink(entry, link);
    archive_entry_set_size(entry, link != NULL ? 0 : 9);
    archive_entry_set_perm(entry, 0644);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    if (link == NULL)
        assert_int_equal(archive_write_data(archive, "rule a {}", 9), 9);
    archive_entry_free(entry);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

static void an_archive_is_unpacked(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    uint32_t files;

    make_tar(scratch, "rules.tar", "./rules/a.yar", NULL);
    assert_ok(stage(scratch, "rules.tar", "dataset-a", &files, &err), &err);
    assert_int_equal(files, 1);
    assert_true(staged(scratch, "rules/a.yar"));
}

/* A fault of the content, not of the disk. */
static void a_name_comes_once_in_an_archive(void **state)
{
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    struct bytes tar;
    uint32_t files;

    make_tar(scratch, "once.tar", "a.yar", NULL);
    assert_ok(path_read(scratch->fd, "once.tar", 1 << 20, &tar, &err), &err);
    assert_true(tar.size >= 2048);
    memcpy(tar.data + 1024, tar.data, 1024); /* header and data block again */
    assert_ok(publish_file(scratch->fd, "twice.tar", tar.data, tar.size, 0644, &err), &err);
    bytes_clear(&tar);
    assert_refused(stage(scratch, "twice.tar", "dataset-a", &files, &err), &err, ERROR_BAD_CONTENT);
    assert_non_null(strstr(err.words, "a.yar: twice"));
}

static void an_archive_leads_nowhere(void **state)
{
    static const char *const names[] = {"../a.yar", "/tmp/a.yar", "x/../../a.yar", "-a.yar",
                                        "a b.yar"};
    struct scratch *scratch = *state;
    struct error err = {.code = ERROR_OK};
    uint32_t files;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        make_tar(scratch, "bad.tar", names[i], NULL);
        assert_refused(stage(scratch, "bad.tar", "dataset-a", &files, &err), &err,
                       ERROR_BAD_CONTENT);
    }
    make_tar(scratch, "bad.tar", "a.yar", "/etc/passwd");
    assert_refused(stage(scratch, "bad.tar", "dataset-a", &files, &err), &err, ERROR_BAD_CONTENT);
}

#define scratch_test(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_open, scratch_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(a_folder_is_copied_without_its_readme),
        scratch_test(what_is_not_of_the_type_is_refused_by_name),
        scratch_test(links_and_devices_are_refused),
        scratch_test(an_archive_is_unpacked),
        scratch_test(a_name_comes_once_in_an_archive),
        scratch_test(an_archive_leads_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
