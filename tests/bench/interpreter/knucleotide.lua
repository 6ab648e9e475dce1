local function sequence(n)
  local parts, state = {}, 42
  for i = 1, n do
    state = (state * 3877 + 29573) % 139968
    if state < 42000 then parts[i] = "a"
    elseif state < 70000 then parts[i] = "c"
    elseif state < 98000 then parts[i] = "g"
    else parts[i] = "t" end
  end
  return table.concat(parts)
end

local function frequencies(text, length)
  local counts = {}
  for i = 1, #text - length + 1 do
    local piece = text:sub(i, i + length - 1)
    counts[piece] = (counts[piece] or 0) + 1
  end
  return counts
end

local text = sequence(200000)
for length = 1, 6 do
  local counts = frequencies(text, length)
  local best, most, kinds = "", 0, 0
  for k, v in pairs(counts) do
    kinds = kinds + 1
    if v > most or v == most and k < best then most, best = v, k end
  end
  print(length .. ": " .. kinds .. " kinds, most " .. best .. " " .. most)
end
