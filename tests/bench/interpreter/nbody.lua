local solar, days, sqrt = 39.47841760435743, 365.24, math.sqrt

local function planets()
  local function body(x, y, z, vx, vy, vz, mass)
    return {x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass}
  end
  return {
    body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, solar),
    body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694 * days, 0.00769901118419740425 * days, -0.0000690460016972063023 * days, 0.000954791938424326609 * solar),
    body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411310 * days, 0.00499852801234917238 * days, 0.0000230417297573763929 * days, 0.000285885980666130812 * solar),
    body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618 * days, 0.00237847173959480950 * days, -0.0000296589568540237556 * days, 0.0000436624404335156298 * solar),
    body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322 * days, 0.00162824170038242295 * days, -0.0000951592254519715870 * days, 0.0000515138902046611451 * solar),
  }
end

local function energy(bodies)
  local e, n = 0.0, #bodies
  for i = 1, n do
    local b = bodies[i]
    e = e + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for j = i + 1, n do
      local c = bodies[j]
      local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
      e = e - b.mass * c.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(bodies, dt)
  local n = #bodies
  for i = 1, n do
    local b = bodies[i]
    for j = i + 1, n do
      local c = bodies[j]
      local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
      local distance = dx * dx + dy * dy + dz * dz
      local pull = dt / (distance * sqrt(distance))
      local here, there = c.mass * pull, b.mass * pull
      b.vx = b.vx - dx * here
      b.vy = b.vy - dy * here
      b.vz = b.vz - dz * here
      c.vx = c.vx + dx * there
      c.vy = c.vy + dy * there
      c.vz = c.vz + dz * there
    end
  end
  for i = 1, n do
    local b = bodies[i]
    b.x = b.x + dt * b.vx
    b.y = b.y + dt * b.vy
    b.z = b.z + dt * b.vz
  end
end

local function settle(bodies)
  local px, py, pz = 0.0, 0.0, 0.0
  for _, b in ipairs(bodies) do
    px = px + b.vx * b.mass
    py = py + b.vy * b.mass
    pz = pz + b.vz * b.mass
  end
  local sun = bodies[1]
  sun.vx, sun.vy, sun.vz = -px / solar, -py / solar, -pz / solar
end

local bodies = planets()
settle(bodies)
print(math.floor(energy(bodies) * 1e9))
for _ = 1, 200000 do advance(bodies, 0.01) end
print(math.floor(energy(bodies) * 1e9))
