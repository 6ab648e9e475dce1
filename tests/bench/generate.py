"""A module of many lines, each definition under names of its own: the same text for the same size."""


def module(lines_min):
    """(text, how many groups): at least `lines_min` lines of functions, records, sums, loops, maps, text and lambdas,
    which call one another. `use0()` to `useN(x, y)` stand at the end of each group."""
    parts, lines, i = [], 0, 0
    while lines < lines_min:
        before = f"step{i - 1}(y, x)" if i else "x + y"
        parts.append(GROUP.replace("@before", before).replace("@7", str(i % 7 + 2)).replace("@", str(i)))
        lines += parts[-1].count("\n")
        i += 1
    return "".join(parts), i


GROUP = '''## Adds up what the numbers below a limit leave, in its own way.
fn step@(x: Int, y: Int) -> Int:
  total = @
  for i in 0..x:
    if i % @7 == 0: total += y
    else: total -= i % 5
  if total > 1_000: total % 1_000 else: total
type Point@ = {x: Float, y: Float, name: String}
fn far@(a: Point@, b: Point@) -> Float:
  dx = a.x - b.x
  dy = a.y - b.y
  sqrt(dx * dx + dy * dy)
type Shape@ = Circle@(r: Float) | Rect@(w: Float, h: Float)
fn area@(s: Shape@) -> Float:
  match s:
    Circle@(r) => 3.14 * r * r
    Rect@(w, h) => w * h
fn tally@(text: String) -> Map[String, Int]:
  counts: Map[String, Int] = [:]
  for word in words(text):
    if word in counts: counts[word] += 1
    else: counts[word] = 1
  counts
fn pick@(xs: List[Int], least: Int) -> List[Int]:
  xs | filter(x => x > least) | map(x => x * 2 + @)
fn use@(x: Int, y: Int) -> String:
  p = Point@(x: toFloat(x), y: 1.0, name: "p\\(y)")
  q = Point@(x: 0.0, y: toFloat(y), name: "q")
  d = far@(p, q) + area@(Rect@(2.0, 3.0))
  n = @before + step@(x, y) + count(pick@([x, y, 3], 2))
  "\\(d) \\(n) \\(p.name) \\(count(tally@("a b a")))"
'''
