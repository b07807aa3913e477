/* SPDX-License-Identifier: ISC
 *
 * What can't be a feature flag, nor a key of the configuration store: no supplement, no signed set,
 * no policy and no command turns verification, floors, audit, the sandbox or repair off.
 */
#ifndef MEDIA_BASE_PROTECTED_FLAG_H
#define MEDIA_BASE_PROTECTED_FLAG_H

/* Why a name can't be a flag at all ("audit"), or NULL. */
const char *protected_flag(const char *name);

/* Why a key of the configuration store ("audit/enabled") can't be one: a part of it between slashes
 * is such a name. Or NULL. */
const char *protected_key(const char *key);

#endif
