/* SPDX-License-Identifier: ISC
 *
 * The sections about removable media: [media], and [media-rule N]. For config.c's table.
 */
#ifndef AGENT_CONFIG_MEDIA_H
#define AGENT_CONFIG_MEDIA_H

#include "agent/config.h"

/* ini_take functions; context is a struct config. */
int config_take_registered_only(void *context, const char *name, const char *value,
                                struct error *err) ERROR_MUST_CHECK;
int config_take_trusted_hubs(void *context, const char *name, const char *value,
                             struct error *err) ERROR_MUST_CHECK;
/* name is the rule's number; rules are kept in the order of their numbers, and one that comes again
 * takes the place of the first. */
int config_take_media_rule(void *context, const char *name, const char *value,
                           struct error *err) ERROR_MUST_CHECK;

/* Frees what they made. */
void config_clear_media(struct config *config);

#endif
