/* SPDX-License-Identifier: ISC
 *
 * Whether an owner is software and nobody: a database keeps its files in a folder of its own account's.
 * What only that software can write to is not what people can.
 *
 * An account is one of software's where every row of its number in the root folder's etc/passwd is
 * above root's and below people's, and either has no shell that lets in, or has its home beneath
 * /var/lib, where packages keep their state and people don't live (Debian's postgres has bash there).
 */
#ifndef AGENT_EXCLUSION_ACCOUNT_H
#define AGENT_EXCLUSION_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

/* root: the root folder; stays the caller's. False also where no row is known. */
bool exclusion_account_is_software(int root, uid_t owner);

/* Whether the folder, an absolute path, is the home of one of people's accounts or holds one: what
 * people can write to is then beneath it, whoever owns the folder itself. True also where etc/passwd
 * can't be read. */
bool exclusion_account_lives_in(int root, const char *folder);

#endif
