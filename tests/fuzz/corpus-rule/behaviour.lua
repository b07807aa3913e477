rule{id="tmp-script", title="A dropped script", names={"a", "b"}, level=3}
local seen = {}
on(function(e)
  seen[e.path] = (seen[e.path] or 0) + 1
  local c = match.capture(e.path, "^/(?<first>[a-z]+)")
  if c and c.first == "bad" and match.glob(e.path, "/b*") then detect(seen[e.path] and 1) end
end)
selftest{event={path="/bad"}, detects=1}
selftest{event={path="/good"}, detects=0}
