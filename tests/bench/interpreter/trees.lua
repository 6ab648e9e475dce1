local function grow(depth)
  if depth == 0 then return {} end
  return {grow(depth - 1), grow(depth - 1)}
end

local function size(tree)
  if not tree[1] then return 1 end
  return 1 + size(tree[1]) + size(tree[2])
end

local depth = 14
local kept = grow(depth)
for d = 4, depth, 2 do
  local rounds = 1 << (depth - d + 4)
  local nodes = 0
  for _ = 1, rounds do nodes = nodes + size(grow(d)) end
  print(rounds .. " trees of depth " .. d .. ": " .. nodes)
end
print("kept: " .. size(kept))
