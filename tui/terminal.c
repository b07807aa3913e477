/* SPDX-License-Identifier: ISC */
#include "tui/terminal.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <unistr.h>
#include <wchar.h>

#include "tui/theme.h"

/* How long after Esc the rest of a key's sequence may come: terminals send it at once. ms */
#define ESCAPE_MS 25

static SCREEN *screen;

static int refuse(const char *why, struct error *err)
{
    return error_set(err, ERROR_USAGE,
                     "the console needs a terminal that can place its cursor, and %s; give console "
                     "--plain, which only writes lines, or sallyport status",
                     why);
}

static void make_pairs(void)
{
    start_color();
    use_default_colors();
    for (int style = 0; style < GRID_STYLES; style++) {
        struct theme_look look = theme_look((enum grid_style)style, false, true);

        init_pair((short)(style + 1), (short)look.foreground, (short)look.background);
    }
}

/* Ctrl-C is a key like others: as a signal it would also end the shell that waits for us, and here it
 * only asks. Ctrl-Z stays what it is. */
static void take_interrupt_key(void)
{
    struct termios mode;

    if (tcgetattr(STDIN_FILENO, &mode) < 0)
        return;
    mode.c_cc[VINTR] = _POSIX_VDISABLE;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0)
        def_prog_mode();
}

int terminal_open(struct terminal *terminal, const struct terminal_wish *wish, struct error *err)
{
    const char *term = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return refuse("standard input or output is none", err);
    if (term == NULL || term[0] == '\0')
        return refuse("TERM does not say which one this is", err);
    setlocale(LC_CTYPE, "");
    screen = newterm(NULL, stdout, stdin);
    if (screen == NULL)
        return refuse("TERM names none that is known here", err);
    if (cursor_address == NULL) {
        endwin();
        delscreen(screen);
        return refuse("this one can't", err);
    }
    *terminal =
        (struct terminal){.utf8 = !wish->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0};
    cbreak();
    noecho();
    nonl();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
    take_interrupt_key();
    if (has_colors())
        make_pairs();
    terminal->color = theme_has_color(wish->color, getenv("NO_COLOR"), has_colors() ? COLORS : 0);
    if (wish->mouse)
        mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED, NULL);
    getmaxyx(stdscr, terminal->height, terminal->width);
    return 0;
}

void terminal_close(struct terminal *terminal)
{
    endwin();
    delscreen(screen);
    screen = NULL;
}

/* A serial line tells no size by itself: then LINES and COLUMNS hold, and what the terminal's entry
 * says, which ncurses has looked at. */
void terminal_resize(struct terminal *terminal, bool whole)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    if (whole)
        clearok(curscr, TRUE);
    getmaxyx(stdscr, terminal->height, terminal->width);
}

static attr_t attributes(const struct theme_look *look)
{
    return (look->bold ? A_BOLD : 0) | (look->reverse ? A_REVERSE : 0) |
           (look->underline ? A_UNDERLINE : 0) | (look->dim ? A_DIM : 0);
}

/* What the C library takes for another width than we do would shift the rest of the row. */
static void decode(const struct grid_cell *cell, int width, wchar_t out[static CCHARW_MAX + 1])
{
    const uint8_t *at = (const uint8_t *)cell->text;
    size_t count = 0;
    ucs4_t character;
    int length;

    while (count < CCHARW_MAX && (length = u8_strmbtouc(&character, at)) > 0) {
        out[count++] = (wchar_t)character;
        at += length;
    }
    out[count] = L'\0';
    if (count == 0 || wcswidth(out, count) != width)
        wmemcpy(out, L"?", 2);
}

static void put_cell(const struct terminal *terminal, const struct grid *grid, int row, int column)
{
    const struct grid_cell *cell = grid_at(grid, row, column);
    const struct grid_cell *next = grid_at(grid, row, column + 1);
    int width = next != NULL && next->text[0] == '\0' ? 2 : 1;
    struct theme_look look =
        theme_look((enum grid_style)cell->style, cell->selected, terminal->color);
    wchar_t text[CCHARW_MAX + 1];
    cchar_t shown;

    if (cell->text[0] == '\0')
        return;
    decode(cell, width, text);
    setcchar(&shown, text, attributes(&look), terminal->color ? (short)(cell->style + 1) : 0, NULL);
    mvadd_wch(row, column, &shown);
}

void terminal_show(const struct terminal *terminal, const struct grid *grid)
{
    erase();
    for (int row = 0; row < grid->height; row++)
        for (int column = 0; column < grid->width; column++)
            put_cell(terminal, grid, row, column);
    curs_set(grid->cursor_row >= 0 ? 1 : 0);
    if (grid->cursor_row >= 0)
        move(grid->cursor_row, grid->cursor_column);
    refresh();
}

static const struct {
    int code;
    const char *name;
} named[] = {
    {KEY_UP, "Up"},       {KEY_DOWN, "Down"},
    {KEY_LEFT, "Left"},   {KEY_RIGHT, "Right"},
    {KEY_HOME, "Home"},   {KEY_END, "End"},
    {KEY_NPAGE, "PgDn"},  {KEY_PPAGE, "PgUp"},
    {KEY_ENTER, "Enter"}, {KEY_BACKSPACE, "Backspace"},
    {KEY_DC, "Delete"},   {KEY_BTAB, "Shift-Tab"},
    {KEY_MOUSE, "Mouse"},
};

static void name_code(int code, char name[static TERMINAL_KEY_BYTES])
{
    snprintf(name, TERMINAL_KEY_BYTES, "?");
    if (code >= KEY_F(1) && code <= KEY_F(12))
        snprintf(name, TERMINAL_KEY_BYTES, "F%d", code - KEY_F0);
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (named[i].code == code)
            snprintf(name, TERMINAL_KEY_BYTES, "%s", named[i].name);
    if (strcmp(name, "?") == 0)
        snprintf(name, TERMINAL_KEY_BYTES, "Unknown");
}

static void name_character(ucs4_t character, char name[static TERMINAL_KEY_BYTES])
{
    int size;

    switch (character) {
    case '\t':
        snprintf(name, TERMINAL_KEY_BYTES, "Tab");
        return;
    case '\r':
    case '\n':
        snprintf(name, TERMINAL_KEY_BYTES, "Enter");
        return;
    case 0x08:
    case 0x7f:
        snprintf(name, TERMINAL_KEY_BYTES, "Backspace");
        return;
    case 0x1b:
        snprintf(name, TERMINAL_KEY_BYTES, "Esc");
        return;
    default:
        break;
    }
    if (character < 0x20) {
        snprintf(name, TERMINAL_KEY_BYTES, "Ctrl-%c", (char)('@' + character));
        return;
    }
    size = u8_uctomb((uint8_t *)name, character, TERMINAL_KEY_BYTES - 1);
    name[size > 0 ? size : 0] = '\0';
}

bool terminal_key(char name[static TERMINAL_KEY_BYTES], int *row)
{
    wint_t character;
    int kind = get_wch(&character);
    MEVENT event;

    if (kind == ERR)
        return false;
    if (kind != KEY_CODE_YES) {
        name_character((ucs4_t)character, name);
        return true;
    }
    name_code((int)character, name);
    if (character == KEY_MOUSE && getmouse(&event) == OK)
        *row = event.y;
    return true;
}

void terminal_forget(void)
{
    flushinp();
}
