// See script_parts.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/script_parts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace hotswap::core {

namespace {

class Cutter {
  public:
    void take(const PartStatement &statement)
    {
        if (!statement.search_path.empty()) {
            search_path_ = statement.search_path;
            remade_.clear();
            close();
            return;
        }
        if (statement.is_ignored)
            return;
        if (goes_along(statement)) {
            parts_.back().statements.push_back(statement.text);
            return;
        }
        remade_ = {statement.remakes.begin(), statement.remakes.end()};
        const auto all_in = [&statement](const std::set<std::string> &names) {
            return std::all_of(statement.needs.begin(), statement.needs.end(), [&names](const std::string &name) { return names.count(name) > 0; });
        };
        const bool is_new = statement.may_join && !statement.is_contract && all_in(made_);
        if (!is_new || (open_ && statement.in_contract != parts_.back().in_contract))
            close();
        if (!open_)
            begin(statement, is_new);
        if (!is_new)
            parts_.back().is_about_new = all_in(own_) && !statement.needs.empty();
        Part &part = parts_.back();
        part.statements.push_back(statement.text);
        if (!statement.undo.empty())
            part.undo.insert(part.undo.begin(), statement.undo);
        // What a statement with a plan of its own makes is new all the same.
        made_.insert(statement.makes.begin(), statement.makes.end());
        own_.insert(statement.makes.begin(), statement.makes.end());
        own_.insert(statement.fills.begin(), statement.fills.end());
        open_ = is_new;
    }

    std::vector<Part> finish()
    {
        for (Part &part : parts_)
            if (part.statements.size() > 1)
                part.title += fmt::format(" and {} more statement{}", part.statements.size() - 1, part.statements.size() > 2 ? "s" : "");
        return std::move(parts_);
    }

  private:
    void begin(const PartStatement &statement, bool is_new)
    {
        Part part;
        part.title = statement.tag;
        part.line = statement.line;
        part.search_path = search_path_;
        part.is_new_only = is_new;
        part.options_json = statement.options_json;
        part.in_contract = statement.in_contract;
        part.is_contract = statement.is_contract;
        part.is_direct = statement.is_direct;
        parts_.push_back(std::move(part));
    }
    void close() { open_ = false; }
    bool goes_along(const PartStatement &statement) const
    {
        const auto known = [this](const std::string &name) { return remade_.count(name) > 0; };
        return !remade_.empty() && statement.is_quick && !statement.is_contract && std::all_of(statement.needs.begin(), statement.needs.end(), known) &&
               std::all_of(statement.makes.begin(), statement.makes.end(), known);
    }

    std::vector<Part> parts_;
    std::set<std::string> made_, own_;   // own: with tables that have rows from the beginning
    std::set<std::string> remade_;   // what the last part takes away to make it again
    std::string search_path_;
    bool open_ = false;   // the last part takes more statements
};

}  // namespace

std::vector<Part> cut_script(const std::vector<PartStatement> &statements)
{
    Cutter cutter;
    for (const PartStatement &statement : statements)
        cutter.take(statement);
    return cutter.finish();
}

}  // namespace hotswap::core
