/* SPDX-License-Identifier: ISC
 *
 * tsa-server FOLDER: prints its URL and answers timestamp requests until it is ended. FOLDER holds
 * what tests/media/tsa-server.h says. It ends by itself after ten minutes.
 */
#include "tests/media/tsa-server.h"

#include <fcntl.h>
#include <unistd.h>

#define LIFE_S 600

int main(int argc, char **argv)
{
    struct tsa_server server;
    int folder_fd = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (folder_fd < 0 || tsa_server_open(&server, folder_fd) < 0) {
        fprintf(stderr, "usage: tsa-server FOLDER\n");
        return 2;
    }
    alarm(LIFE_S);
    printf("%s\n", server.url);
    fflush(stdout);
    for (;;)
        tsa_server_answer(&server, TSA_ANSWER_OPENSSL, NULL);
}
