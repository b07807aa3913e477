/* SPDX-License-Identifier: ISC
 *
 * Messages between the monitor and sallyport-intake, which rebuilds one job's files into staging.
 * It is believed for nothing: verify judges the files afterwards.
 *
 * Started with: 3 frame socket, 4 log pipe, 5 socket to a reader, 6 the staging folder of the job
 * (read and write beneath it). INTAKE_PACKAGE  monitor -> intake: {"id":package-id,"folder":NAME},
 * one descriptor: the recipe (sealed memfd from verify). Files are written beneath folder NAME
 * (made by intake, 0700; files 0400). INTAKE_SELFTEST {}: run sandbox_selftest() in every thread
 *   INTAKE_PROGRESS intake -> monitor: {"id","bytes":done,"total"}; at most ten a second
 *   INTAKE_DONE     {"id","code","words"}: "ok" when every file is written and flushed;
 * "volume-missing" when frames are absent
 *                   {"missing":N}
 * It exits when the socket closes.
 */
#ifndef AGENT_INTAKE_PROTOCOL_H
#define AGENT_INTAKE_PROTOCOL_H

enum intake_message { INTAKE_PACKAGE = 1, INTAKE_SELFTEST, INTAKE_PROGRESS = 32, INTAKE_DONE };

#endif
