/* SPDX-License-Identifier: ISC
 *
 * Messages between the monitor and sallyport-intake, which rebuilds one job's files into staging.
 * It is believed for nothing: verify judges the files afterwards.
 *
 * Started with: 3 frame socket, 4 log pipe, 5 socket to a reader, 6 the staging folder (read and
 * write beneath it). No arguments.
 *
 * Messages (media/base/frame.h; bodies are JSON):
 *   INTAKE_PACKAGE   monitor -> intake {"id":package-id,"folder":NAME,"kept":bool}, one
 *                                      descriptor: the recipe (memfd from verify, sealed against
 *                                      writing and shrinking); where an installed package may be
 *                                      built on, a second one: the recipe that was kept with it.
 *                                      Files are written beneath folder
 *                                      NAME, one component, which intake makes (0700; files 0600).
 *                                      Without "kept" it must hold none of them before; with it,
 *                                      chunks whose bytes lie there are not read again. With a base
 *                                      files that are the same there are left out: the monitor
 *                                      links them.
 *   INTAKE_WANT      intake -> monitor {"first":N,"names":[at most LIMIT_MESSAGE_FDS]}: files of the
 *                                      base
 *   INTAKE_FILES     monitor -> intake raw: u32 first; their descriptors, read-only, in that order
 *   INTAKE_SELFTEST  monitor -> intake {}: run sandbox_selftest() in every thread; answered by
 *                                      INTAKE_DONE with id "selftest", words: how many threads
 *   INTAKE_PROGRESS  intake -> monitor {"id","bytes":done,"total"}; at most ten a second
 *   INTAKE_DONE      intake -> monitor {"id","code","words","kept":BYTES,"read":BYTES,
 *                                      "built":BYTES}: "ok" when
 *                                      every file is written, if not yet on the disk; any other
 *                                      code: the package is not whole, and what is there may be kept for the
 *                                      next import. kept: plain bytes that lay there before; read:
 *                                      bytes of frames that were read from the medium; built: bytes that were
 *                                      read of the base.
 *                                      With "volume-missing" also "missing":N, distinct frames that
 *                                      no pack of the medium holds; all others are in place.
 * How much may be said of one package: agent/import-pace.h. What breaks it ends the conversation, and
 * so does an id that is not the package's.
 * One package at a time; more may follow, after a failure too. intake exits when the socket closes,
 * and with status 1 when it could not enter its sandbox or a message breaks the protocol.
 */
#ifndef AGENT_INTAKE_PROTOCOL_H
#define AGENT_INTAKE_PROTOCOL_H

enum intake_message {
    INTAKE_PACKAGE = 1,
    INTAKE_SELFTEST,
    INTAKE_FILES,
    INTAKE_PROGRESS = 32,
    INTAKE_DONE,
    INTAKE_WANT
};

#endif
