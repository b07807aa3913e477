/* SPDX-License-Identifier: ISC
 *
 * Messages between a driver program and whoever started it (publish on the mirror, the monitor on
 * the endpoint): both ends include this, neither includes the other. Frames as in frame.h, JSON
 * bodies of at most LIMIT_DRIVER_MESSAGE bytes; field by field in sallyport-driver(7).
 *
 *   DRIVER_HELLO      driver -> parent {"family","types":[{"name","schema":[lo,hi]}],
 *                     "reads":[{"name","schema":[lo,hi]}],"abi":[lo,hi],
 *                     "sandbox":{"landlock":N,"seccomp":bool}}, after the sandbox was entered and
 *                     before the first message is read. reads: types of other families that it
 *                     looks up in; they are loaded and swapped like its own, and never served
 *   DRIVER_CONTENT    parent -> driver {"type","files":N,"sealed":KEYID|null}; sealed: one
 *                     descriptor that holds the content key (DRIVER_KEY_BYTES)
 *   DRIVER_FILE       parent -> driver {"name","size"}, one read-only descriptor; N of them, names
 *                     rising by bytes
 *   DRIVER_REQUEST    parent -> driver {"verb","type"?,"request"?}; "check" and "load" follow the
 *                     last file of a content, the others stand alone
 *   DRIVER_REPLY      driver -> parent {"ok":true,...} or
 *                     {"ok":false,"code","words","file","line","item"}; one for each request
 *                     to check and load with "findings":[{"file","line","words"}] where the content
 *                     is good as a whole and parts of it are left out
 *   DRIVER_HEARTBEAT  driver -> parent {"item"}: what it is working on. Silence for longer than
 *                     LIMIT_DRIVER_SILENCE_MS within a request is SIGKILL and blame on that item
 *   DRIVER_CALL       driver -> parent {"call","arguments":[...]}, within a request: what the driver
 *                     may not do itself. LIMIT_DRIVER_CALL_BYTES; one at a time
 *   DRIVER_RETURN     parent -> driver {"value":ANY,"reason":TEXT|null}, or {"refused":TEXT}: the
 *                     call had a wrong form, which is the driver's or its content's fault
 *   DRIVER_CHANNEL    parent -> driver {"channel":"events"}, one descriptor: a SOCK_SEQPACKET whose
 *                     packets are batches of events (media/base/event.h). The one before, if any, is
 *                     closed. No reply
 *   DRIVER_NEWS       driver -> parent {"news":NAME,...}, at any time and also between requests:
 *                     "detection" and "rule-off" of the behavior family. No reply
 */
#ifndef MEDIA_BASE_DRIVER_PROTOCOL_H
#define MEDIA_BASE_DRIVER_PROTOCOL_H

enum driver_message {
    DRIVER_HELLO = 1,
    DRIVER_CONTENT,
    DRIVER_FILE,
    DRIVER_REQUEST,
    DRIVER_REPLY,
    DRIVER_HEARTBEAT,
    DRIVER_CALL,
    DRIVER_RETURN,
    DRIVER_CHANNEL,
    DRIVER_NEWS
};

/* The version of this protocol and of struct driver; packages name the range that they need. */
#define DRIVER_ABI 1

#define DRIVER_KEY_BYTES 32

/* Rows of "findings" in a reply, at most: what was left out of a content. */
#define DRIVER_FINDINGS 64

/* Types of other families that one driver may read. */
#define DRIVER_READS 4

/* Arguments of one call, at most. */
#define DRIVER_ARGUMENTS 8

#endif
