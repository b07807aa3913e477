/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "mirror/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#ifdef WITH_SANDBOX
#include <seccomp.h>
#endif
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"
#include "media/base/text.h"

#define USER         "sallyport-serve" /* what root becomes; where there is none, nobody */
#define MEMORY_BYTES (1 * GIB)
#define TICK_MS      1000
#define TLS_VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct server {
    const struct serve_options *options;
    struct serve_clients clients;
    struct MHD_Daemon *daemon;
    int signals;
};

static struct serve_client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **place,
                            enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (code == MHD_CONNECTION_NOTIFY_CLOSED)
        serve_client_end(place);
    else if (info != NULL)
        serve_client_begin(&server->clients, info->connect_fd, place);
}

/* The target before anything is decoded in it. */
static void *note_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct serve_request *request = bytes_allocate(1, sizeof(*request));

    request->target = bytes_copy_string(target);
    return request;
}

/* Names of the format have nothing to decode: a target that is written otherwise is none. */
static size_t decode_nothing(void *context, struct MHD_Connection *connection, char *text)
{
    return strlen(text);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **place)
{
    struct server *server = context;

    return serve_answer(server->options, connection, method, *place);
}

static void note_end(void *context, struct MHD_Connection *connection, void **place,
                     enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct serve_client *client = client_of(connection);
    struct serve_request *request = *place;
    char shown[512];

    if (client != NULL)
        serve_client_await(client);
    if (request == NULL)
        return;
    if (server->options->log_requests)
        log_write(LOG_LEVEL_INFO, "%u %s%s", request->status,
                  text_escape_string(request->target, shown, sizeof(shown)),
                  code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : ", broken off");
    free(request->target);
    free(request);
    *place = NULL;
}

static void be_silent(void *context, const char *format, va_list arguments)
{
}

static int start(struct server *server, struct error *err)
{
    const struct serve_options *options = server->options;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, options->cert != NULL ? options->cert->data : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, options->key != NULL ? options->key->data : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_VERSIONS},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (options->cert != NULL ? MHD_USE_TLS : 0), 0, NULL,
        NULL, answer, server, /* the first option, so that it holds for what the others tell: */
        MHD_OPTION_EXTERNAL_LOGGER, be_silent, NULL, MHD_OPTION_LISTEN_SOCKET, options->listener,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_SERVE_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)LIMIT_SERVE_PER_ADDRESS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LIMIT_SERVE_REQUEST_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_SERVE_HEADER_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, note_connection, server,
        MHD_OPTION_NOTIFY_COMPLETED, note_end, server, MHD_OPTION_URI_LOG_CALLBACK, note_target,
        NULL, MHD_OPTION_UNESCAPE_CALLBACK, decode_nothing, NULL, MHD_OPTION_ARRAY,
        options->cert != NULL ? tls : none, MHD_OPTION_END);
    if (server->daemon != NULL)
        return 0;
    return error_set(err, options->cert != NULL ? ERROR_CONFIG : ERROR_INTERNAL,
                     options->cert != NULL
                         ? "TLS does not start: do --tls-cert and --tls-key belong together?"
                         : "libmicrohttpd does not start");
}

/* Root is needed for a low port and a private key's file, which both are open by now. */
static int drop_root(struct error *err)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(USER) : NULL;

    if (geteuid() != 0)
        return 0;
    if (user == NULL)
        user = getpwnam("nobody");
    if (user == NULL || setgroups(0, NULL) < 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "giving up root for " USER " or nobody");
    return 0;
}

#ifdef WITH_SANDBOX
static const struct sandbox_call calls[] = {
    {SCMP_SYS(openat2), "files of the tree", -1, 0, 0},
    {SCMP_SYS(accept4), "clients", -1, 0, 0},
    {SCMP_SYS(recvfrom), "requests", -1, 0, 0},
    {SCMP_SYS(sendto), "answers", -1, 0, 0},
    {SCMP_SYS(sendfile), "answers", -1, 0, 0},
    {SCMP_SYS(shutdown), "end of a connection", -1, 0, 0},
    {SCMP_SYS(setsockopt), "no delay, one packet for what belongs together", -1, 0, 0},
    {SCMP_SYS(getsockopt), "whether a client is still there", -1, 0, 0},
    {SCMP_SYS(getsockname), "kind of a client's socket", -1, 0, 0},
    {SCMP_SYS(getpeername), "connections an address has", -1, 0, 0},
    {SCMP_SYS(fcntl), "sockets that do not block", 1, UINT32_MAX, F_SETFL},
    {SCMP_SYS(epoll_ctl), "waiting for clients", -1, 0, 0},
    {SCMP_SYS(epoll_wait), "the same", -1, 0, 0},
    {SCMP_SYS(epoll_pwait), "the same; what epoll_wait is on other machines", -1, 0, 0},
};
#endif

static int confine(const struct serve_options *options, struct error *err)
{
    const struct sandbox_folder folder = {.fd = options->tree_fd, .write = false};
    const struct sandbox_profile profile = {
        .name = "serve",
#ifdef WITH_SANDBOX
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
#endif
        .folders = &folder,
        .folder_count = 1,
        .memory_bytes = MEMORY_BYTES,
        .file_bytes = INT64_MAX, /* lines on standard output and error, which may be files */
        .open_files = 2 * LIMIT_SERVE_CONNECTIONS + 64,
    };
    int result = drop_root(err);

    if (result == 0)
        result = sandbox_enter(&profile, err);
    return result == 0 ? sandbox_seal(&profile, err) : result;
}

static int catch_signals(struct server *server, struct error *err)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    server->signals = sigprocmask(SIG_BLOCK, &set, NULL) == 0
                          ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                          : -1;
    return server->signals >= 0 ? 0 : error_set_errno(err, ERROR_INTERNAL, errno, "signals");
}

static int loop(struct server *server, struct error *err)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[] = {{.fd = server->signals, .events = POLLIN},
                           {.fd = info != NULL ? info->epoll_fd : -1, .events = POLLIN}};

    for (;;) {
        MHD_UNSIGNED_LONG_LONG wait_ms;

        if (MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES || wait_ms > TICK_MS)
            wait_ms = server->clients.first != NULL ? TICK_MS : UINT64_MAX;
        if (poll(fds, 2, wait_ms == UINT64_MAX ? -1 : (int)wait_ms) < 0 && errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno, "waiting for clients");
        if (fds[0].revents != 0)
            return 0;
        if (MHD_run(server->daemon) != MHD_YES)
            return error_set(err, ERROR_INTERNAL, "libmicrohttpd stopped");
        serve_client_sweep(&server->clients);
    }
}

/* Nothing is read from a client before the sandbox is closed: the library reads when it is run. */
int serve_run(const struct serve_options *options, void (*ready)(void *context), void *context,
              struct error *err)
{
    struct server server = {.options = options, .signals = -1};
    int result = catch_signals(&server, err);

    if (result == 0)
        result = start(&server, err);
    if (result == 0)
        result = confine(options, err);
    if (result == 0) {
        ready(context);
        result = loop(&server, err);
    }
    if (server.daemon != NULL)
        MHD_stop_daemon(server.daemon);
    if (server.signals >= 0)
        (void)close(server.signals);
    return result;
}
