/* SPDX-License-Identifier: ISC
 *
 * Messages between the monitor and sallyport-repaird, which changes files for one run of repairs.
 *
 * Started with: 3 frame socket, 4 log pipe, and four folders, /dev/null where one is not there:
 * 5 STATE, 6 our own programs, 7 /etc/sallyport, 8 the pristine copies (agent/pristine.h). It ends
 * when its socket is closed.
 *
 *   REPAIRD_CALL  to it: {"call", and what the row says}. One at a time.
 *   REPAIRD_DONE  from it: {"code","words","value"}; value is null where code is not "ok"
 *
 *   call           takes         value
 *   stat           path          {"kind":"file"|"dir"|"link"|"other","size","mode":"0700","uid"};
 *                                null: it is not there
 *   sha384         path          hex of a regular file; null: it is not there
 *   make_dir       path, mode    words that say what was done; null: it was there
 *   set_mode       path, mode    the same; null: it had it
 *   set_owner      path, uid     the same
 *   restore_own    path          the same; null: it is what its pristine copy is
 *   list_own                     [{"path","words"}]: programs that are not what their pristine copy
 *                                is; null: there are no copies
 */
#ifndef AGENT_REPAIRD_PROTOCOL_H
#define AGENT_REPAIRD_PROTOCOL_H

#include "media/base/spawn.h"

enum repaird_message {
    REPAIRD_CALL = 1,
    REPAIRD_DONE,
};

/* Descriptors; the first three in the order of enum repair_root. */
enum repaird_fd {
    REPAIRD_FD_ROOTS = SPAWN_FD_FIRST,
    REPAIRD_FD_PRISTINE = REPAIRD_FD_ROOTS + 3,
};

#endif
