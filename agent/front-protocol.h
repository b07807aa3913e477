/* SPDX-License-Identifier: ISC
 *
 * Messages between sallyport-front, which reads what clients write, and the monitor, which acts.
 * The front forwards requests in one fixed-size form; the monitor parses no client's JSON. Identity
 * does not pass through the front: it hands over each client's socket, and the monitor reads the
 * kernel's credentials (SO_PEERCRED, SO_PEERGROUPS) from it.
 *
 * sallyport-front is started with: 3 frame socket, 4 log pipe, 5 the listening control socket.
 *   FRONT_CLIENT   front -> monitor: client u32, one descriptor: a duplicate of its socket. Only
 *                  for credentials: the monitor closes it.
 *   FRONT_REQUEST  front -> monitor: FRONT_REQUEST_BYTES (front_request_write)
 *   FRONT_GONE     front -> monitor: client u32; answers still under way are dropped
 *   FRONT_REPLY    monitor -> front: client u32, kind u8 (enum front_reply), then one JSON object
 *   FRONT_SELFTEST monitor -> front, no body: sandbox_selftest(); front -> monitor: FRONT_SELFTEST
 * with "ok" or the words of what was allowed A client has one call under way; what it sends
 * meanwhile waits in its own socket.
 */
#ifndef AGENT_FRONT_PROTOCOL_H
#define AGENT_FRONT_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/borrowed-rights.h"
#include "agent/control/protocol.h"
#include "media/base/bytes.h"
#include "media/base/error.h"
#include "media/base/limits.h"

enum front_message { FRONT_CLIENT = 1, FRONT_REQUEST, FRONT_GONE, FRONT_REPLY, FRONT_SELFTEST };

enum front_reply {
    FRONT_REPLY_MORE,  /* one of a stream; more follow */
    FRONT_REPLY_LAST,  /* the answer, or the end of a stream */
    FRONT_REPLY_ERROR, /* {"code":NAME,"message":WORDS}; the call is over */
};

/* A request with every field of every method; unused ones are zero. Strings end within their
 * field and hold no control characters. */
struct front_request {
    uint32_t client;
    enum protocol_method method;
    bool more, dry_run, tokens, confirm_time, strict_expiry;
    uint64_t after;                  /* Audit, Refusals, Events: above this; Acknowledge: up to;
                                        Attest: the size of the file */
    uint32_t limit;                  /* Audit, Refusals: at most so many */
    uint64_t from_us, to_us;         /* Report: a time, from <= to */
    char name[LIMIT_NAME_BYTES + 1]; /* Flag; Activate: a type; Eject, Register, Forget: a medium */
    char source[LIMIT_PATH_BYTES + 1]; /* Import, Inspect, Repair: absolute path or URL */
    uint32_t only_count;               /* Import: only these content types; 0: all */
    char only[LIMIT_SET_PACKAGES][LIMIT_NAME_BYTES + 1];
    char asked[LIMIT_REPUTATION_BYTES + 1]; /* Reputation: keys, each with LF behind it: first 64
                                               hex digits each, then signers (with a colon);
                                               Register: "purpose:WORDS", "owner:WORDS";
                                               Attest: SHA-384 in hex, then a file's name;
                                               Import: the only set that is right, 96 hex digits */
};

#define FRONT_REQUEST_BYTES                                                                        \
    (4 + 1 + 1 + 8 + 4 + 8 + 8 + (LIMIT_NAME_BYTES + 1) + (LIMIT_PATH_BYTES + 1) + 4 +             \
     LIMIT_SET_PACKAGES * (LIMIT_NAME_BYTES + 1) + (LIMIT_REPUTATION_BYTES + 1))

/* Appends exactly FRONT_REQUEST_BYTES. */
int front_request_write(const struct front_request *request, struct bytes *out,
                        struct error *err) ERROR_MUST_CHECK;

/* Whether every field is what front_request_read takes, so that what the front forwards is never
 * refused as hostile. ERROR_PROTOCOL names the field. */
int front_request_check(const struct front_request *request, struct error *err) ERROR_MUST_CHECK;

/* Reads and checks every field again, on the assumption that the front is hostile: known method,
 * strings end in their field and are what their place allows, source absolute, counts in bounds,
 * only flags that the method has. ERROR_PROTOCOL names the field. */
int front_request_read(struct bytes_view body, struct front_request *request,
                       struct error *err) ERROR_MUST_CHECK;

/* Who a client is, from the kernel. */
struct front_peer {
    int32_t pid;
    struct borrowed_rights rights; /* who it is, and what it may open */
    bool may_read, may_act;
};

/* Credentials of a client's socket, held against the two groups (names; absent groups admit
 * nobody), the agent's own user and root. ERROR_DENIED for what was not accepted at `place`, the path
 * of the control socket: a front may hand over whatever it holds. */
int front_peer_read(int socket, const char *place, const char *read_group, const char *act_group,
                    struct front_peer *peer, struct error *err) ERROR_MUST_CHECK;

#endif
