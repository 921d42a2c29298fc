// SQL from C++: one connection to SPI, statements with typed parameters, results as text.
// Everything comes back as optional<string>: the callers are control paths, and text needs no type table.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hotswap::bridge {

// A parameter: null, text, bigint, double precision, boolean or text[].
using Parameter =
    std::variant<std::nullptr_t, std::string, std::int64_t, double, bool, std::vector<std::string>, std::optional<std::string>>;

class Row {
  public:
    using Names = std::shared_ptr<const std::vector<std::string>>;   // a row outlives the result it came from
    Row(Names names, std::vector<std::optional<std::string>> cells) : names_(std::move(names)), cells_(std::move(cells))
    {
    }
    const std::optional<std::string> &cell(const std::string &name) const;
    bool is_null(const std::string &name) const { return !cell(name).has_value(); }
    std::string text(const std::string &name) const { return cell(name).value_or(""); }
    std::int64_t integer(const std::string &name) const;      // null is 0
    double number(const std::string &name) const;             // null is 0
    bool boolean(const std::string &name) const;               // null is false
    std::vector<std::string> array(const std::string &name) const;  // text[] output form

  private:
    Names names_;
    std::vector<std::optional<std::string>> cells_;
};

struct Rows {
    Row::Names names = std::make_shared<const std::vector<std::string>>();
    std::vector<std::vector<std::optional<std::string>>> cells;
    std::uint64_t affected = 0;

    std::size_t size() const { return cells.size(); }
    bool empty() const { return cells.empty(); }
    Row operator[](std::size_t i) const { return Row(names, cells[i]); }
};

// REQUIRES: inside a transaction. Statements see the effects of earlier ones.
// ERRORS: whatever the server raises, as PgError; the (sub)transaction must then be rolled back.
class Sql {
  public:
    Sql();
    ~Sql();
    Sql(const Sql &) = delete;
    Sql &operator=(const Sql &) = delete;

    Rows run(const std::string &statement, const std::vector<Parameter> &parameters = {}, bool read_only = false);
};

// {a,"b c"} -> a, b c.
std::vector<std::string> parse_text_array(const std::string &text);
std::string format_text_array(const std::vector<std::string> &items);

}  // namespace hotswap::bridge
