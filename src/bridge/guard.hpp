// Server -> C++: runs server calls that may raise and turns the error into PgError.
//
// The longjmp of ereport skips destructors, so the callable must hold nothing with a destructor and its result must be
// trivially copyable; both sides of the border then stay intact. A caught error must be rethrown, or the
// (sub)transaction it happened in must be rolled back: there is no third way.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <type_traits>

#include "bridge/error.hpp"
#include "bridge/postgres.hpp"

namespace hotswap::bridge {

[[noreturn]] void throw_current_error(MemoryContext context);

template <class Body> auto guarded(Body body)
{
    using Result = decltype(body());
    static_assert(std::is_void_v<Result> || std::is_trivially_copyable_v<Result>);
    static_assert(std::is_trivially_destructible_v<Body>, "capture pointers, references and numbers only");

    sigjmp_buf jump;
    sigjmp_buf *const saved_stack = PG_exception_stack;
    ErrorContextCallback *const saved_context = error_context_stack;
    const MemoryContext memory = CurrentMemoryContext;

    if (sigsetjmp(jump, 0) == 0) {
        PG_exception_stack = &jump;
        if constexpr (std::is_void_v<Result>) {
            body();
            PG_exception_stack = saved_stack;
            error_context_stack = saved_context;
            return;
        } else {
            Result result = body();
            PG_exception_stack = saved_stack;
            error_context_stack = saved_context;
            return result;
        }
    }
    PG_exception_stack = saved_stack;
    error_context_stack = saved_context;
    throw_current_error(memory);
}

}  // namespace hotswap::bridge
