// encode and decode. The bytes:
//
//   tree    = 'M' version(1) | string count | strings | node
//   string  = length | bytes
//   node    = kind(1) | text | number | real | doc | child count | children
//
// Counts, lengths and text (an index into the strings; 0 is the empty one, which is not listed) are
// LEB128 varints; number is one, zigzag; real is 8 bytes, little endian. Of text, number, real and
// doc only those are written that the kind has, the child count only where it varies
// (node_shapes.def). Nothing follows the root.
#include <cstring>
#include <unordered_map>

#include "kernel/base/ensure.h"
#include "kernel/syntax/fingerprint.h"
#include "kernel/syntax/parser.h"
#include "kernel/syntax/shape.h"

namespace m31::syntax {

namespace {

constexpr char magic = 'M';
constexpr char version = 1;
constexpr std::size_t tree_bytes_max = std::size_t{4} << 20;   // bounds memory: a node takes about 100 bytes

void put_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

class Encoder {
 public:
  std::string encode(const Node& root) {
    node(root, 1);
    std::string out{magic, version};
    put_varint(out, strings_.size());
    for (std::string_view text : strings_) {
      put_varint(out, text.size());
      out += text;
    }
    return out + nodes_;
  }

 private:
  void string(std::string_view text) {
    if (text.empty()) return put_varint(nodes_, 0);
    auto [at, fresh] = indices_.try_emplace(text, strings_.size() + 1);
    if (fresh) strings_.push_back(text);
    put_varint(nodes_, at->second);
  }

  void node(const Node& node_, unsigned height) {
    ENSURE(height <= 2 * height_max, height);
    const Shape& shape = shape_of(node_.kind);
    nodes_ += static_cast<char>(node_.kind);
    if (shape.has('t')) string(node_.text);
    if (shape.has('n')) {
      std::uint64_t bits = static_cast<std::uint64_t>(node_.number);
      put_varint(nodes_, (bits << 1) ^ (node_.number < 0 ? ~0ull : 0));
    }
    if (shape.has('r')) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &node_.real, sizeof bits);
      for (int i = 0; i < 8; ++i) nodes_ += static_cast<char>(bits >> (8 * i));
    }
    if (shape.has('d')) string(node_.doc);
    if (shape.varies()) put_varint(nodes_, node_.size());
    for (const Node* kid : node_.kids) node(*kid, height + 1);
  }

  std::string nodes_;
  std::vector<std::string_view> strings_;
  std::unordered_map<std::string_view, std::size_t> indices_;
};

class Decoder {
 public:
  Decoder(std::string_view bytes, Tree& tree) : bytes_(bytes), tree_(tree) {}

  std::expected<const Node*, std::string> decode() {
    if (bytes_.size() > tree_bytes_max) return std::unexpected("a syntax tree of more than 4 MiB");
    if (bytes_.size() < 2 || bytes_[0] != magic) return std::unexpected("not a syntax tree");
    if (bytes_[1] != version) return std::unexpected("a syntax tree of another version");
    at_ = 2;
    strings();
    const Node* root = error_ ? nullptr : node(1);
    if (!error_ && at_ != bytes_.size()) fail("bytes behind the syntax tree");
    if (error_) return std::unexpected(std::string(error_) + " at byte " + std::to_string(at_));
    return root;
  }

 private:
  void fail(const char* why) {
    if (!error_) error_ = why;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ >= bytes_.size()) break;
      std::uint64_t byte = static_cast<unsigned char>(bytes_[at_++]);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail("a broken number in the syntax tree");
    return 0;
  }

  void strings() {
    std::uint64_t count = varint();
    if (count > bytes_.size()) return fail("too many strings in the syntax tree");
    strings_.reserve(count + 1);
    strings_.push_back({});
    for (std::uint64_t i = 0; i < count && !error_; ++i) {
      std::uint64_t length = varint();
      if (length > bytes_.size() - at_) return fail("a string runs past the end of the syntax tree");
      strings_.push_back(tree_.arena.copy(bytes_.substr(at_, length)));
      at_ += length;
    }
  }

  std::string_view string() {
    std::uint64_t index = varint();
    if (index < strings_.size()) return strings_[index];
    fail("a string that is not there");
    return {};
  }

  const Node* node(unsigned height) {
    if (height > height_max) fail("too deep a syntax tree");
    if (!error_ && at_ >= bytes_.size()) fail("the syntax tree ends early");
    if (error_) return nullptr;
    unsigned kind = static_cast<unsigned char>(bytes_[at_++]);
    if (kind >= kind_count) {
      fail("an unknown kind of node");
      return nullptr;
    }
    if (static_cast<Kind>(kind) == Kind::none && none_) return none_;
    Node* made = tree_.arena.make<Node>();
    made->kind = static_cast<Kind>(kind);
    made->id = tree_.node_count++;
    const Shape& shape = shape_of(made->kind);
    if (shape.has('t')) made->text = string();
    if (shape.has('n')) {
      std::uint64_t zigzag = varint();
      made->number = static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
    }
    if (shape.has('r')) {
      std::uint64_t bits = 0;
      if (bytes_.size() - at_ < 8) {
        fail("the syntax tree ends early");
        return nullptr;
      }
      for (int i = 0; i < 8; ++i) bits |= std::uint64_t{static_cast<unsigned char>(bytes_[at_++])} << (8 * i);
      std::memcpy(&made->real, &bits, sizeof bits);
    }
    if (shape.has('d')) made->doc = string();
    std::uint64_t count = shape.varies() ? varint() : shape.children.size();
    if (count > bytes_.size() - at_) fail("more children than bytes in the syntax tree");
    if (error_) return nullptr;
    std::vector<const Node*> kids;   // grows as children come: a count is only a claim
    for (; count; --count) {
      kids.push_back(node(height + 1));
      if (error_) return nullptr;
    }
    made->kids = tree_.arena.copy(std::span<const Node* const>(kids));
    if (!well_formed(*made)) fail("an ill-formed node in the syntax tree");
    if (made->is(Kind::none)) none_ = made;
    return made;
  }

  std::string_view bytes_;
  Tree& tree_;
  std::size_t at_ = 0;
  const char* error_ = nullptr;
  const Node* none_ = nullptr;
  std::vector<std::string_view> strings_;
};

}  // namespace

std::string encode(const Node& node) { return Encoder().encode(node); }

std::expected<std::shared_ptr<const Tree>, std::string> decode(std::string_view bytes) {
  auto tree = std::make_shared<Tree>();
  auto root = Decoder(bytes, *tree).decode();
  if (!root) return std::unexpected(root.error());
  tree->root = *root;
  return tree;
}

}  // namespace m31::syntax
