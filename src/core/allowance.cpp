// See allowance.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/allowance.hpp"

#include <algorithm>

namespace hotswap::core {

void Allowance::count(double now_ms, double total, double a_second)
{
    const double passed_ms = begun_ ? std::max(0.0, now_ms - at_ms_) : 0, used = begun_ ? std::max(0.0, total - total_) : 0;
    begun_ = true;
    at_ms_ = now_ms;
    total_ = total;
    a_second_ = a_second;
    used_a_second_ = passed_ms > 0 ? used * 1000 / passed_ms : 0;
    debt_ = a_second > 0 ? std::max(0.0, debt_ + used - a_second * passed_ms / 1000) : 0;
}

double Allowance::rest_ms() const
{
    return a_second_ > 0 ? debt_ * 1000 / a_second_ : 0;
}

}  // namespace hotswap::core
