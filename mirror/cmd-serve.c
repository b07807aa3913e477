/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "media/base/log.h"
#include "media/base/notify.h"
#include "media/base/path.h"
#include "mirror/report.h"
#include "mirror/serve.h"

#define DEFAULT_LISTEN "127.0.0.1:8470"

struct serving {
    struct report report;
    char shown[SERVE_ADDRESS_BYTES];
    uint16_t port;
    bool tls;
    struct bytes cert, key;
    struct notify notify;
    struct serve_options options;
};

/* Once nothing can go wrong any more: a script that reads this line may connect. */
static void tell(void *context)
{
    struct serving *serving = context;

    report_line(&serving->report, "serving %s://%s", serving->tls ? "https" : "http",
                serving->shown);
    report_document(&serving->report, "sallyport.serve/1",
                    json_pack("{s:s, s:i, s:b}", "listen", serving->shown, "port",
                              (int)serving->port, "tls", serving->tls));
    (void)fflush(stdout);
    notify_ready(&serving->notify);
    notify_status(&serving->notify, "serving %s", serving->shown);
}

/* The NUL at the end is for the TLS library. */
static int read_pem(const char *path, struct bytes *out, struct error *err)
{
    int result = path_read_named(path, LIMIT_CA_BYTES, out, err);

    return result < 0 ? result : bytes_put_u8(out, 0, err);
}

static int read_tls(const struct command_invocation *invocation, struct serving *serving,
                    struct error *err)
{
    const char *cert = command_text(invocation, "tls-cert");
    const char *key = command_text(invocation, "tls-key");
    int result;

    if ((cert == NULL) != (key == NULL))
        return error_set(err, ERROR_USAGE, "--tls-cert and --tls-key go together");
    serving->tls = cert != NULL;
    if (cert == NULL)
        return 0;
    result = read_pem(cert, &serving->cert, err);
    if (result == 0)
        result = read_pem(key, &serving->key, err);
    serving->options.cert = &serving->cert;
    serving->options.key = &serving->key;
    return result;
}

/* Only the tree stays open: the catalog and the keys' folder are none of a server's business. */
static int open_tree(const struct command_invocation *invocation, struct serving *serving,
                     struct error *err)
{
    struct repository *repository = NULL;
    int result = commands_repository(invocation, REPOSITORY_SERVE, &repository, err);

    if (result < 0)
        return result;
    serving->options.tree_fd = fcntl(repository->tree_fd, F_DUPFD_CLOEXEC, 0);
    if (serving->options.tree_fd < 0)
        result = error_set_errno(err, ERROR_IO, errno, "the tree");
    repository_close(repository);
    return result;
}

/* What a service manager listens on counts; both would be two answers to one question. */
static int open_socket(const char *listen_on, struct serving *serving, struct error *err)
{
    int *listener = &serving->options.listener;
    int result = serve_socket_handed(listener, serving->shown, &serving->port, err);

    if (result < 0)
        return result;
    if (*listener >= 0 && listen_on != NULL)
        return error_set(err, ERROR_USAGE, "--listen %s: the service manager listens on %s already",
                         listen_on, serving->shown);
    if (*listener >= 0)
        return 0;
    return serve_socket(listen_on != NULL ? listen_on : DEFAULT_LISTEN, listener, serving->shown,
                        &serving->port, err);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct serving serving = {.options = {.tree_fd = -1, .listener = -1}, .notify = {.fd = -1}};
    int result;

    report_begin(&serving.report, invocation);
    serving.options.log_requests = command_flag(invocation, "verbose");
    if (serving.options.log_requests)
        log_open(invocation->program->name, STDERR_FILENO, LOG_LEVEL_INFO);
    result = open_tree(invocation, &serving, err);
    if (result == 0)
        result = read_tls(invocation, &serving, err);
    if (result == 0)
        result = open_socket(command_text(invocation, "listen"), &serving, err);
    if (result == 0)
        result = notify_open(&serving.notify, err);
    if (result == 0)
        result = serve_run(&serving.options, tell, &serving, err);
    bytes_clear(&serving.cert);
    bytes_clear(&serving.key);
    if (serving.options.tree_fd >= 0)
        (void)close(serving.options.tree_fd);
    notify_close(&serving.notify);
    report_end(&serving.report);
    return result;
}

static const struct command_option options[] = {
    {"listen", 0, COMMAND_TEXT, "ADDRESS:PORT",
     "where to listen (default: 127.0.0.1:8470; port 0: any)"},
    {"tls-cert", 0, COMMAND_TEXT, "FILE", "certificate and its path, PEM: speak https only"},
    {"tls-key", 0, COMMAND_TEXT, "FILE", "private key of the certificate, PEM"},
    {"verbose", 'v', COMMAND_FLAG, NULL, "a line on standard error for each request"},
};

static const char *const examples[] = {
    "serve", "serve --listen 0.0.0.0:8470 --tls-cert web.pem --tls-key web.key",
    "serve --listen 127.0.0.1:0 --json", NULL};

const struct command cmd_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "Offer the tree to endpoints by HTTP",
    .description = "GET and HEAD of the tree's files, with ranges, until SIGTERM. Gives up root, "
                   "the keys and everything else but reading the tree before it listens to "
                   "anyone. Publishing goes on beside it. Any web server may serve tree/ in its "
                   "place.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
