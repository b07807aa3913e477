/* SPDX-License-Identifier: ISC */
#include "mirror/rebuild.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/frame-codec.h"
#include "media/volume.h"

/* The files are written one after the other, as the chunks come. */
struct rebuild {
    const struct recipe *recipe;
    int folder_fd;
    uint32_t next; /* file that is not begun yet */
    int fd;        /* of the file that is being written; -1 */
    struct digest *digest;
    struct store_reader *reader;
    struct frame_decoder *decoder;
    uint8_t *plain; /* LIMIT_FRAME_BYTES */
};

int rebuild_recipe_named(const struct repository *repository,
                         const uint8_t digest[static DIGEST_BYTES], struct bytes *data,
                         struct recipe *recipe, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_RECIPE};
    char path[VOLUME_NAME_BYTES];
    uint8_t actual[DIGEST_BYTES];
    int result;

    *recipe = (struct recipe){0};
    memcpy(name.digest, digest, DIGEST_BYTES);
    volume_format(&name, path);
    result = path_read(repository->tree_fd, path, LIMIT_RECIPE_BYTES, data, err);
    if (result < 0)
        return result;
    digest_of(data->data, data->size, actual);
    if (memcmp(actual, digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "%s: not the recipe that its name says", path);
    result = recipe_parse(bytes_view(data), recipe, err);
    return result < 0 ? error_context(err, "%s", path) : 0;
}

int rebuild_recipe(struct repository *repository, const struct package_document *package,
                   struct bytes *data, struct recipe *recipe, struct error *err)
{
    const struct package_recipe *full = package_full_recipe(package);
    char text[DIGEST_TEXT_BYTES];
    int result = rebuild_recipe_named(repository, full->digest, data, recipe, err);

    if (result < 0)
        return result;
    digest_text(full->digest, text);
    if (data->size != full->size)
        return error_set(err, ERROR_BAD_DIGEST, "recipe %s: not the one that the package names",
                         text);
    if (recipe->has_base || recipe->bytes != package->bytes || recipe->file_count != package->files)
        return error_set(err, ERROR_BAD_RECIPE, "recipe %s: other files than the package says",
                         text);
    return 0;
}

static int end_file(struct rebuild *rebuild, struct error *err)
{
    const struct recipe_file *file = &rebuild->recipe->files[rebuild->next - 1];
    uint8_t digest[DIGEST_BYTES];

    if (rebuild->digest == NULL)
        return 0;
    digest_finish(rebuild->digest, digest);
    rebuild->digest = NULL;
    if (rebuild->fd >= 0)
        (void)close(rebuild->fd);
    rebuild->fd = -1;
    if (memcmp(digest, file->digest, DIGEST_BYTES) != 0)
        return error_set(err, ERROR_BAD_DIGEST, "%s: rebuilt with another digest", file->name);
    return 0;
}

/* Ends the file that is being written and begins the next one. */
static int begin_next(struct rebuild *rebuild, struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1];
    const char *name, *slash;
    int result = end_file(rebuild, err);

    if (result < 0)
        return result;
    name = rebuild->recipe->files[rebuild->next++].name;
    rebuild->digest = digest_new();
    if (rebuild->folder_fd < 0)
        return 0;
    slash = strrchr(name, '/');
    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
        result = path_make_folders(rebuild->folder_fd, folder, 0700, err);
    }
    if (result == 0)
        result = path_open(rebuild->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600,
                           &rebuild->fd, err);
    return result;
}

static int write_piece(struct rebuild *rebuild, const struct recipe_piece *piece, struct error *err)
{
    const uint8_t *bytes = rebuild->plain + piece->chunk_offset;
    int result = 0;

    while (result == 0 && rebuild->next <= piece->file)
        result = begin_next(rebuild, err);
    if (result < 0)
        return result;
    digest_add(rebuild->digest, bytes, piece->size);
    return rebuild->fd < 0 ? 0 : path_write(rebuild->fd, bytes, piece->size, err);
}

static int write_chunk(struct rebuild *rebuild, uint32_t i, struct error *err)
{
    const struct recipe_chunk *chunk = &rebuild->recipe->chunks[i];
    struct bytes_view frame;
    struct recipe_piece piece;
    int result = store_read(rebuild->reader, chunk->frame, &frame, err);

    if (result == 0)
        result =
            frame_decode(rebuild->decoder, chunk->codec, frame, rebuild->plain, chunk->length, err);
    if (result < 0)
        return result;
    result = frame_check_content(chunk, rebuild->plain, err);
    if (result < 0)
        return error_context(err, "chunk %u", i);
    recipe_first_piece(rebuild->recipe, i, &piece);
    do
        result = write_piece(rebuild, &piece, err);
    while (result == 0 && recipe_next_piece(rebuild->recipe, i, &piece));
    return result;
}

static int write_all(struct rebuild *rebuild, struct error *err)
{
    int result = 0;

    for (uint32_t i = 0; i < rebuild->recipe->chunk_count && result == 0; i++)
        result = write_chunk(rebuild, i, err);
    /* Empty files at the end have no chunk that begins them. */
    while (result == 0 && rebuild->next < rebuild->recipe->file_count)
        result = begin_next(rebuild, err);
    if (result == 0)
        result = end_file(rebuild, err);
    return result;
}

int rebuild_files(struct repository *repository, const struct package_document *package,
                  int folder_fd, struct error *err)
{
    struct rebuild rebuild = {.folder_fd = folder_fd, .fd = -1};
    struct recipe recipe;
    struct bytes data;
    int result = rebuild_recipe(repository, package, &data, &recipe, err);

    if (result == 0) {
        rebuild.recipe = &recipe;
        rebuild.reader = store_reader_new(repository);
        rebuild.decoder = frame_decoder_new();
        rebuild.plain = bytes_allocate(1, LIMIT_FRAME_BYTES);
        result = write_all(&rebuild, err);
        if (rebuild.digest != NULL)
            digest_finish(rebuild.digest, NULL);
        if (rebuild.fd >= 0)
            (void)close(rebuild.fd);
        store_reader_free(rebuild.reader);
        frame_decoder_free(rebuild.decoder);
        free(rebuild.plain);
    }
    recipe_clear(&recipe);
    bytes_clear(&data);
    return result < 0 ? error_context(err, "%s %s", package->type, package->version) : 0;
}
