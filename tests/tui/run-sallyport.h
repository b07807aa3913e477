/* SPDX-License-Identifier: ISC
 *
 * Runs the real sallyport and keeps what it said.
 */
#ifndef TESTS_TUI_RUN_SALLYPORT_H
#define TESTS_TUI_RUN_SALLYPORT_H

#include <stddef.h>

#define SAID_BYTES 65536

struct said {
    char out[SAID_BYTES], err[SAID_BYTES]; /* NUL-terminated */
    int status;                            /* exit status; 128 + signal */
};

/* `arguments` end with NULL; the program's name is put in front. Standard input is /dev/null, no
 * stream is a terminal, environment: PATH, LC_ALL and what `environment` ("NAME=VALUE", may be
 * NULL) says. Returns 0 or -1. */
int run_sallyport(const char *const *arguments, const char *environment, struct said *said);

/* The same with a terminal as standard input, on which `typed` has been typed. */
int run_sallyport_typing(const char *const *arguments, const char *typed, struct said *said);
/* With this in the environment too. */
int run_sallyport_at(const char *const *arguments, const char *environment, const char *typed,
                     struct said *said);

#endif
