/* SPDX-License-Identifier: ISC
 *
 * Files that nobody can change while they are held, or it is known: each has a read lease (fcntl(2),
 * F_SETLEASE). The system gives one only for a file that nobody has open or mapped for writing, takes
 * it away before anybody opens or truncates the file for writing, and lets them wait for that
 * (/proc/sys/fs/lease-break-time, 45 s). So what was read under a lease that is still there afterwards
 * was one and the same all the time, whoever read it and how often.
 */
#ifndef MIRROR_SOURCE_HOLD_H
#define MIRROR_SOURCE_HOLD_H

#include <stdbool.h>

#include "media/package-source.h"

/* Opens the files of a list beneath folder_fd and takes the leases. false: list is as it was, for one
 * of them can't be held: it is open for writing or somebody else's, or lies in a filesystem that other
 * machines write to, or they are more or larger than a driver is given. */
bool source_hold(int folder_fd, struct package_source *list);
/* ERROR_BAD_CONTENT names a file whose lease is gone. package_source_clear() ends the others. */
int source_hold_check(const struct package_source *list, struct error *err) ERROR_MUST_CHECK;

#endif
