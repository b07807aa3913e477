/* SPDX-License-Identifier: ISC
 *
 * The policy documents of this endpoint, in the order in which they count: what the signed content
 * type "policy" holds, then what lies in the site's own folder (agent.conf [agent] policy). It is
 * decided for each document by its name, STEM.xml: a signed one hides the site's.
 *
 * A document of the site counts only where nobody but root and the agent's own user can have
 * written it: owner and mode of folder and file, a regular file, no link, a size limit. What is in
 * it is for the driver to judge.
 */
#ifndef AGENT_POLICY_SOURCE_H
#define AGENT_POLICY_SOURCE_H

#include "agent/state-content.h"

struct policy_document {
    char stem[LIMIT_NAME_BYTES + 1]; /* "": the name of a file that can't be one */
    bool is_signed;
    int fd;                        /* read-only; -1: left out */
    char words[ERROR_WORDS_BYTES]; /* why it is left out; "": it is not */
};

struct policy_source {
    bool has_package; /* a signed one is active */
    struct state_package package;
    const char *folder;                /* of the site; borrowed */
    char trouble[ERROR_WORDS_BYTES];   /* why nothing of the site's folder counts; "": it does */
    size_t count;                      /* at most LIMIT_POLICY_DOCUMENTS */
    struct policy_document *documents; /* sorted by stem, each once; owned */
};

/* Opens them all. An absent folder is an empty one; what is wrong with one document, or with the
 * folder, is said in it. ERROR_BAD_DIGEST where the signed content is damaged: it must not be the
 * site's turn because of that. policy_source_close() in every case. */
int policy_source_open(struct state *state, const char *folder, struct policy_source *source,
                       struct error *err) ERROR_MUST_CHECK;
void policy_source_close(struct policy_source *source);

/* The document of a stem, or NULL. */
const struct policy_document *policy_source_find(const struct policy_source *source,
                                                 const char *stem);

/* Leaves one out after all. */
void policy_source_leave(struct policy_document *document, const char *words);

/* A digest of names, owners, modes, sizes and times in the site's folder: another one when a
 * document may have changed. All zero for a folder that is absent or can't be read. */
void policy_source_look(const char *folder, uint8_t digest[static DIGEST_BYTES]);

#endif
