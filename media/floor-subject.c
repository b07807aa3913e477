/* SPDX-License-Identifier: ISC */
#include "media/floor-subject.h"

#include <string.h>

#include "media/base/json.h"

bool floor_subject_valid(const char *subject)
{
    if (strncmp(subject, "type:", 5) != 0 && strncmp(subject, "ring:", 5) != 0)
        return false;
    return json_name_valid(subject + 5);
}
