/* SPDX-License-Identifier: ISC
 *
 * hammer SOCKET FLAG: asks an agent for a feature flag, one request after the
 * other on one connection, until SIGTERM. Then says "asked N failed M on X off
 * Y", and the first failure.
 */
#include <signal.h>
#include <stdio.h>

#include "agent/control/client.h"

static volatile sig_atomic_t asked_to_end;

static void on_signal(int number)
{
    asked_to_end = number;
}

int main(int argc, char **argv)
{
    unsigned long asked = 0, failed = 0, values[2] = {0, 0};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct client *client = NULL;
    struct error err, first = {.words = ""};
    json_t *parameters;

    if (argc != 3 || client_open(argv[1], &client, &err) < 0)
        return 1;
    sigaction(SIGTERM, &action, NULL);
    parameters = json_pack("{s:s}", "name", argv[2]);
    while (!asked_to_end) {
        json_t *reply = NULL;

        asked++;
        if (client_call(client, "Flag", parameters, NULL, NULL, &reply, &err) == 0) {
            values[json_is_true(json_object_get(reply, "value")) ? 0 : 1]++;
        } else if (failed++ == 0) {
            first = err;
        }
        json_decref(reply);
    }
    printf("asked %lu failed %lu on %lu off %lu\n%s\n", asked, failed, values[0], values[1],
           first.words);
    json_decref(parameters);
    client_close(client);
    return failed > 0;
}
