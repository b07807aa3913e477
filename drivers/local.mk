# drivers: programs that load content, one a family. libdriver is their common main; no trust code.
noinst_LIBRARIES += libdriver.a libflags.a
libdriver_a_SOURCES = \
	drivers/driver.h \
	drivers/harness.c \
	drivers/harness-watch.c drivers/harness-watch.h \
	drivers/incoming.c drivers/incoming.h \
	drivers/only-file.c drivers/only-file.h
LIBDRIVER = libdriver.a $(LIBBASE)

# The runtime of the Lua families. A program gives it a struct rule_family and content.
noinst_LIBRARIES += librule.a
librule_a_SOURCES = \
	drivers/rule-ask.c drivers/rule-ask.h \
	drivers/rule-call.c \
	drivers/rule-check.c \
	drivers/rule-engine.c drivers/rule-engine.h \
	drivers/rule-feed.c drivers/rule-feed.h \
	drivers/rule-guard.c drivers/rule-guard.h \
	drivers/rule-json.c \
	drivers/rule-library.c \
	drivers/rule-library-host.c \
	drivers/rule-library-match.c \
	drivers/rule-library-string.c \
	drivers/rule-library-table.c \
	drivers/rule-memory.c \
	drivers/rule-report.c \
	drivers/rule-set.c \
	drivers/rule-source.c drivers/rule-source.h \
	drivers/rule-state.h \
	drivers/rule-table.c \
	drivers/rule-pause.c drivers/rule-pause.h \
	drivers/rule-telemetry.c drivers/rule-telemetry.h
LIBRULE = librule.a $(LIBBASE) $(LUAJIT_LIBS) $(PCRE2_LIBS) -lm

libflags_a_SOURCES = drivers/flags-supplement.c drivers/flags-supplement.h

pkglibexec_PROGRAMS += drivers/sallyport-driver-null drivers/sallyport-driver-flags
pkglibexec_PROGRAMS += drivers/sallyport-driver-remapper
drivers_sallyport_driver_remapper_SOURCES = drivers/remapper.c
drivers_sallyport_driver_remapper_LDADD = libremap.a $(LIBDRIVER) $(XML_LIBS)
noinst_LIBRARIES += libremap.a
libremap_a_SOURCES = \
	drivers/remap-clock.c drivers/remap-clock.h \
	drivers/remap-convert.c drivers/remap-convert.h \
	drivers/remap-evaluate.c drivers/remap-evaluate.h \
	drivers/remap-guard.c drivers/remap-guard.h \
	drivers/remap-rules.c drivers/remap-rules.h \
	drivers/remap-select.c drivers/remap-select.h \
	drivers/remap-xml.c drivers/remap-xml.h
pkglibexec_PROGRAMS += drivers/sallyport-driver-scanner drivers/sallyport-driver-telemetry
drivers_sallyport_driver_null_SOURCES = drivers/null.c
drivers_sallyport_driver_null_LDADD = $(LIBDRIVER) $(LIBUNSEAL)
drivers_sallyport_driver_flags_SOURCES = drivers/flags.c
drivers_sallyport_driver_flags_LDADD = libflags.a $(LIBDRIVER)
drivers_sallyport_driver_telemetry_SOURCES = drivers/telemetry.c
drivers_sallyport_driver_telemetry_LDADD = $(LIBDRIVER)

# Sorted hashes with a value, in a file that is used where it lies: for every family that looks up.
noinst_LIBRARIES += libhashindex.a
libhashindex_a_SOURCES = \
	drivers/hash-index.c drivers/hash-index.h \
	drivers/hash-names.c drivers/hash-names.h
LIBHASHINDEX = libhashindex.a $(LIBBASE)

# Verdicts, and the keys that reputation is looked up by.
noinst_LIBRARIES += libreputationkey.a
libreputationkey_a_SOURCES = drivers/reputation-key.c drivers/reputation-key.h
LIBREPUTATIONKEY = libreputationkey.a $(LIBHASHINDEX) $(GNUTLS_LIBS)

# From sources to what drivers map, at publish. A library so that tests reach each part.
noinst_LIBRARIES += libcompile.a
libcompile_a_SOURCES = \
	drivers/compile/index-write.c drivers/compile/index-write.h \
	drivers/compile/key-list.c drivers/compile/key-list.h \
	drivers/compile/key-sort.c drivers/compile/key-sort.h \
	drivers/compile/output.c drivers/compile/output.h \
	drivers/compile/reputation-lists.c drivers/compile/reputation-lists.h \
	drivers/compile/source-clamav.c drivers/compile/source-clamav.h \
	drivers/compile/source-csv.c drivers/compile/source-csv.h \
	drivers/compile/source-key.h \
	drivers/compile/source-lines.c drivers/compile/source-lines.h \
	drivers/compile/source-nsrl.c drivers/compile/source-nsrl.h
LIBCOMPILE = libcompile.a $(LIBREPUTATIONKEY) $(SQLITE_LIBS)

# Reads sources, in a sandbox of its own, with the descriptors that it is sent and nothing else.
pkglibexec_PROGRAMS += drivers/compile/sallyport-compile
drivers_compile_sallyport_compile_SOURCES = drivers/compile/compile-main.c
drivers_compile_sallyport_compile_LDADD = $(LIBCOMPILE)

# From rules in the form of others to ours, at publish.
noinst_LIBRARIES += libconvert.a
libconvert_a_SOURCES = \
	drivers/convert/lua-text.c drivers/convert/lua-text.h \
	drivers/convert/sigma-case.c drivers/convert/sigma-case.h \
	drivers/convert/sigma-choice.h \
	drivers/convert/sigma-condition.c drivers/convert/sigma-condition.h \
	drivers/convert/sigma-expression.c drivers/convert/sigma-expression.h \
	drivers/convert/sigma-finding.c drivers/convert/sigma-finding.h \
	drivers/convert/sigma-lua.c drivers/convert/sigma-lua.h \
	drivers/convert/sigma-rule.c drivers/convert/sigma-rule.h \
	drivers/convert/sigma-sample.c drivers/convert/sigma-sample.h \
	drivers/convert/sigma-selection.c drivers/convert/sigma-selection.h \
	drivers/convert/sigma-value.c drivers/convert/sigma-value.h \
	drivers/convert/sigma-where.c drivers/convert/sigma-where.h \
	drivers/convert/yaml-tree.c drivers/convert/yaml-tree.h
LIBCONVERT = libconvert.a $(LIBBASE) $(YAML_LIBS) $(PCRE2_LIBS)
pkglibexec_PROGRAMS += drivers/convert/sallyport-convert
drivers_convert_sallyport_convert_SOURCES = drivers/convert/convert-main.c
drivers_convert_sallyport_convert_LDADD = $(LIBCONVERT)

# local-rep-data as it is used, for the scanner and for every driver that reads it.
noinst_LIBRARIES += libreputation.a
libreputation_a_SOURCES = drivers/reputation.c drivers/reputation.h
LIBREPUTATION = libreputation.a $(LIBREPUTATIONKEY)
drivers_sallyport_driver_scanner_SOURCES = drivers/scanner.c
drivers_sallyport_driver_scanner_LDADD = libreputation.a $(LIBDRIVER) $(LIBREPUTATION)

# What opens sealed content: on the line of drivers whose types are sealed, and no other.
noinst_LIBRARIES += libunseal.a
libunseal_a_SOURCES = drivers/unseal.c drivers/unseal.h
LIBUNSEAL = libunseal.a $(LIBBASE) $(GNUTLS_LIBS) $(ZSTD_LIBS)

# The families whose rules ask the parent.
LIBASKING = librule.a $(LIBDRIVER) $(LIBUNSEAL) $(LUAJIT_LIBS) $(PCRE2_LIBS) -lm
pkglibexec_PROGRAMS += drivers/sallyport-driver-repair
drivers_sallyport_driver_repair_SOURCES = drivers/repair.c drivers/repair.h \
	drivers/repair-host.c drivers/repair-rule.c drivers/repair-test.c
drivers_sallyport_driver_repair_LDADD = $(LIBASKING)
pkglibexec_PROGRAMS += drivers/sallyport-driver-exclusions
drivers_sallyport_driver_exclusions_SOURCES = drivers/exclusions.c drivers/exclusions.h \
	drivers/exclusions-host.c drivers/exclusions-rule.c drivers/exclusions-test.c
drivers_sallyport_driver_exclusions_LDADD = $(LIBASKING)

# Behaviour rules: a library so that tests reach each part.
noinst_LIBRARIES += libbehavior.a
libbehavior_a_SOURCES = \
	drivers/behavior-detect.c drivers/behavior-detect.h \
	drivers/behavior-event.c drivers/behavior-event.h \
	drivers/behavior-host.c drivers/behavior-host.h \
	drivers/behavior-number.c drivers/behavior-number.h \
	drivers/behavior-provide.c drivers/behavior-provide.h \
	drivers/behavior-process.c drivers/behavior-process.h \
	drivers/behavior-react.c drivers/behavior-react.h \
	drivers/behavior-replay.c drivers/behavior-replay.h \
	drivers/behavior-reputation.c drivers/behavior-reputation.h \
	drivers/behavior-rule.c drivers/behavior-rule.h \
	drivers/behavior-state.c drivers/behavior-state.h \
	drivers/behavior-test.c drivers/behavior-test.h \
	drivers/behavior.h
LIBBEHAVIOR = libbehavior.a $(LIBREPUTATION) $(LIBBASE) $(GNUTLS_LIBS)
pkglibexec_PROGRAMS += drivers/sallyport-driver-behavior
drivers_sallyport_driver_behavior_SOURCES = drivers/behavior.c
drivers_sallyport_driver_behavior_LDADD = libbehavior.a $(LIBDRIVER) $(LIBREPUTATION) $(LIBUNSEAL) \
	librule.a $(LUAJIT_LIBS) $(PCRE2_LIBS) -lm
