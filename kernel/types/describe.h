// What there is to say about a name: signatures, effects, doc comment, source and fingerprint of a function, the declaration of a
// type, the members of a module. Data, made from definitions; help, reflect, `m31sh doc` and the language server show it.
//
// A doc comment belongs to the overload below it and, for help, to those that follow it without one of their own.
// Effects are those of the function's code for the types that its parameters declare, Any where they declare none; what a
// function argument does is not among them. Made by a Checker or a Program; plain values, any thread may keep them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syntax/source.h"

namespace m31::types {

struct FnDef;
struct TypeDef;
struct Module;
class Checker;
class Library;

struct ParamDescription {
  std::string name;
  std::string type;                      // as written; empty: any
};

struct FnDescription {
  std::string signature;                 // "take[T](xs: List[T], n: Int) -> List[T]", without effects
  std::vector<ParamDescription> params;
  std::vector<std::string> effects;      // sorted
  std::string doc;
  std::string source;                    // its text
  std::string fingerprint;               // 32 hexadecimal digits
  syntax::SourcePtr place;
  syntax::Span span;
};

struct Member {
  std::string name;
  std::string summary;                   // first sentence of its doc
};

struct Description {
  enum class Kind { nothing, function, type, module, constant, value } kind = Kind::nothing;
  std::string name;                      // "map", "float.parse", "Point"
  std::string module;                    // where it stands; empty: the session
  std::string type;                      // of a value; the declaration of a type; a constant's expression
  std::string doc;
  std::vector<FnDescription> functions;  // overloads, in their order
  std::vector<Member> members;           // of a module
  std::vector<std::string> methods;      // of a value: functions that take it first
  syntax::SourcePtr place;               // of a type
  syntax::Span span;
};

FnDescription describe(const FnDef& def, Checker& checker);
Description describe(std::string name, const std::vector<const FnDef*>& defs, Checker& checker);
Description describe(const TypeDef& def);
Description describe_module(Library& library, std::string_view name);
// Every module, then the commands of a prompt.
std::string overview(Library& library);

// As a person reads it, with a line end: signatures, where it stands, doc with its examples, members.
std::string help_text(const Description& description);
// Of what the checker knows itself: print, help, reflect. Nothing for other names.
Description describe_built_in(std::string_view name);
std::string shown_effects(const std::vector<std::string>& effects);   // " uses {fs, http}", or nothing

// The one of `candidates` that was meant by `name`; empty when none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// The examples of a doc comment, each to the end of its line: on a line of its own, or behind a sentence and two blanks.
//   code gives value      statements, `; ` between them, the last an expression; value as show gives it
//   code raises Error     the error's type
//   as in code            what the world answers is not known: it is checked, not run
struct Example {
  enum class How { gives, raises, as_in } how = How::gives;
  std::string code, value;
  std::uint32_t line = 0;                // in the doc comment, from 0
};
std::vector<Example> examples_of(std::string_view doc);

}  // namespace m31::types
