/* SPDX-License-Identifier: ISC
 *
 * The loader is the validator: the driver that an endpoint will load a content with checks it here,
 * in the same sandbox, before anything is signed.
 */
#ifndef MIRROR_CONTENT_CHECK_H
#define MIRROR_CONTENT_CHECK_H

#include "media/base/command.h"
#include "media/content-type.h"
#include "media/driver-run.h"
#include "media/package-source.h"

/* Where the drivers are: --libexec, else where they were installed. */
const char *content_check_libexec(const struct command_invocation *invocation);

/* Starts the type's driver and lets it check the files beneath content_fd. key: the content key of
 * sealed files, NULL for plain ones. ERROR_DRIVER_MISSING, ERROR_DRIVER_REFUSED with the driver's
 * words, ERROR_DRIVER_FAILED. _held: of plain files that are open, at most LIMIT_DRIVER_FILES. */
int content_check_held(const char *libexec, const struct content_type *type,
                       const struct package_source *held, struct error *err) ERROR_MUST_CHECK;
int content_check(const char *libexec, const struct content_type *type, int content_fd,
                  const struct driver_run_key *key, struct error *err) ERROR_MUST_CHECK;

#endif
