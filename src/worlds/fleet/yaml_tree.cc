#include "worlds/fleet/yaml_tree.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/text.h"

namespace dure::fleet {
namespace {

// Builds one document at a time. Throws what the parser throws: ParserException.
class Builder final : public YAML::EventHandler {
 public:
  const YamlNode& document() const { return document_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // yaml-cpp leaves what cannot begin a value where it is, and would find it there for ever.
    if (mark.pos == last_start_)
      throw YAML::ParserException(mark, "something after the end of a document");
    last_start_ = mark.pos;
    document_ = {};
    open_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (is_key()) throw YAML::ParserException(mark, "a value without a key");
    add(node(YamlNode::Kind::null, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "an alias (*name): write out what it stands for");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    if (is_key()) {
      open_.back().keys.push_back(value);
      return;
    }
    YamlNode n = node(YamlNode::Kind::scalar, mark);
    n.text = value;
    add(std::move(n));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::map, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  bool is_key() const {
    return !open_.empty() && open_.back().is(YamlNode::Kind::map) &&
           open_.back().keys.size() == open_.back().items.size();
  }
  YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > kMaxYamlNodes)
      throw YAML::ParserException(mark, "more than " + with_commas(kMaxYamlNodes) + " values");
    YamlNode n;
    n.kind = kind;
    n.line = mark.line + 1;
    n.column = mark.column + 1;
    return n;
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (is_key()) throw YAML::ParserException(mark, "a key that is a list or a map");
    if (open_.size() >= kMaxYamlDepth)
      throw YAML::ParserException(mark, "more than " + std::to_string(kMaxYamlDepth) + " levels");
    open_.push_back(node(kind, mark));
  }
  void close() {
    YamlNode n = std::move(open_.back());
    open_.pop_back();
    add(std::move(n));
  }
  void add(YamlNode n) {
    if (open_.empty())
      document_ = std::move(n);
    else
      open_.back().items.push_back(std::move(n));
  }

  YamlNode document_;
  std::vector<YamlNode> open_;
  size_t nodes_ = 0;
  int last_start_ = -1;  // of a document
};

// Characters that YAML does not allow; yaml-cpp takes one of them for the end of the text.
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127;
}

}  // namespace

Result<void> for_each_yaml(std::string_view text, const std::string& file,
                           const std::function<Result<void>(const YamlNode&)>& visit) {
  if (text.size() > kMaxYamlBytes)
    return Error{.message = "expected at most " + with_commas(kMaxYamlBytes) + " bytes, found " +
                            with_commas(static_cast<int64_t>(text.size())),
                 .file = file};
  if (!is_utf8(text))
    return Error{.message = "expected UTF-8 text, found other bytes", .file = file};
  const auto control = std::find_if(text.begin(), text.end(), is_control);
  if (control != text.end())
    return Error{.message = "expected text, found a control character",
                 .file = file,
                 .line = 1 + static_cast<int>(std::count(text.begin(), control, '\n'))};
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder;
    while (parser.HandleNextDocument(builder)) {
      if (builder.document().is(YamlNode::Kind::null)) continue;
      DURE_CHECK(visit(builder.document()));
    }
    return {};
  } catch (const YAML::Exception& e) {
    return Error{.message = "expected YAML, found " + e.msg,
                 .file = file,
                 .line = e.mark.is_null() ? 0 : e.mark.line + 1,
                 .column = e.mark.is_null() ? 0 : e.mark.column + 1};
  } catch (const std::exception& e) {
    return Error{.message = std::string("expected YAML, found what ends in ") + e.what(),
                 .file = file};
  }
}

}  // namespace dure::fleet
