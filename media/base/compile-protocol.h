/* SPDX-License-Identifier: ISC
 *
 * Conversation between publish and sallyport-compile, the program that makes of a source what an
 * endpoint loads. It sees the descriptors that it is sent, nothing else, and reads none of them
 * before its sandbox is closed.
 *
 *   parent                                          child
 *   COMPILE_BEGIN {"type"}, outputs and scratch  -> COMPILE_READY {}
 *   COMPILE_FILE {"name", "size"}, one file      -> COMPILE_PROGRESS..., COMPILE_READY {}
 *     ... the files of the source, sorted by name
 *   COMPILE_END {}                               -> COMPILE_PROGRESS..., COMPILE_DONE {"counts"}
 *
 * At any place the child may answer COMPILE_REFUSED {"code", "words"} and end. Outputs are empty
 * files, open for reading and writing, one for each name that the content type's row lists, in its
 * order (media/content-type.h); an output that stays empty is not part of the content.
 * COMPILE_SCRATCH empty files without a name follow them. "counts" is an object of objects of
 * numbers, by list and by what was counted. Tests send COMPILE_SELFTEST {} at the start:
 * COMPILE_READY when the sandbox holds, else COMPILE_REFUSED.
 */
#ifndef MEDIA_BASE_COMPILE_PROTOCOL_H
#define MEDIA_BASE_COMPILE_PROTOCOL_H

#define COMPILE_PROGRAM    "sallyport-compile"
#define COMPILE_MESSAGE    16384 /* bytes of the longest */
#define COMPILE_OUTPUTS    8     /* at most */
#define COMPILE_SCRATCH    4
#define COMPILE_COUNTS     16 /* rows of either level of "counts", at most */
#define COMPILE_NO_SANDBOX 2  /* exit status: nothing was read */

enum compile_message {
    COMPILE_BEGIN = 1,
    COMPILE_FILE,
    COMPILE_END,
    COMPILE_READY,
    COMPILE_PROGRESS, /* {"step", "done", "total"}: bytes; total 0 where nobody knows it */
    COMPILE_DONE,
    COMPILE_REFUSED,
    COMPILE_SELFTEST
};

#endif
