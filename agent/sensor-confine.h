/* SPDX-License-Identifier: ISC
 *
 * The sensor's sandbox. Landlock is not part of it: the kernel lets nobody whom Landlock confines look
 * at a process outside of that (exe, cwd and fd of /proc/PID), which is what the sensor is for. The
 * filter of system calls takes its place: files are opened for reading only, nothing is made, started,
 * connected or removed. Of root's rights two stay: to look at processes of others (CAP_SYS_PTRACE) and
 * to read their files (CAP_DAC_READ_SEARCH).
 */
#ifndef AGENT_SENSOR_CONFINE_H
#define AGENT_SENSOR_CONFINE_H

#include "media/base/error.h"

int sensor_confine(struct error *err) ERROR_MUST_CHECK;

/* In the sandbox: tries to write, make, remove, start, connect and look into memory, and answers
 * ERROR_SANDBOX naming the first that was not refused. (That of sandbox.h wants no file opened.) */
int sensor_confine_selftest(struct error *err) ERROR_MUST_CHECK;

#endif
