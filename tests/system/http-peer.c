/* SPDX-License-Identifier: ISC
 *
 * The other end of an HTTP connection, hostile on demand.
 *
 *   http-peer serve ROOT FAULTS LOG    a mirror. Prints its port, then serves until it is killed.
 *                                      The file FAULTS holds "FAULT NAME": requests for names that
 *                                      end in NAME (*: all) get FAULT of the table below, all others the
 *                                      file. LOG gets a line for each request.
 *   http-peer send PORT                standard input to the server, its answer to standard output,
 *                                      until the server closes
 *   http-peer crowd PORT COUNT         COUNT connections from 127.0.0.2; prints how many the server
 *                                      keeps once it has closed the others, holds them until killed
 *   http-peer drip PORT                a request of single bytes that never ends; prints "closed"
 *                                      when the server has had enough
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES  8192
#define PIECE_BYTES 65536
#define CROWD       2000
#define PART        "206 Partial Content"
#define WHOLE       "200 OK"

struct request {
    int client, file;
    bool head, part;
    long long first, last, size; /* what was asked of the file, and the file */
    const char *faults;          /* path of the file that says what to do */
};

static void say(const struct request *request, const void *data, size_t size)
{
    if (send(request->client, data, size, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static long long length_of(const struct request *request)
{
    return request->last - request->first + 1;
}

/* length -1: none is said. range NULL: none either. */
static void say_head(const struct request *request, const char *status, long long length,
                     const char *range, const char *more)
{
    char text[1024], said[64] = "";

    if (length >= 0)
        snprintf(said, sizeof(said), "Content-Length: %lld\r\n", length);
    snprintf(text, sizeof(text), "HTTP/1.1 %s\r\n%s%s%s%s%s\r\n", status, said,
             range != NULL ? "Content-Range: bytes " : "", range != NULL ? range : "",
             range != NULL ? "\r\n" : "", more);
    say(request, text, strlen(text));
}

static const char *range_of(const struct request *request, long long shift, long long more)
{
    static char text[96];

    if (!request->part)
        return NULL;
    snprintf(text, sizeof(text), "%lld-%lld/%lld", request->first + shift, request->last + shift,
             request->size + more);
    return text;
}

static const char *status_of(const struct request *request)
{
    return request->part ? PART : WHOLE;
}

static void say_bytes(const struct request *request, long long first, long long count)
{
    static char piece[PIECE_BYTES];

    while (count > 0 && !request->head) {
        size_t take = count < PIECE_BYTES ? (size_t)count : PIECE_BYTES;
        ssize_t got = pread(request->file, piece, take, first);

        if (got <= 0)
            _exit(0);
        say(request, piece, (size_t)got);
        first += got;
        count -= got;
    }
}

static void good(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 0, 0), "");
    say_bytes(request, request->first, length_of(request));
}

static void absent(const struct request *request)
{
    say_head(request, "404 Not Found", 0, NULL, "");
}

static void trouble(const struct request *request)
{
    say_head(request, "500 Internal Server Error", 0, NULL, "");
}

static void redirect(const struct request *request)
{
    say_head(request, "302 Found", 0, NULL, "Location: /sallyport/FORMAT\r\n");
}

static void redirect_far(const struct request *request)
{
    say_head(request, "301 Moved Permanently", 0, NULL, "Location: http://127.0.0.2:9/x\r\n");
}

static void truncated(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 0, 0), "");
    say_bytes(request, request->first, length_of(request) / 2);
    _exit(0);
}

/* More than was said, and no end. */
static void endless(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 0, 0), "");
    for (;;)
        say_bytes(request, request->first, length_of(request));
}

static void endless_unsaid(const struct request *request)
{
    say_head(request, status_of(request), -1, range_of(request, 0, 0), "");
    for (;;)
        say_bytes(request, request->first, length_of(request));
}

static void huge(const struct request *request)
{
    say_head(request, status_of(request), 1LL << 40, range_of(request, 0, 0), "");
    for (;;)
        say_bytes(request, request->first, length_of(request));
}

static void header_lines(const struct request *request)
{
    static const char line[] = "X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";

    say(request, "HTTP/1.1 200 OK\r\n", 17);
    for (;;)
        say(request, line, sizeof(line) - 1);
}

static void slow(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 0, 0), "");
    for (long long i = request->first;; i++) {
        say_bytes(request, i <= request->last ? i : request->last, 1);
        poll(NULL, 0, 100);
    }
}

static void silent(const struct request *request)
{
    for (;;)
        pause();
}

static void longer(const struct request *request)
{
    say_head(request, status_of(request), length_of(request) + 7, range_of(request, 0, 0), "");
    say_bytes(request, request->first, length_of(request));
    _exit(0);
}

static void shorter(const struct request *request)
{
    say_head(request, status_of(request), length_of(request) - 1, range_of(request, 0, 0), "");
    say_bytes(request, request->first, length_of(request));
    _exit(0);
}

/* Of the right length, with another byte in the middle: a man in the middle of plain HTTP. */
static void flipped(const struct request *request)
{
    long long middle = request->first + length_of(request) / 2;
    char byte;

    say_head(request, status_of(request), length_of(request), range_of(request, 0, 0), "");
    say_bytes(request, request->first, middle - request->first);
    if (pread(request->file, &byte, 1, middle) != 1)
        _exit(0);
    byte = (char)(byte ^ 0xff);
    say(request, &byte, request->head ? 0 : 1);
    say_bytes(request, middle + 1, request->last - middle);
}

static void range_shifted(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 1, 8), "");
    say_bytes(request, request->first, length_of(request));
}

static void range_of_other(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 0, 512), "");
    say_bytes(request, request->first, length_of(request));
}

static void range_missing(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), NULL, "");
    say_bytes(request, request->first, length_of(request));
}

static void whole_for_part(const struct request *request)
{
    say_head(request, WHOLE, request->size, NULL, "");
    say_bytes(request, 0, request->size);
}

static void part_unasked(const struct request *request)
{
    char range[96];

    snprintf(range, sizeof(range), "0-%lld/%lld", request->size / 2, request->size);
    say_head(request, PART, request->size / 2 + 1, range, "");
    say_bytes(request, 0, request->size / 2 + 1);
}

static void gzip(const struct request *request)
{
    say_head(request, status_of(request), length_of(request), range_of(request, 0, 0),
             "Content-Encoding: gzip\r\n");
    say_bytes(request, request->first, length_of(request));
}

static void old_http(const struct request *request)
{
    say_bytes(request, request->first, length_of(request));
    _exit(0);
}

static void not_http(const struct request *request)
{
    say(request, "SSH-2.0-OpenSSH_9.2\r\n\r\n", 23);
    _exit(0);
}

static void cut_off(const struct request *request)
{
    _exit(0);
}

/* Says that it was reached, and waits until the test has done what it wants to do meanwhile. */
static void held(const struct request *request)
{
    char path[4200];
    int fd;

    snprintf(path, sizeof(path), "%s.reached", request->faults);
    fd = open(path, O_WRONLY | O_CREAT, 0666);
    if (fd >= 0)
        close(fd);
    snprintf(path, sizeof(path), "%s.go", request->faults);
    while (access(path, F_OK) < 0)
        poll(NULL, 0, 20);
    good(request);
}

static const struct {
    const char *name;
    void (*answer)(const struct request *request);
} faults[] = {
    {"good", good},
    {"absent", absent},
    {"trouble", trouble},
    {"redirect", redirect},
    {"redirect-far", redirect_far},
    {"truncated", truncated},
    {"endless", endless},
    {"endless-unsaid", endless_unsaid},
    {"huge", huge},
    {"header-lines", header_lines},
    {"slow", slow},
    {"silent", silent},
    {"longer", longer},
    {"shorter", shorter},
    {"flipped", flipped},
    {"range-shifted", range_shifted},
    {"range-of-other", range_of_other},
    {"range-missing", range_missing},
    {"whole-for-part", whole_for_part},
    {"part-unasked", part_unasked},
    {"gzip", gzip},
    {"old-http", old_http},
    {"not-http", not_http},
    {"cut-off", cut_off},
    {"held", held},
};

/* What the file says about this name now. */
static void (*fault_for(const char *path, const char *name))(const struct request *)
{
    char fault[64] = "", suffix[512] = "";
    FILE *file = fopen(path, "re");
    size_t length = strlen(name);

    if (file != NULL) {
        if (fscanf(file, "%63s %511s", fault, suffix) != 2)
            suffix[0] = '\0';
        fclose(file);
    }
    if (strcmp(suffix, "*") == 0)
        suffix[0] = '\0';
    else if (suffix[0] == '\0' || strlen(suffix) > length ||
             strcmp(name + length - strlen(suffix), suffix) != 0)
        return good;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (strcmp(faults[i].name, fault) == 0)
            return faults[i].answer;
    }
    fprintf(stderr, "http-peer: %s is no fault\n", fault);
    _exit(2);
}

/* One request's lines; false where there is none any more. */
static bool read_head(int client, char head[HEAD_BYTES])
{
    size_t size = 0;

    while (size < HEAD_BYTES - 1) {
        if (recv(client, head + size, 1, 0) != 1)
            return false;
        size++;
        head[size] = '\0';
        if (size >= 4 && strcmp(head + size - 4, "\r\n\r\n") == 0)
            return true;
    }
    return false;
}

static void take_range(struct request *request, const char *head)
{
    const char *line = strstr(head, "\r\nRange: bytes=");
    long long first, last;

    request->first = 0;
    request->last = request->size - 1;
    if (line == NULL || sscanf(line, "\r\nRange: bytes=%lld-%lld", &first, &last) != 2 ||
        first >= request->size)
        return;
    request->part = true;
    request->first = first;
    request->last = last < request->size ? last : request->size - 1;
}

static void answer(int root, int log, const char *path, int client, const char *head)
{
    struct request request = {.client = client, .faults = path};
    char method[16] = "", target[1024] = "", line[1100];
    struct stat status;

    if (sscanf(head, "%15s /%1023s", method, target) != 2)
        _exit(1);
    snprintf(line, sizeof(line), "%s %s\n", method, target);
    if (write(log, line, strlen(line)) < 0)
        _exit(1);
    request.head = strcmp(method, "HEAD") == 0;
    request.file = openat(root, target, O_RDONLY | O_CLOEXEC);
    if (request.file < 0 || fstat(request.file, &status) < 0 || !S_ISREG(status.st_mode)) {
        absent(&request);
        return;
    }
    request.size = status.st_size;
    take_range(&request, head);
    fault_for(path, target)(&request);
    close(request.file);
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 64) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        exit(1);
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int serve(const char *folder, const char *faults_path, const char *log_path)
{
    int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int listener;
    char head[HEAD_BYTES];

    if (root < 0 || log < 0)
        return 1;
    listener = listen_somewhere();
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (client >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (read_head(client, head))
                answer(root, log, faults_path, client, head);
            _exit(0);
        }
        if (client >= 0)
            close(client);
    }
}

static int connect_from(const char *own, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, own, &address.sin_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        exit(1);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        exit(1);
    return fd;
}

static int send_all(const char *port)
{
    static char text[1 << 20];
    size_t size = fread(text, 1, sizeof(text), stdin);
    int fd = connect_from("127.0.0.1", port);
    ssize_t got;

    if (send(fd, text, size, MSG_NOSIGNAL) < 0)
        return 0; /* cut off while it was told: an answer as well */
    while ((got = recv(fd, text, sizeof(text), 0)) > 0)
        fwrite(text, 1, (size_t)got, stdout);
    return 0;
}

static void crowd(const char *port, const char *count_text)
{
    static struct pollfd open_fds[CROWD];
    int count = (int)strtol(count_text, NULL, 10), kept = 0;
    char byte;

    for (int i = 0; i < count && i < CROWD; i++)
        open_fds[i] = (struct pollfd){.fd = connect_from("127.0.0.2", port), .events = POLLIN};
    while (poll(open_fds, (nfds_t)count, 1000) > 0) {
        for (int i = 0; i < count; i++) {
            if (open_fds[i].revents != 0 && recv(open_fds[i].fd, &byte, 1, 0) <= 0) {
                close(open_fds[i].fd);
                open_fds[i].fd = -1;
            }
        }
    }
    for (int i = 0; i < count; i++)
        kept += open_fds[i].fd >= 0;
    printf("%d\n", kept);
    fflush(stdout);
    for (;;)
        pause();
}

static int drip(const char *port)
{
    static const char start[] = "GET /sallyport/FORMAT HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    struct pollfd fd = {.fd = connect_from("127.0.0.1", port), .events = POLLIN};

    for (size_t i = 0;; i++) {
        if (send(fd.fd, i < sizeof(start) - 1 ? &start[i] : "a", 1, MSG_NOSIGNAL) < 0 ||
            poll(&fd, 1, 200) > 0)
            break;
    }
    puts("closed");
    return 0;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 5 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2], argv[3], argv[4]);
    if (argc == 3 && strcmp(argv[1], "send") == 0)
        return send_all(argv[2]);
    if (argc == 4 && strcmp(argv[1], "crowd") == 0)
        crowd(argv[2], argv[3]);
    if (argc == 3 && strcmp(argv[1], "drip") == 0)
        return drip(argv[2]);
    fprintf(stderr, "usage: http-peer serve|send|crowd|drip ...\n");
    return 2;
}
