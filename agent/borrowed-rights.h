/* SPDX-License-Identifier: ISC
 *
 * Opening a path with the file rights of the client that names it: an agent that runs as root must
 * not find out for somebody what he could not see himself.
 */
#ifndef AGENT_BORROWED_RIGHTS_H
#define AGENT_BORROWED_RIGHTS_H

#include <stddef.h>
#include <sys/types.h>

#include "media/base/error.h"

#define BORROWED_GROUPS 256

/* Whose rights, as the kernel told of a socket's peer. */
struct borrowed_rights {
    uid_t uid;
    gid_t gid;
    size_t group_count;
    gid_t groups[BORROWED_GROUPS];
};

/* From here on this process opens files as that user (fsuid(2): the capabilities that override file
 * rights are off meanwhile), until borrowed_rights_return(), which every way out must pass. An agent
 * that is not root has no rights but its own, and nothing changes. ERROR_SANDBOX where the kernel
 * refuses: nothing is borrowed then. */
int borrowed_rights_take(const struct borrowed_rights *rights, struct error *err) ERROR_MUST_CHECK;

/* Back to root's own. A process that could not get back would serve others with the wrong rights:
 * it ends. */
void borrowed_rights_return(void);

#endif
