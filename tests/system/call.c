/* SPDX-License-Identifier: ISC
 *
 * call SOCKET METHOD [JSON [COUNT]]: calls a method of the control protocol and prints its reply, one
 * line. With COUNT as a stream: every reply, and the end after that many of them (0: no end). Exit
 * status: the error's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/control/client.h"
#include "media/base/json.h"

struct stream {
    long left; /* 0: as many as come */
};

static void print(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    fputc('\n', stdout);
    fflush(stdout);
}

static int progress(void *context, const json_t *parameters, struct error *err)
{
    struct stream *stream = context;

    print(parameters);
    if (stream->left == 1)
        exit(0);
    stream->left -= stream->left > 0;
    return 0;
}

int main(int argc, char **argv)
{
    struct stream stream = {.left = argc > 4 ? strtol(argv[4], NULL, 10) : 0};
    json_t *parameters = NULL, *reply = NULL;
    struct client *client = NULL;
    struct error err = {.code = ERROR_OK};
    int result = 0;

    if (argc < 3 || argc > 5)
        return 2;
    if (argc > 3)
        result = json_read(argv[3], strlen(argv[3]), &parameters, &err);
    if (result == 0)
        result = client_open(argv[1], &client, &err);
    if (result == 0)
        result = client_call(client, argv[2], parameters, argc > 4 ? progress : NULL, &stream,
                             &reply, &err);
    if (result == 0)
        print(reply);
    else
        fprintf(stderr, "%s: %s\n", error_name(err.code), err.words);
    json_decref(parameters);
    json_decref(reply);
    client_close(client);
    return result < 0 ? error_row(err.code)->exit_status : 0;
}
