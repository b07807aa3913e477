/* SPDX-License-Identifier: ISC
 *
 * The tree over HTTP: GET and HEAD of the format's names and nothing else. What clients send is
 * parsed by libmicrohttpd in a process that has dropped everything but reading the tree.
 *
 * serve.c          the process: user, sandbox, loop, end
 * serve-answer.c   a request's answer
 * serve-client.c   how long a connection may take
 * serve-socket.c   where it listens
 */
#ifndef MIRROR_SERVE_H
#define MIRROR_SERVE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/base/bytes.h"
#include "media/base/error.h"

#define SERVE_ADDRESS_BYTES 64

struct serve_options {
    int tree_fd;              /* the folder that holds "sallyport"; stays the caller's */
    int listener;             /* bound, listening, non-blocking */
    const struct bytes *cert; /* PEM, ended by NUL; NULL: no TLS */
    const struct bytes *key;
    bool log_requests; /* a line each */
};

/* Binds "ADDRESS:PORT" or "[ADDRESS]:PORT", numeric; port 0: any that is free. shown: the same with
 * the port that it is. ERROR_USAGE, ERROR_IO. */
int serve_socket(const char *listen, int *listener, char shown[static SERVE_ADDRESS_BYTES],
                 uint16_t *port, struct error *err) ERROR_MUST_CHECK;

/* The same for one that a service manager handed over (media/base/listen-fds.h); *listener is -1 where
 * there is none. */
int serve_socket_handed(int *listener, char shown[static SERVE_ADDRESS_BYTES], uint16_t *port,
                        struct error *err) ERROR_MUST_CHECK;

/* Gives up root's rights and everything but the tree, calls ready() once, and serves until SIGTERM
 * or SIGINT, which is success. */
int serve_run(const struct serve_options *options, void (*ready)(void *context), void *context,
              struct error *err) ERROR_MUST_CHECK;

/* Inside of the three. */

/* One connection. A client that is late is cut off, however busily it sends single bytes. */
struct serve_client {
    struct serve_client *next, **here;
    int fd;
    int64_t deadline_ms; /* monotonic */
};

struct serve_clients {
    struct serve_client *first;
};

void serve_client_begin(struct serve_clients *clients, int fd, void **place);
void serve_client_end(void **place);
/* A request is awaited; or an answer of so many bytes is on its way. */
void serve_client_await(struct serve_client *client);
void serve_client_answer(struct serve_client *client, uint64_t bytes);
/* Shuts down those whose time is over. */
void serve_client_sweep(struct serve_clients *clients);

/* What one request came with, from its first line to the end of its answer. */
struct serve_request {
    char *target; /* as it stands in the request line */
    bool begun;   /* header lines have been looked at */
    unsigned status;
};

/* Queues the answer. */
enum MHD_Result serve_answer(const struct serve_options *options, struct MHD_Connection *connection,
                             const char *method, struct serve_request *request);

#endif
