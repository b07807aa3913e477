/* SPDX-License-Identifier: ISC
 *
 * sallyport-reader-http: bytes by name from one HTTP mirror. Started as media/base/reader.h says, with
 * the mirror's URL as its one argument; 5 is the PEM file of the authority that an https mirror's
 * certificate must come from, absent for http.
 *
 * The name of the mirror is resolved and the authority read before the sandbox is entered: neither
 * is from the mirror. Then it reaches no file, TCP only, and that to the mirror's port
 * only where the kernel's Landlock knows ports (ABI 4).
 */
#include <config.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#ifdef WITH_SANDBOX
#include <seccomp.h>
#endif
#include <unistd.h>

#include "agent/reader-http.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define CA_FD         SPAWN_FD_FIRST
#define CA_NAME_BYTES 64
#define ADDRESSES     8
#define ADDRESS_BYTES (ADDRESSES * (INET6_ADDRSTRLEN + 3))
#define MEMORY_BYTES  (512 * MIB)
#define OPEN_FILES    32

/* The authorities in memory of our own, and the name by which curl opens that memory: the file that
 * we were given may belong to a user that we are not any more, has no place in our sandbox, and
 * shares its position with the other readers of this import. */
static int take_authorities(char name[static CA_NAME_BYTES], struct error *err)
{
    uint8_t *text = bytes_allocate(1, LIMIT_CA_BYTES + 1);
    int fd = memfd_create("ca", MFD_CLOEXEC);
    size_t size = 0;
    ssize_t got = 0;
    int result = 0;

    while (size <= LIMIT_CA_BYTES &&
           (got = pread(CA_FD, text + size, LIMIT_CA_BYTES + 1 - size, (off_t)size)) > 0)
        size += (size_t)got;
    if (fd < 0 || got < 0)
        result = error_set(err, ERROR_CONFIG, "the file of the pinned authority can't be read");
    else if (size > LIMIT_CA_BYTES)
        result = error_set(err, ERROR_LIMIT, "the pinned authority's file has more than CA_BYTES");
    else
        result = path_write(fd, text, size, err);
    free(text);
    snprintf(name, CA_NAME_BYTES, "/proc/self/fd/%d", fd);
    return result;
}

static size_t put_address(char *out, size_t used, const struct addrinfo *row)
{
    char text[INET6_ADDRSTRLEN];
    bool six = row->ai_family == AF_INET6;

    if (getnameinfo(row->ai_addr, row->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) !=
        0)
        return used;
    return used + (size_t)snprintf(out + used, ADDRESS_BYTES - used, "%s%s%s%s",
                                   used > 0 ? "," : "", six ? "[" : "", text, six ? "]" : "");
}

static int resolve(const struct url *url, char out[static ADDRESS_BYTES], struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    size_t used = 0, count = 0;
    int result = getaddrinfo(url->host, NULL, &hints, &found);

    if (result != 0)
        return error_set(err, ERROR_MEDIUM_GONE, "%s: %s", url->host, gai_strerror(result));
    for (const struct addrinfo *row = found; row != NULL && count < ADDRESSES; row = row->ai_next) {
        used = put_address(out, used, row);
        count++;
    }
    freeaddrinfo(found);
    return used > 0 ? 0 : error_set(err, ERROR_MEDIUM_GONE, "%s has no address", url->host);
}

#ifdef WITH_SANDBOX
static const struct sandbox_call calls[] = {
    {SCMP_SYS(connect), "the mirror; from ABI 4 on Landlock leaves its port", -1, 0, 0},
    {SCMP_SYS(getsockname), "libcurl asks for its own end", -1, 0, 0},
    {SCMP_SYS(getpeername), "libcurl asks whether it is connected", -1, 0, 0},
    {SCMP_SYS(getsockopt), "how a connection went", -1, 0, 0},
    {SCMP_SYS(setsockopt), "no delay", -1, 0, 0},
    {SCMP_SYS(sendto), "requests", -1, 0, 0},
    {SCMP_SYS(recvfrom), "answers", -1, 0, 0},
    {SCMP_SYS(fcntl), "a socket that does not block", 1, UINT32_MAX, F_SETFL},
    {SCMP_SYS(openat), "the pinned authority in our memory; Landlock leaves no file", -1, 0, 0},
};
#endif

static int confine(const struct url *url, struct error *err)
{
    const struct sandbox_profile profile = {
        .name = "reader-http",
#ifdef WITH_SANDBOX
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
#endif
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
        .connect_port = url->port,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

/* What has to be read from files: before the sandbox. */
static int prepare(const struct url *url, char ca_name[static CA_NAME_BYTES],
                   struct http_mirror **mirror, struct error *err)
{
    char addresses[ADDRESS_BYTES] = "";
    int result = url->tls ? take_authorities(ca_name, err) : 0;

    if (result == 0 && !url->numeric)
        result = resolve(url, addresses, err);
    if (result == 0)
        result =
            http_open(url, url->numeric ? NULL : addresses, url->tls ? ca_name : NULL, mirror, err);
    return result;
}

static int run(const char *location, struct error *err)
{
    char ca_name[CA_NAME_BYTES];
    struct http_mirror *mirror = NULL;
    struct error failure = {.code = ERROR_OK};
    struct http_tree *tree;
    struct url url;
    int result = url_parse(location, &url, err);

    if (result < 0)
        return result;
    /* A mirror whose name nobody knows is an answer to the client, not the end of its reader. */
    (void)!prepare(&url, ca_name, &mirror, &failure);
    result = confine(&url, err);
    if (result == 0) {
        tree = http_tree_new(mirror, failure.code != ERROR_OK ? &failure : NULL);
        result = reader_serve(&http_tree_methods, tree, err);
        http_tree_free(tree);
    }
    http_close(mirror);
    return result;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    int result;

    signal(SIGPIPE, SIG_IGN);
    log_open("reader-http", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    if (argc != 2)
        result = error_set(&err, ERROR_USAGE, "one argument is expected: the mirror's URL");
    else if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        result = error_set(&err, ERROR_INTERNAL, "libcurl does not start");
    else
        result = run(argv[1], &err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return result < 0 ? 1 : 0;
}
