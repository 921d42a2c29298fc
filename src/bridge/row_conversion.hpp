// From a row of one relation to the values of another's columns. Needs the server's types: for this folder only.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

struct CConversionColumn {
    const char *name;   // of a column of the target
    const char *value;  // expression over a row of the source; null: leave the column out
};

struct RowConversion {
    struct Source {
        AttrNumber number;       // column of the source relation, 0 when computed or left out
        ExprState *program;      // null when not computed
    };
    TupleDesc shape;             // of the target
    Source *sources;             // one for each column of shape
    Datum *values;
    bool *nulls;
    EState *estate;
    ExprContext *context;
    bool dropped;                // the target has dropped columns
};

// Columns of the target that are not listed come from the source's column of the same name and type; with only_listed they are
// left out (null). Raises 55000 when there is none, and what compiling an expression raises.
RowConversion *open_conversion(Relation from, Relation to, const CConversionColumn *columns, int count, bool only_listed);
// values and nulls of the row in the slot; good until the next row.
void convert_row(RowConversion *conversion, TupleTableSlot *slot);
void close_conversion(RowConversion *conversion);

// A number that is the same for the same values, whatever form they are stored in: of the columns whose flag is set.
std::uint64_t row_image(TupleDesc shape, const bool *flags, const Datum *values, const bool *nulls);

}  // namespace hotswap::bridge
