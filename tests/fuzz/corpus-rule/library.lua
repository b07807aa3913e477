rule{id="library", title="Everything once"}
on(function(e)
  local t = {3, 1, 2}
  table.sort(t, function(a, b) return a > b end) table.insert(t, 1, 9) table.remove(t)
  local s = string.format("%5.2f %-4d %x %s %c %%", 1.5, 7, 255, "x", 65) .. table.concat(t, ",")
  for i, v in ipairs(t) do s = s .. i .. v end
  for k, v in pairs(t) do s = s .. tostring(k) .. tostring(v) end
  s = s .. string.upper(s) .. string.lower(s) .. string.char(string.byte("abc", 1, 3))
  if select("#", next(t)) == 2 and tonumber("ff", 16) == 255 and math.max(1, math.floor(2.5)) == 2
    and math.min(1, 2) == 1 and type(s) == "string" and match.literal(s, "X") and not flag("none") then
    log(string.sub(s, -5)) host.json{a={1, 2}, b=true}
  end
  if e.path == "/bad" then detect() end
end)
selftest{event={path="/bad"}, detects=1}
selftest{event={path="/good"}, detects=0}
