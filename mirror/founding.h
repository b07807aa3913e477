/* SPDX-License-Identifier: ISC
 *
 * The folder of a new repository, whole or not at all: everything is made in DIR/.unfinished and
 * moved up when it is complete, mirror.conf last. What a cut leaves behind is cleared by the next
 * init.
 */
#ifndef MIRROR_FOUNDING_H
#define MIRROR_FOUNDING_H

#include <stdbool.h>

#include "media/base/error.h"

struct founding {
    char *folder; /* DIR */
    int fd;       /* of DIR */
    int work_fd;  /* of DIR/.unfinished */
    int lock_fd;
    int offline_fd;    /* where the root's keys go; -1: keyless */
    bool made_folder;  /* DIR was not there before */
    char *offline;     /* --root-key-dir, or NULL: within DIR */
    bool made_offline; /* that folder was not there before */
};

/* Makes DIR where it is absent. ERROR_USAGE when it is a repository already or holds other things,
 * or when offline (may be NULL) holds keys; ERROR_LOCKED when another init works there. */
int founding_begin(const char *folder, const char *offline, struct founding *founding,
                   struct error *err) ERROR_MUST_CHECK;
/* The same for a repository that has no keys of its own. */
int founding_begin_keyless(const char *folder, struct founding *founding,
                           struct error *err) ERROR_MUST_CHECK;
/* Moves everything into place and flushes it. */
int founding_complete(struct founding *founding, struct error *err) ERROR_MUST_CHECK;
/* Ends it; unless it was completed, takes everything away again. */
void founding_end(struct founding *founding, bool completed);

#endif
