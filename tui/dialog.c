/* SPDX-License-Identifier: ISC */
#include "tui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "tui/keys.h"

static void open_popup(struct screen_view *view, enum screen_popup popup, const char *title)
{
    dialog_close(view);
    view->popup = popup;
    snprintf(view->title, sizeof(view->title), "%s", title);
    view->message[0] = '\0';
}

void dialog_read(struct dialog *dialog, struct screen_view *view, enum screen_popup popup,
                 const char *title)
{
    open_popup(view, popup, title);
    dialog->purpose = DIALOG_TO_READ;
}

void dialog_ask(struct dialog *dialog, struct screen_view *view, enum dialog_purpose purpose,
                const char *title, const char *prompt, const char *first)
{
    open_popup(view, SCREEN_INPUT, title);
    dialog->purpose = purpose;
    snprintf(view->prompt, sizeof(view->prompt), "%s", prompt);
    snprintf(view->input, sizeof(view->input), "%s", first);
}

void dialog_close(struct screen_view *view)
{
    view->popup = SCREEN_NO_POPUP;
    view->scroll = 0;
    view->title[0] = view->prompt[0] = view->input[0] = '\0';
    lines_clear(&view->text);
}

static enum dialog_outcome close_it(struct screen_view *view)
{
    dialog_close(view);
    return DIALOG_CLOSED;
}

/* Drawing keeps the number within the text. */
static enum dialog_outcome scroll(struct screen_view *view, const char *key, int page)
{
    switch (keys_find(key, view->panel)) {
    case KEYS_DOWN:
        view->scroll++;
        break;
    case KEYS_UP:
        view->scroll--;
        break;
    case KEYS_PAGE_DOWN:
        view->scroll += page;
        break;
    case KEYS_PAGE_UP:
        view->scroll -= page;
        break;
    case KEYS_FIRST:
        view->scroll = 0;
        break;
    case KEYS_LAST:
        view->scroll = 1 << 20;
        break;
    default:
        return close_it(view);
    }
    return DIALOG_STAYS;
}

/* Takes off one character: its last byte and what continues it. */
static void erase_last(char *text)
{
    size_t size = strlen(text);

    while (size > 0 && ((unsigned char)text[size - 1] & 0xc0) == 0x80)
        size--;
    text[size > 0 ? size - 1 : 0] = '\0';
}

static bool is_character(const char *key)
{
    return key[0] != '\0' && (key[1] == '\0' || (unsigned char)key[0] >= 0x80);
}

static enum dialog_outcome type(struct screen_view *view, const char *key)
{
    size_t size = strlen(view->input);

    if (strcmp(key, "Enter") == 0)
        return DIALOG_GIVEN;
    if (strcmp(key, "Esc") == 0 || strcmp(key, "Ctrl-C") == 0)
        return close_it(view);
    if (strcmp(key, "Backspace") == 0)
        erase_last(view->input);
    else if (strcmp(key, "Ctrl-U") == 0)
        view->input[0] = '\0';
    else if (is_character(key) && size + strlen(key) < sizeof(view->input))
        memcpy(view->input + size, key, strlen(key) + 1);
    return DIALOG_STAYS;
}

enum dialog_outcome dialog_key(struct dialog *dialog, struct screen_view *view, const char *key,
                               int page)
{
    (void)dialog;
    return view->popup == SCREEN_INPUT ? type(view, key) : scroll(view, key, page);
}
