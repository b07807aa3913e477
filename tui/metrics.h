/* SPDX-License-Identifier: ISC
 *
 * How an endpoint stands, for a monitoring system: the text format of Prometheus as node_exporter's
 * textfile collector reads it. One row a metric in the table of metrics.c. No label is a serial
 * number, a path or a user's name; values in labels are escaped.
 */
#ifndef TUI_METRICS_H
#define TUI_METRICS_H

#include <jansson.h>
#include <stdio.h>

/* What the agent answered; borrowed. Without a status nobody answered. */
struct metrics {
    const json_t *status; /* sallyport.status/1 */
    const json_t *floors; /* sallyport.floors/1 */
    const json_t *media;  /* sallyport.media/1 */
    const json_t *chain;  /* the answer of AuditVerify */
};

/* Every metric that there is a value for, with its help and type. */
void metrics_write(const struct metrics *metrics, FILE *out);

#endif
