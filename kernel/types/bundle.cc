// Code shipping. A bundle is the cells of a session in the compact form, each with the environment it was checked against, and
// the identity of an instance:
//
//   bundle = identity n cell*
//   cell   = tree n capability* n space* n module*   tree: syntax::encode of its root
//   module = name tree                          in the order in which they need each other
//   space  = name key type n (attribute type)*  type: encode_type
//
// Texts are sized, numbers are varints. Who receives it checks the cells with its own checker, as a session of their own, and looks
// for the instance: it is the same when its identity is, which is made of fingerprints, types and all code that it reaches.
#include <algorithm>

#include "kernel/data/varint.h"
#include "kernel/types/program_state.h"

namespace m31::types {

using data::read_sized;
using data::read_varint;
using data::write_sized;
using data::write_varint;

namespace {

constexpr std::uint64_t cells_max = 100'000, items_max = 10'000;

void write_space(const SpaceShape& space, std::string& to) {
  write_sized(space.name, to);
  write_sized(space.key, to);
  write_sized(encode_type(space.key_type), to);
  write_varint(space.attributes.size(), to);
  for (std::size_t i = 0; i < space.attributes.size(); ++i) {
    write_sized(space.attributes[i], to);
    write_sized(encode_type(space.attribute_types[i]), to);
  }
}

struct Reader {
  std::string_view rest;
  bool bad = false;

  std::string_view text() {
    std::string_view found;
    if (bad || !read_sized(rest, found)) bad = true;
    return bad ? std::string_view() : found;
  }
  std::uint64_t count(std::uint64_t most) {
    std::uint64_t found = 0;
    if (bad || !read_varint(rest, found) || found > most) bad = true;
    return bad ? 0 : found;
  }
  const Type* type() {
    std::string_view bytes = text();
    if (bad) return nullptr;
    auto decoded = decode_type(bytes);
    if (!decoded) bad = true;
    return decoded ? *decoded : nullptr;
  }
};

}  // namespace

std::string Program::bundle(const core::FnInstance& instance) const {
  std::string bytes;
  write_sized(instance.identity, bytes);
  write_varint(implementation_->cells.size(), bytes);
  for (const Cell& cell : implementation_->cells) {
    write_sized(syntax::encode(*cell.tree->root), bytes);
    write_varint(cell.capabilities.size(), bytes);
    for (const std::string& each : cell.capabilities) write_sized(each, bytes);
    write_varint(cell.spaces.size(), bytes);
    for (const SpaceShape& each : cell.spaces) write_space(each, bytes);
    write_varint(cell.modules.size(), bytes);
    for (const UserModule& each : cell.modules) {
      write_sized(each.name, bytes);
      write_sized(syntax::encode(*each.tree->root), bytes);
    }
  }
  return bytes;
}

std::expected<const core::FnInstance*, std::string> Program::admit(std::string_view bundle) {
  Reader reader{bundle};
  std::string identity(reader.text());
  if (reader.bad) return std::unexpected("the bundle is malformed");
  auto [at, is_new] = implementation_->admitted.try_emplace(std::string(reader.rest), nullptr);
  if (is_new) {
    auto made = std::make_unique<Program>();
    std::string wrong;
    std::uint64_t cells = reader.count(cells_max);
    for (std::uint64_t i = 0; i < cells && wrong.empty(); ++i) {
      std::string_view tree = reader.text();
      Environment environment;
      std::uint64_t capabilities = reader.count(items_max);
      for (std::uint64_t j = 0; j < capabilities && !reader.bad; ++j) environment.capabilities.emplace_back(reader.text());
      std::uint64_t spaces = reader.count(items_max);
      for (std::uint64_t j = 0; j < spaces && !reader.bad; ++j) {
        SpaceShape& space = environment.spaces.emplace_back();
        space.name = reader.text();
        space.key = reader.text();
        space.key_type = reader.type();
        std::uint64_t attributes = reader.count(items_max);
        for (std::uint64_t k = 0; k < attributes && !reader.bad; ++k) {
          space.attributes.emplace_back(reader.text());
          space.attribute_types.push_back(reader.type());
        }
      }
      std::vector<UserModule> modules;
      std::uint64_t module_count = reader.count(items_max);
      for (std::uint64_t j = 0; j < module_count && !reader.bad; ++j) {
        std::string name(reader.text());
        auto module = syntax::decode(reader.text());
        if (module) modules.push_back({std::move(name), *module, nullptr});
        else reader.bad = true;
      }
      if (reader.bad) {
        wrong = "the bundle is malformed";
        break;
      }
      auto decoded = syntax::decode(tree);
      if (!decoded) {
        wrong = decoded.error();
        break;
      }
      Checked checked = made->implementation_->check_tree(*decoded, nullptr, environment, std::move(modules));
      if (!checked.ok())
        wrong = "code that was sent does not check: " + (checked.diagnostics.empty() ? std::string("no reason known") : checked.diagnostics[0].message);
    }
    if (reader.bad) wrong = "the bundle is malformed";
    if (!wrong.empty()) {
      implementation_->admitted.erase(at);
      return std::unexpected(wrong);
    }
    at->second = std::move(made);
  }
  for (const core::FnInstance& instance : at->second->implementation_->instances)
    if (instance.identity == identity && instance.body) return &instance;
  return std::unexpected("the code that was sent does not hold the instance " + identity);
}

}  // namespace m31::types
