local function primes(limit)
  local composite = {}
  for i = 1, limit do composite[i] = false end
  local found = 0
  for i = 2, limit do
    if not composite[i] then
      found = found + 1
      local j = i * i
      while j <= limit do
        composite[j] = true
        j = j + i
      end
    end
  end
  return found
end

print(primes(4000000))
