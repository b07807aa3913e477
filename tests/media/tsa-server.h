/* SPDX-License-Identifier: ISC
 *
 * A timestamp server for tests: HTTP by hand on 127.0.0.1, so that it can also misbehave, and the
 * replies by `openssl ts -reply` from a folder that holds key.pem, leaf.pem, chain.pem and serial.
 */
#ifndef TESTS_MEDIA_TSA_SERVER_H
#define TESTS_MEDIA_TSA_SERVER_H

#include "tests/test.h"

#include <stdbool.h>

/* How the server answers one request. */
enum tsa_answer {
    TSA_ANSWER_OPENSSL, /* what openssl ts makes of the query */
    TSA_ANSWER_REPLAY,  /* the reply to the query before */
    TSA_ANSWER_FIXED,   /* `fixed`, a whole HTTP answer */
    TSA_ANSWER_ENDLESS  /* a body without end */
};

struct tsa_server {
    int folder_fd;
    int listener;
    char url[64];
};

/* Listens, and puts the authority's configuration (tsa.cnf) into the folder. Returns 0 or -1. */
int tsa_server_open(struct tsa_server *server, int folder_fd);
void tsa_server_close(struct tsa_server *server);
/* The reply to the file "query", into the file "reply". Returns whether openssl gave one. */
bool tsa_server_reply(const struct tsa_server *server);
/* Waits for one request and answers it. */
void tsa_server_answer(const struct tsa_server *server, enum tsa_answer answer, const char *fixed);

#endif
