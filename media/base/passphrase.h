/* SPDX-License-Identifier: ISC
 *
 * Passphrases come from a descriptor, from a file that only its owner can read, or from a prompt on
 * the terminal; never from an argument or the environment.
 */
#ifndef MEDIA_BASE_PASSPHRASE_H
#define MEDIA_BASE_PASSPHRASE_H

#include <stdbool.h>
#include <stdint.h>

#include "media/base/error.h"

#define PASSPHRASE_BYTES 1024

/* Where one passphrase comes from. */
struct passphrase_source {
    const char *file; /* --passphrase-file, or NULL */
    bool has_fd;      /* --passphrase-fd */
    uint64_t fd;
    bool prompt;        /* the terminal may be asked */
    const char *what;   /* for the prompt and messages: "repository keys" */
    const char *option; /* for messages: "--passphrase-file" */
};

/* The first line of the source. *passphrase is the caller's: passphrase_free. ERROR_SECRET_NEEDED
 * where no source is there; ERROR_USAGE where the file can be read by others, or both options are
 * given. confirm: a prompt asks twice. */
int passphrase_read(const struct passphrase_source *source, bool confirm, char **passphrase,
                    struct error *err) ERROR_MUST_CHECK;

/* Wipes and frees; NULL is fine. */
void passphrase_free(char *passphrase);

#endif
