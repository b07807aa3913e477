/* SPDX-License-Identifier: ISC */
#include "drivers/convert/sigma-finding.h"

#include <stdarg.h>
#include <stdio.h>

static void find(struct sigma_findings *findings, unsigned line, const char *format,
                 va_list arguments) __attribute__((format(printf, 3, 0)));

static void find(struct sigma_findings *findings, unsigned line, const char *format,
                 va_list arguments)
{
    struct sigma_finding *row = &findings->rows[findings->count];

    if (findings->count == LIMIT_SIGMA_FINDINGS) {
        findings->untold++;
        return;
    }
    findings->count++;
    row->line = line;
    vsnprintf(row->what, sizeof(row->what), format, arguments);
}

void sigma_unsupported(struct sigma_findings *findings, unsigned line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    find(findings, line, format, arguments);
    va_end(arguments);
}

void sigma_broken(struct sigma_findings *findings, unsigned line, const char *format, ...)
{
    va_list arguments;

    findings->broken = true;
    va_start(arguments, format);
    find(findings, line, format, arguments);
    va_end(arguments);
}

bool sigma_is_clear(const struct sigma_findings *findings)
{
    return findings->count == 0;
}
