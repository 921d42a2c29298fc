// See script_dry_run.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/script_dry_run.hpp"

#include "bridge/error.hpp"
#include "bridge/rehearsal.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "engine/plan_rehearsal.hpp"
#include "engine/script_part.hpp"

namespace hotswap::engine {

namespace {

class DryRun {
  public:
    explicit DryRun(const std::string &options_json) : options_json_(options_json), lock_timeout_(bridge::setting("lock_timeout"))
    {
        if (const auto reason = bridge::Rehearsal::impossible())
            impossible_ = *reason;
        else
            rehearsal_.emplace(bridge::Clones::of_plans);
    }

    DryPart part(const core::Step &step)
    {
        DryPart result;
        if (step.part_path != path_)
            run("SET search_path TO " + step.part_path, &result);
        path_ = step.part_path;
        result.before = done_;
        plan(step, &result);
        for (const std::string &statement : step.action)
            run(statement, &result);
        return result;
    }

  private:
    void plan(const core::Step &step, DryPart *result)
    {
        // Statements that share a part run as written; their plan asks the catalogs nothing.
        bridge::Standing standing = bridge::Standing::untouched;
        std::string why_not = impossible_;
        if (rehearsal_ && !step.part_is_new)
            standing = rehearsal_->prepare(step.action.at(0), &why_not);
        bridge::Rehearsal *clones = standing == bridge::Standing::on_clones ? &*rehearsal_ : nullptr;
        // The state is known, so an error that is not about names will be the same at its turn.
        const bool is_sure = !is_behind_ && standing != bridge::Standing::unknown;
        try {
            // Never committed: planning changes nothing, and settings have to go again.
            const bridge::Subtransaction looking;
            bridge::set_local("lock_timeout", lock_timeout_);
            if (clones != nullptr)
                bridge::set_local("search_path", clones->path_of_clones());
            else if (!step.part_path.empty())
                bridge::set_local("search_path", step.part_path);
            PlannedDdl planned = plan_part(step, options_json_, clones);
            if (clones != nullptr)
                core::change_texts(&planned.plan, [clones](const std::string &text) { return clones->real_sql(text); });
            result->planned = std::move(planned);
        } catch (const bridge::PgError &error) {
            if (error.is_cancel())
                throw;
            if (is_sure && clones == nullptr && !rests_on_others(error.sqlstate) && !error.is_retryable())
                result->refusal = std::current_exception();
            result->why_not = clones == nullptr ? error.message : clones->real_error(error).message;
        } catch (const core::Error &error) {
            // Of the statement's kind it depends on nothing before it. Clones have what depends on their originals; rights are looked at
            // when the turn comes.
            const bool is_kind = error.sqlstate() == core::sqlstate::kFeatureNotSupported || error.sqlstate() == core::sqlstate::kInvalidParameter;
            const bool is_right = error.sqlstate() == core::sqlstate::kInsufficientPrivilege;
            const std::string message = clones == nullptr ? error.what() : clones->real_sql(error.what());
            if (!rests_on_others(error.sqlstate()) && (clones == nullptr ? is_sure || is_kind : is_sure && !is_right))
                result->refusal = clones == nullptr ? std::current_exception() : std::make_exception_ptr(real(error, *clones));
            result->why_not = message;
        }
        if (!result->planned && standing == bridge::Standing::unknown && !why_not.empty())
            result->why_not = why_not;
    }

    static core::Error real(const core::Error &error, const bridge::Rehearsal &clones)
    {
        core::Error result(error.sqlstate(), clones.real_sql(error.what()), clones.real_sql(error.detail()), clones.real_sql(error.hint()));
        result.set_query(error.query(), error.position());
        return result;
    }

    void run(const std::string &statement, DryPart *result)
    {
        done_.push_back(statement);
        if (!rehearsal_) {
            is_behind_ = true;
            return;
        }
        const bridge::Rehearsed rehearsed = rehearsal_->run(statement);
        if (rehearsed.error && result->planned && run_plan(result->planned->plan))
            return;
        if (rehearsed.error && !is_behind_ && result->failure.empty())
            result->failure = rehearsed.error->message;
        is_behind_ = is_behind_ || rehearsed.error || is_missing(rehearsed);
    }

    static bool is_missing(const bridge::Rehearsed &rehearsed) { return !rehearsed.took_effect && !rehearsed.changes_nothing; }

    // A plan can do what the plain statement cannot: a type under a view.
    bool run_plan(const core::Plan &plan)
    {
        bool any = false;
        for (const core::Step &step : plan.steps)
            for (const std::string &statement : rehearsable(step)) {
                const bridge::Rehearsed rehearsed = rehearsal_->run(statement);
                if (rehearsed.error || is_missing(rehearsed))
                    return false;
                any = true;
            }
        return any;
    }

    const std::string &options_json_;
    const std::string lock_timeout_;        // the caller's: the rehearsal has a short one
    std::string impossible_;
    std::optional<bridge::Rehearsal> rehearsal_;
    std::string path_;                      // that a SET of the script gave
    std::vector<std::string> done_;
    bool is_behind_ = false;                // the clones lack something that the script will have made
};

}  // namespace

std::vector<DryPart> dry_run(const core::Plan &script, const std::string &options_json)
{
    std::vector<DryPart> result;
    DryRun run(options_json);
    for (const core::Step &step : script.steps)
        result.push_back(step.kind == core::StepKind::part ? run.part(step) : DryPart());
    return result;
}

void foresee(const std::vector<DryPart> &parts, core::Plan *script)
{
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].refusal)
            std::rethrow_exception(parts[i].refusal);
        if (parts[i].planned)
            script->steps[i].part_outline = core::outline(parts[i].planned->plan);
    }
}

}  // namespace hotswap::engine
