# man: one page a line. tests/shape/pages.sh reads them all.
dist_man_MANS += \
	man/sallyport.1 \
	man/sallyport-architecture.7 \
	man/sallyport-control.7 \
	man/sallyport-driver.7 \
	man/sallyport-hacking.7
