local function inside(n, limit)
  local found = 0
  for row = 0, n - 1 do
    local ci = 2.0 * row / n - 1.0
    for column = 0, n - 1 do
      local cr = 2.0 * column / n - 1.5
      local x, y, steps = 0.0, 0.0, 0
      while steps < limit do
        local xx, yy = x * x, y * y
        if xx + yy > 4.0 then break end
        y = 2.0 * x * y + ci
        x = xx - yy + cr
        steps = steps + 1
      end
      if steps == limit then found = found + 1 end
    end
  end
  return found
end

print(inside(400, 100))
