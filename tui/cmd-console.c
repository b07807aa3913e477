/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/ask.h"
#include "tui/model-ask.h"
#include "tui/plain.h"
#include "tui/screen.h"
#include "tui/session.h"

static const char *const examples[] = {
    "console",
    "console --plain",
    "console --charset ascii --color never",
    "console --dump status",
    "console --dump status --size 80x24 --charset ascii --fixture status.json",
    NULL};

static const struct command_option options[] = {
    {"dump", 0, COMMAND_TEXT, "SCREEN",
     "print one screen and end: status, media, import, audit or engines"},
    {"size", 0, COMMAND_TEXT, "WxH", "of what --dump prints (80x24)"},
    {"charset", 0, COMMAND_TEXT, "SET", "utf8 or ascii (by the locale; with --dump utf8)"},
    {"fixture", 0, COMMAND_TEXT, "FILE", "draw what this file holds, not what the agent answers"},
    {"plain", 0, COMMAND_FLAG, NULL,
     "lines and a menu in place of a window: screen readers, serial lines"},
    {"mouse", 0, COMMAND_FLAG, NULL, "take clicks: the terminal then marks no text by itself"},
};

static int read_size(const char *text, int *width, int *height, struct error *err)
{
    char end;

    if (text == NULL)
        return 0;
    if (strlen(text) > 9 || sscanf(text, "%3dx%3d%c", width, height, &end) != 2 || *width < 1 ||
        *height < 1 || *width > GRID_WIDTH_MAX || *height > GRID_HEIGHT_MAX)
        return error_set(err, ERROR_USAGE, "--size takes WxH, such as 80x24, at most %dx%d",
                         GRID_WIDTH_MAX, GRID_HEIGHT_MAX);
    return 0;
}

static int read_charset(const char *text, bool *utf8, struct error *err)
{
    *utf8 = text == NULL || strcmp(text, "utf8") == 0;
    if (!*utf8 && strcmp(text, "ascii") != 0)
        return error_set(err, ERROR_USAGE, "--charset takes utf8 or ascii");
    return 0;
}

static int dump(const struct command_invocation *invocation, const char *name, struct error *err)
{
    const char *fixture = command_text(invocation, "fixture");
    int width = 80, height = 24, result;
    struct screen_view view;
    struct model model;
    struct grid grid;
    bool utf8;

    screen_open(&view);
    while (panel_at(view.panel) != NULL && strcmp(panel_at(view.panel)->name, name) != 0)
        view.panel++;
    if (panel_at(view.panel) == NULL)
        return error_set(err, ERROR_USAGE,
                         "--dump %s: screens are status, media, import, audit and engines", name);
    if (read_size(command_text(invocation, "size"), &width, &height, err) < 0 ||
        read_charset(command_text(invocation, "charset"), &utf8, err) < 0)
        return -(int)err->code;
    model_open(&model);
    result = fixture != NULL ? model_read_fixture(&model, fixture, err)
                             : model_ask(invocation, &model, err);
    if (result == 0) {
        grid_open(&grid, width, height, utf8);
        screen_draw(&model, &view, &grid);
        if (grid_print(&grid, stdout) < 0)
            result = error_set(err, ERROR_IO, "standard output: it can't be written");
        grid_close(&grid);
    }
    screen_close(&view);
    model_close(&model);
    return result;
}

static int show(const struct command_invocation *invocation, struct error *err)
{
    const char *charset = command_text(invocation, "charset");
    struct session_wish wish = {
        .socket_path = ask_socket_path(invocation),
        .fixture = command_text(invocation, "fixture"),
        .terminal = {.color = command_text(invocation, "color"),
                     .mouse = command_flag(invocation, "mouse")},
    };
    struct output output;
    bool utf8;

    if (command_text(invocation, "size") != NULL)
        return error_set(err, ERROR_USAGE, "--size goes with --dump: the window has a size");
    if (command_flag(invocation, "json"))
        return error_set(err, ERROR_USAGE,
                         "the console is for people: for JSON give status --json");
    if (read_charset(charset, &utf8, err) < 0 || output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    wish.terminal.ascii = !utf8;
    return session_run(&wish, err);
}

/* A terminal that can't place its cursor has lines all the same. */
static bool is_dumb(void)
{
    const char *term = getenv("TERM");

    return term != NULL && strcmp(term, "dumb") == 0 && isatty(STDIN_FILENO);
}

static int tell(const struct command_invocation *invocation, struct error *err)
{
    struct plain plain = {.invocation = invocation,
                          .fixture = command_text(invocation, "fixture"),
                          .typed = stdin,
                          .output = {.stream = stdout}};
    bool utf8;

    if (command_text(invocation, "size") != NULL || command_flag(invocation, "json"))
        return error_set(err, ERROR_USAGE, "--plain goes with neither --size nor --json");
    if (read_charset(command_text(invocation, "charset"), &utf8, err) < 0)
        return -(int)err->code;
    plain.output.ascii = !utf8;
    if (!command_flag(invocation, "plain"))
        plain_say(&plain.output,
                  "This terminal can only print: this is sallyport console --plain.");
    return plain_run(&plain, err);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *name = command_text(invocation, "dump");

    if (name != NULL)
        return dump(invocation, name, err);
    return command_flag(invocation, "plain") || is_dumb() ? tell(invocation, err)
                                                          : show(invocation, err);
}

const struct command command_console = {
    .name = "console",
    .arguments = "",
    .summary = "Show status, media, imports, audit and engines in a full window",
    .description = "See CONSOLE for its screens and keys.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
