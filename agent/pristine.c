/* SPDX-License-Identifier: ISC */
#include "agent/pristine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/json.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/base/text.h"

#define LIST       "list"
#define MODE_CHARS 4
#define HEX_CHARS  (DIGEST_TEXT_BYTES - 1)
#define PART_BYTES (64 * KIB)

/* Takes a line off the front; its LF is neither in it nor left. */
static int take_line(struct bytes_view *view, struct bytes_view *line)
{
    const uint8_t *end = view->size > 0 ? memchr(view->data, '\n', view->size) : NULL;

    if (end == NULL || bytes_get_view(view, (size_t)(end - view->data), line) < 0)
        return -1;
    return bytes_get_view(view, 1, &(struct bytes_view){0});
}

static int take_text(struct bytes_view *line, size_t size, char *out)
{
    struct bytes_view view;

    if (bytes_get_view(line, size, &view) < 0)
        return -1;
    memcpy(out, view.data, size);
    out[size] = '\0';
    return 0;
}

static int take_digest(struct bytes_view *line, uint8_t digest[static DIGEST_BYTES])
{
    char hex[DIGEST_TEXT_BYTES];

    return take_text(line, HEX_CHARS, hex) < 0 ? -1 : text_unhex(hex, digest, DIGEST_BYTES);
}

static int take_mode(struct bytes_view *line, mode_t *mode)
{
    char octal[MODE_CHARS + 1];

    if (take_text(line, MODE_CHARS, octal) < 0 || strspn(octal, "01234567") != MODE_CHARS)
        return -1;
    *mode = 0;
    for (size_t i = 0; i < MODE_CHARS; i++)
        *mode = *mode << 3 | (mode_t)(octal[i] - '0');
    return 0;
}

static int take_file(struct bytes_view line, struct pristine_file *file)
{
    char space[2];

    if (take_mode(&line, &file->mode) < 0 || take_text(&line, 1, space) < 0 || space[0] != ' ' ||
        take_digest(&line, file->digest) < 0 || take_text(&line, 1, space) < 0 || space[0] != ' ' ||
        line.size > LIMIT_NAME_BYTES || take_text(&line, line.size, file->name) < 0)
        return -1;
    return json_name_valid(file->name) ? 0 : -1;
}

/* The end line's digest is over what was read before it. */
static int check_end(struct bytes_view line, struct bytes_view before)
{
    uint8_t written[DIGEST_BYTES], found[DIGEST_BYTES];
    char word[sizeof("end ")];

    if (take_text(&line, strlen("end "), word) < 0 || strcmp(word, "end ") != 0 ||
        take_digest(&line, written) < 0 || line.size != 0)
        return -1;
    digest_of(before.data, before.size, found);
    return memcmp(written, found, sizeof(found)) == 0 ? 0 : -1;
}

int pristine_parse(struct bytes_view text, struct pristine_list *list)
{
    struct bytes_view view = text, line;

    list->count = 0;
    for (;;) {
        struct bytes_view before = bytes_view_of(text.data, text.size - view.size);

        if (take_line(&view, &line) < 0)
            return -1;
        if (line.size >= 3 && memcmp(line.data, "end", 3) == 0)
            return view.size == 0 ? check_end(line, before) : -1;
        if (list->count == LIMIT_PRISTINE_FILES || take_file(line, &list->files[list->count]) < 0)
            return -1;
        list->count++;
    }
}

int pristine_read(int pristine, struct pristine_list *list, struct error *err)
{
    struct bytes text;
    int result = path_read(pristine, LIST, LIMIT_PRISTINE_BYTES, &text, err);

    list->count = 0;
    if (result == 0 && pristine_parse(bytes_view(&text), list) < 0)
        result = error_set(err, ERROR_BAD_DIGEST, "the list of pristine copies is damaged");
    bytes_clear(&text);
    return result;
}

const struct pristine_file *pristine_find(const struct pristine_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->files[i].name, name) == 0)
            return &list->files[i];
    }
    return NULL;
}

static void say(char words[static ERROR_WORDS_BYTES], const char *name, const char *what)
{
    snprintf(words, ERROR_WORDS_BYTES, "%s %s", name, what);
}

/* By what can be seen without its bytes. */
static bool looks_sound(const struct stat *status, const struct pristine_file *file, uid_t owner,
                        char words[static ERROR_WORDS_BYTES])
{
    words[0] = '\0';
    if (status->st_uid != owner)
        snprintf(words, ERROR_WORDS_BYTES, "%s belongs to uid %u in place of %u", file->name,
                 status->st_uid, owner);
    else if ((status->st_mode & 07777) != file->mode)
        snprintf(words, ERROR_WORDS_BYTES, "%s has mode %04o in place of %04o", file->name,
                 status->st_mode & 07777U, file->mode);
    return words[0] == '\0';
}

static int compare_bytes(int fd, uint64_t size, const struct pristine_file *file, bool *sound,
                         char words[static ERROR_WORDS_BYTES], struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    int result = digest_of_file(fd, 0, size, digest, err);

    *sound = result == 0 && memcmp(digest, file->digest, sizeof(digest)) == 0;
    if (result == 0 && !*sound)
        say(words, file->name, "does not have its digest");
    return result;
}

static int look(int own, const char *name, struct stat *status, struct error *err)
{
    int fd, result = path_open(own, name, O_PATH, 0, &fd, err);

    if (result < 0)
        return result;
    if (fstat(fd, status) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", name);
    close(fd);
    return result;
}

int pristine_compare(int own, const struct pristine_file *file, bool *sound,
                     char words[static ERROR_WORDS_BYTES], struct error *err)
{
    struct stat status, folder;
    struct error why;
    uint64_t size;
    int fd, result;

    *sound = false;
    words[0] = '\0';
    result = look(own, file->name, &status, &why);
    if (result < 0 && why.code == ERROR_NOT_FOUND) {
        say(words, file->name, "is gone");
        return 0;
    }
    if (result < 0 || fstat(own, &folder) < 0 ||
        !looks_sound(&status, file, folder.st_uid, words) ||
        path_open_regular(own, file->name, LIMIT_PROGRAM_BYTES, &fd, &size, &why) < 0) {
        if (words[0] == '\0')
            say(words, file->name, "is no program that can be read");
        return 0;
    }
    result = compare_bytes(fd, size, file, sound, words, err);
    close(fd);
    return result;
}

/* Hashed as it is written, so that what is put in place is what was judged. */
static int copy(int from, uint64_t size, int to, uint8_t digest[static DIGEST_BYTES],
                struct error *err)
{
    uint8_t *part = bytes_allocate(1, PART_BYTES);
    struct digest *running = digest_new();
    int result = 0;

    for (uint64_t at = 0; at < size && result == 0;) {
        size_t length = size - at < PART_BYTES ? (size_t)(size - at) : PART_BYTES;

        result = path_pread(from, part, length, at, err);
        if (result == 0)
            result = path_write(to, part, length, err);
        digest_add(running, part, result == 0 ? length : 0);
        at += length;
    }
    digest_finish(running, digest);
    free(part);
    return result;
}

static int fill(int from, uint64_t size, const struct pristine_file *file, struct publish *publish,
                struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    int result = copy(from, size, publish->fd, digest, err);

    if (result == 0 && memcmp(digest, file->digest, sizeof(digest)) != 0)
        result =
            error_set(err, ERROR_BAD_DIGEST, "the pristine copy of %s is damaged, too", file->name);
    if (result == 0 && fchmod(publish->fd, file->mode) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", file->name);
    return result;
}

int pristine_restore(int pristine, int own, const struct pristine_file *file, struct error *err)
{
    struct publish publish;
    uint64_t size;
    int from,
        result = path_open_regular(pristine, file->name, LIMIT_PROGRAM_BYTES, &from, &size, err);

    if (result < 0)
        return error_context(err, "the pristine copy");
    result = publish_begin(own, file->name, S_IRWXU, &publish, err);
    if (result == 0) {
        result = fill(from, size, file, &publish, err);
        if (result == 0)
            result = publish_commit(&publish, err);
        else
            publish_abort(&publish);
    }
    close(from);
    return result;
}
