// A PostgreSQL error on its way through C++ frames, whole: SQLSTATE, detail, hint, context, object names and location.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <exception>
#include <string>

namespace hotswap::bridge {

class PgError : public std::exception {
  public:
    int code = 0;                // packed SQLSTATE as the server keeps it
    std::string sqlstate;        // five characters
    std::string message, detail, detail_log, hint, context;
    std::string schema_name, table_name, column_name, datatype_name, constraint_name;
    const char *filename = nullptr;  // both are there as long as the process: see guard.cpp
    const char *funcname = nullptr;
    int lineno = 0;
    int cursor_position = 0;     // into the statement the client sent
    int internal_position = 0;   // into internal_query
    std::string internal_query;

    // The text that was parsed came from an argument: the position points into that, not into the client's statement.
    void move_position_into(const std::string &query)
    {
        if (cursor_position == 0 || !internal_query.empty())
            return;
        internal_position = cursor_position;
        internal_query = query;
        cursor_position = 0;
    }

    // Our own reason to give up this attempt and make another.
    static PgError retry_later(const std::string &why)
    {
        PgError error;
        error.sqlstate = "55P03";
        error.message = why;
        return error;
    }

    const char *what() const noexcept override { return message.c_str(); }

    bool is(const char *state) const { return sqlstate == state; }
    // Class 22 (data exception) and 23 (integrity constraint violation): the row's fault, not the server's.
    bool is_about_data() const { return sqlstate.compare(0, 2, "22") == 0 || sqlstate.compare(0, 2, "23") == 0; }
    // A lock was not to be had in time, a deadlock was resolved against us, or a snapshot was too old: try again.
    bool is_retryable() const { return is("55P03") || is("40P01") || is("40001"); }
    bool is_cancel() const { return is("57014"); }
};

}  // namespace hotswap::bridge
