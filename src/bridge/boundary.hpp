// C++ -> server: everything the server calls (SQL functions, worker mains, callbacks) runs inside one of these.
// An exception becomes an ereport after every C++ object of ours is gone; SQLSTATE, detail, hint and position arrive intact.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <exception>
#include <string>

namespace hotswap::bridge {

// An error in plain memory of the server, ready to be raised once no destructor is left to run.
struct RaisedError;

// Only inside a catch block: turns the current exception into server memory.
RaisedError *capture_current_exception() noexcept;
[[noreturn]] void raise(RaisedError *error);

// SQLSTATE and one line of text of the current exception, for a worker that records a failure in a table.
struct Failure {
    std::string sqlstate, message, detail, hint;
    bool retryable = false;
    bool cancelled = false;
};
Failure describe(const std::exception &error);

template <class Body> auto boundary(Body body) -> decltype(body())
{
    RaisedError *error = nullptr;
    try {
        return body();
    } catch (...) {
        error = capture_current_exception();
    }
    raise(error);
}

}  // namespace hotswap::bridge
