/* SPDX-License-Identifier: ISC
 *
 * Sockets that a service manager bound before it started us (sd_listen_fds(3)): descriptors 3 and on,
 * LISTEN_FDS of them, meant for the process LISTEN_PID.
 */
#ifndef MEDIA_BASE_LISTEN_FDS_H
#define MEDIA_BASE_LISTEN_FDS_H

#include "media/base/error.h"

/* The one socket that was handed over; -1 where none was. It listens, is of the family (AF_UNIX, or
 * AF_INET for both of the internet) and a stream; it is made non-blocking and close-on-exec, and is
 * the caller's. Takes the variables out of the environment. ERROR_CONFIG for more than one, or one
 * that is something else. */
int listen_fds_take(int family, int *fd, struct error *err) ERROR_MUST_CHECK;

#endif
