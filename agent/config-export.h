/* SPDX-License-Identifier: ISC
 *
 * Inside of agent/config.c: the keys of [export] and [telemetry], what may leave this site and where
 * to. Each takes a value into the struct config that is the context (media/base/ini.h).
 */
#ifndef AGENT_CONFIG_EXPORT_H
#define AGENT_CONFIG_EXPORT_H

#include "media/base/error.h"

int config_take_export_categories(void *context, const char *name, const char *value,
                                  struct error *err);
int config_take_export_telemetry(void *context, const char *name, const char *value,
                                 struct error *err);
int config_take_export_items(void *context, const char *name, const char *value, struct error *err);
int config_take_export_bytes(void *context, const char *name, const char *value, struct error *err);
int config_take_suffix(void *context, const char *name, const char *value, struct error *err);

#endif
