local seen, distinct, state = {}, 0, 42
for _ = 1, 1000000 do
  state = (state * 1103515245 + 12345) % 2147483648
  local key = "key-" .. state // 65536 % 5000
  local known = seen[key]
  if known then seen[key] = known + 1 else seen[key] = 1; distinct = distinct + 1 end
end
local most, name = 0, ""
for k, v in pairs(seen) do
  if v > most or v == most and k < name then most, name = v, k end
end
print(distinct .. " " .. name .. " " .. most)
