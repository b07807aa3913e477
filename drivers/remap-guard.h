/* SPDX-License-Identifier: ISC
 *
 * What is asked of XML before libxml2 sees it, because it takes time out of proportion for it: no
 * DOCTYPE and no other declaration, and bounds on depth and on attributes of one element (each is
 * compared with all before it: a megabyte of them takes most of a minute). Whether it is well-formed
 * is for libxml2 to say: what this reader can't follow it leaves to it.
 */
#ifndef DRIVERS_REMAP_GUARD_H
#define DRIVERS_REMAP_GUARD_H

#include <stddef.h>

#include "media/base/error.h"

/* ERROR_BAD_CONTENT as "LINE: what". */
int remap_guard(const char *text, size_t size, struct error *err) ERROR_MUST_CHECK;

#endif
