#include "runtime/parse/links.h"

#include <gumbo.h>

#include <cstdlib>
#include <optional>
#include <unordered_set>
#include <vector>

#include "runtime/drivers/url.h"

namespace m31::runtime {
namespace {

const GumboVector* children_of(const GumboNode* node) {
  if (node->type == GUMBO_NODE_DOCUMENT) return &node->v.document.children;
  if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) return &node->v.element.children;
  return nullptr;
}

const char* href_of(const GumboNode* node) {
  const GumboAttribute* href = gumbo_get_attribute(&node->v.element.attributes, "href");
  return href ? href->value : nullptr;
}

// A parsed page. Pages are nested a hundred thousand deep on purpose, and the parser frees its tree by recursion:
// so all nodes are listed here by a loop, and made children of the document before they are freed.
class Page {
 public:
  explicit Page(std::string_view html) {
    options_ = kGumboDefaultOptions;
    options_.max_errors = 0;
    output_ = gumbo_parse_with_options(&options_, html.data(), html.size());
    std::vector<Visit> open{{output_->document, false}};
    while (!open.empty()) {
      Visit visit = open.back();
      open.pop_back();
      nodes_.push_back(visit);
      const GumboVector* children = children_of(visit.node);
      if (!children) continue;
      bool inert = visit.inert || visit.node->type == GUMBO_NODE_TEMPLATE;
      for (unsigned i = children->length; i > 0; --i) open.push_back({static_cast<GumboNode*>(children->data[i - 1]), inert});
    }
  }

  ~Page() {
    for (const Visit& visit : nodes_)
      if (visit.node != output_->document && children_of(visit.node)) visit.node->v.element.children.length = 0;
    GumboVector& top = output_->document->v.document.children;
    std::free(top.data);
    top.data = static_cast<void**>(std::malloc(nodes_.size() * sizeof(void*)));
    top.length = top.capacity = top.data ? static_cast<unsigned>(nodes_.size()) - 1 : 0;
    for (unsigned i = 0; i < top.length; ++i) top.data[i] = nodes_[i + 1].node;
    gumbo_destroy_output(&options_, output_);
  }

  // Calls f(element) for each in document order, but for those in templates, which nobody sees.
  template <class F>
  void each_element(F f) const {
    for (const Visit& visit : nodes_)
      if (visit.node->type == GUMBO_NODE_ELEMENT && !visit.inert &&
          visit.node->v.element.tag_namespace == GUMBO_NAMESPACE_HTML && !f(visit.node))
        return;
  }

 private:
  struct Visit {
    GumboNode* node;
    bool inert;
  };
  GumboOptions options_;
  GumboOutput* output_;
  std::vector<Visit> nodes_;             // the document first
};

}  // namespace

ParseResult find_links(std::string_view base_address, std::string_view html, Payload& links) {
  auto base = parse_url(base_address, nullptr);
  if (!base)
    return std::unexpected(Refusal{ParseVerdict::bad_data, "the page's address '" + std::string(base_address.substr(0, 200)) +
                                                               "' is none: " + base.error()});
  Page page(html);
  page.each_element([&](const GumboNode* node) {
    const char* href = node->v.element.tag == GUMBO_TAG_BASE ? href_of(node) : nullptr;
    if (!href) return true;
    if (auto own = parse_url(href, &*base)) base = own;
    return false;                        // only the first counts
  });
  std::unordered_set<std::string> seen;
  bool fits = true;
  page.each_element([&](const GumboNode* node) {
    GumboTag tag = node->v.element.tag;
    const char* href = tag == GUMBO_TAG_A || tag == GUMBO_TAG_AREA ? href_of(node) : nullptr;
    auto url = href ? parse_url(href, &*base) : std::unexpected("");
    if (!url) return true;
    auto [link, is_new] = seen.insert(url->text());
    if (is_new) fits = links.add_item(*link);
    return fits;
  });
  if (!fits) return std::unexpected(links.too_large());
  return {};
}

}  // namespace m31::runtime
