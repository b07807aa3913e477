/* SPDX-License-Identifier: ISC */
#include "tests/attack/hostile-archive.h"

#include "media/base/publish.h"
#include "media/content-type.h"
#include "mirror/source.h"

#define SECRET "not for anybody"

int hostile_stage(const struct scratch *scratch, struct bytes_view archive, uint32_t *files,
                  struct error *err)
{
    char path[512], libexec[512];
    int fd, result;

    assert_ok(publish_file(scratch->fd, "hostile", archive.data, archive.size, 0644, err), err);
    assert_ok(path_remove(scratch->fd, "staged", err), err);
    assert_ok(path_make_folders(scratch->fd, "staged", 0700, err), err);
    assert_ok(path_open_folder(scratch->fd, "staged", &fd, err), err);
    snprintf(path, sizeof(path), "%s/hostile", scratch->path);
    snprintf(libexec, sizeof(libexec), "%s/mirror", getenv("TOP_BUILDDIR"));
    /* A type whose files are named otherwise: the file is an archive then. */
    result = source_stage(path, content_type_find("hmpa-data"), libexec, fd, NULL, files, err);
    close(fd);
    return result;
}

void hostile_begin(const struct scratch *scratch)
{
    scratch_write(scratch, "secret", SECRET);
}

void hostile_assert_inside(const struct scratch *scratch, const char *title)
{
    static const char *const expected[] = {"hostile", "secret", "staged"};
    struct error err = {0};
    struct bytes secret;
    char **names = NULL;
    size_t count = 0;

    assert_ok(path_list(scratch->fd, 100, &names, &count, &err), &err);
    if (count != sizeof(expected) / sizeof(expected[0]))
        fail_msg("%s: %zu names outside its folder", title, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(names[i], expected[i]);
    path_free_names(names, count);
    assert_ok(path_read(scratch->fd, "secret", sizeof(SECRET), &secret, &err), &err);
    assert_int_equal(secret.size, sizeof(SECRET) - 1);
    assert_memory_equal(secret.data, SECRET, secret.size);
    bytes_clear(&secret);
    if (access("/tmp/out", F_OK) == 0)
        fail_msg("%s: /tmp/out is there", title);
}
