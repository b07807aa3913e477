/* SPDX-License-Identifier: ISC
 *
 * A text that an expression should match, for a selftest case. Written from the usual part of PCRE2
 * (literals, classes, groups, alternatives, repeats); what it does not understand it passes over, so
 * that whoever uses the text tries it first.
 */
#ifndef DRIVERS_CONVERT_SIGMA_SAMPLE_H
#define DRIVERS_CONVERT_SIGMA_SAMPLE_H

#include "drivers/convert/sigma-choice.h"
#include "drivers/convert/sigma-expression.h"

/* Appends a text to *out. False: it does not fit, or the expression goes too deep. */
bool sigma_sample(struct bytes_view expression, struct sigma_choice *choice,
                  struct sigma_text *out);

#endif
