local function remainders(n)
  local sum = 0
  for i = 0, n - 1 do
    sum = sum + i % 7 * (i % 3)
    if sum > 1000000 then sum = sum - 1000000 end
  end
  return sum
end

local function longest(limit)
  local best, steps_best = 0, 0
  for start = 1, limit - 1 do
    local n, steps = start, 0
    while n ~= 1 do
      if n % 2 == 0 then n = n // 2 else n = 3 * n + 1 end
      steps = steps + 1
    end
    if steps > steps_best then best, steps_best = start, steps end
  end
  return best, steps_best
end

print(remainders(10000000))
local best, steps = longest(100000)
print(best .. " " .. steps)
