// What the catalogs say of a view or materialized view: enough to drop it and make it again as it was.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// A privilege on a column or table: GRANT <privilege> ... TO <grantee> [WITH GRANT OPTION].
struct Grant {
    std::string privilege;   // "SELECT", "INSERT", ...
    std::string grantee;     // plain role name; empty means PUBLIC
    bool with_grant_option = false;
};

struct ViewColumn {
    std::string name;            // plain
    std::string default_text;    // qualified, empty when none
    std::string comment;
    int statistics = -1;         // materialized views: attstattarget, -1 default
    std::vector<Grant> grants;
};

struct ViewIndex {
    std::string name;            // plain; the schema is the view's
    std::string definition;      // CREATE INDEX ..., as the server prints it
    std::string tablespace;      // plain name, empty for the default
    std::string comment;
    bool clustered = false;
};

struct ViewRead {
    unsigned relation = 0;       // OID of a table or another view
    int column = 0;              // attnum; 0 when no single column is meant
};

struct View {
    unsigned oid = 0;
    std::string schema, name;    // plain
    std::string owner;           // plain role name
    bool materialized = false;
    bool populated = true;       // materialized: it has been refreshed
    std::string definition;      // the query, every name qualified
    std::string options;         // text for WITH (...), empty when none
    std::string tablespace;      // materialized: plain name, empty for the default
    std::string access_method;   // materialized
    std::string comment;
    std::vector<ViewColumn> columns;
    std::vector<Grant> grants;   // the owner's own only when they are not all there are
    bool owner_limited = false;  // the owner has given up some of its own privileges, or may grant them
    std::vector<std::string> rules, triggers;   // CREATE RULE, CREATE TRIGGER, as the server prints them
    std::vector<std::string> remarks;           // COMMENT ON RULE, TRIGGER
    std::vector<ViewIndex> indexes;
    std::vector<ViewRead> reads;
    std::vector<std::string> obstacles;         // what depends on it and cannot be made again
};

}  // namespace hotswap::core
