/* SPDX-License-Identifier: ISC
 *
 * Whether a scan exclusion that a rule of appfeed or userappfeed asks for is taken. Its content is
 * trusted to know software, not to open the endpoint: what people can write into is never left out of
 * scans (for userappfeed: what others than the user can), and neither is a folder of the system. For
 * appfeed the way is root's, and from some folder on it may be that of one account of software
 * (agent/exclusion-account.h): a database keeps its files so.
 *
 * The form is judged by the monitor; the way, folder by folder, by who can see it: the monitor for
 * appfeed, for userappfeed the inventory's broker, which runs as the user.
 */
#ifndef AGENT_EXCLUSION_H
#define AGENT_EXCLUSION_H

#include <stdbool.h>
#include <sys/types.h>

/* X(symbol, word, sentence) */
#define EXCLUSION_VERDICTS(X)                                                                      \
    X(TAKEN, "taken", "Scans leave it out.")                                                       \
    X(FORM, "form",                                                                                \
      "It is no path of names between single slashes, in UTF-8 without controls, or too long.")    \
    X(NOT_ABSOLUTE, "not-absolute", "It does not begin with a slash (for userappfeed: with ~/).")  \
    X(DOTS, "dots", "It has a name that is . or ..")                                               \
    X(GLOB, "glob", "It has a character of a pattern: it would stand for more than it names.")     \
    X(ROOT, "root", "It is the root folder.")                                                      \
    X(SYSTEM_FOLDER, "system-folder",                                                              \
      "It is, or lies in, a folder of the system that many share.")                                \
    X(HOME, "home", "It is the home folder itself.")                                               \
    X(HOMES, "homes", "It is the home folder of a person, or holds one.")                          \
    X(STARTS_PROGRAMS, "starts-programs",                                                          \
      "It is, holds or lies in a place that programs of the user are started from.")               \
    X(ABSENT, "absent", "It is not there.")                                                        \
    X(LINK, "link", "It is a symbolic link, or one is on the way.")                                \
    X(KIND, "kind", "It is neither a regular file nor a folder.")                                  \
    X(OWNER, "owner", "It, or a folder on the way, belongs to somebody else.")                     \
    X(WRITABLE, "writable", "Its group or all may write to it, or to a folder on the way.")        \
    X(NOT_SEEN, "not-seen", "The way to it could not be looked at.")

enum exclusion_verdict {
#define X(symbol, word, sentence) EXCLUSION_##symbol,
    EXCLUSION_VERDICTS(X)
#undef X
        EXCLUSION_COUNT
};

/* The stable word and the sentence of a verdict; never NULL. */
const char *exclusion_word(enum exclusion_verdict verdict);
const char *exclusion_sentence(enum exclusion_verdict verdict);
/* By its word. False: there is none of it. */
bool exclusion_find(const char *word, enum exclusion_verdict *verdict);

/* The path alone. per_user: it begins with "~/". One slash at its end means a folder and is fine. */
enum exclusion_verdict exclusion_judge_form(const char *path, bool per_user);

/* Where a way begins, and who may own what is on it. */
struct exclusion_base {
    int folder;  /* the root folder, or the user's home; O_PATH suffices */
    uid_t owner; /* of the root folder: root, or who made it for a test */
    uid_t user;  /* for a home: its user too; else the same as owner */
    bool
        software; /* an account of software may too: the folder is the root folder, with etc/passwd */
};

/* A path whose form was taken: each folder on the way and what it names, from the base itself on. */
enum exclusion_verdict exclusion_judge_way(const struct exclusion_base *base, const char *path);

#endif
