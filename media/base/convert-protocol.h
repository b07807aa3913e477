/* SPDX-License-Identifier: ISC
 *
 * Conversation between publish --from and sallyport-convert, the program that turns rules in the form
 * of others into ours, one file into one. It sees the descriptors that it is sent, nothing else, and
 * reads none of them before its sandbox is closed.
 *
 *   parent                                                 child
 *   CONVERT_FILE {"format", "size"}, the file, an output  -> CONVERT_MADE {}
 *                                                          | CONVERT_FOUND {"broken", "untold", "rows"}
 *     ... any number; the parent's end of the socket ends it
 *
 * The output is an empty file, open for writing; after CONVERT_FOUND what is in it is nothing. "rows":
 * [{"line", "what"}], one at least, in printable ASCII; "untold": how many more there are. "broken":
 * the file is no sound one of its format; else only ours can't say it. At any place the child may
 * answer CONVERT_REFUSED {"code", "words"} and end. Tests send CONVERT_SELFTEST {}: CONVERT_MADE when
 * the sandbox holds, else CONVERT_REFUSED.
 */
#ifndef MEDIA_BASE_CONVERT_PROTOCOL_H
#define MEDIA_BASE_CONVERT_PROTOCOL_H

#define CONVERT_PROGRAM    "sallyport-convert"
#define CONVERT_MESSAGE    16384 /* bytes of the longest */
#define CONVERT_WHAT       256   /* bytes of one row's words, at most */
#define CONVERT_NO_SANDBOX 2     /* exit status: nothing was read */

enum convert_message {
    CONVERT_FILE = 1,
    CONVERT_MADE,
    CONVERT_FOUND,
    CONVERT_REFUSED,
    CONVERT_SELFTEST
};

#endif
