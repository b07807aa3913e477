# libbase: what knows no content. Links nothing of ours.
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	media/base/bytes.c media/base/bytes.h \
	media/base/error.c media/base/error.h \
	media/base/instant.c media/base/instant.h \
	media/base/json.c media/base/json.h \
	media/base/db.c media/base/db.h \
	media/base/log.c media/base/log.h \
	media/base/path.c media/base/path.h \
	media/base/publish.c media/base/publish.h \
	media/base/text.c media/base/text.h \
	media/base/error-codes.h media/base/limits.h
libbase_a_SOURCES += media/base/frame.c media/base/frame.h media/base/frame-json.c
libbase_a_SOURCES += media/base/spawn.c media/base/spawn.h
libbase_a_SOURCES += \
	media/base/command.c media/base/command.h \
	media/base/command-parse.c media/base/command-parse.h \
	media/base/command-help.c media/base/command-completion.c media/base/command-help.h
libbase_a_SOURCES += media/base/sandbox.h media/base/sandbox-selftest.c
if WITH_SANDBOX
libbase_a_SOURCES += \
	media/base/sandbox-linux.c \
	media/base/sandbox-landlock.c media/base/sandbox-landlock.h \
	media/base/sandbox-calls.c media/base/sandbox-calls.h
else
libbase_a_SOURCES += media/base/sandbox-none.c
endif
EXTRA_DIST += media/base/sandbox-none.c
libbase_a_SOURCES += media/base/refusal.c media/base/refusal.h
libbase_a_SOURCES += media/base/compile-protocol.h media/base/convert-protocol.h media/base/driver-protocol.h
libbase_a_SOURCES += media/base/destination.c media/base/destination.h
libbase_a_SOURCES += media/base/ini.c media/base/ini.h
libbase_a_SOURCES += media/base/passphrase.c media/base/passphrase.h
libbase_a_SOURCES += media/base/protected-flag.c media/base/protected-flag.h
libbase_a_SOURCES += media/base/secrecy.c media/base/secrecy.h
libbase_a_SOURCES += \
	media/base/journal.c media/base/journal.h \
	media/base/listen-fds.c media/base/listen-fds.h \
	media/base/notify.c media/base/notify.h
libbase_a_SOURCES += \
	media/base/http-range.c media/base/http-range.h \
	media/base/reader.c media/base/reader.h \
	media/base/source.c media/base/source.h \
	media/base/url.c media/base/url.h
libbase_a_SOURCES += \
	media/base/usb.c media/base/usb-json.c media/base/usb.h \
	media/base/usb-descriptor.c media/base/usb-descriptor.h \
	media/base/usb-rule.c media/base/usb-rule-parse.c media/base/usb-rule.h \
	media/base/usb-verdict.c media/base/usb-verdict.h \
	media/base/usb-view.c media/base/usb-view.h
libbase_a_SOURCES += \
	media/base/event.c media/base/event-json.c media/base/event-tag.c \
	media/base/event-wire.c media/base/event.h \
	media/base/event-glob.c media/base/event-glob.h \
	media/base/event-text.c media/base/event-text.h \
	media/base/event-term.c media/base/event-term.h \
	media/base/event-subscription.c media/base/event-subscription.h \
	media/base/event-group.c media/base/event-group.h \
	media/base/event-tags.c media/base/event-tags.h \
	media/base/event-window.c media/base/event-window.h \
	media/base/event-filter.c media/base/event-filter.h \
	media/base/siphash.c media/base/siphash.h
LIBBASE = libbase.a $(INIH_LIBS) $(JANSSON_LIBS) $(SQLITE_LIBS) $(SECCOMP_LIBS) $(UNISTRING_LIBS)
