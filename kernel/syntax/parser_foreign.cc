// How other languages say it: where a rule meets what it did not expect, the spelling of another language is recognised and
// the right one named, with the edit that writes it.
#include <algorithm>

#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

namespace {

// How other languages begin a statement, and what is meant here.
struct Foreign {
  std::string_view word, advice;
};
constexpr Foreign foreign_words[] = {
    {"let", "a name is made by assigning to it: delete `let`"},
    {"var", "a name is made by assigning to it: delete `var`"},
    {"val", "a name is made by assigning to it: delete `val`"},
    {"const", "a name is made by assigning to it: delete `const`"},
    {"def", "a function is written `fn name(args): ..`"},
    {"func", "a function is written `fn name(args): ..`"},
    {"function", "a function is written `fn name(args): ..`"},
    {"defp", "a function is written `fn name(args): ..`"},
    {"class", "a record type is written `type Name = {field: Type}`"},
    {"struct", "a record type is written `type Name = {field: Type}`"},
    {"interface", "functions overload on the types of their arguments: there are no interfaces"},
    {"enum", "a sum type is written `type Name = A(x: Int) | B()`"},
    {"switch", "write `match x:` with arms `pattern => ..`"},
    {"case", "write `match x:` with arms `pattern => ..`"},
    {"elsif", "write `elif`"},
    {"elseif", "write `elif`"},
    {"unless", "write `if not ..:`"},
    {"until", "write `while not ..:`"},
    {"foreach", "write `for`"},
    {"except", "write `catch e:`"},
    {"throw", "write `raise`"},
    {"await", "a call waits for its result: delete `await`"},
    {"async", "a function that shall run beside is started by `spawn f(args)`"},
    {"yield", "a fibril sends what it makes: `PARENT.send(x)`"},
    {"from", "write `import name`"},
    {"use", "write `import name`"},
    {"require", "write `import name`"},
    {"new", "a value is made by its type's name: delete `new`"},
    {"public", "all that a module holds can be reached: delete `public`"},
    {"export", "all that a module holds can be reached: delete `export`"},
    {"private", "all that a module holds can be reached: delete `private`"},
    {"static", "a function belongs to no type: delete `static`"},
    {"global", "a function reads top-level names, and gives back what it makes of them"},
    {"nonlocal", "a function takes the values of names around it, and gives back what it makes of them"},
    {"with", "what is opened ends with its last use: `x = ..`"},
    {"del", "take it out of its collection by a method"},
};
constexpr std::string_view printing_words[] = {"echo", "puts", "println"};

bool begins_operand(Tok kind) {
  return kind == Tok::name || is_word(kind) || kind == Tok::string || kind == Tok::string_open || kind == Tok::int_number || kind == Tok::float_number;
}

}  // namespace

// `word ..` at the beginning of a statement: after the word.
bool Parser::foreign_statement() {
  const Token& before = previous();
  if (at_ == 0 || before.kind != Tok::name || !begins_operand(look())) return false;
  const std::string word(before.text);
  const Span at{before.begin, before.end};
  for (const Foreign& foreign : foreign_words) {
    if (foreign.word != before.text) continue;
    std::vector<Edit> edits;
    const std::string_view right = foreign.advice;
    if (right.starts_with("write `") && right.ends_with('`') && right.find(' ', 7) == std::string_view::npos)
      edits.push_back({at, std::string(right.substr(7, right.size() - 8))});
    if (right.starts_with("a function is written")) edits.push_back({at, "fn"});
    if (right.find(": delete") != std::string_view::npos) edits.push_back({{before.begin, token().begin}, ""});
    if (word == "except") {
      // except NotFound as e:
      const bool named = token_at(at_ + 1).text == "as" && token_at(at_ + 2).kind == Tok::name;
      const Token& last = named ? token_at(at_ + 2) : token();
      if (token().kind == Tok::name && token().text[0] >= 'A' && token().text[0] <= 'Z') {
        const std::string text = "catch (" + std::string(named ? last.text : "_") + ": " + std::string(token().text) + ")";
        error(at, "`except` begins nothing here", "write `" + text + ":`", {{{before.begin, last.end}, text}});
        return true;
      }
      edits = {{at, "catch"}};
    }
    error(at, "`" + word + "` begins nothing here", std::string(right), std::move(edits));
    return true;
  }
  if (look() == Tok::word_else_ || look() == Tok::word_if_ || see_name("is") || see_name("div") || see_name("mod")) return false;
  const bool prints = std::find(std::begin(printing_words), std::end(printing_words), before.text) != std::end(printing_words);
  const std::string right = prints ? "print" : word;
  std::vector<Edit> edits;
  const Tok ahead = at_ > 1 ? tokens_[at_ - 2].kind : Tok::semicolon;
  const bool begins = before.line_first || ahead == Tok::semicolon || ahead == Tok::colon || ahead == Tok::fat_arrow;
  if (begins && bracket_depth_ == 0) {
    std::uint32_t last = at_;
    while (token_at(last + 1).kind != Tok::end_of_text && token_at(last + 1).kind != Tok::semicolon && !token_at(last + 1).line_first) ++last;
    edits = {{{before.begin, token().begin}, right + "("}, {{tokens_[last].end, tokens_[last].end}, ")"}};
  }
  error_here("expected the end of the statement, found " + found(), "to call `" + right + "`, put its arguments in brackets: " + right + "(..)", std::move(edits));
  return true;
}

// lambda x, y: x + y. After `lambda`, which is a name here.
bool Parser::foreign_lambda() {
  std::uint32_t colon = at_;
  std::string names;
  std::size_t count = 0;
  for (; token_at(colon).kind == Tok::name || token_at(colon).kind == Tok::comma; ++colon)
    if (token_at(colon).kind == Tok::name) names += (count++ ? ", " : "") + std::string(tokens_[colon].text);
  if (at_ == 0 || previous().kind != Tok::name || previous().text != "lambda" || token_at(colon).kind != Tok::colon) return false;
  if (count != 1) names = "(" + names + ")";
  const Span whole{previous().begin, tokens_[colon].end};
  error({previous().begin, previous().end}, "`lambda` begins nothing here", "a function as a value is written `" + names + " => ..`", {{whole, names + " =>"}});
  return true;
}

// c ? a : b. After the `?`, at a.
bool Parser::foreign_choice() {
  if (at_ == 0 || previous().kind != Tok::question) return false;
  std::uint32_t first = at_ - 1, colon = at_;
  while (first > mode_.statement && first > 0) {
    const Tok kind = tokens_[first - 1].kind;
    if (kind == Tok::assign || kind == Tok::comma || kind == Tok::semicolon || kind == Tok::fat_arrow || kind == Tok::word_return_ || kind == Tok::bar) break;
    if (is_opener(kind) && tokens_[first - 1].match > at_) break;
    --first;
  }
  const auto ends = [&](std::uint32_t i) {
    const Token& each = token_at(i);
    return each.kind == Tok::end_of_text || each.kind == Tok::comma || each.kind == Tok::semicolon || is_closer(each.kind) || (i > at_ && each.line_first);
  };
  while (!ends(colon) && token_at(colon).kind != Tok::colon) colon = std::max(colon + 1, group_end(colon));
  if (token_at(colon).kind != Tok::colon) return false;
  std::uint32_t end = colon + 1;
  while (!ends(end)) end = std::max(end + 1, group_end(end));
  if (end == colon + 1 || first >= at_ - 1) return false;
  const std::string condition = source_text({tokens_[first].begin, previous().begin});
  const std::string text = "if " + condition.substr(0, condition.find_last_not_of(' ') + 1) + ": " +
                           source_text({token().begin, tokens_[colon - 1].end}) + " else: " + source_text({tokens_[colon + 1].begin, tokens_[end - 1].end});
  error({previous().begin, previous().end}, "`? :` chooses nothing here", "write `" + text + "`", {{{tokens_[first].begin, tokens_[end - 1].end}, text}});
  return true;
}

// f"a {x}". At the string, after `f`.
bool Parser::foreign_format() {
  const Token& prefix = previous();
  if (at_ == 0 || prefix.kind != Tok::name || (prefix.text != "f" && prefix.text != "F") || prefix.end != token().begin) return false;
  if (token().kind != Tok::string && token().kind != Tok::string_open) return false;
  const std::string text = source_text({token().begin, token().end});
  std::vector<Edit> edits{{{prefix.begin, prefix.end}, ""}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Span at{token().begin + static_cast<std::uint32_t>(i), token().begin + static_cast<std::uint32_t>(i) + 1};
    if (text[i] == '{') edits.push_back({at, "\\("});
    if (text[i] == '}') edits.push_back({at, ")"});
  }
  error({prefix.begin, prefix.end}, "a text takes no `f` before it", "every text may hold expressions: `\"a \\(x)\"`", std::move(edits));
  return true;
}

// At what no rule expects: is it how others write it? `wanted` is what was expected.
bool Parser::foreign_here(std::string_view wanted) {
  const Token& before = previous();
  const Tok kind = look();
  const Span span = here();
  const std::string message = "expected " + std::string(wanted) + ", found " + found();
  const auto write = [&](Span at, const std::string& right, std::string_view shown = {}) {
    error(span, message, "write `" + (shown.empty() ? right : std::string(shown)) + "`", {{at, right}});
    return true;
  };
  const bool adjacent = at_ > 0 && before.end == token().begin;
  if (foreign_choice() || foreign_format() || foreign_lambda()) return true;
  if (see_name("is") && token_at(at_ + 1).kind == Tok::word_not_) return write({span.begin, tokens_[at_ + 1].end}, "!=");
  if (see_name("is")) return write(span, "==");
  if (see_name("div")) return write(span, "//");
  if (see_name("mod")) return write(span, "%");
  if (kind == Tok::arrow) return write(span, "=>");
  if (kind == Tok::foreign_other) return write(span, "!=");
  if (kind == Tok::greater && before.kind == Tok::bar && adjacent) return write({before.begin, token().end}, "|");
  if (kind == Tok::floor_slash || (kind == Tok::slash && token_at(at_ + 1).kind == Tok::star)) {
    if (wanted.starts_with("an expression")) return error(span, message, "a comment begins with `#`", kind == Tok::floor_slash ? std::vector<Edit>{{span, "#"}} : std::vector<Edit>{});
  }
  if (kind == Tok::bar && wanted.starts_with("an expression") && token_at(at_ + 1).kind == Tok::name && token_at(at_ + 2).kind == Tok::bar) {
    const std::string name(tokens_[at_ + 1].text);
    error(span, message, "a function as a value is written `" + name + " => ..`", {{{span.begin, tokens_[at_ + 2].end}, name + " =>"}});
    return true;
  }
  if ((kind == Tok::star || kind == Tok::power) && wanted.starts_with("an expression") && bracket_depth_ > 0 && stack_.back().bracket &&
      tokens_[stack_.back().token].kind == Tok::open_square)
    return write(span, "...");
  if ((kind == Tok::star || kind == Tok::power) && wanted.starts_with("an expression")) {
    error(span, message, "`...` spreads in lists and records, and takes the rest in patterns: `[first, ...rest]`");
    return true;
  }
  if (kind == Tok::open_brace && before.kind == Tok::name && adjacent && token().match < tokens_.size()) {
    const Token& closer = tokens_[token().match];
    error(span, message, "a value is made by a call: `" + std::string(before.text) + "(..)`", {{span, "("}, {{closer.begin, closer.end}, ")"}});
    return true;
  }
  if (kind == Tok::less && before.kind == Tok::name && adjacent && wanted.starts_with("`,`")) {
    std::uint32_t end = at_ + 1;
    while (token_at(end).kind == Tok::name || token_at(end).kind == Tok::comma) ++end;
    if (token_at(end).kind == Tok::greater) {
      const Token& closer = tokens_[end];
      const std::string text = "[" + source_text({token().end, closer.begin}) + "]";
      return write({token().begin, closer.end}, text, std::string(before.text) + text);
    }
  }
  if (kind == Tok::name && before.kind == Tok::name && wanted == "`,` or `)`" && before.text[0] >= 'A' && before.text[0] <= 'Z')
    return write({before.begin, token().end}, std::string(token().text) + ": " + std::string(before.text));
  if (kind == Tok::word_for_ && wanted.starts_with("`,` or `}`") && bracket_depth_ > 0) {
    const Token& opener = tokens_[stack_.back().token];
    const Token& closer = tokens_[opener.match];
    error(span, message, "a map is made by `[k: v for x in xs]`", {{{opener.begin, opener.end}, "["}, {{closer.begin, closer.end}, "]"}});
    return true;
  }
  const bool minus_last = before.kind == Tok::minus && ends_statement() && at_ > 1;
  if (minus_last && (tokens_[at_ - 2].kind == Tok::minus && tokens_[at_ - 2].end == before.begin)) {
    error({tokens_[at_ - 2].begin, before.end}, "`--` is not an operator", "write `-= 1`", {{{tokens_[at_ - 2].begin, before.end}, " -= 1"}});
    return true;
  }
  return false;
}

}  // namespace m31::syntax
