# tui: sallyport. Speaks over the socket only; links no trust code.
# libscreen: what the console draws, from answers to cells; knows no terminal and no socket.
noinst_LIBRARIES += libscreen.a
libscreen_a_SOURCES = \
	tui/dialog.c tui/dialog.h \
	tui/explain-lines.c tui/explain-lines.h \
	tui/field.c tui/field.h \
	tui/grid.c tui/grid.h \
	tui/import-step.c tui/import-step.h \
	tui/keys.c tui/keys.h \
	tui/lines.c tui/lines.h \
	tui/listing.c tui/listing.h \
	tui/model.c tui/model.h \
	tui/metrics.c tui/metrics.h \
	tui/output.c tui/output.h \
	tui/panel.c tui/panel.h \
	tui/panel-audit.c \
	tui/panel-engines.c \
	tui/panel-import.c \
	tui/panel-media.c \
	tui/panel-status.c \
	tui/plain-print.c tui/plain-print.h \
	tui/screen.c tui/screen.h \
	tui/theme.c tui/theme.h
# libfeed: what the console learns from the agent, without waiting for it.
noinst_LIBRARIES += libfeed.a
libfeed_a_SOURCES = \
	tui/feed.c tui/feed.h \
	tui/job.c tui/job.h \
	tui/last-known.c tui/last-known.h \
	tui/link.c tui/link.h
# libreport: what a report says, and the formats it is written in; knows no socket.
noinst_LIBRARIES += libreport.a
libreport_a_SOURCES = \
	tui/report.c tui/report.h \
	tui/report-checks.c tui/report-checks.h \
	tui/report-csv.c \
	tui/report-device.c tui/report-device.h \
	tui/report-format.c tui/report-format.h \
	tui/report-html.c \
	tui/report-inspection.c tui/report-inspection.h \
	tui/report-oscal.c \
	tui/report-period.c tui/report-period.h \
	tui/report-text.c \
	tui/table.c tui/table.h \
	tui/uuid5.c tui/uuid5.h
LIBREPORT = libreport.a libcontrol.a $(LIBSCREEN)
LIBSCREEN = libscreen.a $(LIBBASE) $(UNISTRING_LIBS)
LIBFEED = libfeed.a libscreen.a $(LIBCONTROL) $(UNISTRING_LIBS)
bin_PROGRAMS += tui/sallyport
tui_sallyport_SOURCES = \
	tui/act.c tui/act.h \
	tui/act-file.c tui/act-file.h \
	tui/act-job.c tui/act-job.h \
	tui/ask.c tui/ask.h \
	tui/base64.c tui/base64.h \
	tui/capture.c tui/capture.h \
	tui/check-verdict.c tui/check-verdict.h \
	tui/cmd-activate.c \
	tui/cmd-audit.c \
	tui/cmd-audit-acknowledge.c \
	tui/cmd-audit-refusals.c \
	tui/cmd-audit-show.c \
	tui/cmd-check.c \
	tui/cmd-config.c \
	tui/cmd-console.c \
	tui/cmd-contents.c \
	tui/cmd-eject.c \
	tui/cmd-events.c \
	tui/cmd-detections.c \
	tui/cmd-events-replay.c \
	tui/cmd-exclusions.c \
	tui/cmd-explain.c \
	tui/cmd-flags.c \
	tui/cmd-floor.c \
	tui/cmd-import.c \
	tui/cmd-inspect.c \
	tui/cmd-media.c \
	tui/cmd-media-register.c \
	tui/cmd-metrics.c \
	tui/cmd-outgoing.c \
	tui/cmd-rep.c \
	tui/cmd-repair.c \
	tui/cmd-report.c \
	tui/cmd-request.c \
	tui/cmd-status.c tui/commands.h \
	tui/contents-table.c tui/contents-table.h \
	tui/extract.c tui/extract.h \
	tui/file-sha256.c tui/file-sha256.h \
	tui/floors-compare.c tui/floors-compare.h \
	tui/floors-table.c tui/floors-table.h \
	tui/medium-name.c tui/medium-name.h \
	tui/registered-table.c tui/registered-table.h \
	tui/import-view.c tui/import-view.h \
	tui/import-wait.c tui/import-wait.h \
	tui/inspect-report.c tui/inspect-report.h \
	tui/inspect-view.c tui/inspect-view.h \
	tui/main.c \
	tui/model-ask.c tui/model-ask.h \
	tui/output-file.c tui/output-file.h \
	tui/period.c tui/period.h \
	tui/plain.c tui/plain.h \
	tui/plain-job.c tui/plain-job.h \
	tui/refusals-list.c tui/refusals-list.h \
	tui/report-file.c tui/report-file.h \
	tui/report-sign.c tui/report-sign.h \
	tui/report-view.c tui/report-view.h \
	tui/telemetry-view.c tui/telemetry-view.h \
	tui/select.c tui/select.h \
	tui/session.c tui/session.h \
	tui/progress.c tui/progress.h \
	tui/spool.c tui/spool.h \
	tui/terminal.c tui/terminal.h
tui_sallyport_LDADD = libreport.a $(LIBFEED) $(NCURSES_LIBS) $(NETTLE_LIBS)
