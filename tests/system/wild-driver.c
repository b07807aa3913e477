/* SPDX-License-Identifier: ISC
 *
 * A driver of the families flags, behavior and null that misbehaves in the way that its
 * content asks for: "wild:MOMENT:WAY" somewhere in the first 4 KiB of its first
 * file, MOMENT load or serve. It has the real harness and its sandbox, so every
 * limit is the one that real drivers have; where it breaks the protocol it
 * writes to the socket behind the harness's back. Beside a file "tame" it takes
 * every content, as the mirror's does here: else nothing of this could be
 * published. Where there is a file "speechless" it ends before its greeting.
 */
#include <config.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "media/base/frame.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/spawn.h"

#define HEAD_BYTES 4096
#define MEMORY     (256 * MIB)

static bool tame; /* set before the sandbox closes, read after it */

struct wild {
    char moment[16], way[16];
};

static void raw(const char *bytes, size_t size)
{
    (void)!write(SPAWN_FD_SOCKET, bytes, size);
}

static void do_crash(void)
{
    abort();
}

static void do_hang(void)
{
    volatile unsigned turns = 0;

    for (;;)
        turns++;
}

static void do_hog(void)
{
    for (;;)
        memset(bytes_allocate(1, MIB), 1, MIB);
}

/* The sandbox lets none be made; if it did, it would outlive us. */
static void do_fork(void)
{
    if (fork() == 0)
        do_hang();
    do_crash();
}

static void do_leave(void)
{
    _exit(0);
}

static void do_noise(void)
{
    static const char noise[] = "\xff\xff\xff\xff\xff\xff\xff\xff this is no frame";

    raw(noise, sizeof(noise));
}

static void do_half(void)
{
    raw("\x10\0\0", 3);
    _exit(0);
}

static void say(uint16_t type, const char *text, const int *fds, size_t fd_count)
{
    struct error err;

    if (frame_send(SPAWN_FD_SOCKET, type, text, strlen(text), fds, fd_count, 1000, &err) < 0)
        _exit(1);
}

static void do_type(void)
{
    say(99, "{}", NULL, 0);
}

static void do_text(void)
{
    say(DRIVER_REPLY, "}{", NULL, 0);
}

static void do_code(void)
{
    say(DRIVER_REPLY,
        "{\"code\":\"no-such-code\",\"file\":\"\",\"item\":\"\",\"line\":0,"
        "\"ok\":false,"
        "\"words\":\"\"}",
        NULL, 0);
}

static void do_fds(void)
{
    const int fds[] = {SPAWN_FD_LOG, SPAWN_FD_LOG, SPAWN_FD_LOG, SPAWN_FD_LOG};

    say(DRIVER_REPLY, "{\"ok\":true}", fds, sizeof(fds) / sizeof(fds[0]));
}

static const struct way {
    const char *name;
    void (*run)(void);
} ways[] = {
    {"crash", do_crash}, /* aborts */
    {"hang", do_hang},   /* works for ever, without a heartbeat */
    {"hog", do_hog},     /* allocates without end */
    {"fork", do_fork},   /* tries to live on in a child */
    {"leave", do_leave}, /* ends in good order in the middle of a request */
    {"noise", do_noise}, /* a header of nonsense: a frame over every limit */
    {"half", do_half},   /* a part of a header, then the end */
    {"type", do_type},   /* a message of a type that does not exist */
    {"text", do_text},   /* a reply that is no JSON */
    {"code", do_code},   /* a refusal with a code that does not exist */
    {"fds", do_fds},     /* a reply that brings descriptors */
};

static void misbehave(const struct wild *wild, const char *moment)
{
    if (tame || strcmp(wild->moment, moment) != 0)
        return;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(ways[i].name, wild->way) == 0)
            ways[i].run();
}

static int wild_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct wild *wild = bytes_allocate(1, sizeof(*wild));
    char head[HEAD_BYTES + 1] = "";
    const char *found;

    *loaded = wild;
    if (content->file_count == 0)
        return 0;
    driver_at(content, content->files[0].name, 1, "the wild one");
    if (path_pread(content->files[0].fd, head,
                   content->files[0].size < HEAD_BYTES ? (size_t)content->files[0].size
                                                       : HEAD_BYTES,
                   0, err) < 0)
        return -(int)err->code;
    found = strstr(head, "wild:");
    if (found != NULL)
        (void)!sscanf(found, "wild:%15[a-z]:%15[a-z]", wild->moment, wild->way);
    misbehave(wild, "load");
    return 0;
}

static int wild_serve(void *loaded, const json_t *request, json_t **reply, struct error *err)
{
    if (loaded != NULL)
        misbehave(loaded, "serve");
    *reply = json_pack("{s:b, s:s}", "value", 1, "origin", "wild");
    return 0;
}

/* By a part of the program's name; the last one is any other's. */
static const struct role {
    const char *family;
    struct driver_type types[2];
    size_t type_count;
} roles[] = {
    {"flags", {{"flags-supplement", 1, 1}}, 1},
    {"behavior", {{"behavior", 1, 1}, {"product-rules-feed", 1, 1}}, 2},
    {"null", {{"null", 1, 1}}, 1},
};

static const struct role *role_of(const char *program)
{
    const struct role *role = roles;

    while (role < &roles[sizeof(roles) / sizeof(roles[0]) - 1] &&
           strstr(program, role->family) == NULL)
        role++;
    return role;
}

static const struct sandbox_profile profile = {
    .name = "driver-wild",
    .memory_bytes = MEMORY,
    .file_bytes = MEMORY,
    .open_files = LIMIT_DRIVER_FILES + 64,
};

/* What lies beside the program tells its role. */
static bool is_beside(const char *name)
{
    char path[PATH_MAX + 32];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);
    char *slash;

    if (size < 0)
        return false;
    path[size] = '\0';
    slash = strrchr(path, '/');
    snprintf(slash + 1, 31, "%s", name);
    return access(path, F_OK) == 0;
}

int main(int argc, char **argv)
{
    const struct role *role = role_of(argc > 0 ? argv[0] : "");
    const struct driver driver = {
        .family = role->family,
        .types = role->types,
        .type_count = role->type_count,
        .sandbox = &profile,
        .unseal = unseal_to_memory,
        .load = wild_load,
        .unload = free,
        .serve = wild_serve,
    };

    tame = is_beside("tame");
    if (is_beside("speechless"))
        return 3;
    return harness_main(&driver, argc, argv);
}
