rule{id="a", title="A"}
local x = [==[ ]] "]==] --[[ 1LL ]] .. '\z  \x41\065'
