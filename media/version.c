/* SPDX-License-Identifier: ISC */
#include "media/version.h"

#include <string.h>

#include "media/base/limits.h"

#define ALNUM "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

bool version_valid(const char *version)
{
    size_t size = strnlen(version, LIMIT_VERSION_BYTES + 1);

    if (size == 0 || size > LIMIT_VERSION_BYTES || strspn(version, ALNUM) == 0)
        return false;
    return strspn(version, ALNUM ".+~:_-") == size;
}
