/* SPDX-License-Identifier: ISC
 *
 * Inside of the sandbox: its Landlock half, apart so that tests can run it alone and at every ABI.
 */
#ifndef MEDIA_BASE_SANDBOX_LANDLOCK_H
#define MEDIA_BASE_SANDBOX_LANDLOCK_H

#include "media/base/sandbox.h"

#define SANDBOX_LANDLOCK_NEWEST                                                                    \
    7 /* newest ABI whose rights we know; a newer kernel is used as 7  \
                                   */

/* The kernel's ABI, at most SANDBOX_LANDLOCK_NEWEST; 0: the kernel has no Landlock, or it is off.
 */
int sandbox_landlock_abi(void);

/* Denies the calling thread everything that this ABI can deny, but the folders and connecting to
 * one TCP port (0: none): files, device ioctls, TCP, abstract Unix sockets and signals to outside.
 * no_new_privs must be set. */
int sandbox_landlock(const struct sandbox_folder *folders, size_t folder_count,
                     uint16_t connect_port, int abi, struct error *err) ERROR_MUST_CHECK;

#endif
