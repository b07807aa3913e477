/* SPDX-License-Identifier: ISC */
#include "mirror/serve.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "media/base/limits.h"

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void serve_client_begin(struct serve_clients *clients, int fd, void **place)
{
    struct serve_client *client = bytes_allocate(1, sizeof(*client));

    client->fd = fd;
    client->next = clients->first;
    client->here = &clients->first;
    if (client->next != NULL)
        client->next->here = &client->next;
    clients->first = client;
    serve_client_await(client);
    *place = client;
}

void serve_client_end(void **place)
{
    struct serve_client *client = *place;

    if (client == NULL)
        return;
    *client->here = client->next;
    if (client->next != NULL)
        client->next->here = client->here;
    free(client);
    *place = NULL;
}

void serve_client_await(struct serve_client *client)
{
    client->deadline_ms = now_ms() + LIMIT_SERVE_REQUEST_S * 1000;
}

void serve_client_answer(struct serve_client *client, uint64_t bytes)
{
    client->deadline_ms =
        now_ms() + (int64_t)(LIMIT_SERVE_REQUEST_S + bytes / LIMIT_SERVE_SLOW_BYTES) * 1000;
}

/* The library notices the end of the connection and tells us. */
void serve_client_sweep(struct serve_clients *clients)
{
    int64_t now = now_ms();

    for (struct serve_client *client = clients->first; client != NULL; client = client->next) {
        if (now > client->deadline_ms)
            (void)shutdown(client->fd, SHUT_RDWR);
    }
}
