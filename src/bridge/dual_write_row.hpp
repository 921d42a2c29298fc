// One row on its way into a table with a dual write: what changed, whether the sides agree, filling one side from the other.
// The direction itself is decided in core/dual_write.hpp; this class only knows how to ask and to do.
//
// Compiled expressions are kept for the life of the backend, one entry a table, thrown away whenever the relcache entry, a
// function, a type or a cast changes ("once per relcache generation").
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>

#include "core/dual_write.hpp"

struct FunctionCallInfoBaseData;

namespace hotswap::bridge {

struct CompiledTable;

class DualWriteRow {
  public:
    // The row of a BEFORE ROW trigger call. ERRORS: 39P01 when it was not called as one.
    explicit DualWriteRow(FunctionCallInfoBaseData *info);
    ~DualWriteRow();
    DualWriteRow(const DualWriteRow &) = delete;
    DualWriteRow &operator=(const DualWriteRow &) = delete;

    bool is_update() const { return old_tuple_ != nullptr; }
    int groups() const;
    core::Conflict policy(int group) const;
    bool old_may_be_generated(int group) const;

    bool old_given(int group) const;
    bool new_given(int group) const;
    bool old_changed(int group) const;    // REQUIRES: is_update()
    bool new_changed(int group) const;

    bool agree(int group);                // new = up(old), or new is not null and old = down(new)
    void fill_new(int group);
    void fill_old(int group);
    void apply_defaults(int group);       // old := its default, then new := up(old)
    [[noreturn]] void conflict(int group) const;

    bool modified() const { return modified_; }
    std::uintptr_t result() const;        // the datum the trigger returns

  private:
    friend class HeapChunk;
    DualWriteRow(CompiledTable *table, void *tuple);   // a row met by a backfill: old and new are the same
    void set_tuple(void *tuple);

    CompiledTable *table_;
    void *old_tuple_;
    void *new_tuple_;
    bool modified_ = false;
};

}  // namespace hotswap::bridge
