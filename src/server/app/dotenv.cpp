#include "server/app/dotenv.h"

#include <cstddef>
#include <utility>

namespace kcs::app {
namespace {

constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kMaxVariables = 1000;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool IsNameStart(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // some editors' byte order mark
  }

  Result<std::map<std::string, std::string>> Run() {
    while (!AtEnd()) {
      SkipBlanks();
      if (!AtEnd() && Peek() != '\n' && Peek() != '#') {
        if (!Assignment()) return Fail("line " + std::to_string(error_line_) + ": " + error_);
      }
      SkipLine();
    }
    return std::move(variables_);
  }

 private:
  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek() const { return text_[position_]; }
  char Take() {
    const char c = text_[position_++];
    if (c == '\n') ++line_;
    return c;
  }
  void SkipBlanks() {
    while (!AtEnd() && IsBlank(Peek())) ++position_;
  }
  // To the start of the next line, over a comment.
  void SkipLine() {
    while (!AtEnd() && Take() != '\n') {
    }
  }
  bool Error(std::string what) {
    error_ = std::move(what);
    return false;
  }

  std::string Name() {
    const std::size_t start = position_;
    if (!AtEnd() && IsNameStart(Peek())) {
      while (!AtEnd() && IsNamePart(Peek())) ++position_;
    }
    return std::string(text_.substr(start, position_ - start));
  }

  bool Assignment() {
    error_line_ = line_;
    std::string name = Name();
    if (name == "export" && !AtEnd() && IsBlank(Peek())) {
      SkipBlanks();
      name = Name();
    }
    SkipBlanks();
    if (name.empty() || AtEnd() || Peek() != '=') return Error("not of the form NAME=value");
    ++position_;
    SkipBlanks();
    std::string value;
    if (!Value(value)) return false;
    if (variables_.size() >= kMaxVariables) return Error("more than 1000 variables");
    variables_.insert_or_assign(std::move(name), std::move(value));
    return true;
  }

  bool Value(std::string& out) {
    if (AtEnd() || (Peek() != '"' && Peek() != '\'')) return Unquoted(out);
    const char quote = Take();
    while (!AtEnd() && Peek() != quote) {
      char c = Take();
      if (c == '\\' && quote == '"' && !AtEnd()) c = Escaped(out);
      out += c;
    }
    if (AtEnd()) return Error(std::string("a quotation ") + quote + " without end");
    ++position_;
    SkipBlanks();
    if (!AtEnd() && Peek() != '\n' && Peek() != '#') return Error("text after the closing quotation mark");
    return true;
  }

  // The character that a backslash and the next one mean; the backslash stays before one without meaning.
  char Escaped(std::string& out) {
    const char c = Take();
    switch (c) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case '"':
      case '\\':
      case '$':
        return c;
      default:
        out += '\\';
        return c;
    }
  }

  bool Unquoted(std::string& out) {
    bool after_blank = true;
    while (!AtEnd() && Peek() != '\n' && !(Peek() == '#' && after_blank)) {
      after_blank = IsBlank(Peek());
      out += Take();
    }
    while (!out.empty() && IsBlank(out.back())) out.pop_back();
    return true;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t error_line_ = 1;
  std::string error_;
  std::map<std::string, std::string> variables_;
};

}  // namespace

Result<std::map<std::string, std::string>> ParseDotenv(std::string_view text) {
  if (text.size() > kMaxText) return Fail("the file is larger than 64 KiB");
  if (text.find('\0') != std::string_view::npos) return Fail("the file is not text");
  return Parser(text).Run();
}

}  // namespace kcs::app
