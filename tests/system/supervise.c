/* SPDX-License-Identifier: ISC
 *
 * What a service manager does for a service, without one: hands over a listening socket, hears what
 * the service tells, waits for signs of life, and takes system calls away. For tests that run a unit's
 * settings where no service manager is.
 *
 *   supervise [--listen PATH|PORT] [--on-demand yes] [--notify LOG] [--watchdog USEC] [--calls FILE]
 *           [--families NAMES] PROGRAM [ARGUMENT...]
 *
 * LOG gets a line a message, its lines joined by spaces. FILE names the system calls that are left,
 * a line each; memory that is written can't be made executable then, as MemoryDenyWriteExecute= has
 * it. NAMES: address families that are left, "unix,netlink". Ends as the program does; on demand it
 * starts one each time that somebody comes to the socket, until it is ended itself.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_FD 3
#define MESSAGE   4096

static const struct {
    const char *name;
    int family;
} families[] = {{"unix", AF_UNIX},
                {"inet", AF_INET},
                {"inet6", AF_INET6},
                {"netlink", AF_NETLINK},
                {"packet", AF_PACKET}};

struct options {
    const char *listen, *demand, *notify, *watchdog, *calls, *families;
};

static void die(const char *what)
{
    fprintf(stderr, "supervise: %s: %s\n", what, strerror(errno));
    exit(126);
}

static int bind_path(const char *path, int type)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(place.sun_path))
        exit(126);
    memcpy(place.sun_path, path, strlen(path));
    (void)unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&place, sizeof(place)) < 0 ||
        chmod(path, 0666) < 0)
        die(path);
    return fd;
}

/* Prints the port, for port 0 is any. */
static int bind_port(const char *port)
{
    struct sockaddr_in place = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(place);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&place, sizeof(place)) < 0 ||
        getsockname(fd, (struct sockaddr *)&place, &size) < 0)
        die(port);
    fprintf(stderr, "supervise: port %u\n", ntohs(place.sin_port));
    return fd;
}

static int bind_listener(const char *where)
{
    int fd = where[0] == '/' ? bind_path(where, SOCK_STREAM) : bind_port(where);

    if (listen(fd, 64) < 0)
        die(where);
    return fd;
}

static void add(scmp_filter_ctx filter, uint32_t action, int call, unsigned count,
                const struct scmp_arg_cmp *arguments)
{
    int result = seccomp_rule_add_array(filter, action, call, count, arguments);

    if (result < 0) {
        errno = -result;
        die("a rule");
    }
}

/* Calls with an argument that is filtered are named one way only: by what is left of them. */
static void add_memory(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp both =
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC);
    const struct scmp_arg_cmp execute = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);

    add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap), 1, &both);
    add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mprotect), 1, &execute);
    add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(pkey_mprotect), 1, &execute);
}

static void load(scmp_filter_ctx filter)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 1);

    if (result == 0)
        result = seccomp_load(filter);
    if (result < 0) {
        errno = -result;
        die("filter");
    }
    seccomp_release(filter);
}

/* One filter a setting, as the manager has it: the strictest answer counts. */
static void leave_calls(const char *path)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    scmp_filter_ctx memory = seccomp_init(SCMP_ACT_ALLOW);
    FILE *names = fopen(path, "re");
    char name[128];

    if (names == NULL)
        die(path);
    while (fgets(name, sizeof(name), names) != NULL) {
        int call;

        name[strcspn(name, "\n")] = '\0';
        call = seccomp_syscall_resolve_name(name);
        if (call >= 0)
            add(filter, SCMP_ACT_ALLOW, call, 0, NULL);
    }
    fclose(names);
    add_memory(memory);
    load(memory);
    load(filter);
}

static void leave_families(const char *list)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        const struct scmp_arg_cmp family =
            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i].family, 0);
        const char *at = strstr(list, families[i].name);
        size_t length = strlen(families[i].name);

        if (at == NULL || (at[length] != ',' && at[length] != '\0'))
            add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, &family);
    }
    load(filter);
}

static void put_number(const char *name, long number)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", number);
    setenv(name, text, 1);
}

static void become(const struct options *options, int listener, char **command)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (listener >= 0) {
        if (listener == LISTEN_FD ? fcntl(listener, F_SETFD, 0) < 0 : dup2(listener, LISTEN_FD) < 0)
            die("placing the socket");
        put_number("LISTEN_PID", getpid());
        put_number("LISTEN_FDS", 1);
    }
    if (options->watchdog != NULL) {
        setenv("WATCHDOG_USEC", options->watchdog, 1);
        put_number("WATCHDOG_PID", getpid());
    }
    if (options->families != NULL)
        leave_families(options->families);
    if (options->calls != NULL)
        leave_calls(options->calls);
    execv(command[0], command);
    die(command[0]);
}

static void hear(int notify, int log)
{
    char message[MESSAGE];
    ssize_t size = recv(notify, message, sizeof(message) - 1, MSG_DONTWAIT);

    if (size < 0)
        return;
    for (ssize_t i = 0; i < size; i++)
        message[i] = message[i] == '\n' ? ' ' : message[i];
    message[size] = '\n';
    if (write(log, message, (size_t)size + 1) < 0)
        die("log");
}

static pid_t service;

static void pass_on(int number)
{
    if (service > 0)
        (void)kill(service, number);
    else
        _exit(0);
}

static int attend(int notify, int log)
{
    struct pollfd fds[] = {{.fd = pidfd_open(service, 0), .events = POLLIN},
                           {.fd = notify, .events = POLLIN}};
    int status = 0;

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if (notify >= 0)
            hear(notify, log);
        if (waitpid(service, &status, WNOHANG) == service)
            break;
    }
    close(fds[0].fd);
    service = 0;
    if (notify >= 0)
        hear(notify, log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int take_options(int argc, char **argv, struct options *options)
{
    const struct {
        const char *name, **value;
    } rows[] = {{"--listen", &options->listen}, {"--on-demand", &options->demand},
                {"--notify", &options->notify}, {"--watchdog", &options->watchdog},
                {"--calls", &options->calls},   {"--families", &options->families}};
    int at = 1;

    while (at + 1 < argc && strncmp(argv[at], "--", 2) == 0) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (strcmp(argv[at], rows[i].name) == 0)
                *rows[i].value = argv[at + 1];
        }
        at += 2;
    }
    return at;
}

static int start(const struct options *options, int listener, char **command, int notify, int log)
{
    struct pollfd wait = {.fd = listener, .events = POLLIN};

    if (options->demand != NULL && poll(&wait, 1, -1) < 0)
        die("poll");
    service = fork();
    if (service == 0)
        become(options, listener, command);
    return attend(notify, log);
}

int main(int argc, char **argv)
{
    const int passed[] = {SIGTERM, SIGINT, SIGHUP};
    struct options options = {0};
    int at = take_options(argc, argv, &options);
    int listener = options.listen != NULL ? bind_listener(options.listen) : -1;
    int notify = -1, log = -1, status;
    char place[256];

    if (at >= argc)
        return 2;
    if (options.notify != NULL) {
        snprintf(place, sizeof(place), "%s.socket", options.notify);
        notify = bind_path(place, SOCK_DGRAM);
        log = open(options.notify, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        setenv("NOTIFY_SOCKET", place, 1);
    }
    for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
        signal(passed[i], pass_on);
    do
        status = start(&options, listener, argv + at, notify, log);
    while (options.demand != NULL);
    return status;
}
