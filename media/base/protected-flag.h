/* SPDX-License-Identifier: ISC
 *
 * What can't be a feature flag: no supplement, no signed set and no command turns verification,
 * floors, audit, the sandbox or repair off.
 */
#ifndef MEDIA_BASE_PROTECTED_FLAG_H
#define MEDIA_BASE_PROTECTED_FLAG_H

/* Why a name can't be a flag at all ("audit"), or NULL. */
const char *protected_flag(const char *name);

#endif
