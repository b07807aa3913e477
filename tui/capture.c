/* SPDX-License-Identifier: ISC */
#include "tui/capture.h"

#include <stdlib.h>
#include <string.h>

int capture_open(struct capture *capture, struct error *err)
{
    *capture = (struct capture){.output = {.color = false}};
    capture->output.stream = open_memstream(&capture->text, &capture->size);
    if (capture->output.stream == NULL)
        return error_set(err, ERROR_INTERNAL, "no memory for what is to be shown");
    return 0;
}

void capture_close(struct capture *capture, struct lines *lines)
{
    char *at, *line;

    fclose(capture->output.stream);
    at = capture->text;
    while (at != NULL && *at != '\0') {
        line = strsep(&at, "\n");
        lines_add_wrapped(lines, 1, "", "%s", line);
    }
    free(capture->text);
}
