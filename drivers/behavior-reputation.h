/* SPDX-License-Identifier: ISC
 *
 * What local-rep-data says, as rules ask it; in a selftest what the case gives instead.
 */
#ifndef DRIVERS_BEHAVIOR_REPUTATION_H
#define DRIVERS_BEHAVIOR_REPUTATION_H

#include "drivers/behavior.h"

/* "neutral", "good", "bad"; NULL: nothing is known. */
const char *behavior_reputation_file(const struct behavior *behavior, struct bytes_view digest);
/* ERROR_BAD_CONTENT: no form of a signer (reputation-key.h). *verdict as above. */
int behavior_reputation_signer(const struct behavior *behavior, struct bytes_view signer,
                               const char **verdict, struct error *err) ERROR_MUST_CHECK;

#endif
