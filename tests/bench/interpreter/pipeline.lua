local function range(n)
  local t = {}
  for i = 0, n - 1 do t[i + 1] = i end
  return t
end
local function map(xs, f)
  local t = {}
  for i = 1, #xs do t[i] = f(xs[i]) end
  return t
end
local function filter(xs, p)
  local t = {}
  for i = 1, #xs do
    if p(xs[i]) then t[#t + 1] = xs[i] end
  end
  return t
end
local function fold(xs, start, f)
  local total = start
  for i = 1, #xs do total = f(total, xs[i]) end
  return total
end

local n, total = 200000, 0
for round = 0, 19 do
  total = total + fold(filter(map(range(n), function(x) return x * 3 + round end), function(x) return x % 2 == 0 end), 0,
    function(a, x) return (a + x) % 1000007 end)
end
print(total)
