/* SPDX-License-Identifier: ISC
 *
 * Which way each fork is taken in one of many tries: the digits of the try's number, so that the
 * tries 0, 1, 2... take all ways in turn, the first fork's fastest.
 */
#ifndef DRIVERS_CONVERT_SIGMA_CHOICE_H
#define DRIVERS_CONVERT_SIGMA_CHOICE_H

struct sigma_choice {
    unsigned rest; /* starts as the try's number */
};

static inline unsigned sigma_choose(struct sigma_choice *choice, unsigned ways)
{
    unsigned way = choice->rest % ways;

    choice->rest /= ways;
    return way;
}

#endif
