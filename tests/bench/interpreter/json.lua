local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end

local function write(rows)
  local out = {}
  for i, row in ipairs(rows) do
    local tags = {}
    for j, tag in ipairs(row.tags) do tags[j] = quote(tag) end
    out[i] = '{"id":' .. row.id .. ',"name":' .. quote(row.name) .. ',"tags":[' .. table.concat(tags, ",")
      .. '],"score":' .. row.score .. "}"
  end
  return "[" .. table.concat(out, ",") .. "]"
end

-- Reads any JSON without escapes beyond \u00XX.
local function read(text)
  local value
  local function skip(at) return text:find("[^ \t\r\n]", at) or #text + 1 end
  local function string_at(at)
    local stop = text:find('"', at + 1, true)
    local s = text:sub(at + 1, stop - 1)
    if s:find("\\", 1, true) then s = s:gsub("\\u00(%x%x)", function(h) return string.char(tonumber(h, 16)) end) end
    return s, stop + 1
  end
  function value(at)
    at = skip(at)
    local c = text:byte(at)
    if c == 34 then return string_at(at) end
    if c == 123 then
      local object = {}
      at = skip(at + 1)
      while text:byte(at) ~= 125 do
        local key
        key, at = string_at(at)
        object[key], at = value(skip(at) + 1)
        at = skip(at)
        if text:byte(at) == 44 then at = skip(at + 1) end
      end
      return object, at + 1
    end
    if c == 91 then
      local list, n = {}, 0
      at = skip(at + 1)
      while text:byte(at) ~= 93 do
        n = n + 1
        list[n], at = value(at)
        at = skip(at)
        if text:byte(at) == 44 then at = skip(at + 1) end
      end
      return list, at + 1
    end
    local word = text:match("^[-+.%w]+", at)
    at = at + #word
    if word == "true" then return true, at elseif word == "false" then return false, at elseif word == "null" then return nil, at end
    return math.tointeger(word) or tonumber(word), at
  end
  return (value(1))
end

local n, rows = 50000, {}
for i = 0, n - 1 do
  rows[i + 1] = {id = i, name = "row " .. i, tags = {"t" .. i % 7, "u" .. i % 3}, score = i * i % 1000}
end
local text = write(rows)
local back = read(text)
local scores, tags = 0, {}
for _, row in ipairs(back) do
  scores = scores + row.score + row.id
  for _, tag in ipairs(row.tags) do tags[tag] = (tags[tag] or 0) + 1 end
end
print(#text .. " " .. #back .. " " .. scores .. " " .. tags.t3 .. " " .. tags.u0)
