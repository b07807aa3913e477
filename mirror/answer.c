/* SPDX-License-Identifier: ISC */
#include "mirror/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/path.h"

/* The operator's own path, opened as it is; what is in it is an endpoint's. */
static int read_file(const char *file, struct bytes *text, struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1] = ".";
    const char *slash = strrchr(file, '/');
    int fd, result;

    bytes_init(text, 0);
    if (slash != NULL && snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file + 1), file) >=
                             (int)sizeof(folder))
        return error_set(err, ERROR_LIMIT, "a name over PATH_BYTES");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               file);
    result = path_read(fd, slash != NULL ? slash + 1 : file, LIMIT_REQUEST_BYTES, text, err);
    (void)close(fd);
    return result;
}

static int find_endpoint(const struct repository *repository, const char *name,
                         struct catalog_endpoint *known, struct error *err)
{
    struct catalog_endpoint *rows;
    size_t count;
    bool found = false;
    int result = catalog_endpoints(repository->catalog, &rows, &count, err);

    if (result < 0)
        return result;
    for (size_t i = 0; i < count && !found; i++) {
        found = strcmp(rows[i].name, name) == 0;
        if (found)
            *known = rows[i];
    }
    free(rows);
    return found ? 0
                 : error_set(err, ERROR_NOT_FOUND,
                             "the catalog knows no endpoint %s; sallyport-mirror list endpoints",
                             name);
}

int answer_read(const struct repository *repository, const char *file, enum request_kind kind,
                struct request *request, struct catalog_endpoint *known, struct error *err)
{
    struct bytes text;
    int result = read_file(file, &text, err);

    if (result == 0)
        result = request_parse(bytes_view(&text), request, err);
    bytes_clear(&text);
    if (result == 0 && request->kind != kind)
        result = error_set(err, ERROR_USAGE, "asks for a %s, not for a %s",
                           request_kind_name(request->kind), request_kind_name(kind));
    if (result == 0)
        result = find_endpoint(repository, request->endpoint, known, err);
    return result < 0 ? error_context(err, "%s", file) : 0;
}

/* What the ring carries of a type. */
static int find_offer_of_type(const struct ring_signer *signer, const char *ring, const char *type,
                              struct root_floor_reset *reset, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_package package;
    struct catalog_set known;
    bool found = false, carried = false;
    int result = ring_newest(signer->repository, signer->trust, ring, set, &known, &found, err);

    for (size_t i = 0; result == 0 && found && i < set->package_count && !carried; i++) {
        if (strcmp(set->packages[i].type, type) == 0)
            result = catalog_find_package(signer->repository->catalog, set->packages[i].id,
                                          &package, &carried, err);
    }
    set_clear(set);
    free(set);
    if (result == 0 && !carried)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s carries no %s", ring, type);
    if (result < 0)
        return result;
    reset->time_us = package.time_us;
    reset->number = package.issue;
    return 0;
}

static int find_offer_of_ring(const struct ring_signer *signer, const char *ring,
                              struct root_floor_reset *reset, struct error *err)
{
    struct catalog_set known;
    bool found;
    int result = catalog_newest_set(signer->repository->catalog, ring, &known, &found, err);

    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s has no set", ring);
    if (result < 0)
        return result;
    reset->time_us = known.time_us;
    reset->number = known.sequence;
    return 0;
}

int answer_floor_reset(const struct ring_signer *signer, const char *file,
                       struct root_floor_reset *reset, struct error *err)
{
    struct request *request = bytes_allocate(1, sizeof(*request));
    struct catalog_endpoint known;
    const char *name;
    int result = answer_read(signer->repository, file, REQUEST_FLOOR_RESET, request, &known, err);

    *reset = (struct root_floor_reset){.number = 0};
    if (result < 0)
        goto out;
    name = request->subject + strlen("type:");
    result = strncmp(request->subject, "type:", 5) == 0
                 ? find_offer_of_type(signer, known.ring, name, reset, err)
                 : find_offer_of_ring(signer, name, reset, err);
    if (result == 0 && reset->time_us >= request->floor_time_us &&
        reset->number >= request->floor_number)
        result = error_set(err, ERROR_USAGE,
                           "the floor of %s does not stand in the way of what the ring carries",
                           request->subject);
    if (result == 0) {
        snprintf(reset->endpoint, sizeof(reset->endpoint), "%s", request->endpoint);
        snprintf(reset->subject, sizeof(reset->subject), "%s", request->subject);
    }
out:
    if (result < 0)
        error_context(err, "%s", file);
    free(request);
    return result;
}
