local function cell(i, j) return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1) end

local function times(v)
  local n, result = #v, {}
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do sum = sum + cell(i, j) * v[j + 1] end
    result[i + 1] = sum
  end
  return result
end

local function transposed(v)
  local n, result = #v, {}
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do sum = sum + cell(j, i) * v[j + 1] end
    result[i + 1] = sum
  end
  return result
end

local function norm(n)
  local u, v = {}, nil
  for i = 1, n do u[i] = 1.0 end
  for _ = 1, 10 do
    v = transposed(times(u))
    u = transposed(times(v))
  end
  local vBv, vv = 0.0, 0.0
  for i = 1, n do
    vBv = vBv + u[i] * v[i]
    vv = vv + v[i] * v[i]
  end
  return math.sqrt(vBv / vv)
end

print(math.floor(norm(240) * 1e9))
