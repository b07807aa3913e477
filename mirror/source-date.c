/* SPDX-License-Identifier: ISC */
#include "mirror/source-date.h"

#include <stdlib.h>

#include "media/base/instant.h"

int64_t source_date(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds = 0;

    if (epoch == NULL || epoch[0] == '\0')
        return instant_clock();
    for (; *epoch >= '0' && *epoch <= '9' && seconds < INT32_MAX; epoch++)
        seconds = seconds * 10 + (*epoch - '0');
    return *epoch == '\0' ? seconds * INSTANT_SECOND_US : instant_clock();
}
