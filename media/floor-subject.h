/* SPDX-License-Identifier: ISC
 *
 * What a floor is about, as text: "type:NAME" (a content type) or "ring:NAME". In state, root
 * documents, requests and plans alike.
 */
#ifndef MEDIA_FLOOR_SUBJECT_H
#define MEDIA_FLOOR_SUBJECT_H

#include <stdbool.h>

#include "media/base/limits.h"

#define FLOOR_SUBJECT_BYTES (LIMIT_NAME_BYTES + 6) /* with its zero */

bool floor_subject_valid(const char *subject);

#endif
