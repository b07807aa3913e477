# man: one page a line. tests/shape/pages.sh reads them all.
dist_man_MANS += \
	man/sallyport.1 \
	man/sallyport-agent.8 \
	man/sallyport-agent.conf.5 \
	man/sallyport-architecture.7 \
	man/sallyport-control.7 \
	man/sallyport-driver.7 \
	man/sallyport-hacking.7 \
	man/sallyport-hash-index.5 \
	man/sallyport-mirror.8 \
	man/sallyport-rules.5 \
	man/sallyport-set.5 \
	man/sallyport-tutorial.7

# Completions and option lists come from the programs' own tables of verbs.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = \
	man/completions/sallyport \
	man/completions/sallyport-mirror \
	man/completions/sallyport-agent
nodist_zshcompletion_DATA = \
	man/completions/_sallyport \
	man/completions/_sallyport-mirror \
	man/completions/_sallyport-agent
nodist_fishcompletion_DATA = \
	man/completions/sallyport.fish \
	man/completions/sallyport-mirror.fish \
	man/completions/sallyport-agent.fish
COMPLETIONS = $(nodist_bashcompletion_DATA) $(nodist_zshcompletion_DATA) \
	$(nodist_fishcompletion_DATA)
CLEANFILES += $(COMPLETIONS)
$(COMPLETIONS): tui/sallyport$(EXEEXT) mirror/sallyport-mirror$(EXEEXT) \
    agent/sallyport-agent$(EXEEXT)
	$(AM_V_GEN)mkdir -p man/completions; name=$(@F); \
	case $$name in _*) shell=zsh; name=$${name#_};; *.fish) shell=fish; name=$${name%.fish};; \
	    *) shell=bash;; esac; \
	case $$name in sallyport) folder=tui;; sallyport-mirror) folder=mirror;; *) folder=agent;; esac; \
	"$$folder/$$name" help --completion $$shell >$@.new && mv $@.new $@

# Writes the generated lists into the pages of the source folder; tests/shape compares them.
EXTRA_DIST += man/event-fields.sh man/reason-codes.sh man/rule-bounds.sh man/rule-functions.sh man/fill.sh
man-options: tui/sallyport$(EXEEXT) mirror/sallyport-mirror$(EXEEXT) \
    agent/sallyport-agent$(EXEEXT)
	mirror/sallyport-mirror help --mdoc | \
	    $(SHELL) $(srcdir)/man/fill.sh 'help --mdoc' $(srcdir)/man/sallyport-mirror.8
	agent/sallyport-agent help --mdoc | \
	    $(SHELL) $(srcdir)/man/fill.sh 'help --mdoc' $(srcdir)/man/sallyport-agent.8
	tui/sallyport help --mdoc | $(SHELL) $(srcdir)/man/fill.sh 'help --mdoc' $(srcdir)/man/sallyport.1
	$(SHELL) $(srcdir)/man/reason-codes.sh $(srcdir)/media/base/error-codes.h | \
	    $(SHELL) $(srcdir)/man/fill.sh 'error-codes.h' $(srcdir)/man/sallyport.1
	$(SHELL) $(srcdir)/man/rule-functions.sh $(srcdir)/drivers/rule-library*.c | \
	    $(SHELL) $(srcdir)/man/fill.sh 'rule-functions.sh' $(srcdir)/man/sallyport-rules.5
	$(SHELL) $(srcdir)/man/rule-functions.sh $(srcdir)/drivers/behavior-host.c | \
	    $(SHELL) $(srcdir)/man/fill.sh 'behavior-host.c' $(srcdir)/man/sallyport-rules.5
	$(SHELL) $(srcdir)/man/event-fields.sh $(srcdir)/media/base/event.c | \
	    $(SHELL) $(srcdir)/man/fill.sh 'event-fields.sh' $(srcdir)/man/sallyport-rules.5
	$(SHELL) $(srcdir)/man/rule-bounds.sh $(srcdir)/media/base/limits.h | \
	    $(SHELL) $(srcdir)/man/fill.sh 'rule-bounds.sh' $(srcdir)/man/sallyport-rules.5
